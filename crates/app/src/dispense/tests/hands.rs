//! Who had a hand in a dispensing, and what a second person is needed for.

use super::{line_of, prescribed, stocked};
use crate::AppError;
use crate::testing::Tablet;
use serde_json::{Value, json};
use xunyi_model::{Role, Staff, StaffId};

fn member(n: u8, name: &str) -> Staff {
    Staff {
        id: StaffId::from_bytes([n; 16]),
        name: name.into(),
        roles: vec![Role::Nurse],
        left: n == 9,
        ..Staff::default()
    }
}

/// A vehicle's tablet with this lot alone, that knows who works here, and one waiting for medicine.
fn waiting(lot: (&str, &str, u32)) -> (Tablet, String) {
    let mut tablet = stocked(1, &[lot]);
    let own = Staff {
        id: tablet.user.staff,
        ..member(7, "雷志强")
    };
    tablet.hear_of_staff(&[own, member(8, "蓝小梅"), member(9, "吴敏")]);
    let (id, _) = prescribed(&mut tablet, "郑桂叶", 28);
    (tablet, id)
}

/// Hands out all of the lot that lies here, with these fields beside.
fn hand_out(
    tablet: &mut Tablet,
    id: &str,
    reason: Option<&str>,
    beside: Value,
) -> Result<Value, AppError> {
    let line = line_of(tablet, id);
    let item = &line["items"][0];
    let pick = json!({ "lot": item["picks"][0]["lot"], "qty": 28, "reason": reason });
    let mut input = json!({
        "patient": id, "heads": line["heads"],
        "items": [{ "prescription": item["prescription"], "picks": [pick] }],
        "identity": { "receiver": { "kind": "person" }, "confirmed_by": "birth_date" },
    });
    for (field, value) in beside.as_object().unwrap() {
        input[field] = value.clone();
    }
    tablet.sign_in(Role::Pharmacist);
    tablet.ask("dispense.complete", input)
}

fn id_of(n: u8) -> Value {
    json!(StaffId::from_bytes([n; 16]))
}

#[test]
fn an_expired_lot_is_handed_out_for_a_reason_and_by_two_people_only() {
    let (mut tablet, id) = waiting(("OLD", "2026-10", 28));
    let second = json!({ "checker": id_of(8) });
    let before = tablet.at.vector().unwrap();
    for reason in [None, Some(" ")] {
        let refused = hand_out(&mut tablet, &id, reason, second.clone()).unwrap_err();
        assert_eq!(refused.code, "dispense.expired_needs_reason");
    }
    // Who reviewed is no second pair of eyes on the box, nor is who hands over.
    for beside in [
        json!({}),
        json!({ "checker": id_of(7) }),
        json!({ "reviewer": id_of(8), "picker": id_of(8) }),
    ] {
        let refused = hand_out(&mut tablet, &id, Some("仅此一盒"), beside).unwrap_err();
        assert_eq!(
            (refused.code.as_str(), &refused.params["lot_number"]),
            ("dispense.expired_needs_second", &json!("OLD"))
        );
    }
    assert_eq!(tablet.at.vector().unwrap(), before);
    hand_out(&mut tablet, &id, Some("仅此一盒，过期 3 周"), second).unwrap();
    let rows = tablet
        .at
        .store()
        .read(|ledger| ledger.records("dispensing", None))
        .unwrap();
    let dispense: Value = serde_json::from_str(&rows[0].body).unwrap();
    assert_eq!(dispense["picks"][0]["reason"], json!("仅此一盒，过期 3 周"));
    assert_eq!(dispense["staff"]["checker"], id_of(8));
    assert_eq!(dispense["staff"]["reviewer"], dispense["by"]);
}

#[test]
fn who_reviewed_picked_and_checked_is_stored_even_where_one_person_did_it() {
    for (beside, names) in [
        (json!({}), ["雷志强"; 3]),
        (
            json!({ "reviewer": id_of(8), "checker": id_of(8) }),
            ["蓝小梅", "雷志强", "蓝小梅"],
        ),
    ] {
        let (mut tablet, id) = waiting(("A1", "2027-01", 28));
        hand_out(&mut tablet, &id, None, beside).unwrap();
        let handed = tablet.chart(&id)["dispensings"][0].clone();
        let [reviewer, picker, checker] = names;
        let staff = json!({ "reviewer": reviewer, "picker": picker, "checker": checker });
        assert_eq!(handed["staff"], staff);
        assert_eq!(handed["by"], json!("雷志强"));
    }
}

#[test]
fn nobody_is_named_who_does_not_work_here() {
    let (mut tablet, id) = waiting(("A1", "2027-01", 28));
    let before = tablet.at.vector().unwrap();
    for n in [9, 10] {
        let refused = hand_out(&mut tablet, &id, None, json!({ "picker": id_of(n) })).unwrap_err();
        assert_eq!(refused.code, "dispense.staff_unknown");
    }
    assert_eq!(tablet.at.vector().unwrap(), before);
}
