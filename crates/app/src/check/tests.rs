use crate::device::testing::{GP, Tablet};
use serde_json::json;

#[test]
fn a_device_at_work_is_whole_and_stays_so_when_it_is_rebuilt() {
    let tablet = Tablet::enrolled();
    tablet.first(GP);
    for name in ["方秀英", "雷阿土"] {
        tablet.run("patient.register", json!({ "name": name, "sex": "female" }));
    }
    let clean = |tablet: &Tablet| {
        let findings = tablet.device.verify().unwrap();
        assert!(findings.iter().all(|f| f.wrong.is_empty()), "{findings:?}");
        findings
    };
    let before = clean(&tablet);
    assert_eq!(tablet.device.rebuild().unwrap(), 2);
    assert_eq!(clean(&tablet), before);
    let hits = tablet.run("patient.search", json!({ "query": "lat" }));
    assert_eq!(hits["hits"][0]["name"], "雷阿土");
}
