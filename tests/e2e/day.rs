//! A day on the vehicle: a doctor's tablet and the pharmacist's, a center that is away for a while.

use crate::team::Team;
use serde_json::json;
use xunyi_tests::link::{Link, Weather};

#[tokio::test]
async fn the_doctor_follows_up_and_prescribes_within_the_taps_that_are_promised() {
    let team = Team::with_history();
    let (gp, pharmacist) = (team.member("gp"), team.member("pharmacist"));
    let mut doctor = team.tablet("全科 1", &[&gp]).await;
    doctor.sign_in(&gp).await.unwrap();
    doctor.arrive().await.unwrap();
    let (first, name) = due(&doctor).await;
    doctor.tap("due-check-in").await.unwrap();
    doctor.see("line-row").await.unwrap();
    doctor.follow_up().await.unwrap();
    let taps = doctor.taps();
    println!("taps of a routine follow-up besides digits: {taps} (ui.md: at most 12)");
    assert!(taps <= 12, "{taps} taps");

    // The second person is prescribed for; the pharmacist's tablet has it after both met the center.
    let (patient, _) = due(&doctor).await;
    assert_ne!(patient, first, "{name} is still due");
    doctor
        .follow_up_and_prescribe("苯磺酸氨氯地平")
        .await
        .unwrap();

    let mut counter = team.tablet("药房", &[&pharmacist]).await;
    counter.sign_in(&pharmacist).await.unwrap();
    counter.exchange().await.unwrap();
    counter.hand_over(&patient).await.unwrap();
    let taps = counter.taps();
    println!("taps of a hand-over: {taps} (ui.md: no limit by taps; three items within 20 s)");
    counter.exchange().await.unwrap();
    doctor.exchange().await.unwrap();

    let chart = doctor
        .ask("patient.get", json!({ "patient": patient }))
        .await
        .unwrap();
    let there = counter
        .ask("patient.get", json!({ "patient": patient }))
        .await
        .unwrap();
    assert_eq!(chart["dispensings"], there["dispensings"]);
    assert!(!chart["dispensings"].as_array().unwrap().is_empty());
    doctor.close().await.unwrap();
    counter.close().await.unwrap();
}

#[tokio::test]
async fn work_goes_on_without_the_center_and_arrives_when_it_is_back() {
    let mut team = Team::with_history();
    let gp = team.member("gp");
    let mut doctor = team.tablet("全科 1", &[&gp]).await;
    doctor.sign_in(&gp).await.unwrap();
    doctor.see_text("sync-light", "").await.unwrap();
    assert!(team.site.center.stop().unwrap().success());

    doctor.arrive().await.unwrap();
    let (patient, _) = due(&doctor).await;
    doctor.tap("due-check-in").await.unwrap();
    doctor.follow_up().await.unwrap();
    doctor.exchange().await.unwrap_err();
    let status = doctor.ask("sync.status", json!({})).await.unwrap();
    assert_eq!(status["light"], "saved_here");
    assert!(status["waiting_commits"].as_u64().unwrap() > 0);
    doctor.tap("rail-sync").await.unwrap();
    doctor.see("sync-problem").await.unwrap();

    team.site.center.serve().unwrap();
    doctor.exchange().await.unwrap();
    let status = doctor.ask("sync.status", json!({})).await.unwrap();
    assert_eq!(
        (status["light"].as_str(), status["waiting_commits"].as_u64()),
        (Some("at_center"), Some(0))
    );
    let base = team.device("基地 2", false);
    base.sync(&gp).unwrap();
    let there = base
        .invoke(&gp, "patient.get", &json!({ "patient": patient }))
        .unwrap();
    let here = doctor
        .ask("patient.get", json!({ "patient": patient }))
        .await
        .unwrap();
    assert_eq!(there["visits"], here["visits"]);
    doctor.close().await.unwrap();
}

#[tokio::test]
async fn a_save_does_not_wait_for_an_exchange_that_hangs() {
    let mut team = Team::assemble();
    let link = Link::to(team.site.center.address()).unwrap();
    team.site.center.stop().unwrap();
    team.site.center.stands_behind(link.address());
    team.site.center.serve().unwrap();
    let gp = team.member("gp");
    let mut window = team.tablet("全科 1", &[&gp]).await;
    window.sign_in(&gp).await.unwrap();
    // Connections are taken and nothing ever comes.
    let hang = std::time::Duration::from_secs(3600);
    link.set(Weather {
        latency: hang,
        ..Weather::default()
    });
    let register = |name: &str| json!({ "name": name, "sex": "male", "birth_date": "1948-09-12", "not_a_duplicate": true });
    window
        .ask("patient.register", register("雷阿土"))
        .await
        .unwrap();
    let under_way = |status: &serde_json::Value| status["light"] == "on_its_way";
    while !under_way(&window.ask("sync.status", json!({})).await.unwrap()) {}
    let second = window
        .ask("patient.register", register("蓝金妹"))
        .await
        .unwrap();
    assert!(second["saved"].is_object(), "{second}");
    let status = window.ask("sync.status", json!({})).await.unwrap();
    assert!(
        under_way(&status),
        "the save waited for the exchange: {status}"
    );
    assert_eq!(status["waiting_commits"], 2);
    window.close().await.unwrap();
}

/// The person who is most due, as the list shows them first: id and name.
async fn due(window: &xunyi_tests::window::Window) -> (String, String) {
    window.see("due-row").await.unwrap();
    let body = "
        const row = document.querySelector('[data-testid=\"due-row\"]');
        return [row.dataset.patient, row.querySelector('.who')?.innerText ?? ''];";
    let told = window.script(body, vec![]).await.unwrap();
    let text = |i: usize| told[i].as_str().unwrap_or_default().to_owned();
    (text(0), text(1))
}
