//! The window killed in the middle of its work, and what a day leaves on the disk.

use crate::team::Team;
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;
use xunyi_tests::process::now;
use xunyi_tests::site::Device;
use xunyi_tests::traces;
use xunyi_tests::window::Window;

/// A made-up person whose traces are looked for.
const NAME: &str = "郑桂叶";
const PINYIN: [&str; 3] = ["zheng", "gui", "ye"];
const ID_NUMBER: &str = "331121195903120028";
const PHONE: &str = "13957812345";

fn register(device: &Device, team: &Team) -> String {
    let person = json!({
        "name": NAME, "sex": "female", "birth_date": "1959-03-12", "id_number": ID_NUMBER,
        "phone": PHONE, "not_a_duplicate": true,
    });
    let told = device
        .invoke(&team.member("gp"), "patient.register", &person)
        .unwrap();
    told["patient"].as_str().unwrap().to_owned()
}

async fn begin(window: &Window, patient: &str) -> Value {
    let started = window
        .ask("visit.start", json!({ "patient": patient }))
        .await
        .unwrap();
    json!({
        "patient": patient, "encounter": started["encounter"], "opened_at": started["opened_at"],
        "heads": started["heads"],
        "content": { "reason": "复诊", "vitals": { "bp": [{ "sys": 138, "dia": 84 }] } },
    })
}

#[tokio::test]
async fn a_window_killed_fifty_times_while_it_signs_loses_no_acknowledged_visit() {
    let team = Team::assemble();
    let gp = team.member("gp");
    let home = team.path().join("tablet");
    let device = team
        .site
        .device(&home.join("data"), "全科 1", true)
        .unwrap();
    device.first_sign_in(&gp).unwrap();
    let patient = register(&device, &team);
    let (mut acknowledged, mut begun) = (Vec::new(), Vec::new());
    let mut slowest = Duration::from_millis(1);
    for round in 0..50 {
        let window = Window::open(&home).await.unwrap();
        let pin = json!({ "staff": gp.id, "pin": gp.pin });
        window.ask("session.sign_in", pin).await.unwrap();
        let visit = begin(&window, &patient).await;
        begun.push(visit["encounter"].clone());
        let given = now();
        if round % 3 == 0 {
            // After the answer.
            window.ask("visit.sign", visit.clone()).await.unwrap();
            slowest = slowest.max(given.elapsed());
            acknowledged.push(visit["encounter"].clone());
        } else {
            let give = "window.__TAURI_INTERNALS__.invoke('invoke_command',
                { command: 'visit.sign', input: arguments[0] }).catch(() => {});";
            window.script(give, vec![visit]).await.unwrap();
            // Inside: any moment until well after the slowest signature so far.
            let share = f64::from(getrandom::u32().unwrap()) / f64::from(u32::MAX);
            let at = slowest.mul_f64(1.5 * share);
            tokio::time::sleep(at.saturating_sub(given.elapsed())).await;
        }
        window.kill().unwrap();
    }
    let chart = device
        .invoke(&gp, "patient.get", &json!({ "patient": patient }))
        .unwrap();
    let visits = chart["visits"].as_array().unwrap();
    let there = |encounter: &Value| visits.iter().find(|visit| visit["encounter"] == *encounter);
    for encounter in &acknowledged {
        let signed = there(encounter).map(|visit| &visit["signed"]);
        assert_eq!(signed, Some(&json!(true)), "{encounter} is lost");
    }
    // Also of the visits that nobody was told of each is there whole or not at all.
    for visit in visits {
        assert!(begun.contains(&visit["encounter"]));
        assert_eq!(
            (&visit["signed"], &visit["amended_unsigned"]),
            (&json!(true), &json!(false))
        );
    }
    let (findings, clean) = device.verify(&gp).unwrap();
    assert!(clean, "{findings}");
}

#[tokio::test]
async fn after_a_day_no_file_tells_who_was_there_and_the_search_sees_its_canary() {
    let team = Team::with_history();
    let gp = team.member("gp");
    let mut window = team.tablet("全科 1", &[&gp]).await;
    window.sign_in(&gp).await.unwrap();
    window.arrive().await.unwrap();
    let mut words = traces::words_of(NAME, &PINYIN, ID_NUMBER, PHONE);
    words.extend(of_the_village(&window, &team).await);
    let person = json!({
        "name": NAME, "sex": "female", "birth_date": "1959-03-12", "id_number": ID_NUMBER,
        "phone": PHONE, "not_a_duplicate": true,
    });
    window.ask("patient.register", person).await.unwrap();
    for typed in [NAME, "zhengguiye", PHONE, ID_NUMBER] {
        window.clear("search").await.unwrap();
        window.type_into("search", typed).await.unwrap();
        window.see("search-hit").await.unwrap();
    }
    window.clear("search").await.unwrap();
    window
        .check_in("zhengguiye", "高血压随访", "gp")
        .await
        .unwrap();
    window.tap("call-next").await.unwrap();
    window.see("vital-pad").await.unwrap();
    window.digits("1388476").await.unwrap();
    window.tap("sign").await.unwrap();
    window.see("page-today").await.unwrap();
    window.exchange().await.unwrap();
    let home = window.home().to_path_buf();
    // While it runs, with everything that is open, and after it ended.
    look(team.path(), &home, &words);
    window.close().await.unwrap();
    look(team.path(), &home, &words);
}

/// Names and phones of those who are due in the village, whom the window has shown as well.
async fn of_the_village(window: &Window, team: &Team) -> Vec<String> {
    let due = window.ask("due.list", json!({})).await.unwrap();
    let items = due["items"].as_array().unwrap();
    assert!(items.len() > 3, "{due}");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let words = items
        .iter()
        .flat_map(|item| [text(&item["hit"]["name"]), text(&item["phone"])]);
    // Staff stand in the slot file by name, whoever else has it.
    let staff = |word: &String| team.site.staff.iter().any(|member| member.name == *word);
    // Two characters in UTF-16 are four bytes: what is encrypted has those by chance.
    words
        .filter(|word| word.chars().count() > 2 && !staff(word))
        .collect()
}

/// Nothing of these people below these folders; a canary planted there is found.
fn look(site: &Path, home: &Path, words: &[String]) {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let found = traces::find(&[site], &words).unwrap();
    assert!(found.is_empty(), "{found:#?}");
    let canary = home.join("data/webview/canary");
    std::fs::create_dir_all(canary.parent().unwrap()).unwrap();
    std::fs::write(&canary, format!("…{NAME}…")).unwrap();
    assert!(!traces::find(&[site], &words).unwrap().is_empty());
    std::fs::remove_file(&canary).unwrap();
}
