//! Scenarios of enrolment: the one-time code, the proof, the answer.

use crate::client::NoReply;
use crate::device::{Applicant, Device, now, post_enrol};
use crate::stage::{Stage, enrolled};
use hyper::StatusCode;
use serde_json::json;
use xunyi_pki::{EnrolmentCode, PeerIdentity, PkiError, Role, verify_device_cert};
use xunyi_vault::RoamingKey;

fn same_place(code: &EnrolmentCode, fingerprint: [u8; 16], token: [u8; 16]) -> Applicant {
    let other = EnrolmentCode::new(&code.url(), fingerprint, token, code.expires_ms()).unwrap();
    Applicant::new(&other.to_text())
}

pub async fn a_device_enrols_and_has_all_it_needs_to_work(stage: Stage) {
    let center = stage.demo();
    let address = center.address().to_string();
    let answer = center
        .ask(&[
            "enrol-code",
            "--name",
            "全科平板",
            "--vehicle",
            "浙K·M1052",
            "--address",
            &address,
        ])
        .unwrap();
    let expires = answer["expires_ms"].as_i64().unwrap();
    assert!(expires > now() + 58 * 60_000 && expires < now() + 61 * 60_000);
    let mut device = Device::enrol(answer["code"].as_str().unwrap()).await;
    let given = device.answer.clone();
    assert_eq!(
        (given.site, given.site_name.as_str()),
        (1, "大源镇中心卫生院")
    );
    assert_eq!(
        (given.device_name.as_str(), given.letter.as_str()),
        ("全科平板", "A")
    );
    assert_eq!(given.vehicle.unwrap()["plate"], "浙K·M1052");
    assert_eq!(given.addresses, [format!("https://{address}")]);
    assert!((given.center_time_ms - now()).abs() < 60_000);
    let authority = xunyi_pki::CaCert::from_der(&given.authorities[0]).unwrap();
    let identity = verify_device_cert(&authority, &given.certificate).unwrap();
    assert_eq!(
        (identity.role, identity.feed),
        (Role::Device, device.feed().0)
    );
    assert_eq!(given.staff.len(), 5);
    let gp = given.staff.iter().find(|s| s["name"] == "陈立").unwrap();
    assert_eq!(gp["roles"], json!(["gp"]));
    let roaming: RoamingKey = serde_json::from_value(gp["roaming"].clone()).unwrap();
    roaming.open("demo-bamboo-ridge-chenli-41").unwrap();
    // The device is part of the site's data, for every other device to see.
    device.meet().await;
    let devices = center.ask(&["device", "list"]).unwrap();
    assert_eq!(devices[0]["device"], device.feed().to_hex());
    assert_eq!(
        (&devices[0]["status"], &devices[0]["letter"]),
        (&json!("active"), &json!("A"))
    );
}

pub async fn a_center_of_another_authority_is_not_given_the_token(stage: Stage) {
    let center = stage.demo();
    let code = center.code("GP", center.address()).unwrap();
    let code = EnrolmentCode::parse(&code).unwrap();
    let wrong = same_place(&code, [9; 16], code.token());
    let refused = wrong.ask().await.unwrap_err();
    assert!(
        matches!(refused, NoReply::Pki(PkiError::WrongCa)),
        "{refused:?}"
    );
    // The code itself is still good.
    Device::enrol(&code.to_text()).await;
}

pub async fn an_expired_code_is_refused(stage: Stage) {
    let center = stage.demo();
    let code = center.code("GP", center.address()).unwrap();
    let applicant = Applicant::new(&code);
    // Nobody waits an hour: the hour is taken from the code.
    stage.execute("UPDATE center_enrolment SET expires_at = expires_at - 3600001");
    let reply = applicant.ask().await.unwrap();
    assert_eq!(
        (reply.status, reply.code().as_str()),
        (StatusCode::GONE, "enrol.code_expired")
    );
    assert_eq!(center.ask(&["device", "list"]).unwrap(), json!([]));
    for minutes in ["0", "10081"] {
        let asked = [
            "enrol-code",
            "--name",
            "GP",
            "--address",
            "a:1",
            "--valid-minutes",
            minutes,
        ];
        let refused = center.refused(&asked).unwrap();
        assert_eq!(refused, (3, "enrol.validity_range".to_owned()));
    }
}

pub async fn a_used_code_is_refused_to_another_key_and_answered_again_to_the_same(stage: Stage) {
    let center = stage.demo();
    let code = center.code("GP", center.address()).unwrap();
    let (first, second) = (Applicant::new(&code), Applicant::new(&code));
    let reply = first.ask().await.unwrap();
    let again = first.ask().await.unwrap();
    let (reply, again) = (reply.json(), again.json());
    assert_eq!(reply["certificate"], again["certificate"]);
    assert_eq!(
        (&reply["letter"], &reply["staff"]),
        (&again["letter"], &again["staff"])
    );
    let refused = second.ask().await.unwrap();
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (StatusCode::CONFLICT, "enrol.code_used")
    );
    // The same key with another nonce would be another feed.
    let other_feed = Applicant {
        nonce: [1; 16],
        ..first.clone()
    };
    assert_eq!(other_feed.ask().await.unwrap().code(), "enrol.code_used");
    assert_eq!(
        center
            .ask(&["device", "list"])
            .unwrap()
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

pub async fn a_wrong_token_is_refused_and_too_many_are_not_answered(stage: Stage) {
    let center = stage.demo();
    let code = center.code("GP", center.address()).unwrap();
    let code = EnrolmentCode::parse(&code).unwrap();
    let wrong = same_place(&code, code.fingerprint(), [9; 16]);
    let mut codes = Vec::new();
    for _ in 0..11 {
        codes.push(wrong.ask().await.unwrap().code());
    }
    assert!(
        codes[..10].iter().all(|code| code == "enrol.code_unknown"),
        "{codes:?}"
    );
    assert_eq!(codes[10], "enrol.too_many_attempts");
    assert_eq!(center.ask(&["device", "list"]).unwrap(), json!([]));
}

pub async fn a_request_that_is_none_is_refused_and_nothing_is_written(stage: Stage) {
    let center = stage.demo();
    let code = center.code("GP", center.address()).unwrap();
    let applicant = Applicant::new(&code);
    let good = applicant.request();
    let mut another_key = good.clone();
    another_key.public_key = Applicant::new(&code).key.public_key();
    let proof = serde_json::to_vec(&another_key).unwrap();
    let mut extra = serde_json::to_value(&good).unwrap();
    extra["admin"] = json!(true);
    let long = vec![b' '; 100_000];
    for (body, wanted) in [
        (proof, "enrol.proof"),
        (b"{".to_vec(), "enrol.malformed"),
        (extra.to_string().into_bytes(), "enrol.malformed"),
        (long, "enrol.malformed"),
    ] {
        let reply = post_enrol(&applicant.code, body).await.unwrap();
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (StatusCode::BAD_REQUEST, wanted)
        );
    }
    assert_eq!(center.ask(&["device", "list"]).unwrap(), json!([]));
    // None of it used the code up.
    assert!(applicant.ask().await.unwrap().status.is_success());
}

pub async fn two_devices_that_enrol_at_once_get_letters_of_their_own(stage: Stage) {
    let center = stage.demo();
    let codes: Vec<String> = ["one", "two", "three", "four"]
        .iter()
        .map(|name| center.code(name, center.address()).unwrap())
        .collect();
    let tasks: Vec<_> = codes
        .into_iter()
        .map(|code| tokio::spawn(async move { Device::enrol(&code).await.answer }))
        .collect();
    let mut letters = Vec::new();
    for task in tasks {
        let answer = task.await.unwrap();
        PeerIdentity::from_cert(&answer.certificate).unwrap();
        letters.push(answer.letter);
    }
    letters.sort();
    assert_eq!(letters, ["A", "B", "C", "D"]);
    let fifth = enrolled(&center, "five").await;
    assert_eq!(fifth.answer.letter, "E");
    let taken = [
        "enrol-code",
        "--name",
        "six",
        "--letter",
        "E",
        "--address",
        "a:1",
    ];
    assert_eq!(
        center.refused(&taken).unwrap(),
        (3, "enrol.letter_taken".to_owned())
    );
}
