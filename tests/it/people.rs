//! People on real devices that meet through a real center: what each did apart arrives, what two did to one
//! field is settled by a person, and no kill, cut or stranger costs a visit.

use serde_json::{Value, json};
use std::time::Duration;
use tempfile::TempDir;
use xunyi_tests::place;
use xunyi_tests::process::now;
use xunyi_tests::site::{Device, Filled, Member, Site};

/// A serving hamlet with its folder.
struct Hamlet {
    folder: TempDir,
    site: Site,
}

impl Hamlet {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = place::free_port().unwrap();
        let mut site = Site::filled(folder.path(), Filled::hamlet(), port).unwrap();
        site.center.serve().unwrap();
        Self { folder, site }
    }

    fn gp(&self) -> Member {
        self.site.member("gp").unwrap()
    }

    fn device(&self, name: &str) -> Device {
        let data = self.folder.path().join(name);
        self.site.device(&data, name, true).unwrap()
    }

    /// Two tablets that both have a person on board.
    fn two_who_know(&self, gp: &Member, name: &str) -> (Device, Device, String) {
        let (a, b) = (self.device("全科 1"), self.device("全科 2"));
        let patient = register(&a, gp, name);
        a.sync(gp).unwrap();
        b.sync(gp).unwrap();
        (a, b, patient)
    }
}

/// Registers somebody.
fn register(device: &Device, gp: &Member, name: &str) -> String {
    let person = json!({
        "name": name, "sex": "female", "birth_date": "1951-02-03", "not_a_duplicate": true,
    });
    let told = device.invoke(gp, "patient.register", &person).unwrap();
    told["patient"].as_str().unwrap().to_owned()
}

fn chart(device: &Device, gp: &Member, patient: &str) -> Value {
    device
        .invoke(gp, "patient.get", &json!({ "patient": patient }))
        .unwrap()
}

fn update(device: &Device, gp: &Member, patient: &str, heads: &Value, mut fields: Value) {
    fields["patient"] = json!(patient);
    fields["heads"] = heads.clone();
    device.invoke(gp, "patient.update", &fields).unwrap();
}

fn conflicts(device: &Device, gp: &Member) -> Value {
    device.invoke(gp, "conflict.list", &json!({})).unwrap()["conflicts"].clone()
}

fn holdings(device: &Device, gp: &Member) -> Value {
    device.run(Some(gp), &["holdings"]).unwrap()
}

#[test]
fn what_two_tablets_change_apart_arrives_on_both_and_at_base() {
    let hamlet = Hamlet::new();
    let gp = hamlet.gp();
    let (a, b, patient) = hamlet.two_who_know(&gp, "方秀英");
    let heads = chart(&a, &gp, &patient)["heads"].clone();
    update(&a, &gp, &patient, &heads, json!({ "phone": "13957812345" }));
    let allergy = json!({ "add_allergies": [{ "substance": "青霉素" }] });
    update(&b, &gp, &patient, &heads, allergy);
    for device in [&a, &b, &a] {
        device.sync(&gp).unwrap();
    }
    let base = hamlet.device("基地");
    base.sync(&gp).unwrap();
    for device in [&a, &b, &base] {
        let chart = chart(device, &gp, &patient);
        assert_eq!(chart["demographics"]["phone"], "13957812345");
        assert_eq!(
            chart["banner"]["listed"][0]["allergy"]["substance"],
            "青霉素"
        );
        assert_eq!(conflicts(device, &gp), json!([]));
    }
}

#[test]
fn one_field_changed_apart_is_shown_twice_everywhere_until_a_person_settles_it() {
    let hamlet = Hamlet::new();
    let gp = hamlet.gp();
    let (a, b, patient) = hamlet.two_who_know(&gp, "方秀英");
    // A's form is open at these heads while B's change arrives; A then saves.
    let heads = chart(&a, &gp, &patient)["heads"].clone();
    update(&b, &gp, &patient, &heads, json!({ "blood_group": "b" }));
    b.sync(&gp).unwrap();
    a.sync(&gp).unwrap();
    update(&a, &gp, &patient, &heads, json!({ "blood_group": "a" }));
    a.sync(&gp).unwrap();
    b.sync(&gp).unwrap();
    let base = hamlet.device("基地");
    base.sync(&gp).unwrap();
    for device in [&a, &b, &base] {
        let shown = conflicts(device, &gp);
        let values = shown[0]["values"].as_array().unwrap();
        let mut values: Vec<_> = values
            .iter()
            .map(|v| v["value"].as_str().unwrap())
            .collect();
        values.sort_unstable();
        assert_eq!(
            (shown.as_array().unwrap().len(), values),
            (1, vec!["a", "b"])
        );
    }
    let shown = conflicts(&base, &gp)[0].clone();
    let mut choice = json!({ "value": "b" });
    for field in ["doc", "section", "record", "field", "heads"] {
        choice[field] = shown[field].clone();
    }
    base.invoke(&gp, "conflict.resolve", &choice).unwrap();
    for device in [&base, &a, &b] {
        device.sync(&gp).unwrap();
    }
    let held = holdings(&base, &gp);
    for device in [&a, &b, &base] {
        assert_eq!(conflicts(device, &gp), json!([]));
        assert_eq!(
            chart(device, &gp, &patient)["demographics"]["blood_group"],
            "b"
        );
        assert_eq!(holdings(device, &gp), held);
    }
}

#[test]
fn two_tablets_that_open_one_day_apart_have_one_line() {
    let hamlet = Hamlet::new();
    let gp = hamlet.gp();
    let (a, b) = (hamlet.device("全科 1"), hamlet.device("全科 2"));
    for (device, name) in [(&a, "方秀英"), (&b, "雷阿土")] {
        let patient = register(device, &gp, name);
        device.invoke(&gp, "day.open", &json!({})).unwrap();
        let waits = json!({ "patient": patient, "reason": "复诊", "station": "gp" });
        device.invoke(&gp, "day.check_in", &waits).unwrap();
    }
    for device in [&a, &b, &a] {
        device.sync(&gp).unwrap();
    }
    let line = |device: &Device| {
        let day = device.invoke(&gp, "day.get", &json!({})).unwrap();
        let line = day["line"].as_array().unwrap().clone();
        let mut numbers: Vec<_> = line
            .iter()
            .map(|q| q["number"].as_str().unwrap().to_owned())
            .collect();
        numbers.sort();
        (day["waiting"].clone(), numbers)
    };
    assert_eq!(line(&a), (json!(2), vec!["A1".to_owned(), "B1".to_owned()]));
    assert_eq!(line(&a), line(&b));
}

#[test]
fn fifty_kills_inside_and_after_signing_lose_no_acknowledged_visit() {
    let hamlet = Hamlet::new();
    let gp = hamlet.gp();
    let device = hamlet.device("全科 1");
    let patient = register(&device, &gp, "方秀英");
    let mut acknowledged = Vec::new();
    let mut begun = Vec::new();
    let mut slowest = Duration::from_millis(1);
    for round in 0..50_u64 {
        let mut lines = device.lines(&gp).unwrap();
        let started = lines
            .ask("visit.start", &json!({ "patient": patient }))
            .unwrap()
            .unwrap();
        let visit = json!({
            "patient": patient, "encounter": started["encounter"], "opened_at": started["opened_at"],
            "heads": started["heads"],
            "content": { "reason": "复诊", "vitals": { "bp": [{ "sys": 138, "dia": 84 }], "pulse": 70 + round % 20 } },
        });
        let encounter = started["encounter"].as_str().unwrap().to_owned();
        begun.push(encounter.clone());
        let given = now();
        lines.give("visit.sign", &visit).unwrap();
        if round % 3 == 0 {
            // After the answer.
            lines.answer().unwrap().unwrap();
            slowest = slowest.max(given.elapsed());
            acknowledged.push(encounter);
        } else {
            // Inside: any moment until well after the slowest signature so far.
            let share = f64::from(getrandom::u32().unwrap()) / f64::from(u32::MAX);
            std::thread::sleep(slowest.mul_f64(1.5 * share));
        }
        lines.kill().unwrap();
    }
    let chart = chart(&device, &gp, &patient);
    let visits: Vec<_> = chart["visits"].as_array().unwrap().iter().collect();
    for encounter in &acknowledged {
        let visit = visits.iter().find(|v| v["encounter"] == **encounter);
        assert_eq!(
            visit.map(|v| &v["signed"]),
            Some(&json!(true)),
            "{encounter} is lost"
        );
    }
    // Kills fell on both sides of the moment that counts: some visits are there that nobody was told of, some not.
    let unheard = |there: bool| {
        let is_there = |encounter: &&String| visits.iter().any(|v| v["encounter"] == **encounter);
        let unheard = begun.iter().filter(|e| !acknowledged.contains(e));
        unheard.filter(|e| is_there(e) == there).count()
    };
    assert!(unheard(true) > 0, "no kill fell after a commit");
    assert!(begun.len() > visits.len(), "no kill fell before a commit");
    // A visit that was not acknowledged is there whole or not at all.
    for visit in &visits {
        assert!(
            begun
                .iter()
                .any(|encounter| visit["encounter"] == **encounter)
        );
        assert_eq!(
            (&visit["signed"], &visit["amended_unsigned"]),
            (&json!(true), &json!(false))
        );
    }
    let (findings, clean) = device.verify(&gp).unwrap();
    assert!(clean, "{findings}");
    device.sync(&gp).unwrap();
    let base = hamlet.device("基地");
    base.sync(&gp).unwrap();
    assert_eq!(holdings(&base, &gp)["journal"], {
        device.sync(&gp).unwrap();
        holdings(&device, &gp)["journal"].clone()
    });
}

#[test]
fn a_link_cut_in_mid_exchange_loses_and_doubles_nothing() {
    use xunyi_tests::link::{Link, Weather};
    let hamlet = Hamlet::new();
    let gp = hamlet.gp();
    let link = Link::to(hamlet.site.center.address()).unwrap();
    let data = hamlet.folder.path().join("far");
    let far = Device::at(&data);
    let code = hamlet
        .site
        .code_for("远处", true, &link.address().to_string())
        .unwrap();
    far.enrol(&code).unwrap();
    for n in 0..40 {
        register(&far, &gp, &format!("方秀英{}", char::from(b'a' + n % 26)));
    }
    let whole = Weather::default();
    for cut in [900, 2_500, 6_000, 9_000, 14_000] {
        link.set(Weather {
            cut_up: Some(cut),
            ..whole
        });
        match far.sync(&gp) {
            Ok(_) => break,
            Err(refused) => assert!(
                matches!(
                    refused.code.as_str(),
                    "sync.cut" | "sync.timeout" | "sync.unreachable" | "sync.captive_portal"
                ),
                "{refused}"
            ),
        }
    }
    link.set(whole);
    far.sync(&gp).unwrap();
    let base = hamlet.device("基地");
    base.sync(&gp).unwrap();
    far.sync(&gp).unwrap();
    assert_eq!(holdings(&far, &gp), holdings(&base, &gp));
    let (findings, clean) = base.verify(&gp).unwrap();
    assert!(clean, "{findings}");
}

#[test]
fn a_center_that_forgot_what_it_told_is_told_everything_once_and_all_goes_on() {
    let mut hamlet = Hamlet::new();
    let gp = hamlet.gp();
    let (a, b, _) = hamlet.two_who_know(&gp, "方秀英");
    // What it told whom is in the memory of the process that ends here.
    hamlet.site.center.stop().unwrap();
    hamlet.site.center.serve().unwrap();
    register(&a, &gp, "雷阿土");
    register(&b, &gp, "蓝金妹");
    for (device, sent) in [(&a, 1), (&b, 1), (&a, 0), (&b, 0)] {
        assert_eq!(device.sync(&gp).unwrap()["sent"], sent);
    }
    assert_eq!(holdings(&a, &gp), holdings(&b, &gp));
    let center = hamlet.site.center.ask(&["verify"]).unwrap();
    assert_eq!(center["clean"], true);
    assert_eq!(center["holdings"]["journal"], holdings(&a, &gp)["journal"]);
}

#[test]
fn a_revoked_tablet_locks_when_it_hears_so_and_lets_nobody_in() {
    let hamlet = Hamlet::new();
    let gp = hamlet.gp();
    let device = hamlet.device("全科 1");
    register(&device, &gp, "方秀英");
    hamlet.site.center.ask(&["revoke", "全科 1"]).unwrap();
    let refused = device.sync(&gp).unwrap_err();
    assert_eq!(
        (refused.code.as_str(), refused.status),
        ("device.revoked", 6)
    );
    let refused = device
        .invoke(&gp, "patient.search", &json!({ "query": "方" }))
        .unwrap_err();
    assert_eq!(refused.code, "device.revoked");
}

#[test]
fn who_works_here_no_more_is_shown_out_by_the_next_exchange() {
    let hamlet = Hamlet::new();
    let (gp, nurse) = (hamlet.gp(), hamlet.site.member("nurse").unwrap());
    let device = hamlet.device("全科 1");
    device.first_sign_in(&nurse).unwrap();
    device.sync(&gp).unwrap();
    let mut lines = device.lines(&nurse).unwrap();
    let search = json!({ "query": "方" });
    lines.ask("patient.search", &search).unwrap().unwrap();
    hamlet
        .site
        .center
        .ask(&["staff", "retire", &nurse.id])
        .unwrap();
    lines.ask("sync.run", &json!({})).unwrap().unwrap();
    let refused = lines.ask("patient.search", &search).unwrap();
    assert_eq!(refused, Err("session.not_signed_in".to_owned()));
}

#[test]
fn anothers_center_on_the_address_is_told_and_gets_nothing() {
    let mut hamlet = Hamlet::new();
    let gp = hamlet.gp();
    let device = hamlet.device("全科 1");
    register(&device, &gp, "方秀英");
    hamlet.site.center.stop().unwrap();
    let refused = device.sync(&gp).unwrap_err();
    assert_eq!(
        (refused.code.as_str(), refused.status),
        ("sync.unreachable", 6)
    );
    let port = hamlet.site.center.address().port();
    let elsewhere = hamlet.folder.path().join("elsewhere");
    let mut stranger = Site::filled(&elsewhere, Filled::hamlet(), port).unwrap();
    stranger.center.serve().unwrap();
    let refused = device.sync(&gp).unwrap_err();
    assert_eq!(refused.code, "sync.wrong_ca");
    assert!(refused.words.contains("中心") && refused.words.contains("center"));
    // The light tells it, and work goes on.
    register(&device, &gp, "雷阿土");
    stranger.center.stop().unwrap();
    hamlet.site.center.serve().unwrap();
    device.sync(&gp).unwrap();
    let status = device.invoke(&gp, "sync.status", &json!({})).unwrap();
    assert_eq!(
        (status["light"].as_str(), status["waiting_commits"].as_u64()),
        (Some("at_center"), Some(0))
    );
}

#[test]
fn a_second_program_on_the_folder_and_a_wrong_password_are_refused_plainly() {
    let hamlet = Hamlet::new();
    let gp = hamlet.gp();
    let device = hamlet.device("全科 1");
    let mut first = device.lines(&gp).unwrap();
    // It answers, so it holds the folder.
    first.ask("session.state", &json!({})).unwrap().unwrap();
    let refused = device.sync(&gp).unwrap_err();
    assert_eq!(
        (refused.code.as_str(), refused.status),
        ("store.folder_in_use", 5)
    );
    drop(first);
    device.sync(&gp).unwrap();
    let stranger = Member {
        password: "no-such-lantern-77".into(),
        ..gp
    };
    let refused = device.sync(&stranger).unwrap_err();
    assert_eq!(
        (refused.code.as_str(), refused.status),
        ("unlock.wrong_password", 4)
    );
}
