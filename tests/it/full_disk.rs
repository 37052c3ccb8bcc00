//! Disks that fill up under real programs: what was acknowledged stays, what does not fit is refused by name, and
//! once there is room the work goes on.

use serde_json::{Value, json};
use tempfile::TempDir;
use xunyi_tests::place;
use xunyi_tests::site::{Device, Filled, Member, Site};

/// The so-many-th person of many.
fn another(number: u32) -> Value {
    let given = char::from_u32(0x4e00 + number).unwrap();
    person(&format!("方{given}"))
}

fn person(name: &str) -> Value {
    json!({
        "name": name, "sex": "female", "birth_date": "1951-02-03", "not_a_duplicate": true,
    })
}

fn holdings(device: &Device, gp: &Member) -> Value {
    device.run(Some(gp), &["holdings"]).unwrap()
}

/// A serving hamlet and a tablet of it whose disk has 24 MB.
fn small_tablet() -> (TempDir, Site, Member, Device) {
    let folder = tempfile::tempdir().unwrap();
    let port = place::free_port().unwrap();
    let mut site = Site::filled(folder.path(), Filled::hamlet(), port).unwrap();
    site.center.serve().unwrap();
    let gp = site.member("gp").unwrap();
    let device = Device::on_small_disk(&folder.path().join("tablet"), 24).unwrap();
    device.enrol(&site.code("全科 1", true).unwrap()).unwrap();
    (folder, site, gp, device)
}

#[test]
fn a_tablet_whose_disk_is_full_refuses_by_name_and_goes_on_when_there_is_room() {
    let (_folder, site, gp, device) = small_tablet();
    device.sync(&gp).unwrap();

    let mut lines = device.lines(&gp).unwrap();
    lines
        .ask("patient.register", &person("方秀英"))
        .unwrap()
        .unwrap();
    device.disk().unwrap().fill().unwrap();
    let mut saved = 1;
    let mut refused = 0;
    // What is left of the log's last page may take one more.
    for number in 0..20 {
        match lines.ask("patient.register", &another(number)).unwrap() {
            Ok(_) => saved += 1,
            Err(code) => {
                assert_eq!(code, "store.disk_full");
                refused += 1;
            }
        }
    }
    assert!(refused > 10, "{refused} of 20 were refused");
    let query = json!({ "query": "方秀英" });
    let found = lines.ask("patient.search", &query).unwrap().unwrap();
    assert_eq!(found["hits"].as_array().unwrap().len(), 1);

    device.disk().unwrap().empty().unwrap();
    lines
        .ask("patient.register", &person("方木根"))
        .unwrap()
        .unwrap();
    saved += 1;
    drop(lines);
    let (told, clean) = device.verify(&gp).unwrap();
    assert!(clean, "{told}");
    assert_eq!(holdings(&device, &gp)["counts"]["person"], saved);
    device.sync(&gp).unwrap();
    let center = site.center.ask(&["verify"]).unwrap();
    assert_eq!(center["clean"], true);
    assert_eq!(
        center["holdings"]["journal"],
        holdings(&device, &gp)["journal"]
    );
}

#[test]
fn a_tablet_started_on_a_full_disk_says_so() {
    let (_folder, _site, gp, device) = small_tablet();
    device
        .invoke(&gp, "patient.register", &person("方秀英"))
        .unwrap();
    device.disk().unwrap().fill().unwrap();
    let refused = device
        .invoke(&gp, "patient.register", &person("方木根"))
        .unwrap_err();
    assert_eq!(
        (refused.code.as_str(), refused.status),
        ("store.disk_full", 5),
        "{refused}"
    );
    assert!(
        refused.words.contains("磁盘满") && refused.words.contains("disk is full"),
        "{refused}"
    );
    device.disk().unwrap().empty().unwrap();
    device
        .invoke(&gp, "patient.register", &person("方木根"))
        .unwrap();
    assert!(device.verify(&gp).unwrap().1);
}

#[test]
fn a_center_whose_disk_is_full_takes_nothing_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let port = place::free_port().unwrap();
    let mut site = Site::on_small_disk(folder.path(), port, 24).unwrap();
    site.center.serve().unwrap();
    let gp = site.member("gp").unwrap();
    let device = site
        .device(&folder.path().join("tablet"), "全科 1", true)
        .unwrap();
    device.sync(&gp).unwrap();
    site.center.disk().unwrap().fill().unwrap();
    let mut lines = device.lines(&gp).unwrap();
    for number in 0..40 {
        let register = another(number);
        lines.ask("patient.register", &register).unwrap().unwrap();
    }
    drop(lines);
    let refused = device.sync(&gp).unwrap_err();
    assert_eq!(
        (refused.code.as_str(), refused.status),
        ("sync.center_full", 6),
        "{refused}"
    );
    let status = device.invoke(&gp, "sync.status", &json!({})).unwrap();
    assert_eq!(status["waiting_commits"], 40, "{status}");

    site.center.disk().unwrap().empty().unwrap();
    device.sync(&gp).unwrap();
    let center = site.center.ask(&["verify"]).unwrap();
    assert_eq!(center["clean"], true, "{center}");
    assert_eq!(
        center["holdings"]["journal"],
        holdings(&device, &gp)["journal"]
    );
}
