//! `backup`, `promise`, `restore` and `refill`: what an admin does so that a lost center comes back with everything.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::Answer;
use crate::backup::{self, About, time};
use crate::center::Center;
use crate::error::CenterError;
use crate::folder::Folder;
use crate::words::Code;
use crate::{refill, restore, system, watermark};

/// `backup`: makes one, reads it back, verifies it.
///
/// # Errors
/// As [`backup::make`].
pub fn make(folder: &Folder, wanted: &Path) -> Result<Answer, CenterError> {
    let (center, now) = (folder.open()?, system::now_ms());
    let file = backup::file_in(wanted, center.site_number(), now);
    let about = backup::make(&center, &file, &folder.key()?.backup_key(), now)?;
    let file = file.display().to_string();
    let text = format!(
        "已备份并核对 / backed up and verified: {file}\n{}\n打开它要用中心的密钥文件；密钥要另外保存一份，不要和备份放在一起。 / It is opened by the center's key file: keep a copy of that elsewhere, not beside the backup.",
        lines(&about)
    );
    Ok(Answer::new(told(&about, json!({ "file": file })), text))
}

/// `promise`: these are the backups that may still be restored; devices may rely on what the oldest holds.
///
/// # Errors
/// `backup.of_another`, `backup.before_watermark`, as [`backup::examine`], those of the store.
pub fn promise(folder: &Folder, files: &[PathBuf]) -> Result<Answer, CenterError> {
    let (center, key) = (folder.open()?, folder.key()?.backup_key());
    let mut oldest: Option<About> = None;
    for file in files {
        // A restore on trial, of the very copy that is named.
        let copied = folder.data().join("promise.part");
        let examined =
            backup::private_copy(file, &copied).and_then(|()| backup::examine(&copied, &key));
        backup::remove(&copied)?;
        let about = examined?;
        if about.authority != center.authority().cert().der().to_vec() {
            return Err(CenterError::code_only(Code::BackupOfAnother));
        }
        if oldest
            .as_ref()
            .is_none_or(|so_far| about.made_at < so_far.made_at)
        {
            oldest = Some(about);
        }
    }
    let oldest = oldest.ok_or_else(|| CenterError::code_only(Code::BackupNotOne))?;
    let relied_on = center.write(|ledger| {
        ledger.lock_feeds(&[center.feed()].into())?;
        watermark::advance(ledger, oldest.made_at, &oldest.vector)
    })?;
    let text = format!(
        "已试恢复并核对 / restored on trial and verified: {}\n设备可以依靠的备份时间 / devices may rely on the backup of: {}",
        files.len(),
        time(oldest.made_at)
    );
    let feeds: Vec<Value> = relied_on
        .iter()
        .map(|(feed, at)| json!({ "feed": feed.to_hex(), "seq": at.seq }))
        .collect();
    let json = json!({ "verified": files.len(), "made_at": oldest.made_at, "watermark": feeds });
    Ok(Answer::new(json, text))
}

/// `restore`: puts back what a backup holds.
///
/// # Errors
/// As [`restore::run`].
pub fn put_back(folder: &Folder, file: &Path, replace: bool) -> Result<Answer, CenterError> {
    let restored = restore::run(folder, file, replace, system::now_ms())?;
    let (about, center) = (&restored.about, &restored.center);
    let waits = center.read(|ledger| refill::wait(center, ledger))?;
    let mut text = format!("已恢复 / restored: {}\n{}", about.name, lines(about));
    if let Some(kept) = &restored.kept {
        text.push_str(&format!(
            "\n原来的数据保留在 / the one before is kept: {kept}"
        ));
    }
    text.push_str("\n备份之后停用过的设备请现在再停用一次（revoke）；备份之前发出而没用过的注册码已失效。 / Revoke again now what was revoked after the backup; codes of before the backup that were not used are void.");
    text.push('\n');
    text.push_str(&waiting(waits.as_ref()));
    let json = json!({ "kept": restored.kept, "refill": awaited(waits.as_ref()) });
    Ok(Answer::new(told(about, json), text))
}

/// `refill`: whom a restored center waits for; `end` ends the wait.
///
/// # Errors
/// Those of the store.
pub fn refill(center: &Center, end: bool) -> Result<Answer, CenterError> {
    if end {
        let left_out = refill::end_now(center, system::now_ms())?;
        let text = "不再等待，人员、设备和设置可以修改了。 / The wait is over: staff, devices and settings can be changed.";
        let json = json!({ "waits": false, "left_out": awaited(left_out.as_ref()) });
        return Ok(Answer::new(json, text));
    }
    let waits = center.read(|ledger| refill::wait(center, ledger))?;
    let json = json!({ "waits": waits.is_some(), "to_come": awaited(waits.as_ref()) });
    Ok(Answer::new(json, waiting(waits.as_ref())))
}

fn awaited(wait: Option<&refill::Wait>) -> Value {
    let devices = wait.iter().flat_map(|wait| &wait.to_come);
    devices
        .map(|(feed, name)| json!({ "device": feed.to_hex(), "name": name }))
        .collect()
}

fn waiting(wait: Option<&refill::Wait>) -> String {
    let Some(wait) = wait else {
        return "没有在等待 / it waits for nobody".to_owned();
    };
    let mut text = format!(
        "等设备同步，把备份之后的内容补回来；在这之前不能改人员、设备和设置 / waits for {} devices to bring back what came after the backup; until then staff, devices and settings cannot be changed",
        wait.to_come.len()
    );
    for (feed, name) in &wait.to_come {
        text.push_str(&format!("\n  {}  {name}", feed.to_hex()));
    }
    text
}

fn lines(about: &About) -> String {
    format!(
        "备份时间 / as of: {}\n最后一条记录 / last entry: {}\n条目 / entries: {}",
        time(about.made_at),
        time(about.last_at),
        about.entries
    )
}

fn told(about: &About, more: Value) -> Value {
    let journal: String = about
        .vector
        .digest()
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    let mut all = json!({
        "site": about.site,
        "site_name": about.name,
        "made_at": about.made_at,
        "as_of": time(about.made_at),
        "last_entry_at": about.last_at,
        "entries": about.entries,
        "journal": journal,
    });
    if let (Some(all), Value::Object(more)) = (all.as_object_mut(), more) {
        all.extend(more);
    }
    all
}
