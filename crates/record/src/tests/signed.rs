//! What was signed is read back from its signature, whatever happened to the record since.

use super::Device;
use crate::RecordKey;
use crate::patient::{self, HYPERTENSION, Visit};
use serde_json::{Value, json};
use xunyi_model::*;

fn encounter() -> Encounter {
    serde_json::from_value(json!({
        "patient": PatientId::from_bytes([1; 16]), "opened_at": 1, "attendee": { "kind": "person" },
        "reason": "复诊", "vitals": { "bp": [{ "sys": 152, "dia": 88 }], "pulse": 71 },
        "note": "血压 150/90，\"头晕\"三天。", "diagnoses": [{ "code": "I10", "name": "高血压" }],
    }))
    .unwrap()
}

#[test]
fn a_snapshot_is_read_back_as_the_visit_that_was_signed() {
    let (id, by) = (
        EncounterId::from_bytes([5; 16]),
        StaffId::from_bytes([7; 16]),
    );
    let encounter = encounter();
    let hypertension: HypertensionForm =
        serde_json::from_value(json!({ "class": "unsatisfactory", "next_visit": "2026-12-07" }))
            .unwrap();
    let fields = json!({ "smoking": "从不", "waist_cm": 91.5 });
    let other = GenericForm {
        template: "慢病随访v3".into(),
        fields: fields.as_object().unwrap().clone(),
    };
    let visit = Visit {
        id,
        encounter: &encounter,
        hypertension: Some((FormId::from_bytes([8; 16]), &hypertension)),
        forms: vec![(FormId::from_bytes([9; 16]), &other)],
    };
    let signature = visit.signature(SignatureId::from_bytes([6; 16]), &[], by, 2);
    let snapshot = signature.value["snapshot"].as_str().unwrap();
    let read = patient::signed_records(id, snapshot).unwrap();
    assert_eq!(
        patient::encounter_of(encounter.patient, &read.encounter),
        Some(encounter.clone())
    );
    assert_eq!(read.encounter["by"], json!(by));
    let [(_, first), (_, second)] = &read.forms[..] else {
        panic!("{:?}", read.forms);
    };
    assert_eq!(first["template"], json!(HYPERTENSION));
    assert_eq!(
        patient::typed::<HypertensionForm>(Value::Object(first.clone())),
        Some(hypertension.clone())
    );
    assert_eq!(patient::form_of(second), other);

    // As the document gives the records back, they make the same snapshot, and that reads the same.
    let mut device = Device::new(1);
    device.write(&visit.writes(by));
    let body = |section: &str, id: &str| {
        let key = RecordKey {
            section: section.to_owned(),
            id: id.to_owned(),
        };
        device.doc.record(&key).unwrap().body()
    };
    let key = crate::record_id(*id.as_uuid());
    let forms: Vec<_> = read
        .forms
        .iter()
        .map(|(id, _)| (id.as_str(), body("form", id)))
        .collect();
    let forms: Vec<_> = forms.iter().map(|(id, body)| (*id, body)).collect();
    let stands = patient::visit_snapshot((&key, &body("encounter", &key)), &forms);
    assert_eq!(stands, snapshot);
    assert_eq!(patient::signed_records(id, &stands), Some(read));
}

#[test]
fn a_snapshot_of_a_newer_version_keeps_what_this_one_does_not_know() {
    let id = EncounterId::from_bytes([5; 16]);
    let key = crate::record_id(*id.as_uuid());
    let snapshot = json!({
        format!("encounter/{key}"): { "at": 1, "reason": "复诊", "spo2": 98 },
        format!("image/{key}"): { "eye": "left" },
        "seal": "sha3",
    });
    let read = patient::signed_records(id, &snapshot.to_string()).unwrap();
    assert_eq!(read.encounter["spo2"], json!(98));
    let content = patient::encounter_of(PatientId::default(), &read.encounter).unwrap();
    assert_eq!((content.reason.as_str(), content.opened_at), ("复诊", 1));
    // Another visit's, or no snapshot at all, is not passed off as this one's.
    for other in ["", "[]", "{}", "{\"encounter/x\":{\"reason\":\"复诊\"}}"] {
        assert_eq!(patient::signed_records(id, other), None, "{other}");
    }
}
