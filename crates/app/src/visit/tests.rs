//! Visits: signed whole, shown as signed, amended in the open.

mod signed;

use crate::testing::{Tablet, meet};
use serde_json::{Value, json};

/// Starts and signs a visit; answers the encounter.
fn signed(tablet: &mut Tablet, patient: &str, content: Value) -> Result<String, crate::AppError> {
    tablet.sign_visit(patient, content)
}

fn follow_up() -> Value {
    json!({
        "reason": "复诊",
        "vitals": { "bp": [{ "sys": 152, "dia": 88 }, { "sys": 150, "dia": 86 }], "pulse": 76 },
        "hypertension": { "symptoms": ["headache_dizziness"], "adherence": "intermittent",
                          "class": "unsatisfactory", "next_visit": "2026-12-07" },
        "forms": [{ "template": "慢病随访v3", "fields": { "smoking": "从不", "waist_cm": 88, "empty": null } }],
        "next_visit": "2026-12-07"
    })
}

#[test]
fn a_signed_visit_is_whole_on_every_device() {
    let (mut a, mut b) = (Tablet::new(1), Tablet::new(2));
    let id = a.register("郑桂叶");
    signed(&mut a, &id, follow_up()).unwrap();
    meet(&mut a, &mut b);
    assert_eq!(a.chart(&id), b.chart(&id));
    let visit = b.chart(&id)["visits"][0].clone();
    assert_eq!(visit["content"]["vitals"]["bp"][1]["sys"], json!(150));
    assert_eq!(visit["hypertension"]["adherence"], json!("intermittent"));
    assert_eq!(visit["forms"][0]["fields"]["waist_cm"], json!(88));
    assert_eq!(
        (&visit["signed"], &visit["amended_unsigned"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(
        b.chart(&id)["bp"][0],
        json!({ "at": visit["at"], "sys": 151, "dia": 87 })
    );
}

#[test]
fn impossible_vitals_are_refused_and_nothing_is_written() {
    let mut tablet = Tablet::new(1);
    let id = tablet.register("郑桂叶");
    let before = tablet.at.vector().unwrap();
    for sys in [15, 1520] {
        let content = json!({ "vitals": { "bp": [{ "sys": sys, "dia": 88 }] } });
        let refused = signed(&mut tablet, &id, content).unwrap_err();
        assert_eq!(refused.code, "vitals.systolic_impossible");
        assert!(refused.params.contains_key("min"));
    }
    assert_eq!(tablet.at.vector().unwrap(), before);
}

#[test]
fn a_visit_is_signed_once_and_corrected_by_addenda() {
    let mut tablet = Tablet::new(1);
    let id = tablet.register("郑桂叶");
    let encounter = signed(&mut tablet, &id, follow_up()).unwrap();
    let heads = tablet.chart(&id)["heads"].clone();
    let again = json!({ "patient": id, "encounter": encounter, "opened_at": 0, "heads": heads, "content": {} });
    assert_eq!(tablet.refused("visit.sign", again), "visit.signed_already");
    let note = json!({ "patient": id, "encounter": encounter, "heads": heads, "text": "家属补充：昨夜漏服" });
    tablet.run("visit.addendum", note);
    let visit = tablet.chart(&id)["visits"][0].clone();
    assert_eq!(visit["addenda"][0]["text"], json!("家属补充：昨夜漏服"));
    assert_eq!(visit["amended_unsigned"], json!(false));
}

#[test]
fn a_draft_waits_on_its_device_until_the_visit_is_signed() {
    let mut tablet = Tablet::new(1);
    let id = tablet.register("郑桂叶");
    let started = tablet.run("visit.start", json!({ "patient": id }));
    let mut draft = json!({ "patient": id, "draft": { "reason": "头晕" } });
    for field in ["encounter", "opened_at", "heads"] {
        draft[field] = started[field].clone();
    }
    tablet.run("visit.save_draft", draft.clone());
    let again = tablet.run("visit.start", json!({ "patient": id }));
    assert_eq!(
        (&again["encounter"], &again["draft"]["reason"]),
        (&started["encounter"], &json!("头晕"))
    );
    signed(&mut tablet, &id, follow_up()).unwrap();
    let next = tablet.run("visit.start", json!({ "patient": id }));
    assert_ne!(next["encounter"], started["encounter"]);
    assert_eq!(next["draft"], Value::Null);
    draft["draft"] = json!("x".repeat(70_000));
    assert_eq!(tablet.refused("visit.save_draft", draft), "draft.too_large");
}

#[test]
fn what_was_typed_before_the_signature_never_comes_back_after_it() {
    let mut tablet = Tablet::new(1);
    let id = tablet.register("郑桂叶");
    let started = tablet.run("visit.start", json!({ "patient": id }));
    let encounter = signed(&mut tablet, &id, follow_up()).unwrap();
    assert_eq!(started["encounter"], json!(encounter));
    let mut late = json!({ "patient": id, "draft": { "reason": "头晕" } });
    for field in ["encounter", "opened_at", "heads"] {
        late[field] = started[field].clone();
    }
    assert_eq!(
        tablet.refused("visit.save_draft", late),
        "visit.signed_already"
    );
    let next = tablet.run("visit.start", json!({ "patient": id }));
    assert_ne!(next["encounter"], started["encounter"]);
    assert_eq!(next["draft"], Value::Null);
}

#[test]
fn what_was_measured_on_another_day_is_not_todays() {
    let mut tablet = Tablet::new(1);
    let id = tablet.register("郑桂叶");
    let started = tablet.run("visit.start", json!({ "patient": id }));
    let mut draft = json!({ "patient": id, "draft": { "reason": "头晕" } });
    for field in ["encounter", "opened_at", "heads"] {
        draft[field] = started[field].clone();
    }
    tablet.run("visit.save_draft", draft);
    tablet.wait(20 * 86_400_000);
    let next = tablet.run("visit.start", json!({ "patient": id }));
    assert_eq!(next["draft"], Value::Null);
    assert_ne!(next["encounter"], started["encounter"]);
    // What was typed then can be looked at, however often the visit is opened, and after it is signed.
    let is_kept = |started: &Value| {
        let older = started["older"].as_array().unwrap();
        assert_eq!(older.len(), 1, "{older:?}");
        assert_eq!(older[0]["draft"]["reason"], json!("头晕"));
        assert!(older[0]["saved_at"].as_i64() >= older[0]["opened_at"].as_i64());
    };
    is_kept(&next);
    is_kept(&tablet.run("visit.start", json!({ "patient": id })));
    // Nor is a visit filed weeks back.
    let mut sign = json!({ "patient": id, "content": {} });
    for field in ["encounter", "opened_at", "heads"] {
        sign[field] = started[field].clone();
    }
    assert_eq!(
        tablet.refused("visit.sign", sign),
        "visit.opened_at_other_time"
    );
    signed(&mut tablet, &id, json!({ "reason": "复诊" })).unwrap();
    is_kept(&tablet.run("visit.start", json!({ "patient": id })));
    // Nobody else's.
    let other = tablet.register("雷水根");
    let fresh = tablet.run("visit.start", json!({ "patient": other }));
    assert_eq!(fresh["older"], json!([]));
}

#[test]
fn a_visit_is_signed_where_it_was_opened_and_nowhere_else() {
    let (mut a, mut b) = (Tablet::new(1), Tablet::new(2));
    let id = a.register("郑桂叶");
    meet(&mut a, &mut b);
    let started = a.run("visit.start", json!({ "patient": id }));
    let mut sign = json!({ "patient": id, "content": follow_up() });
    for field in ["encounter", "opened_at", "heads"] {
        sign[field] = started[field].clone();
    }
    // One id on two devices would hide one of the two visits.
    assert_eq!(b.refused("visit.sign", sign.clone()), "visit.not_open");
    let given = json!({ "patient": id, "encounter": started["encounter"] });
    assert_eq!(b.refused("visit.start", given), "input.own_id");
    a.run("visit.sign", sign);
}

#[test]
fn answers_that_no_form_gives_are_refused() {
    let mut tablet = Tablet::new(1);
    let id = tablet.register("郑桂叶");
    let form = |name: &str, value: Value| {
        let mut content = follow_up();
        content["hypertension"][name] = value;
        content
    };
    for (content, code) in [
        (json!({ "reason": " " }), "visit.empty"),
        (form("class", json!("banana")), "input.malformed"),
        (
            form("symptoms", json!(["none", "headache_dizziness"])),
            "visit.symptoms_and_none",
        ),
        (
            form("next_visit", json!("1900-01-01")),
            "visit.next_in_past",
        ),
        (
            form("next_visit", json!("9999-12-31")),
            "visit.next_too_far",
        ),
        (
            form("class_reason", json!("长".repeat(2000))),
            "text.too_long",
        ),
    ] {
        let refused = signed(&mut tablet, &id, content).unwrap_err();
        assert_eq!(refused.code, code);
    }
    assert_eq!(tablet.chart(&id)["visits"], json!([]));
}

#[test]
fn the_form_opens_with_the_limits_of_this_site() {
    let mut tablet = Tablet::new(1);
    let id = tablet.register("郑桂叶");
    let ranges = tablet.run("visit.start", json!({ "patient": id }))["ranges"].clone();
    assert_eq!(ranges["body"]["systolic"]["hard_max"], json!(300));
    assert_eq!(ranges["sign_off"], json!({ "state": "unsigned" }));
    assert!(ranges["version"].is_string());
}

#[test]
fn signing_ends_the_turn_in_the_same_commit() {
    let mut tablet = Tablet::on_vehicle(1);
    let id = tablet.register("郑桂叶");
    tablet.run("day.open", json!({}));
    let day = tablet.run("day.check_in", json!({ "patient": id, "station": "gp" }));
    let entry = day["line"][0]["entry"].clone();
    let started = tablet.run("visit.start", json!({ "patient": id, "entry": entry }));
    let mut sign = json!({ "patient": id, "entry": entry, "content": follow_up() });
    for field in ["encounter", "opened_at", "heads"] {
        sign[field] = started[field].clone();
    }
    tablet.run("visit.sign", sign);
    assert_eq!(tablet.run("day.get", json!({}))["seen"], json!(1));
}

#[test]
fn the_rules_propose_and_a_second_unsatisfactory_follow_up_is_referred() {
    let mut tablet = Tablet::new(1);
    let id = tablet.register("郑桂叶");
    let ask = json!({ "patient": id, "bp": [{ "sys": 152, "dia": 88 }],
                      "form": { "symptoms": ["none"], "adherence": "regular" } });
    let first = tablet.run("followup.hypertension", ask.clone());
    assert_eq!(
        (&first["class"], &first["refer"]),
        (&json!("unsatisfactory"), &json!(false))
    );
    assert_eq!(first["due"], json!("2026-12-07"));
    signed(&mut tablet, &id, follow_up()).unwrap();
    assert_eq!(
        tablet.run("followup.hypertension", ask)["refer"],
        json!(true)
    );
}

#[test]
fn a_proxys_visit_is_no_face_to_face_follow_up() {
    let mut tablet = Tablet::new(1);
    let id = tablet.register("郑桂叶");
    let ask = |who: Value, how: &str| json!({ "patient": id, "bp": [{ "sys": 132, "dia": 82 }], "form": {}, "attendee": who, "channel": how });
    let mut unseen = |input: Value| {
        let proposal = tablet.run("followup.hypertension", input);
        let codes = proposal["not_checked"].as_array().unwrap();
        codes.contains(&json!("htn.not_face_to_face"))
    };
    assert!(!unseen(ask(json!({ "kind": "person" }), "home")));
    assert!(unseen(ask(
        json!({ "kind": "proxy", "name": "郑小军" }),
        "clinic"
    )));
    assert!(unseen(ask(json!({ "kind": "person" }), "phone")));
}

#[test]
fn somebody_of_the_programme_has_a_target_by_age_until_one_is_set() {
    let mut tablet = Tablet::new(1);
    let id = tablet.register("郑桂叶");
    assert_eq!(tablet.chart(&id)["target"], Value::Null);
    let mut joined = json!({ "programme": "hypertension", "since": "2026-01-05" });
    tablet
        .update(&id, json!({ "add_enrolments": [joined] }))
        .unwrap();
    let target = tablet.chart(&id)["target"].clone();
    assert_eq!(
        (&target["sys_below"], &target["dia_below"]),
        (&json!(150), &json!(90))
    );
    let other = tablet.register("雷水根");
    joined["target"] = json!({ "sys_below": 130, "dia_below": 80, "version": "陈立" });
    tablet
        .update(&other, json!({ "add_enrolments": [joined] }))
        .unwrap();
    assert_eq!(tablet.chart(&other)["target"]["sys_below"], json!(130));
}

#[test]
fn a_diagnosis_is_found_by_initials() {
    let mut tablet = Tablet::new(1);
    let hits = tablet.run("diagnosis.search", json!({ "query": "gxy" }));
    assert!(
        hits["hits"]
            .as_array()
            .unwrap()
            .iter()
            .any(|h| h["code"] == "I10"),
        "{hits}"
    );
}

#[test]
fn a_misspelt_field_however_deep_is_refused_by_its_name() {
    let mut tablet = Tablet::new(1);
    let id = tablet.register("郑桂叶");
    for (content, name) in [
        (
            json!({ "reason": "复诊", "vitals": { "bpp": [{ "sys": 152, "dia": 88 }] } }),
            "content.vitals.bpp",
        ),
        (
            json!({ "reason": "复诊", "hypertension": { "nonsense": 1 } }),
            "content.hypertension.nonsense",
        ),
        (
            json!({ "vitals": { "bp": [{ "sys": 152, "dia": 88, "arm": "left" }] } }),
            "content.vitals.bp[0].arm",
        ),
    ] {
        let refused = signed(&mut tablet, &id, content).unwrap_err();
        assert_eq!(refused.code, "input.malformed");
        assert!(
            refused.params["at"].as_str().unwrap().contains(name),
            "{refused:?}"
        );
    }
    assert_eq!(tablet.chart(&id)["visits"], json!([]));
    // What is absent anyway may be said to be.
    let content = json!({ "reason": "复诊", "vitals": { "pulse": null }, "hypertension": { "symptoms_other": null } });
    signed(&mut tablet, &id, content).unwrap();
}

#[test]
fn an_unusual_value_is_signed_once_a_person_said_that_it_is_right() {
    let mut tablet = Tablet::new(1);
    let id = tablet.register("郑桂叶");
    let started = tablet.run("visit.start", json!({ "patient": id }));
    let sign = |confirmed: Value| {
        json!({
            "patient": id,
            "encounter": started["encounter"],
            "opened_at": started["opened_at"],
            "heads": started["heads"],
            "content": { "vitals": { "bp": [{ "sys": 88, "dia": 112 }], "pulse": 190 } },
            "confirmed_unusual": confirmed,
        })
    };
    for (confirmed, fields) in [
        (json!([]), json!(["diastolic", "pulse"])),
        (json!(["pulse", "weight"]), json!(["diastolic"])),
    ] {
        let refused = tablet.ask("visit.sign", sign(confirmed)).unwrap_err();
        assert_eq!(refused.code, "vitals.unusual");
        assert_eq!(refused.params["fields"], fields);
    }
    assert_eq!(tablet.chart(&id)["visits"], json!([]));
    tablet.run("visit.sign", sign(json!(["diastolic", "pulse"])));
    assert_eq!(
        tablet.chart(&id)["visits"][0]["content"]["vitals"]["pulse"],
        json!(190)
    );
}
