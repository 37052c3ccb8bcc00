//! What was signed is what a reader sees; what changed since, or was signed twice, stands beside it.

use super::{follow_up, signed};
use crate::ctx::chart;
use crate::testing::{MORNING, Tablet, meet};
use serde_json::{Value, json};
use xunyi_journal::{Action, DocType};
use xunyi_ledger::DocWrite;
use xunyi_model::{Role, Staff, StaffId, Village, VillageId};
use xunyi_record::{RecordKey, Write};

/// Changes fields of the visit's records past the commands, as a settled conflict or another version does.
fn change(tablet: &mut Tablet, patient: &str, writes: Vec<(RecordKey, &str, Value)>) {
    let writes = writes
        .into_iter()
        .map(|(key, field, value)| Write::new(&key, field, value));
    tablet.write(DocWrite {
        doc: chart(patient.parse().unwrap()),
        doc_type: DocType::Patient,
        action: Action::ConflictResolved,
        heads: None,
        writes: writes.collect(),
        settle: false,
    });
}

fn encounter_key(encounter: &str) -> RecordKey {
    RecordKey::many("encounter", encounter.parse().unwrap())
}

/// The key of the hypertension form of the only visit.
fn form_key(tablet: &mut Tablet) -> RecordKey {
    let rows = tablet
        .at
        .store()
        .read(|ledger| ledger.records("form", None))
        .unwrap();
    let form = rows
        .iter()
        .find(|r| r.body.contains("\"template\":\"hypertension\""))
        .unwrap();
    RecordKey {
        section: "form".into(),
        id: form.record.clone(),
    }
}

fn visit(tablet: &mut Tablet, patient: &str) -> Value {
    tablet.chart(patient)["visits"][0].clone()
}

#[test]
fn a_change_after_the_signature_is_shown_beside_what_was_signed() {
    let mut tablet = Tablet::new(1);
    let id = tablet.register("郑桂叶");
    let encounter = signed(&mut tablet, &id, follow_up()).unwrap();
    let before = visit(&mut tablet, &id);
    assert_eq!(before["amended"], Value::Null);
    assert_eq!(before["others"], json!([]));
    assert!(before["signed_at"].as_i64().unwrap() >= MORNING);
    let form = form_key(&mut tablet);
    change(
        &mut tablet,
        &id,
        vec![
            (
                encounter_key(&encounter),
                "bp",
                json!([{ "sys": 118, "dia": 70 }]),
            ),
            (encounter_key(&encounter), "findings", json!("双下肢水肿")),
            (form.clone(), "class", json!("controlled")),
            (form, "next_visit", json!("2027-02-23")),
        ],
    );
    let chart = tablet.chart(&id);
    let after = chart["visits"][0].clone();
    for field in [
        "content",
        "hypertension",
        "forms",
        "signed",
        "signed_by",
        "signed_at",
    ] {
        assert_eq!(after[field], before[field], "{field}");
    }
    assert_eq!(after["amended_unsigned"], json!(true));
    let amended = &after["amended"];
    assert_eq!(amended["content"]["vitals"]["bp"][0]["sys"], json!(118));
    assert_eq!(amended["content"]["findings"], json!("双下肢水肿"));
    assert_eq!(amended["hypertension"]["class"], json!("controlled"));
    // The curve too goes by what somebody answers for.
    assert_eq!(chart["bp"][0]["sys"], json!(151));
}

#[test]
fn what_was_signed_sets_the_date_the_class_and_the_medicines_told() {
    const VILLAGE: &str = "01010101-0101-0101-0101-010101010101";
    let mut tablet = Tablet::on_vehicle(1);
    let village = Village {
        id: VillageId::from_bytes([1; 16]),
        name: "上源村".into(),
        ..Village::default()
    };
    tablet.hear_of(&[village], &[]);
    let id = tablet.register("郑桂叶");
    let joined = json!({ "programme": "hypertension", "since": "2026-01-05" });
    tablet
        .update(
            &id,
            json!({ "village": VILLAGE, "add_enrolments": [joined] }),
        )
        .unwrap();
    let mut content = follow_up();
    content["hypertension"]["medicines"] = json!([{ "name": "硝苯地平片", "dose": "" }]);
    let encounter = signed(&mut tablet, &id, content).unwrap();
    let form = form_key(&mut tablet);
    let key = encounter_key(&encounter);
    change(
        &mut tablet,
        &id,
        vec![
            (key, "bp", json!([{ "sys": 190, "dia": 112 }])),
            (form.clone(), "class", json!("controlled")),
            (form.clone(), "next_visit", json!("2027-10-01")),
            (form, "medicines", json!([])),
        ],
    );
    let chart = tablet.chart(&id);
    assert_eq!(chart["enrolments"][0]["due"], json!("2026-12-07"));
    assert_eq!(chart["told"][0]["medicine"]["name"], json!("硝苯地平片"));
    tablet.wait(14 * 86_400_000);
    let due = tablet.run("due.list", json!({ "village": VILLAGE }))["items"][0].clone();
    assert_eq!(due["due"]["due_date"], json!("2026-12-07"));
    assert_eq!(due["last_bp"]["sys"], json!(151));
    // An emergency value is nobody's to overlook, signed or not.
    assert_eq!(due["due"]["urgency"], json!("emergency"));
}

/// One visit signed on two tablets apart, each with its own note, as a cloned device or two imports do.
fn signed_twice() -> (Tablet, Tablet, String, Value) {
    let (mut a, mut b) = (Tablet::new(1), Tablet::new(2));
    let other = StaffId::from_bytes([8; 16]);
    let staff = |id, name: &str| Staff {
        id,
        name: name.into(),
        roles: vec![Role::Gp],
        ..Staff::default()
    };
    a.hear_of_staff(&[staff(a.user.staff, "陈立"), staff(other, "吴敏")]);
    let id = a.register("郑桂叶");
    meet(&mut a, &mut b);
    b.user.staff = other;
    b.wait(3_600_000);
    let encounter = json!("01935b6a-7c1e-7f00-8000-00000000abcd");
    for (tablet, note, next) in [
        (&mut a, "嘱低盐饮食", "2026-12-07"),
        (&mut b, "加用缬沙坦", "2026-12-14"),
    ] {
        let started = tablet
            .import(
                "visit.start",
                json!({ "patient": id, "encounter": encounter }),
            )
            .unwrap();
        let mut content = follow_up();
        content["note"] = json!(note);
        content["hypertension"]["next_visit"] = json!(next);
        let sign = json!({ "patient": id, "encounter": encounter, "opened_at": started["opened_at"],
                           "heads": started["heads"], "content": content });
        tablet.import("visit.sign", sign).unwrap();
    }
    meet(&mut a, &mut b);
    (a, b, id, encounter)
}

#[test]
fn of_two_signatures_each_keeps_its_version_its_signer_and_its_time() {
    let (mut a, mut b, id, encounter) = signed_twice();
    for tablet in [&mut a, &mut b] {
        let visit = visit(tablet, &id);
        assert_eq!(visit["signatures"], json!(2));
        // The later one leads, whole: no field of the other is mixed into it.
        assert_eq!(visit["content"]["note"], json!("加用缬沙坦"));
        assert_eq!(visit["hypertension"]["next_visit"], json!("2026-12-14"));
        assert_eq!(
            (&visit["signed_by"], &visit["clinician"]),
            (&json!("吴敏"), &json!("吴敏"))
        );
        let [other] = &visit["others"].as_array().unwrap()[..] else {
            panic!("{visit}");
        };
        assert_eq!(other["by"], json!("陈立"));
        assert!(other["at"].as_i64() < visit["signed_at"].as_i64());
        assert_eq!(other["version"]["content"]["note"], json!("嘱低盐饮食"));
        assert_eq!(
            other["version"]["hypertension"]["next_visit"],
            json!("2026-12-07")
        );
        // That the two merge into one record is nobody's amendment.
        assert_eq!(
            (&visit["amended_unsigned"], &visit["amended"]),
            (&json!(false), &Value::Null)
        );
    }
    let key = encounter_key(encounter.as_str().unwrap());
    change(&mut a, &id, vec![(key, "plan", json!("复查血钾"))]);
    let visit = visit(&mut a, &id);
    assert_eq!(visit["amended"]["content"]["plan"], json!("复查血钾"));
    assert_eq!(visit["content"]["plan"], Value::Null);
}

#[test]
fn a_signature_that_cannot_be_read_here_is_told() {
    let mut tablet = Tablet::new(1);
    let id = tablet.register("郑桂叶");
    let encounter = signed(&mut tablet, &id, follow_up()).unwrap();
    let key = RecordKey::many("signature", uuid::Uuid::from_u128(7));
    let newer = json!({ "encounter": encounter, "snapshot": "v9:…", "heads": [],
                        "by": tablet.user.staff, "at": MORNING + 3_600_000 });
    change(&mut tablet, &id, vec![(key, "e", newer)]);
    let visit = visit(&mut tablet, &id);
    // What can be read leads; that there is more is said.
    assert_eq!(
        (&visit["content"]["reason"], &visit["signed_unread"]),
        (&json!("复诊"), &json!(false))
    );
    assert_eq!(visit["others"][0]["version"], Value::Null);
    assert_eq!(
        (&visit["signatures"], &visit["amended_unsigned"]),
        (&json!(2), &json!(false))
    );
}
