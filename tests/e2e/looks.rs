//! Every page in both languages and both letter sizes: nothing serious for axe, targets of 48 px, text of
//! 16 px, nothing clipped at 1280×800. Leaves a picture of each page in normal and large letters.

use crate::team::Team;
use serde_json::{Value, json};
use xunyi_tests::site::Member;
use xunyi_tests::window::Window;

const MODES: [(&str, bool); 4] = [("zh", false), ("zh", true), ("en", true), ("en", false)];

/// What is wrong, over all pages that were looked at.
#[derive(Default)]
struct Looks {
    found: Vec<String>,
    pages: u32,
}

impl Looks {
    /// Audits the page that is shown; in Chinese it is pictured too.
    async fn at(&mut self, window: &Window, page: &str, (lang, large): (&str, bool)) {
        let size = if large { "large" } else { "normal" };
        for line in window.audit().await.unwrap() {
            self.found.push(format!("{page} {lang} {size}: {line}"));
        }
        self.pages += 1;
        if lang == "zh" {
            window.screenshot(&format!("{page}-{size}")).unwrap();
        }
    }

    fn are_good(self) {
        println!("{} looks at pages", self.pages);
        assert!(self.found.is_empty(), "{}", self.found.join("\n"));
    }
}

/// Brings the window to a language and a letter size by its own switches.
async fn switch(window: &mut Window, (lang, large): (&str, bool)) {
    let now = "return [document.documentElement.lang,
        document.querySelector('[data-testid=\"toggle-large\"]').getAttribute('aria-pressed')]";
    window.see("toggle-large").await.unwrap();
    let shown = window.script(now, vec![]).await.unwrap();
    if !shown[0].as_str().unwrap().starts_with(lang) {
        window.tap("toggle-lang").await.unwrap();
    }
    if (shown[1] == "true") != large {
        window.tap("toggle-large").await.unwrap();
    }
}

#[tokio::test]
async fn the_pages_before_sign_in_are_fit_for_gloves_sun_and_old_eyes() {
    let team = Team::assemble();
    let gp = team.member("gp");
    let mut looks = Looks::default();
    let mut fresh = Window::open(&team.path().join("fresh")).await.unwrap();
    for mode in MODES {
        switch(&mut fresh, mode).await;
        fresh.see("enrol-code").await.unwrap();
        looks.at(&fresh, "enrol", mode).await;
    }
    fresh.close().await.unwrap();
    let mut locked = team.tablet("全科 1", &[&gp]).await;
    let nurse = team.member("nurse");
    for mode in MODES {
        switch(&mut locked, mode).await;
        choose(&mut locked, &gp.id).await;
        locked.see("lock-prompt").await.unwrap();
        looks.at(&locked, "lock", mode).await;
        choose(&mut locked, &nurse.id).await;
        locked.see("first-password").await.unwrap();
        looks.at(&locked, "first-sign-in", mode).await;
    }
    locked.close().await.unwrap();
    looks.are_good();
}

/// Chooses somebody's tile; with large letters the others are folded away first.
async fn choose(window: &mut Window, staff: &str) {
    let tile = format!("staff-{staff}");
    if !window.has(&tile).await.unwrap() {
        window.tap("lock-other").await.unwrap();
    }
    window.tap(&tile).await.unwrap();
}

/// Gives somebody what a full chart has: a listed allergy, one that was taken back, and a field that two devices
/// changed apart; then an order in the visit that is left open.
async fn fill(team: &Team, window: &mut Window, gp: &Member, patient: &Value, name: &str) {
    let base = team.device("病历室", false);
    base.sync(gp).unwrap();
    let who = json!({ "patient": patient });
    let there = base.invoke(gp, "patient.get", &who).unwrap();
    let group = json!({ "patient": patient, "heads": there["heads"], "blood_group": "b" });
    base.invoke(gp, "patient.update", &group).unwrap();
    let chart = window.ask("patient.get", who.clone()).await.unwrap();
    let penicillin = json!({ "substance": "青霉素", "reaction": "皮疹", "severity": "severe", "status": "active" });
    let sulfa = json!({ "substance": "磺胺", "status": "active" });
    let change = json!({ "patient": patient, "heads": chart["heads"], "blood_group": "a",
                         "add_allergies": [penicillin, sulfa] });
    window.ask("patient.update", change).await.unwrap();
    let chart = window.ask("patient.get", who).await.unwrap();
    let listed = chart["banner"]["listed"].as_array().unwrap();
    let sulfa = listed.iter().find(|a| a["allergy"]["substance"] == "磺胺");
    let back = json!({ "id": sulfa.unwrap()["id"], "status": "refuted", "reason": "皮试阴性，本人确认从未过敏" });
    let change =
        json!({ "patient": patient, "heads": chart["heads"], "retract_allergies": [back] });
    window.ask("patient.update", change).await.unwrap();
    base.sync(gp).unwrap();
    window.exchange().await.unwrap();
    open_chart(window, name).await;
    window.tap("start-visit").await.unwrap();
    window.prescribe("苯磺酸氨氯地平").await.unwrap();
}

/// Finds somebody by name and opens their chart.
async fn open_chart(window: &mut Window, name: &str) {
    window.tap("rail-patients").await.unwrap();
    window.clear("search").await.unwrap();
    window.type_into("search", name).await.unwrap();
    window.tap("patient-hit").await.unwrap();
    window.see("timeline").await.unwrap();
}

/// Brings what is marked so to the middle of its box.
async fn bring(window: &Window, id: &str) {
    window.see(id).await.unwrap();
    let body = "document.querySelector(`[data-testid=\"${arguments[0]}\"]`).scrollIntoView({ block: 'center' })";
    window.script(body, vec![json!(id)]).await.unwrap();
}

#[tokio::test]
async fn the_doctors_pages_are_fit_for_gloves_sun_and_old_eyes() {
    let team = Team::with_history();
    let gp = team.member("gp");
    let mut window = team.tablet("全科 1", &[&gp]).await;
    window.sign_in(&gp).await.unwrap();
    window.arrive().await.unwrap();
    window.tap("due-check-in").await.unwrap();
    window.see("line-row").await.unwrap();
    let patient = "return document.querySelector('[data-testid=\"line-row\"]').dataset.patient";
    let patient = window.script(patient, vec![]).await.unwrap();
    let wrong_id = "331102195512310027";
    let chart = window
        .ask("patient.get", json!({ "patient": patient }))
        .await
        .unwrap();
    let name = chart["banner"]["hit"]["name"].as_str().unwrap().to_owned();
    fill(&team, &mut window, &gp, &patient, &name).await;
    let mut looks = Looks::default();
    for mode in MODES {
        window.tap("rail-today").await.unwrap();
        switch(&mut window, mode).await;
        window.see("line").await.unwrap();
        looks.at(&window, "today", mode).await;
        window.tap("rail-patients").await.unwrap();
        window.clear("search").await.unwrap();
        window.type_into("search", &name).await.unwrap();
        window.see("patient-hit").await.unwrap();
        looks.at(&window, "patients", mode).await;
        window.tap("register").await.unwrap();
        window.see("person-name").await.unwrap();
        looks.at(&window, "register", mode).await;
        window.clear("person-name").await.unwrap();
        window.type_into("person-name", "郑新来").await.unwrap();
        window
            .type_into("person-id-number", wrong_id)
            .await
            .unwrap();
        window.tap("person-sex-female").await.unwrap();
        window.tap("register-save").await.unwrap();
        bring(&window, "register-error").await;
        looks.at(&window, "register-refused", mode).await;
        window.tap("register-cancel").await.unwrap();
        window.tap("patient-hit").await.unwrap();
        window.see("chart-conflicts").await.unwrap();
        looks.at(&window, "chart", mode).await;
        window.tap("ended-toggle").await.unwrap();
        bring(&window, "ended-row").await;
        looks.at(&window, "chart-ended", mode).await;
        window.tap("start-visit").await.unwrap();
        window.see("vital-pad").await.unwrap();
        looks.at(&window, "consult", mode).await;
        bring(&window, "prescription-row").await;
        looks.at(&window, "consult-order", mode).await;
        window.tap("prescribe").await.unwrap();
        window.see("prescribe-sheet").await.unwrap();
        looks.at(&window, "prescribe", mode).await;
        window
            .type_into("formulary-search", "阿莫西林")
            .await
            .unwrap();
        window.see_text("product-hit", "阿莫西林").await.unwrap();
        window.tap("product-hit").await.unwrap();
        window.tap("slot-morning-tap").await.unwrap();
        window.see("warning-interrupts").await.unwrap();
        looks.at(&window, "prescribe-warning", mode).await;
        window.tap("prescribe-sheet-close").await.unwrap();
        window.tap("rail-sync").await.unwrap();
        // With a conflict to settle, that list comes first.
        window.tap("tab-sync").await.unwrap();
        window.see("sync-state").await.unwrap();
        looks.at(&window, "sync", mode).await;
        window.tap("tab-conflicts").await.unwrap();
        looks.at(&window, "conflicts", mode).await;
    }
    window.close().await.unwrap();
    looks.are_good();
}

#[tokio::test]
async fn the_pharmacists_pages_are_fit_for_gloves_sun_and_old_eyes() {
    let team = Team::with_history();
    let (gp, pharmacist) = (team.member("gp"), team.member("pharmacist"));
    let mut doctor = team.tablet("全科 1", &[&gp]).await;
    doctor.sign_in(&gp).await.unwrap();
    doctor.arrive().await.unwrap();
    doctor
        .follow_up_and_prescribe("苯磺酸氨氯地平")
        .await
        .unwrap();
    doctor.close().await.unwrap();
    let mut window = team.tablet("药房", &[&pharmacist]).await;
    window.sign_in(&pharmacist).await.unwrap();
    let mut looks = Looks::default();
    for mode in MODES {
        window.tap("rail-pharmacy").await.unwrap();
        switch(&mut window, mode).await;
        window.tap("tab-dispense").await.unwrap();
        window.tap("dispense-person").await.unwrap();
        window.see("hand-over").await.unwrap();
        looks.at(&window, "pharmacy", mode).await;
        window.tap("show-patient").await.unwrap();
        window.see("show-sheet").await.unwrap();
        looks.at(&window, "show", mode).await;
        window.tap("show-close").await.unwrap();
        window.tap("tab-stock").await.unwrap();
        window.see("stock-row").await.unwrap();
        looks.at(&window, "stock", mode).await;
    }
    window.close().await.unwrap();
    looks.are_good();
}
