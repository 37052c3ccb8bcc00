//! A short day in two windows: the doctor follows up and prescribes, the pharmacist hands over.

use crate::made::Demo;
use serde_json::{Value, json};
use std::path::PathBuf;
use xunyi_tests::Outcome;
use xunyi_tests::window::Window;

/// Plays it and leaves pictures.
pub async fn short_day(demo: &Demo) -> Outcome {
    let pictures = demo.folder().join("screenshots");
    std::fs::create_dir_all(&pictures)?;
    let picture = |window: &Window, name: &str| window.picture(&pictures.join(name));
    println!("No display: a short day is played in two windows on screens that no one sees.");
    let (gp, pharmacist) = (demo.site.member("gp")?, demo.site.member("pharmacist")?);

    let mut doctor = Window::open(&home(demo, "gp")).await?;
    doctor.see(&format!("staff-{}", gp.id)).await?;
    picture(&doctor, "1-lock.png")?;
    doctor.sign_in(&gp).await?;
    open_day(&mut doctor).await?;
    let patient = first_due(&doctor).await?;
    doctor.tap("due-check-in").await?;
    doctor.see("line-row").await?;
    picture(&doctor, "2-today.png")?;
    doctor.tap("call-next").await?;
    doctor.record_follow_up().await?;
    picture(&doctor, "3-consult.png")?;
    doctor.prescribe("苯磺酸氨氯地平").await?;
    doctor.tap("sign").await?;
    doctor.see("page-today").await?;
    doctor.exchange().await?;
    doctor.tap("rail-patients").await?;
    doctor.see("page-patients").await?;
    picture(&doctor, "4-patients.png")?;

    let mut counter = Window::open(&home(demo, "pharmacy")).await?;
    counter.sign_in(&pharmacist).await?;
    counter.exchange().await?;
    counter.see("dispense-line").await?;
    picture(&counter, "5-pharmacy.png")?;
    counter.hand_over(&patient).await?;
    counter.exchange().await?;
    counter.tap("rail-sync").await?;
    counter.see("page-sync").await?;
    picture(&counter, "6-sync.png")?;
    doctor.exchange().await?;
    counter.close().await?;
    doctor.close().await?;
    println!("Pictures: {}\n", pictures.display());
    Ok(())
}

/// The day is opened where it is not open yet, so that a second start goes on with it.
async fn open_day(window: &mut Window) -> Outcome {
    let day = window.ask("day.get", json!({})).await?;
    if day["open"] == Value::Bool(false) {
        return window.arrive().await;
    }
    if day["stop"].is_null() {
        return Err("the day is open without a stop: start over with --fresh".into());
    }
    Ok(())
}

async fn first_due(window: &Window) -> Outcome<String> {
    window.see("due-check-in").await?;
    let body = "return document.querySelector('[data-testid=\"due-row\"]').dataset.patient";
    let patient = window.script(body, Vec::new()).await?;
    Ok(patient.as_str().unwrap_or_default().to_string())
}

fn home(demo: &Demo, tablet: &str) -> PathBuf {
    demo.folder().join(tablet)
}
