//! The line of a day, alone and on two tablets that cannot see one another.

mod unsigned;

use crate::testing::{Tablet, meet};
use serde_json::json;
use std::sync::atomic::Ordering;
use xunyi_model::{Village, VillageId};

fn numbers(day: &serde_json::Value) -> Vec<&str> {
    let line = day["line"].as_array().unwrap();
    let mut numbers: Vec<&str> = line.iter().filter_map(|e| e["number"].as_str()).collect();
    numbers.sort_unstable();
    numbers
}

#[test]
fn a_day_is_opened_and_people_are_called_in_order_the_urgent_first() {
    let mut a = Tablet::on_vehicle(1);
    let (x, y) = (a.register("郑桂叶"), a.register("雷水根"));
    assert_eq!(
        a.refused("day.check_in", json!({ "patient": x, "station": "gp" })),
        "day.not_open"
    );
    a.run("day.open", json!({ "odometer_km": 48_213 }));
    a.run("day.check_in", json!({ "patient": x, "station": "gp" }));
    a.run(
        "day.check_in",
        json!({ "patient": y, "station": "gp", "urgent": true }),
    );
    assert_eq!(
        a.refused("day.check_in", json!({ "patient": x, "station": "gp" })),
        "day.in_line_already"
    );
    let day = a.run("day.call_next", json!({}));
    assert_eq!(day["waiting"], json!(1));
    let called = day["line"]
        .as_array()
        .unwrap()
        .iter()
        .find(|e| e["entry"] == day["called"])
        .unwrap();
    assert_eq!(called["hit"]["patient"], json!(y));
    assert_eq!(a.refused("day.close", json!({})), "day.people_wait");
    let left = day["line"]
        .as_array()
        .unwrap()
        .iter()
        .find(|e| e["state"] == "waiting")
        .unwrap();
    a.run(
        "day.finish",
        json!({ "entry": left["entry"], "outcome": "left" }),
    );
    // Who was called and is not done is named before the day is closed over them.
    assert_eq!(a.refused("day.close", json!({})), "day.visits_unsigned");
    let closed = a.run("day.close", json!({ "leave_unsigned": true }));
    assert_eq!(closed["closed"], json!(true));
}

#[test]
fn two_tablets_that_open_one_day_apart_have_one_line_with_everyone_in_it() {
    let (mut a, mut b) = (Tablet::on_vehicle(1), Tablet::on_vehicle(2));
    let (x, y) = (a.register("郑桂叶"), a.register("雷水根"));
    meet(&mut a, &mut b);
    a.run("day.open", json!({}));
    b.run("day.open", json!({}));
    a.run("day.check_in", json!({ "patient": x, "station": "gp" }));
    b.run("day.check_in", json!({ "patient": y, "station": "gp" }));
    meet(&mut a, &mut b);
    let (of_a, of_b) = (a.run("day.get", json!({})), b.run("day.get", json!({})));
    assert_eq!(of_a, of_b);
    assert_eq!(numbers(&of_a), ["A1", "B1"]);
    assert_eq!(a.run("conflict.list", json!({}))["conflicts"], json!([]));
}

#[test]
fn a_double_call_is_shown_on_both() {
    let (mut a, mut b) = (Tablet::on_vehicle(1), Tablet::on_vehicle(2));
    let x = a.register("郑桂叶");
    a.run("day.open", json!({}));
    a.run("day.check_in", json!({ "patient": x, "station": "gp" }));
    meet(&mut a, &mut b);
    a.run("day.call_next", json!({}));
    b.run("day.call_next", json!({}));
    meet(&mut a, &mut b);
    for tablet in [&mut a, &mut b] {
        assert_eq!(
            tablet.run("day.get", json!({}))["line"][0]["double_called"],
            json!(true)
        );
    }
}

#[test]
fn a_device_without_a_vehicle_has_no_day() {
    let mut pc = Tablet::new(1);
    assert_eq!(pc.refused("day.open", json!({})), "day.no_vehicle");
    assert_eq!(pc.run("day.get", json!({}))["open"], json!(false));
}

#[test]
fn namesakes_are_told_apart_in_the_line_and_on_the_banner_whatever_their_village() {
    let mut a = Tablet::on_vehicle(1);
    let (x, y, z) = (
        a.register("郑桂叶"),
        a.register("郑桂叶"),
        a.register("雷水根"),
    );
    a.run("day.open", json!({}));
    for patient in [&x, &y, &z] {
        a.run(
            "day.check_in",
            json!({ "patient": patient, "station": "gp" }),
        );
    }
    for entry in a.run("day.get", json!({}))["line"].as_array().unwrap() {
        let alone = entry["hit"]["patient"] == json!(z);
        assert_eq!(entry["hit"]["namesake"], json!(!alone), "{entry}");
    }
    assert_eq!(a.chart(&x)["banner"]["namesakes"], json!(1));
    assert_eq!(a.chart(&z)["banner"]["namesakes"], json!(0));
}

#[test]
fn a_tablet_whose_clock_is_slow_arrives_opens_and_checks_in_like_any_other() {
    let (mut a, mut b) = (Tablet::on_vehicle(1), Tablet::on_vehicle(2));
    let villages: Vec<Village> = [1, 2]
        .map(|n| Village {
            id: VillageId::from_bytes([n; 16]),
            name: format!("村{n}"),
            ..Village::default()
        })
        .into();
    for tablet in [&mut a, &mut b] {
        tablet.hear_of(&villages, &[]);
    }
    b.wait(-15 * 60_000);
    let x = a.register("郑桂叶");
    a.run("day.open", json!({}));
    a.run("day.arrive", json!({ "village": villages[0].id }));
    meet(&mut a, &mut b);
    let arrived = b.run("day.arrive", json!({ "village": villages[1].id }));
    assert_eq!(arrived["stop"]["village"]["name"], "村2");
    meet(&mut a, &mut b);
    assert_eq!(
        a.run("day.get", json!({}))["stop"]["village"]["name"],
        "村2"
    );
    a.run("day.close", json!({}));
    meet(&mut a, &mut b);
    assert_eq!(b.run("day.open", json!({}))["open"], json!(true));
    b.run("day.check_in", json!({ "patient": x, "station": "gp" }));
    meet(&mut a, &mut b);
    assert_eq!(
        a.run("day.get", json!({})),
        b.run("day.get", json!({})),
        "one day on both"
    );
}

/// A clock without battery.
fn dead(tablet: &Tablet) {
    tablet.clock.0.store(1_000, Ordering::Relaxed);
}

fn sign(tablet: &mut Tablet, patient: &str) -> Result<String, crate::AppError> {
    let content = json!({ "vitals": { "bp": [{ "sys": 186, "dia": 112 }] } });
    tablet.sign_visit(patient, content)
}

#[test]
fn a_dead_clock_dates_no_visit_before_what_the_center_signed_and_the_date_is_confirmed_first() {
    let mut a = Tablet::on_vehicle(1);
    let x = a.register("郑桂叶");
    a.hear_of(&[], &[]);
    dead(&a);
    let day = a.run("day.get", json!({}));
    assert_eq!(
        (&day["clock_implausible"], &day["date"]),
        (&json!(true), &json!("2026-11-23"))
    );
    assert_eq!(sign(&mut a, &x).unwrap_err().code, "clock.confirm_date");
    assert_eq!(a.refused("day.open", json!({})), "day.confirm_date");
    for impossible in ["1970-01-01", "2026-11-22", "2062-11-24"] {
        let code = a.refused("day.open", json!({ "date": impossible }));
        assert_eq!(code, "day.date_impossible");
    }
    a.run("day.open", json!({ "date": "2026-11-24" }));
    sign(&mut a, &x).unwrap();
    let visit = a.chart(&x)["visits"][0].clone();
    let at = crate::local_date(visit["at"].as_i64().unwrap());
    assert_eq!(at.to_string(), "2026-11-24");
    assert_eq!(a.chart(&x)["banner"]["hit"]["last_visit"], "2026-11-24");
    // Closed, the next day is asked for again.
    a.run("day.close", json!({}));
    assert_eq!(sign(&mut a, &x).unwrap_err().code, "clock.confirm_date");
}

#[test]
fn a_pc_with_a_dead_clock_goes_on_from_what_the_center_signed() {
    let mut pc = Tablet::new(1);
    let x = pc.register("郑桂叶");
    pc.hear_of(&[], &[]);
    dead(&pc);
    sign(&mut pc, &x).unwrap();
    assert_eq!(pc.chart(&x)["banner"]["hit"]["last_visit"], "2026-11-23");
}

#[test]
fn a_visit_ends_nobody_elses_turn_and_a_draft_is_of_somebody_known() {
    let mut a = Tablet::on_vehicle(1);
    let (x, y) = (a.register("郑桂叶"), a.register("雷水根"));
    a.run("day.open", json!({}));
    let of_y =
        a.run("day.check_in", json!({ "patient": y, "station": "gp" }))["line"][0]["entry"].clone();
    let started = a.run("visit.start", json!({ "patient": x }));
    let mut sign = json!({ "patient": x, "entry": of_y, "content": { "reason": "复诊" } });
    for field in ["encounter", "opened_at", "heads"] {
        sign[field] = started[field].clone();
    }
    assert_eq!(
        a.refused("visit.sign", sign.clone()),
        "visit.entry_of_another"
    );
    assert_eq!(a.run("day.get", json!({}))["waiting"], json!(1));
    let of_x = a.run("day.check_in", json!({ "patient": x, "station": "gp" }));
    let line = of_x["line"].as_array().unwrap();
    let own = line
        .iter()
        .find(|q| q["hit"]["patient"] == json!(x))
        .unwrap();
    sign["entry"] = own["entry"].clone();
    a.run("visit.sign", sign);
    let mut draft = json!({ "patient": Tablet::new(7).register("蓝小梅"), "draft": { "v": 1 } });
    for field in ["encounter", "opened_at", "heads"] {
        draft[field] = started[field].clone();
    }
    assert_eq!(a.refused("visit.save_draft", draft), "patient.unknown");
}
