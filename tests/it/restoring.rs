//! Scenarios of a center that is lost and put back from a backup.

use crate::device::{Device, now};
use crate::stage::{Stage, enrolled, until_settled, verified};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use xunyi_tests::center::Center;

/// Makes a backup beside the center; answers its file and what was said.
fn backed_up(stage: &Stage, center: &Center, name: &str) -> (PathBuf, Value) {
    let file = stage.folder.path().join(name);
    let said = center.ask(&["backup", text(&file)]).unwrap();
    (file, said)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// The center's machine is gone; a new one has the same address and the key file, and nothing else.
fn lost(stage: &mut Stage, mut center: Center) -> Center {
    center.kill().unwrap();
    fs::remove_dir_all(center.data()).unwrap();
    if let Some(cluster) = &stage.cluster {
        stage.database = Some(cluster.database("another").unwrap());
    }
    let port = center.address().port();
    Center::on_port(stage.folder.path(), stage.database.clone(), port)
}

fn restored(center: &mut Center, file: &Path) -> Value {
    let said = center.ask(&["restore", text(file)]).unwrap();
    center.serve().unwrap();
    said
}

/// Names of the devices that it waits for; none when it waits no more.
fn to_come(center: &Center) -> Option<Vec<String>> {
    let said = center.ask(&["refill"]).unwrap();
    let names = said["to_come"].as_array().unwrap().iter();
    let mut names: Vec<_> = names
        .map(|d| d["name"].as_str().unwrap().to_owned())
        .collect();
    names.sort();
    (said["waits"] == true).then_some(names)
}

/// All have exchanged until nothing is new, and hold and show the same as the center.
async fn all_hold_the_same(center: &Center, devices: &mut [&mut Device]) {
    for _ in 0..2 {
        for device in devices.iter_mut() {
            device.meet().await;
        }
        until_settled(center);
    }
    let held = until_settled(center);
    assert_eq!(held["clean"], true, "{held}");
    for device in devices {
        let own = device.holdings();
        assert_eq!(
            (&held["journal"], &held["rows"], &held["held"]),
            (&json!(own.journal), &json!(own.rows), &json!(own.held)),
            "{}",
            device.answer.device_name
        );
    }
}

fn villages(center: &Center) -> usize {
    let all = center.ask(&["village", "list"]).unwrap();
    all.as_array().unwrap().len()
}

fn add_village(name: &str) -> [&str; 6] {
    ["village", "add", "--name", name, "--township", "云和镇"]
}

/// The device of this name as the center lists it.
fn listed(center: &Center, name: &str) -> Option<Value> {
    let all = center.ask(&["device", "list"]).unwrap();
    let all = all.as_array().unwrap().iter();
    let mut named = all.filter(|d| d["name"] == name);
    named.next().cloned()
}

pub async fn a_restored_center_is_refilled_by_its_devices(mut stage: Stage) {
    let center = stage.demo();
    let mut gp = enrolled(&center, "GP").await;
    let mut pharmacy = enrolled(&center, "pharmacy").await;
    gp.register("王小明");
    gp.meet().await;
    pharmacy.meet().await;
    let (file, said) = backed_up(&stage, &center, "night.backup");
    let held = verified(&center);
    assert_eq!(said["journal"], held["journal"]);

    // What comes after the backup: visits, site data, a member who leaves, one more tablet.
    pharmacy.register("雷雪兰");
    center.ask(&add_village("新村")).unwrap();
    center.ask(&["staff", "retire", "陈立"]).unwrap();
    let mut newest = enrolled(&center, "newest").await;
    newest.register("蓝小梅");
    for device in [&mut newest, &mut pharmacy, &mut gp] {
        device.meet().await;
    }
    gp.register("钟水根");
    gp.meet().await;
    let (letter, after) = (newest.answer.letter.clone(), villages(&center));
    // Saved on a tablet and sent to nobody.
    pharmacy.register("叶桂花");

    let mut center = lost(&mut stage, center);
    let said = restored(&mut center, &file);
    assert_eq!(said["entries"], held["entries"]);
    assert_eq!(said["kept"], Value::Null);
    assert_eq!(villages(&center), after - 1);
    // It knows of the newest tablet nothing, and changes nothing of the site.
    assert_eq!(to_come(&center), Some(vec!["GP".into(), "pharmacy".into()]));
    let refilling = (4, "center.refilling".to_owned());
    assert_eq!(center.refused(&add_village("早了")).unwrap(), refilling);
    let code = ["enrol-code", "--name", "early"];
    assert_eq!(center.refused(&code).unwrap(), refilling);

    gp.meet().await;
    // The site's documents came with the first: now the newest is known, and waited for.
    let expected = Some(vec!["newest".into(), "pharmacy".into()]);
    assert_eq!(to_come(&center), expected);
    assert_eq!(center.refused(&add_village("早了")).unwrap(), refilling);
    pharmacy.meet().await;
    newest.meet().await;
    assert_eq!(to_come(&center), None);

    let own = listed(&center, "newest").unwrap();
    assert_eq!(
        (&own["letter"], &own["status"]),
        (&json!(letter), &json!("active"))
    );
    assert_eq!(villages(&center), after);
    let staff = center.ask(&["staff", "list"]).unwrap();
    let gone = staff.as_array().unwrap().iter();
    assert!(
        gone.filter(|s| s["name"] == "陈立")
            .all(|s| s["left"] == true)
    );
    // New site data is written on top of all of it, and more tablets come.
    center.ask(&add_village("又一村")).unwrap();
    let mut next = enrolled(&center, "next").await;
    assert_ne!(next.answer.letter, letter);
    all_hold_the_same(
        &center,
        &mut [&mut gp, &mut pharmacy, &mut newest, &mut next],
    )
    .await;
    let held = verified(&center);
    assert_eq!(held["counts"]["person"], 5);
    assert_eq!(held["counts"]["conflict"], Value::Null);
    for name in ["王小明", "雷雪兰", "蓝小梅", "钟水根", "叶桂花"] {
        assert_eq!(next.finds(name), 1, "{name}");
    }
}

pub async fn a_tablet_that_no_backup_and_no_tablet_knows_is_taken_by_its_certificate(
    mut stage: Stage,
) {
    let center = stage.demo();
    let mut gp = enrolled(&center, "GP").await;
    gp.meet().await;
    let (file, _) = backed_up(&stage, &center, "night.backup");
    // Its enrolment was the center's last word, and nobody heard it.
    let mut newest = enrolled(&center, "newest").await;
    newest.register("蓝小梅");
    let open = center.code("never", center.address()).unwrap();
    let mut center = lost(&mut stage, center);
    restored(&mut center, &file);
    gp.meet().await;
    assert_eq!((to_come(&center), listed(&center, "newest")), (None, None));

    newest.meet().await;
    let own = listed(&center, "newest").unwrap();
    assert_eq!(own["device"], newest.feed().to_hex());
    assert_ne!(own["letter"], gp.answer.letter);
    all_hold_the_same(&center, &mut [&mut gp, &mut newest]).await;
    assert_eq!(gp.finds("蓝小梅"), 1);
    // A code of before is not known, or no longer good for anything: it may have been used.
    let applicant = crate::device::Applicant::new(&open);
    assert_eq!(applicant.ask().await.unwrap().code(), "enrol.code_unknown");
    // Put back once more, it goes on in yet another feed.
    let mut center = lost_again(&mut stage, center);
    restored(&mut center, &file);
    newest.register("雷一");
    gp.meet().await;
    newest.meet().await;
    assert_eq!(to_come(&center), None);
    center.ask(&add_village("又一村")).unwrap();
    all_hold_the_same(&center, &mut [&mut gp, &mut newest]).await;
}

fn lost_again(stage: &mut Stage, mut center: Center) -> Center {
    center.kill().unwrap();
    fs::remove_dir_all(center.data()).unwrap();
    if let Some(cluster) = &stage.cluster {
        stage.database = Some(cluster.database("third").unwrap());
    }
    Center::on_port(
        stage.folder.path(),
        stage.database.clone(),
        center.address().port(),
    )
}

pub async fn an_admin_ends_the_wait_and_revokes_before_it(mut stage: Stage) {
    let center = stage.demo();
    let mut gp = enrolled(&center, "GP").await;
    let mut thief = enrolled(&center, "thief").await;
    let gone = enrolled(&center, "broken").await;
    gp.meet().await;
    thief.meet().await;
    let (file, _) = backed_up(&stage, &center, "night.backup");
    let mut center = lost(&mut stage, center);
    restored(&mut center, &file);
    // Revoking does not wait.
    center.ask(&["revoke", "thief"]).unwrap();
    thief.register("王不实");
    let frames = thief.frames(&gp.vector());
    assert_eq!(thief.exchange(&frames).await.codes(), ["device.revoked"]);
    gp.meet().await;
    assert_eq!(to_come(&center), Some(vec!["broken".to_owned()]));
    assert_eq!(
        center.refused(&add_village("早了")).unwrap().1,
        "center.refilling"
    );
    let ended = center.ask(&["refill", "--end"]).unwrap();
    assert_eq!(ended["left_out"][0]["device"], gone.feed().to_hex());
    assert_eq!(to_come(&center), None);
    center.ask(&add_village("又一村")).unwrap();
    let held = until_settled(&center);
    assert_eq!(held["held"], 1);
    all_hold_the_same(&center, &mut [&mut gp]).await;
    assert_eq!(gp.finds("王不实"), 0);
}

pub async fn a_backup_is_whole_or_not_there_and_opens_with_its_key_only(mut stage: Stage) {
    let center = stage.demo();
    let mut gp = enrolled(&center, "GP").await;
    gp.register("王小明");
    gp.meet().await;
    let folder = stage.folder.path().join("backups");
    fs::create_dir(&folder).unwrap();
    // Left by a run that was killed: it never counted.
    let file = stage.folder.path().join("night.backup");
    fs::write(stage.folder.path().join("night.backup.part"), "half").unwrap();
    let said = center.ask(&["backup", text(&folder)]).unwrap();
    let named = PathBuf::from(said["file"].as_str().unwrap());
    assert_eq!(named.parent(), Some(folder.as_path()));
    center.ask(&["backup", text(&file)]).unwrap();
    let refused = center.refused(&["backup", text(&file)]).unwrap();
    assert_eq!(refused, (3, "store.backup_exists".to_owned()));
    let names = |folder: &Path| {
        let all = fs::read_dir(folder).unwrap();
        let mut all: Vec<_> = all.map(|item| item.unwrap().file_name()).collect();
        all.sort();
        all
    };
    assert_eq!(names(&folder), [named.file_name().unwrap()]);
    let beside = names(stage.folder.path());
    let part = |name: &std::ffi::OsString| name.to_string_lossy().contains(".part");
    assert!(!beside.iter().any(part), "{beside:?}");
    // Nobody reads it without the key: not a name in it, and no other key opens it.
    let good = fs::read(&file).unwrap();
    for word in ["王小明", "wangxiaoming", "SQLite format"] {
        let word = word.as_bytes();
        assert!(!good.windows(word.len()).any(|w| w == word));
    }
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0);
    let mut center = lost(&mut stage, center);
    let key = stage.folder.path().join("center.key");
    let right = fs::read(&key).unwrap();
    let mut wrong = right.clone();
    wrong[0] = if wrong[0] == b'0' { b'1' } else { b'0' };
    fs::write(&key, &wrong).unwrap();
    let refused = center.refused(&["restore", text(&file)]).unwrap();
    assert_eq!(refused, (4, "store.wrong_key".to_owned()));
    fs::write(&key, &right).unwrap();
    // One that was cut or altered is refused, and nothing is left of the try.
    let bad = stage.folder.path().join("bad.backup");
    let mut flipped = good.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    for bytes in [&good[..good.len() / 2], &flipped, b"nothing of a backup"] {
        fs::write(&bad, bytes).unwrap();
        let (_, code) = center.refused(&["restore", text(&bad)]).unwrap();
        let expected = [
            "store.backup_unsound",
            "store.damaged",
            "store.wrong_key",
            "backup.not_one",
        ];
        assert!(expected.contains(&code.as_str()), "{code}");
        assert!(!center.data().exists());
        assert_eq!(names(stage.folder.path()).len(), names_left(&stage));
    }
    restored(&mut center, &file);
    gp.meet().await;
    all_hold_the_same(&center, &mut [&mut gp]).await;
}

/// Files that a try to restore may not add to: logs, key, folder of backups, two backups.
fn names_left(stage: &Stage) -> usize {
    let all = fs::read_dir(stage.folder.path()).unwrap();
    let names = all.map(|item| item.unwrap().file_name().into_string().unwrap());
    names.filter(|name| !name.contains("restoring")).count()
}

pub async fn a_restore_overwrites_nothing_unless_told_and_then_keeps_the_old_beside(stage: Stage) {
    let mut center = stage.demo();
    let mut gp = enrolled(&center, "GP").await;
    gp.register("王小明");
    gp.meet().await;
    let (file, _) = backed_up(&stage, &center, "night.backup");
    gp.register("雷雪兰");
    gp.meet().await;
    let before = until_settled(&center);
    let restore = ["restore", text(&file)];
    let in_the_way = (4, "restore.in_the_way".to_owned());
    assert_eq!(center.refused(&restore).unwrap(), in_the_way);
    assert_eq!(verified(&center), before);
    let replace = ["restore", text(&file), "--replace"];
    if stage.database.is_none() {
        // Not under the feet of a server.
        let in_use = (4, "store.folder_in_use".to_owned());
        assert_eq!(center.refused(&replace).unwrap(), in_use);
    }
    center.stop().unwrap();
    assert_eq!(center.refused(&restore).unwrap(), in_the_way);
    let said = center.ask(&replace).unwrap();
    let kept = said["kept"].as_str().unwrap();
    if let (Some(cluster), Some(address)) = (&stage.cluster, &stage.database) {
        let count = format!("SELECT COUNT(*) FROM {kept}.entry");
        let old = cluster.execute(address, &count).unwrap();
        assert_eq!(old.trim(), before["entries"].to_string());
    } else {
        // The old one is a center still, under its other name.
        let old = fs::read_dir(kept).unwrap().count();
        assert!(old >= 2, "{kept}");
        let mut command = xunyi_tests::process::Process::own("xunyi-center", &["verify"]).unwrap();
        command.args(["--json", "--data", kept, "--key"]);
        command.arg(stage.folder.path().join("center.key"));
        let ended = xunyi_tests::process::run_to_end(command).unwrap();
        let found: Value = serde_json::from_str(&ended.out).unwrap();
        assert_eq!(found["holdings"]["journal"], before["journal"]);
    }
    let mut center = center;
    center.serve().unwrap();
    all_hold_the_same(&center, &mut [&mut gp]).await;
    assert_eq!(verified(&center)["counts"]["person"], 2);
}

pub async fn backups_made_under_load_are_each_of_one_moment(stage: Stage) {
    let center = stage.demo();
    let mut gp = enrolled(&center, "GP").await;
    gp.meet().await;
    let mut entries = Vec::new();
    let mut known = gp.vector();
    for round in 0..3 {
        for n in 0..40 {
            gp.register(&format!("王{}", ["一", "二", "三", "四"][n % 4]));
        }
        let frames = gp.frames(&known);
        known = gp.vector();
        let body = gp.message(&frames);
        let line = gp.line.clone();
        let sending = tokio::spawn(async move { line.post(body).await });
        // Each verifies its chains and that every document is what its entries say.
        let (_, said) = backed_up(&stage, &center, &format!("{round}.backup"));
        entries.push(said["entries"].as_u64().unwrap());
        let answer = sending.await.unwrap().unwrap();
        assert!(gp.take_in(&answer.body).whole);
    }
    assert!(entries.is_sorted(), "{entries:?}");
    let (_, last) = backed_up(&stage, &center, "last.backup");
    assert_eq!(last["journal"], until_settled(&center)["journal"]);
    assert!(last["made_at"].as_i64().unwrap() <= now());
}

/// The number of a device's newest entry.
fn newest(device: &mut Device) -> u64 {
    let feed = device.feed();
    device.vector().get(&feed).unwrap().seq
}

pub async fn devices_rely_on_the_oldest_promised_backup_and_never_on_an_older_one(stage: Stage) {
    let center = stage.demo();
    let mut gp = enrolled(&center, "GP").await;
    gp.register("王小明");
    let early = newest(&mut gp);
    gp.meet().await;
    let (first, _) = backed_up(&stage, &center, "first.backup");
    gp.register("王大明");
    let late = newest(&mut gp);
    gp.meet().await;
    let (second, _) = backed_up(&stage, &center, "second.backup");
    let own = gp.feed().to_hex();
    let relied_on = |files: &[&Path]| -> Option<u64> {
        let words = std::iter::once("promise").chain(files.iter().map(|file| text(file)));
        let said = center.ask(&words.collect::<Vec<_>>()).unwrap();
        let feeds = said["watermark"].as_array().unwrap();
        let of_device = feeds.iter().find(|at| at["feed"] == own.as_str())?;
        of_device["seq"].as_u64()
    };
    assert!(early < late);
    assert_eq!(relied_on(&[&second, &first]), Some(early));
    assert_eq!(relied_on(&[&second]), Some(late));
    let refused = center.refused(&["promise", text(&first), text(&second)]);
    let before = (3, "backup.before_watermark".to_owned());
    assert_eq!(refused.unwrap(), before);
    assert_eq!(relied_on(&[&second]), Some(late));
}

/// From SQLite to PostgreSQL: a township that grows.
pub async fn onto_the_other_database() {
    let (small, large) = (Stage::sqlite(), Stage::postgres());
    let mut center = small.demo();
    let mut gp = enrolled(&center, "GP").await;
    gp.register("王小明");
    gp.meet().await;
    let held = until_settled(&center);
    let (file, _) = backed_up(&small, &center, "move.backup");
    let port = center.address().port();
    center.stop().unwrap();
    let key = small.folder.path().join("center.key");
    fs::copy(&key, large.folder.path().join("center.key")).unwrap();
    let mut center = Center::on_port(large.folder.path(), large.database.clone(), port);
    restored(&mut center, &file);
    assert_eq!(verified(&center)["rows"], held["rows"]);
    gp.meet().await;
    assert_eq!(to_come(&center), None);
    all_hold_the_same(&center, &mut [&mut gp]).await;
}
