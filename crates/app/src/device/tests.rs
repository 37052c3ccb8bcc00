use super::testing::{GP, PHARMACIST, PIN, Tablet, password, settings};
use crate::Device;
use serde_json::json;
use std::sync::atomic::Ordering;
use uuid::Uuid;

#[test]
fn a_new_folder_asks_to_be_enrolled_and_lets_nobody_in() {
    let tablet = Tablet::new();
    let state = tablet.run("session.state", json!({}));
    assert_eq!(state["screen"], "enrol");
    assert_eq!(state["staff"], json!([]));
    let sign_in = json!({ "staff": GP, "pin": PIN });
    assert_eq!(
        tablet.refused("session.sign_in", sign_in),
        "device.not_enrolled"
    );
    assert_eq!(
        tablet.refused("patient.search", json!({ "query": "li" })),
        "session.not_signed_in"
    );
}

#[test]
fn the_password_comes_first_and_then_the_pin_is_enough_after_a_restart() {
    let tablet = Tablet::enrolled();
    let locked = tablet.run("session.state", json!({}));
    assert_eq!(locked["screen"], "locked");
    assert_eq!(locked["site_name"], "青山镇中心卫生院");
    assert_eq!(locked["vehicle"], "3 号车");
    assert_eq!(locked["staff"][0]["has_pin"], false);
    let user = tablet.first(GP);
    assert_eq!(user["name"], "陈立");
    let open = tablet.run("session.state", json!({}));
    assert_eq!(
        (open["screen"].as_str(), open["user"]["name"].as_str()),
        (Some("open"), Some("陈立"))
    );

    let tablet = tablet.restarted(3);
    let again = tablet.run("session.state", json!({}));
    assert_eq!(again["screen"], "locked");
    assert_eq!(again["staff"][0]["has_pin"], true);
    tablet.run("session.sign_in", json!({ "staff": GP, "pin": PIN }));
    assert_eq!(
        tablet.run("patient.search", json!({ "query": "li" }))["hits"],
        json!([])
    );
}

#[test]
fn what_was_saved_is_there_after_a_restart() {
    let tablet = Tablet::enrolled();
    tablet.first(GP);
    let person = json!({ "name": "方秀英", "sex": "female", "birth_date": "1951-02-03" });
    let patient = tablet.run("patient.register", person)["patient"].clone();
    let tablet = tablet.restarted(3);
    tablet.run("session.sign_in", json!({ "staff": GP, "pin": PIN }));
    let chart = tablet.run("patient.get", json!({ "patient": patient }));
    assert_eq!(chart["banner"]["hit"]["name"], "方秀英");
    let hits = tablet.run("patient.search", json!({ "query": "fangxiuying" }));
    assert_eq!(hits["hits"][0]["patient"], patient);
}

#[test]
fn a_locked_screen_forgets_who_acts() {
    let tablet = Tablet::enrolled();
    tablet.first(GP);
    tablet.run("session.lock", json!({}));
    assert_eq!(tablet.run("session.state", json!({}))["screen"], "locked");
    assert_eq!(
        tablet.refused("patient.search", json!({ "query": "li" })),
        "session.not_signed_in"
    );
    // The database stays open for the exchange, and its state can be told.
    assert_eq!(tablet.run("sync.status", json!({}))["light"], "saved_here");
}

#[test]
fn a_wrong_pin_is_told_and_waits_ever_longer() {
    let tablet = Tablet::enrolled();
    tablet.first(GP);
    tablet.run("session.lock", json!({}));
    let wrong = json!({ "staff": GP, "pin": "903174" });
    for _ in 0..3 {
        assert_eq!(
            tablet.refused("session.sign_in", wrong.clone()),
            "unlock.wrong_pin"
        );
    }
    assert_eq!(tablet.refused("session.sign_in", wrong), "unlock.wait");
    let tile = tablet.run("session.state", json!({}))["staff"][0].clone();
    assert_eq!(tile["wrong_attempts"], 3);
    let until = tile["wait_until"].as_i64().unwrap();
    tablet.clock.0.store(until, Ordering::Relaxed);
    tablet.run("session.sign_in", json!({ "staff": GP, "pin": PIN }));
}

#[test]
fn a_pin_that_is_locked_is_told_from_one_that_was_never_chosen() {
    let tablet = Tablet::enrolled();
    tablet.first(GP);
    tablet.run("session.lock", json!({}));
    let tile =
        |tablet: &Tablet, n: usize| tablet.run("session.state", json!({}))["staff"][n].clone();
    assert_eq!(
        (
            &tile(&tablet, 0)["has_pin"],
            &tile(&tablet, 0)["pin_locked"]
        ),
        (&json!(true), &json!(false))
    );
    let wrong = json!({ "staff": GP, "pin": "903174" });
    for _ in 0..5 {
        tablet.refused("session.sign_in", wrong.clone());
        tablet.clock.0.fetch_add(3_600_000, Ordering::Relaxed);
    }
    assert_eq!(
        tablet.refused("session.sign_in", wrong),
        "unlock.pin_locked"
    );
    let locked = tile(&tablet, 0);
    assert_eq!(
        (&locked["has_pin"], &locked["pin_locked"]),
        (&json!(true), &json!(true))
    );
    // Whoever never signed in here is not told of a lock.
    let other = tile(&tablet, 1);
    assert_eq!(
        (&other["has_pin"], &other["pin_locked"]),
        (&json!(false), &json!(false))
    );
    tablet.first(GP);
    assert_eq!(tile(&tablet, 0)["pin_locked"], json!(false));
}

#[test]
fn each_role_is_told_what_it_may_do() {
    let tablet = Tablet::enrolled();
    let gp = tablet.first(GP);
    let may = |user: &serde_json::Value, command: &str| {
        user["commands"]
            .as_array()
            .unwrap()
            .iter()
            .any(|c| c == command)
    };
    assert!(may(&gp, "visit.sign") && may(&gp, "sync.run"));
    let pharmacist = tablet.first(PHARMACIST);
    assert!(!may(&pharmacist, "visit.sign"));
    assert_eq!(
        tablet.refused("visit.addendum", json!({})),
        "role.not_allowed"
    );
}

#[test]
fn a_stranger_and_a_wrong_password_are_refused() {
    let tablet = Tablet::enrolled();
    let stranger = Uuid::from_u128(0x99);
    let input = json!({ "staff": stranger, "password": password(GP), "new_pin": PIN });
    assert_eq!(
        tablet.refused("session.first_sign_in", input),
        "unlock.unknown_staff"
    );
    let input = json!({ "staff": GP, "password": password(PHARMACIST), "new_pin": PIN });
    assert_eq!(
        tablet.refused("session.first_sign_in", input),
        "unlock.wrong_password"
    );
}

#[test]
fn a_second_program_on_the_folder_is_refused() {
    let tablet = Tablet::enrolled();
    let second = Device::open(tablet.path(), settings(&tablet.clock, 9));
    assert_eq!(second.err().unwrap().code, "store.folder_in_use");
}

#[test]
fn bad_input_of_any_command_has_its_code() {
    let tablet = Tablet::enrolled();
    assert_eq!(
        tablet.refused("session.sign_in", json!([1])),
        "input.malformed"
    );
    assert_eq!(
        tablet.refused("session.state", json!({ "x": 1 })),
        "input.malformed"
    );
    assert_eq!(tablet.refused("no.such", json!({})), "command.unknown");
}

#[test]
fn without_a_center_in_reach_work_goes_on_and_the_light_tells_the_truth() {
    let tablet = Tablet::enrolled();
    tablet.first(GP);
    let person = json!({ "name": "方秀英", "sex": "female" });
    tablet.run("patient.register", person);
    assert_eq!(tablet.refused("sync.run", json!({})), "sync.unreachable");
    let status = tablet.run("sync.status", json!({}));
    assert_eq!(status["light"], "saved_here");
    assert_eq!(status["problem"]["code"], "sync.unreachable");
    // Entry 0 and the registration.
    assert_eq!(status["waiting_commits"], 2);
    assert_eq!(status["last_exchange"], json!(null));
    // Never once exchanged since it was enrolled, for longer than the site allows.
    tablet.clock.0.fetch_add(25 * 3_600_000, Ordering::Relaxed);
    assert_eq!(tablet.run("sync.status", json!({}))["light"], "needs_care");
}

#[test]
fn an_enrolled_device_is_not_enrolled_again() {
    let tablet = Tablet::enrolled();
    assert_eq!(
        tablet.refused("device.enrol", json!({ "code": "XUNYI1:ABC" })),
        "device.already_enrolled"
    );
    let fresh = Tablet::new();
    assert_eq!(
        fresh.refused("device.enrol", json!({ "code": "https://example.org" })),
        "enrol.code_malformed"
    );
}
