//! Coming in: enrolment, the first sign-in, a wrong PIN, language and large letters.

use crate::team::Team;
use serde_json::json;
use xunyi_tests::site::Device;
use xunyi_tests::window::Window;

#[tokio::test]
async fn a_new_tablet_is_enrolled_and_its_doctor_signs_in_for_the_first_time() {
    let team = Team::assemble();
    let gp = team.member("gp");
    let home = team.path().join("tablet");
    let mut window = Window::open(&home).await.unwrap();
    window
        .type_into("enrol-code", "XUNYI1:ABCDE")
        .await
        .unwrap();
    window.tap("enrol-submit").await.unwrap();
    window.see("enrol-error").await.unwrap();
    window.clear("enrol-code").await.unwrap();
    let code = team.site.code("全科 1", true).unwrap();
    window.enrol(&code).await.unwrap();
    window.first_sign_in(&gp).await.unwrap();
    window.see_text("top-user", &gp.name).await.unwrap();
    window.tap("lock").await.unwrap();
    window.sign_in(&gp).await.unwrap();
    window.see("page-today").await.unwrap();
    window.close().await.unwrap();
}

#[tokio::test]
async fn a_code_that_is_used_or_over_is_refused_in_the_window_and_a_new_one_enrols() {
    let team = Team::assemble();
    let used = team.site.code("全科 1", true).unwrap();
    Device::at(&team.path().join("first")).enrol(&used).unwrap();
    let over = team.site.code("全科 2", true).unwrap();
    // Nobody waits an hour: the hour is taken from the code.
    let later = "UPDATE center_enrolment SET expires_at = expires_at - 3600001";
    team.site.center.execute(later).unwrap();
    let mut window = Window::open(&team.path().join("tablet")).await.unwrap();
    for (code, words) in [(&used, "已用过"), (&over, "过期")] {
        window.type_into("enrol-code", code).await.unwrap();
        window.tap("enrol-submit").await.unwrap();
        window.see_text("enrol-error", words).await.unwrap();
        window.clear("enrol-code").await.unwrap();
    }
    let code = team.site.code("全科 3", true).unwrap();
    window.enrol(&code).await.unwrap();
    window.close().await.unwrap();
}

#[tokio::test]
async fn a_wrong_pin_opens_nothing_and_makes_the_next_try_wait() {
    let team = Team::assemble();
    let gp = team.member("gp");
    let mut window = team.tablet("全科 1", &[&gp]).await;
    let wrong = if gp.pin == "903174" {
        "903175"
    } else {
        "903174"
    };
    window.tap(&format!("staff-{}", gp.id)).await.unwrap();
    for _ in 0..2 {
        window.digits(wrong).await.unwrap();
        window.see("lock-error").await.unwrap();
        assert!(!window.has("top-user").await.unwrap());
    }
    window.digits(wrong).await.unwrap();
    window.see("lock-wait").await.unwrap();
    let refused = window
        .ask("patient.search", json!({ "query": "a" }))
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("session.not_signed_in"));
    window.close().await.unwrap();
}

#[tokio::test]
async fn language_and_large_letters_change_in_one_tap_and_stay() {
    let team = Team::assemble();
    let gp = team.member("gp");
    let mut window = team.tablet("全科 1", &[&gp]).await;
    window.sign_in(&gp).await.unwrap();
    window.see_text("rail-today", "今日").await.unwrap();
    window.tap("toggle-lang").await.unwrap();
    window.see_text("rail-today", "Today").await.unwrap();
    let size = "return parseFloat(getComputedStyle(document.body).fontSize)";
    let normal = window.script(size, vec![]).await.unwrap().as_f64().unwrap();
    window.tap("toggle-large").await.unwrap();
    let large = window.script(size, vec![]).await.unwrap().as_f64().unwrap();
    assert!((large / normal - 1.35).abs() < 0.01, "{normal} → {large}");
    let home = window.home().to_path_buf();
    window.close().await.unwrap();
    let window = Window::open(&home).await.unwrap();
    window.see("lock-prompt").await.ok();
    assert_eq!(
        window.script(size, vec![]).await.unwrap().as_f64(),
        Some(large)
    );
    window.close().await.unwrap();
}
