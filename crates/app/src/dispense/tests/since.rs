//! What became known after a medicine was prescribed: shown at the counter, and gone past for a reason only.

use super::{line_of, prescribed, product, stocked};
use crate::AppError;
use crate::testing::{Tablet, meet};
use serde_json::{Value, json};
use xunyi_model::Role;

/// Lists an allergy to what waits at the counter.
fn lists_allergy(tablet: &mut Tablet, patient: &str, substance: &str) {
    let allergy = json!({ "substance": substance, "severity": "severe", "status": "active" });
    tablet
        .update(patient, json!({ "add_allergies": [allergy] }))
        .unwrap();
}

/// Hands out so many as the line showed it, with this reason and what was seen.
fn hand_out(
    tablet: &mut Tablet,
    line: &Value,
    qty: u32,
    reason: Option<&str>,
    seen: &Value,
) -> Result<Value, AppError> {
    let item = &line["items"][0];
    let pick = json!({ "lot": item["picks"][0]["lot"], "qty": qty });
    let items = json!([{ "prescription": item["prescription"], "picks": [pick],
                         "override_reason": reason, "seen": seen }]);
    let identity = json!({ "receiver": { "kind": "person" }, "confirmed_by": "birth_date" });
    tablet.sign_in(Role::Pharmacist);
    tablet.ask(
        "dispense.complete",
        json!({ "patient": line["banner"]["hit"]["patient"], "heads": line["heads"],
                "items": items, "identity": identity }),
    )
}

#[test]
fn the_counter_shows_what_allergies_say_now_and_why_the_prescriber_went_on() {
    let (mut a, mut b) = (stocked(1, &[("A1", "2027-01", 28)]), Tablet::on_vehicle(2));
    let (id, prescription) = prescribed(&mut a, "郑桂叶", 28);
    let item = line_of(&mut a, &id)["items"][0].clone();
    assert_eq!(
        (&item["warnings"], &item["unseen"], &item["override_reason"]),
        (&json!([]), &json!([]), &Value::Null)
    );
    meet(&mut a, &mut b);
    // An allergy becomes known on another tablet after it was prescribed.
    let allergy = json!({ "substance": "氨氯地平", "severity": "severe", "status": "active" });
    b.update(&id, json!({ "add_allergies": [allergy] }))
        .unwrap();
    meet(&mut a, &mut b);
    let item = line_of(&mut a, &id)["items"][0].clone();
    assert_eq!(item["prescription"], prescription);
    assert_eq!(item["warnings"][0]["code"], json!("allergy.listed"));
    assert_eq!(item["warnings"][0]["interrupts"], json!(true));
    assert_eq!(item["unseen"], json!([item["warnings"][0]["key"]]));
    // Who prescribes in spite of it says why, and then it is no news at the counter.
    a.sign_in(Role::Gp);
    let heads = a.chart(&id)["heads"].clone();
    let order = json!({ "product": product(&mut a), "timing": { "morning": 4 }, "days": 28 });
    let encounter = a.open_visit(&id);
    let again = json!({ "patient": id, "encounter": encounter, "heads": heads, "order": order,
                        "seen": [item["unseen"][0], "prescription.same_today"],
                        "override_reason": "以前吃过，无不适" });
    let again = a.run("prescription.add", again)["prescription"].clone();
    let line = line_of(&mut a, &id);
    let items = line["items"].as_array().unwrap();
    let item = items.iter().find(|i| i["prescription"] == again).unwrap();
    assert_eq!(item["warnings"][0]["code"], json!("allergy.listed"));
    assert_eq!(item["unseen"], json!([]));
    assert_eq!(item["override_reason"], json!("以前吃过，无不适"));
}

#[test]
fn what_became_known_since_is_handed_out_for_a_reason_only_and_the_reason_stays() {
    let (mut a, mut b) = (stocked(1, &[("A1", "2027-01", 28)]), Tablet::on_vehicle(2));
    let (id, _) = prescribed(&mut a, "郑桂叶", 28);
    lists_allergy(&mut a, &id, "氨氯地平");
    let line = line_of(&mut a, &id);
    let seen = &line["items"][0]["unseen"];
    let before = a.at.vector().unwrap();
    for reason in [None, Some("  ")] {
        let refused = hand_out(&mut a, &line, 20, reason, seen).unwrap_err();
        assert_eq!(
            (refused.code.as_str(), &refused.params["warnings"]),
            ("dispense.needs_reason", &json!(["allergy.listed"]))
        );
    }
    assert_eq!(a.at.vector().unwrap(), before);
    let why = "已电话问过陈医生：以前吃过，无不适";
    hand_out(&mut a, &line, 20, Some(why), seen).unwrap();
    meet(&mut a, &mut b);
    for tablet in [&mut a, &mut b] {
        let handed = tablet.chart(&id)["dispensings"][0].clone();
        assert_eq!(handed["override_reason"], json!(why));
        assert_eq!(handed["despite"], json!(["氨氯地平"]));
        let item = line_of(tablet, &id)["items"][0].clone();
        assert_eq!(item["remaining"], json!(8));
        assert_eq!(item["handed_despite"][0]["reason"], json!(why));
        // It is still no prescriber's decision: what remains is asked again.
        assert_eq!(item["unseen"], *seen);
    }
    let stored =
        a.at.store()
            .read(|ledger| ledger.records("dispensing", None))
            .unwrap();
    let dispense: Value = serde_json::from_str(&stored[0].body).unwrap();
    assert_eq!(dispense["overridden"], json!(["allergy.listed"]));
    assert_eq!(dispense["overridden_keys"], *seen);
}

#[test]
fn a_reason_at_the_counter_counts_for_what_was_shown_there_and_not_for_what_came_since() {
    let (mut a, mut b) = (stocked(1, &[("A1", "2027-01", 56)]), Tablet::on_vehicle(2));
    let (id, _) = prescribed(&mut a, "郑桂叶", 28);
    meet(&mut a, &mut b);
    // The hand-over is open with nothing to warn of while another tablet lists an allergy, and it arrives.
    let line = line_of(&mut a, &id);
    assert_eq!(line["items"][0]["unseen"], json!([]));
    lists_allergy(&mut b, &id, "氨氯地平");
    meet(&mut a, &mut b);
    let before = a.at.vector().unwrap();
    let refused = hand_out(&mut a, &line, 28, None, &json!([])).unwrap_err();
    assert_eq!(refused.code, "dispense.needs_reason");
    let refused = hand_out(&mut a, &line, 28, Some("急用"), &json!([])).unwrap_err();
    assert_eq!(refused.code, "dispense.warnings_changed");
    let told = &refused.params["warnings"][0];
    assert_eq!(told["params"]["substance"], json!("氨氯地平"));
    assert_eq!(a.at.vector().unwrap(), before);
    // Shown now; a second allergy that comes while the reason is typed is no part of it.
    let line = line_of(&mut a, &id);
    let first = line["items"][0]["unseen"].clone();
    assert_eq!(first, json!([told["key"]]));
    lists_allergy(&mut b, &id, "苯磺酸氨氯地平");
    meet(&mut a, &mut b);
    let refused = hand_out(&mut a, &line, 28, Some("急用"), &first).unwrap_err();
    assert_eq!(refused.code, "dispense.warnings_changed");
    let now = line_of(&mut a, &id)["items"][0]["unseen"].clone();
    assert_eq!(now.as_array().unwrap().len(), 2);
    hand_out(&mut a, &line, 28, Some("已问过医生"), &now).unwrap();
    assert_eq!(a.chart(&id)["dispensings"][0]["qty"], json!(28));
}

#[test]
fn nothing_is_asked_where_the_prescriber_went_on_or_nothing_interrupts() {
    let mut a = stocked(1, &[("A1", "2027-01", 28)]);
    let (id, _) = prescribed(&mut a, "郑桂叶", 28);
    lists_allergy(&mut a, &id, "花生");
    let line = line_of(&mut a, &id);
    hand_out(&mut a, &line, 28, None, &json!([])).unwrap();
    let handed = a.chart(&id)["dispensings"][0].clone();
    assert_eq!(
        (&handed["override_reason"], &handed["despite"]),
        (&Value::Null, &json!([]))
    );
}
