//! Whom a village's visit is for: the urgent first, then those who are longest overdue.

use crate::testing::{Tablet, meet};
use serde_json::{Value, json};
use xunyi_model::{Role, Village, VillageId};

const VILLAGE: &str = "01010101-0101-0101-0101-010101010101";
const OTHER: &str = "02020202-0202-0202-0202-020202020202";
const DAY_MS: i64 = 86_400_000;

/// A vehicle's tablet that knows two villages.
fn tablet() -> Tablet {
    let mut tablet = Tablet::on_vehicle(1);
    let village = |n: u8, name: &str| Village {
        id: VillageId::from_bytes([n; 16]),
        name: name.to_owned(),
        ..Village::default()
    };
    tablet.hear_of(&[village(1, "上源村"), village(2, "下源村")], &[]);
    tablet
}

/// Somebody of a village in the programme, with a first follow-up due.
fn enrolled(tablet: &mut Tablet, name: &str, village: &str, first_due: &str) -> String {
    let person = json!({ "name": name, "sex": "female", "birth_date": "1959-03-12", "village": village,
                         "phone": "13800000001", "not_a_duplicate": true });
    let id = tablet.run("patient.register", person)["patient"]
        .as_str()
        .unwrap()
        .to_owned();
    let joined =
        json!({ "programme": "hypertension", "since": "2026-01-05", "first_due": first_due });
    tablet
        .update(
            &id,
            json!({ "add_enrolments": [joined], "no_known_allergies": true }),
        )
        .unwrap();
    id
}

/// A follow-up with these findings, played so that it may lie in the past.
fn followed(tablet: &mut Tablet, id: &str, bp: (u16, u16), form: Value) {
    let started = tablet
        .import("visit.start", json!({ "patient": id }))
        .unwrap();
    let content =
        json!({ "vitals": { "bp": [{ "sys": bp.0, "dia": bp.1 }] }, "hypertension": form });
    let mut sign = json!({ "patient": id, "content": content });
    for field in ["encounter", "opened_at", "heads"] {
        sign[field] = started[field].clone();
    }
    tablet.import("visit.sign", sign).unwrap();
}

/// Names, reasons and days overdue, in order.
fn due(tablet: &mut Tablet) -> Vec<(String, String, i64)> {
    let items = tablet.run("due.list", json!({ "village": VILLAGE }))["items"].clone();
    let row = |item: &Value| {
        (
            item["hit"]["name"].as_str().unwrap().to_owned(),
            item["due"]["reason"]["code"].as_str().unwrap().to_owned(),
            item["due"]["overdue_days"].as_i64().unwrap(),
        )
    };
    items.as_array().unwrap().iter().map(row).collect()
}

fn row(name: &str, reason: &str, days: i64) -> (String, String, i64) {
    (name.to_owned(), format!("due.{reason}"), days)
}

#[test]
fn the_urgent_stand_first_then_the_longest_overdue_and_nobody_of_another_village() {
    let mut tablet = tablet();
    let late = enrolled(&mut tablet, "郑晚来", VILLAGE, "2026-09-05");
    enrolled(&mut tablet, "雷今日", VILLAGE, "2026-11-23");
    enrolled(&mut tablet, "蓝下周", VILLAGE, "2026-11-30");
    enrolled(&mut tablet, "朱不急", VILLAGE, "2026-12-20");
    enrolled(&mut tablet, "钟邻村", OTHER, "2026-09-05");
    let missed = enrolled(&mut tablet, "郑未达", VILLAGE, "2026-01-20");
    // Four days ago.
    tablet.wait(-4 * DAY_MS);
    followed(
        &mut tablet,
        &missed,
        (152, 88),
        json!({ "class": "unsatisfactory", "next_visit": "2026-11-20" }),
    );
    tablet.wait(4 * DAY_MS);
    let severe = enrolled(&mut tablet, "雷危急", VILLAGE, "2026-01-20");
    followed(
        &mut tablet,
        &severe,
        (186, 112),
        json!({ "class": "unsatisfactory", "next_visit": "2026-12-07" }),
    );
    assert_eq!(
        due(&mut tablet),
        [
            row("雷危急", "urgent_referral", -14),
            row("郑未达", "not_at_target", 3),
            row("郑晚来", "first_followup", 79),
            row("雷今日", "first_followup", 0),
            row("蓝下周", "first_followup", -7),
        ]
    );
    let items = tablet.run("due.list", json!({ "village": VILLAGE }))["items"].clone();
    assert_eq!(items[0]["last_bp"], json!({ "sys": 186, "dia": 112 }));
    assert_eq!(items[2]["phone"], json!("13800000001"));
    assert_eq!(items[2]["hit"]["patient"], json!(late));
}

#[test]
fn a_follow_up_sets_the_next_date_and_all_devices_agree() {
    let (mut a, mut b) = (tablet(), tablet());
    let id = enrolled(&mut a, "郑桂叶", VILLAGE, "2026-09-05");
    meet(&mut a, &mut b);
    assert_eq!(due(&mut b), [row("郑桂叶", "first_followup", 79)]);
    followed(
        &mut b,
        &id,
        (132, 80),
        json!({ "class": "controlled", "next_visit": "2027-02-20" }),
    );
    meet(&mut a, &mut b);
    for tablet in [&mut a, &mut b] {
        assert_eq!(due(tablet), []);
        assert_eq!(
            tablet.chart(&id)["enrolments"][0]["due"],
            json!("2027-02-20")
        );
        tablet.wait(90 * DAY_MS);
        assert_eq!(due(tablet), [row("郑桂叶", "followup", 1)]);
    }
}

#[test]
fn an_emergency_value_of_any_visit_is_urgent_until_a_better_one_is_taken() {
    let mut tablet = tablet();
    let id = enrolled(&mut tablet, "郑桂叶", VILLAGE, "2027-01-05");
    let started = tablet.run("visit.start", json!({ "patient": id }));
    let mut sign = json!({ "patient": id, "content": { "reason": "头晕", "vitals": { "bp": [{ "sys": 176, "dia": 112 }] } } });
    for field in ["encounter", "opened_at", "heads"] {
        sign[field] = started[field].clone();
    }
    tablet.run("visit.sign", sign);
    assert_eq!(due(&mut tablet)[0].1, "due.urgent_referral");
    tablet.wait(DAY_MS);
    followed(
        &mut tablet,
        &id,
        (138, 84),
        json!({ "class": "controlled", "next_visit": "2027-02-20" }),
    );
    assert_eq!(due(&mut tablet), []);
}

#[test]
fn emergency_signs_are_urgent_whatever_the_pressure() {
    let mut tablet = tablet();
    let id = enrolled(&mut tablet, "郑桂叶", VILLAGE, "2027-01-05");
    let form = json!({ "class": "controlled", "next_visit": "2027-02-20",
                       "emergency_signs": ["altered_consciousness"] });
    followed(&mut tablet, &id, (130, 80), form);
    assert_eq!(due(&mut tablet)[0].1, "due.urgent_referral");
}

#[test]
fn a_follow_up_that_states_nothing_takes_nothing_back() {
    let mut tablet = tablet();
    let id = enrolled(&mut tablet, "郑桂叶", VILLAGE, "2027-01-05");
    // Nobody asked about danger signs; the symptom is taken for one, and the proposal was adopted.
    let urgent = json!({ "class": "unsatisfactory", "next_visit": "2026-12-08",
                         "symptoms": ["palpitations_chest_tightness"] });
    followed(&mut tablet, &id, (150, 90), urgent);
    assert_eq!(due(&mut tablet), [row("郑桂叶", "urgent_referral", -15)]);
    // Signed without class or date.
    tablet.wait(DAY_MS);
    followed(&mut tablet, &id, (150, 90), json!({ "symptoms": [] }));
    assert_eq!(due(&mut tablet), [row("郑桂叶", "urgent_referral", -14)]);
    assert_eq!(
        tablet.chart(&id)["enrolments"][0]["due"],
        json!("2026-12-08")
    );
    // A severe pressure in a follow-up, and a better one in a visit that states nothing.
    tablet.wait(DAY_MS);
    followed(
        &mut tablet,
        &id,
        (186, 112),
        json!({ "class": "unsatisfactory", "next_visit": "2026-12-10", "emergency_signs": [] }),
    );
    tablet.wait(DAY_MS);
    followed(
        &mut tablet,
        &id,
        (140, 84),
        json!({ "emergency_signs": [] }),
    );
    assert_eq!(due(&mut tablet), [row("郑桂叶", "urgent_referral", -14)]);
    // Until a form states an outcome; the date that it does not state stays.
    tablet.wait(DAY_MS);
    followed(
        &mut tablet,
        &id,
        (138, 84),
        json!({ "class": "unsatisfactory", "emergency_signs": [] }),
    );
    tablet.wait(10 * DAY_MS);
    assert_eq!(due(&mut tablet), [row("郑桂叶", "not_at_target", -3)]);
}

#[test]
fn medicine_that_runs_out_this_week_is_told() {
    let mut tablet = tablet();
    let id = enrolled(&mut tablet, "郑桂叶", VILLAGE, "2027-02-05");
    let hits = tablet.run("formulary.search", json!({ "query": "氨氯地平" }));
    let product = &hits["hits"][0]["product"];
    let product =
        json!({ "id": product["id"], "name": product["generic_zh"], "unit": product["base_unit"] });
    let heads = tablet.chart(&id)["heads"].clone();
    let order = json!({ "product": product, "timing": { "morning": 4 }, "days": 28 });
    let encounter = tablet.open_visit(&id);
    let add = json!({ "patient": id, "encounter": encounter, "heads": heads, "order": order });
    let prescription = tablet.run("prescription.add", add)["prescription"].clone();
    let heads = tablet.chart(&id)["heads"].clone();
    let lot = json!({ "product": product, "lot_number": "A1", "expiry": "2027-05" });
    let complete = json!({
        "patient": id,
        "heads": heads,
        "items": [{ "prescription": prescription, "picks": [{ "lot": lot, "qty": 28 }] }],
        "identity": { "receiver": { "kind": "person" }, "confirmed_by": "birth_date" },
    });
    tablet
        .sign_in(Role::Pharmacist)
        .run("dispense.complete", complete);
    tablet.sign_in(Role::Gp);
    tablet.wait(20 * DAY_MS);
    assert_eq!(due(&mut tablet), []);
    tablet.wait(4 * DAY_MS);
    assert_eq!(due(&mut tablet), [row("郑桂叶", "medicine_soon_out", -4)]);
    tablet.wait(7 * DAY_MS);
    assert_eq!(due(&mut tablet), [row("郑桂叶", "medicine_out", 3)]);
}

#[test]
fn the_current_stop_is_meant_and_who_stands_in_line_is_marked() {
    let mut tablet = tablet();
    let id = enrolled(&mut tablet, "郑桂叶", VILLAGE, "2026-09-05");
    assert_eq!(tablet.refused("due.list", json!({})), "due.no_stop");
    tablet.run("day.open", json!({}));
    tablet.run("day.arrive", json!({ "village": VILLAGE }));
    let checked_in =
        |tablet: &mut Tablet| tablet.run("due.list", json!({}))["items"][0]["checked_in"].clone();
    assert_eq!(checked_in(&mut tablet), json!(false));
    let day = tablet.run("day.check_in", json!({ "patient": id, "station": "gp" }));
    assert_eq!(checked_in(&mut tablet), json!(true));
    // Who left the line has not been seen.
    let left = json!({ "entry": day["line"][0]["entry"], "outcome": "left" });
    let day = tablet.run("day.finish", left);
    assert_eq!(day["line"][0]["state"], json!("left"));
    assert_eq!(checked_in(&mut tablet), json!(false));
    let unknown = json!({ "village": "00000000-0000-0000-0000-000000000009" });
    assert_eq!(tablet.refused("due.list", unknown), "village.unknown");
}
