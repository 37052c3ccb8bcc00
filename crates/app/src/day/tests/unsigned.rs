//! Visits that nobody signed are listed with their day, and everybody whom a closing counts can be seen.

use crate::testing::{MORNING, Tablet, meet};
use serde_json::{Value, json};
use xunyi_journal::{Action, DocType};
use xunyi_ledger::DocWrite;
use xunyi_model::*;
use xunyi_record::day::{document_id, happened};

const DAY: i64 = 86_400_000;

fn villages() -> Vec<Village> {
    let village = |n| Village {
        id: VillageId::from_bytes([n; 16]),
        name: format!("村{n}"),
        ..Village::default()
    };
    [1, 2].map(village).into()
}

/// Begins a visit and types in it; answers what `visit.start` said.
fn begin(tablet: &mut Tablet, patient: &str, reason: &str) -> Value {
    let started = tablet.run("visit.start", json!({ "patient": patient }));
    let mut draft = of(&started, patient);
    draft["draft"] = json!({ "reason": reason });
    tablet.run("visit.save_draft", draft);
    started
}

/// The form of a started visit.
fn of(started: &Value, patient: &str) -> Value {
    json!({ "patient": patient, "encounter": started["encounter"],
            "opened_at": started["opened_at"], "heads": started["heads"] })
}

fn unsigned(tablet: &mut Tablet) -> Vec<Value> {
    let day = tablet.run("day.get", json!({}));
    day["unsigned"].as_array().unwrap().clone()
}

/// A tablet in the first village, whose staff and villages are known.
fn in_first_village() -> Tablet {
    let mut a = Tablet::on_vehicle(1);
    a.hear_of(&villages(), &[]);
    a.hear_of_staff(&[Staff {
        id: StaffId::from_bytes([7; 16]),
        name: "陈立".into(),
        ..Staff::default()
    }]);
    a.run("day.open", json!({}));
    a.run("day.arrive", json!({ "village": villages()[0].id }));
    a
}

#[test]
fn a_visit_of_an_earlier_day_is_listed_with_its_day_until_it_is_signed_on_that_day() {
    let mut a = in_first_village();
    let (x, y) = (a.register("郑桂叶"), a.register("雷水根"));
    let started = begin(&mut a, &x, "头晕");
    // Opened and nothing typed: there is nothing to come back to.
    a.run("visit.start", json!({ "patient": y }));
    let today = unsigned(&mut a);
    assert_eq!((today.len(), &today[0]["today"]), (1, &json!(true)));
    a.wait(DAY);
    a.run("day.open", json!({}));
    a.run("day.arrive", json!({ "village": villages()[1].id }));
    let listed = unsigned(&mut a);
    assert_eq!(listed.len(), 1);
    let visit = &listed[0];
    assert_eq!(visit["hit"]["name"], "郑桂叶");
    assert_eq!(
        (&visit["date"], &visit["today"], &visit["may_sign"]),
        (&json!("2026-11-23"), &json!(false), &json!(true))
    );
    assert_eq!(
        (&visit["village"], &visit["by"]),
        (&json!("村1"), &json!("陈立"))
    );
    // That very visit goes on, and is filed where and when it was begun; today's is another one.
    let todays = a.run("visit.start", json!({ "patient": x }));
    assert_ne!(todays["encounter"], started["encounter"]);
    let again = a.run(
        "visit.start",
        json!({ "patient": x, "encounter": visit["encounter"] }),
    );
    assert_eq!(
        (&again["encounter"], &again["draft"]["reason"]),
        (&started["encounter"], &json!("头晕"))
    );
    assert_eq!(again["older"], json!([]));
    let mut sign = of(&again, &x);
    sign["content"] = json!({ "reason": "头晕" });
    a.run("visit.sign", sign);
    assert_eq!(unsigned(&mut a), Vec::<Value>::new());
    let signed = a.chart(&x)["visits"][0].clone();
    assert_eq!(signed["at"], started["opened_at"]);
    assert_eq!(signed["content"]["village"], json!(villages()[0].id));
}

#[test]
fn a_visit_too_old_to_be_signed_stays_listed_and_says_so() {
    let mut a = in_first_village();
    let x = a.register("郑桂叶");
    begin(&mut a, &x, "头晕");
    a.wait(3 * DAY);
    let listed = unsigned(&mut a);
    assert_eq!(
        (&listed[0]["may_sign"], &listed[0]["date"]),
        (&json!(false), &json!("2026-11-23"))
    );
    assert_eq!(
        a.run("visit.start", json!({ "patient": x }))["older"][0]["draft"]["reason"],
        "头晕"
    );
}

#[test]
fn only_a_visit_begun_here_with_this_person_is_gone_on_with() {
    let (mut a, mut b) = (Tablet::on_vehicle(1), Tablet::on_vehicle(2));
    let (x, y) = (a.register("郑桂叶"), a.register("雷水根"));
    meet(&mut a, &mut b);
    let started = begin(&mut a, &x, "头晕");
    for (tablet, patient) in [(&mut b, &x), (&mut a, &y)] {
        let ask = json!({ "patient": patient, "encounter": started["encounter"] });
        assert_eq!(tablet.refused("visit.start", ask), "input.own_id");
    }
}

#[test]
fn a_day_is_closed_over_unsigned_visits_only_once_they_were_named_and_they_stay_open() {
    let mut a = in_first_village();
    let (x, y) = (a.register("郑桂叶"), a.register("雷水根"));
    let started = begin(&mut a, &x, "头晕");
    a.run("day.check_in", json!({ "patient": y, "station": "gp" }));
    a.run("day.call_next", json!({}));
    let before = a.at.vector().unwrap();
    let refused = a.ask("day.close", json!({})).unwrap_err();
    assert_eq!(refused.code, "day.visits_unsigned");
    assert_eq!(refused.params["count"], json!(2));
    assert_eq!(refused.params["names"], json!(["雷水根", "郑桂叶"]));
    assert_eq!(a.at.vector().unwrap(), before);
    let closed = a.run("day.close", json!({ "leave_unsigned": true }));
    assert_eq!(closed["closed"], json!(true));
    assert_eq!(closed["unsigned"][0]["encounter"], started["encounter"]);
    let mut sign = of(&started, &x);
    sign["content"] = json!({ "reason": "头晕" });
    a.run("visit.sign", sign);
    assert_eq!(unsigned(&mut a), Vec::<Value>::new());
}

#[test]
fn a_visit_of_another_day_does_not_hold_up_the_closing() {
    let mut a = in_first_village();
    let x = a.register("郑桂叶");
    begin(&mut a, &x, "头晕");
    a.wait(DAY);
    a.run("day.open", json!({}));
    assert_eq!(a.run("day.close", json!({}))["closed"], json!(true));
    assert_eq!(unsigned(&mut a).len(), 1);
}

#[test]
fn somebody_whose_chart_is_not_here_stands_in_the_line_by_number_and_can_be_settled() {
    let mut a = Tablet::on_vehicle(1);
    a.run("day.open", json!({}));
    // The day's document arrived; the chart is held, or still on its way.
    let (x, entry) = (PatientId::from_bytes([5; 16]), [6; 16]);
    let stands = DayEvent::CheckedIn(QueueEntry {
        id: QueueEntryId::from_bytes(entry),
        patient: x,
        number: "B1".parse().unwrap(),
        reason: String::new(),
        station: Station::Gp,
        at: MORNING,
        by: StaffId::from_bytes([7; 16]),
        urgent: false,
    });
    a.write(DocWrite {
        doc: document_id(VehicleId::from_bytes([9; 16]), "2026-11-23"),
        doc_type: DocType::VehicleDay,
        action: Action::CheckedIn,
        heads: None,
        writes: vec![happened(EventId::from_bytes(entry), &stands)],
        settle: false,
    });
    let seen = a.run("day.get", json!({}));
    let row = seen["line"][0].clone();
    assert_eq!(
        (&row["number"], &row["hit"], &row["patient"]),
        (&json!("B1"), &Value::Null, &json!(x))
    );
    assert_eq!(seen["waiting"], json!(1));
    assert_eq!(a.refused("day.close", json!({})), "day.people_wait");
    a.run("day.call_next", json!({}));
    let refused = a.ask("day.close", json!({})).unwrap_err();
    assert_eq!(refused.params["names"], json!(["B1"]));
    a.run(
        "day.finish",
        json!({ "entry": row["entry"], "outcome": "left" }),
    );
    assert_eq!(a.run("day.close", json!({}))["closed"], json!(true));
}
