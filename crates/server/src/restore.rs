//! Puts a center back from a backup. What is there already is refused, or kept beside where the admin says that it is to
//! be replaced: a data folder under another name, a site's rows in a schema of their own.

use std::fs;
use std::path::{Path, PathBuf};

use crate::backup::{self, About};
use crate::center::Center;
use crate::error::CenterError;
use crate::folder::Folder;
use crate::key_file::sync_folder_of;
use crate::store::{
    Access, PostgresStore, SqliteStore, copy_site, set_aside, site_row, transaction, value,
};
use crate::words::Code;

/// What was put back.
pub struct Restored {
    /// From which backup.
    pub about: About,
    /// The center, which waits for its devices.
    pub center: Center,
    /// Where the one before is kept.
    pub kept: Option<String>,
}

/// Puts back what a backup holds.
///
/// # Errors
/// `restore.in_the_way`, `store.folder_in_use`, those of the key file, of a backup, of the store; what was there before
/// is there then.
pub fn run(folder: &Folder, file: &Path, replace: bool, now: i64) -> Result<Restored, CenterError> {
    let key = folder.key()?;
    let data: PathBuf = std::path::absolute(folder.data())?.components().collect();
    let (new, old) = (backup::beside(&data, ".restoring"), is_something(&data)?);
    if old && !replace && folder.is_sqlite() {
        return Err(CenterError::code_only(Code::InTheWay));
    }
    // Nobody serves from a folder while it changes its name.
    let lock = if old { folder.lock()? } else { None };
    // Everything is made beside it first; it has its name when all of it is whole.
    if new.exists() {
        fs::remove_dir_all(&new)?;
    }
    crate::folder::make_private(&new)?;
    let put_back = || {
        let copied = new.join("backup.part");
        backup::private_copy(file, &copied)?;
        let about = backup::examine(&copied, &key.backup_key())?;
        let from = SqliteStore::open(&copied, &key.backup_key())?;
        folder.put_about_in(&new, about.site)?;
        let kept = match folder.database()? {
            None => {
                let to = folder.sqlite_in(&new, &key)?;
                let mark = (value::RESTORED, about.made_at);
                backup::copy(&from, &to, i64::from(about.site), mark)?;
                to.close()?;
                from.close()?;
                backup::remove(&copied)?;
                let kept = put_in_place(&data, &new, now)?;
                kept.map(|path| path.display().to_string())
            }
            Some(to) => {
                let fits = folder.is_of(about.site)?;
                if old && !fits && !replace {
                    return Err(CenterError::code_only(Code::InTheWay));
                }
                let kept = into_postgres(&from, &to, &about, replace, now)?;
                from.close()?;
                backup::remove(&copied)?;
                if !fits {
                    put_in_place(&data, &new, now)?;
                }
                kept
            }
        };
        Ok((about, kept))
    };
    let made = put_back();
    if new.exists() {
        fs::remove_dir_all(&new)?;
    }
    let (about, kept) = made?;
    drop(lock);
    Ok(Restored {
        about,
        center: folder.open()?,
        kept,
    })
}

/// In one transaction: what is there is set aside, what the backup holds takes its place.
fn into_postgres(
    from: &SqliteStore,
    to: &PostgresStore,
    about: &About,
    replace: bool,
    now: i64,
) -> Result<Option<String>, CenterError> {
    let site = i64::from(about.site);
    let schema = format!(
        "xunyi_replaced_{site}_{}",
        backup::stamp(now).to_lowercase()
    );
    transaction(from, Access::Read, |from| {
        transaction(to, Access::Write, |to| {
            let mut kept = None;
            if site_row(to, site)?.is_some() {
                if !replace {
                    return Err(CenterError::code_only(Code::InTheWay));
                }
                set_aside(to, site, &schema)?;
                kept = Some(schema.clone());
            }
            copy_site(from, to, site)?;
            backup::mark(to, site, (value::RESTORED, about.made_at))?;
            Ok(kept)
        })
    })
}

/// The new folder takes the place of the old one, which is kept under another name; answers which.
fn put_in_place(data: &Path, new: &Path, now: i64) -> Result<Option<PathBuf>, CenterError> {
    let mut kept = None;
    if is_something(data)? {
        let aside = backup::beside(data, &format!(".replaced-{}", backup::stamp(now)));
        fs::rename(data, &aside)?;
        kept = Some(aside);
    } else if data.exists() {
        fs::remove_dir_all(data)?;
    }
    fs::rename(new, data)?;
    sync_folder_of(data)?;
    Ok(kept)
}

/// Whether a folder holds anything but the mark of a lock.
fn is_something(data: &Path) -> std::io::Result<bool> {
    if !data.exists() {
        return Ok(false);
    }
    for item in fs::read_dir(data)? {
        if item?.file_name() != xunyi_store::FolderLock::FILE {
            return Ok(true);
        }
    }
    Ok(false)
}
