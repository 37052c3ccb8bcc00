//! The benchmark's events, played by the real program and read back from the database of a real center.

use std::path::Path;
use xunyi_tests::site::{Device, Site};
use xunyi_tests::{place, told};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_of_the_workload_arrives_with_all_its_fields() {
    let folder = tempfile::tempdir().unwrap();
    let fixtures = place::root().join("tests/fixtures/workload");
    let (roster, day) = (fixtures.join("roster.jsonl"), fixtures.join("day.jsonl"));
    let files: [&Path; 2] = [&roster, &day];
    let port = place::free_port().unwrap();
    let mut site = Site::for_workload(folder.path(), &files, port).unwrap();
    site.center.serve().unwrap();
    let gp = site.member("gp").unwrap();
    let device = Device::at(&folder.path().join("tablet"));
    device.enrol(&site.code("流动车", true).unwrap()).unwrap();
    for member in &site.staff {
        device.first_sign_in(member).unwrap();
    }
    device.sync(&gp).unwrap();
    let [roster_text, day_text] = files.map(|file| file.to_str().unwrap());
    device.run(None, &["import-workload", roster_text]).unwrap();
    device.sync(&gp).unwrap();
    // Half of it is at the center: what is missing is told.
    let half = told::compared(&site.center.data(), &files).unwrap();
    assert!(!half.is_complete() && half.unasked.is_empty() && half.different.is_empty());
    assert!(half.equal > 0 && !half.missing.is_empty());

    let import = ["import-workload", roster_text, day_text, "--already", "1"];
    device.run(None, &import).unwrap();
    device.sync(&gp).unwrap();
    let whole = told::compared(&site.center.data(), &files).unwrap();
    assert!(whole.is_complete(), "{whole:?}");
    assert!(whole.equal > half.equal);
    assert!(device.verify(&gp).unwrap().1);
}
