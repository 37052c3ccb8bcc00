//! What is prescribed, what stands in its way, and what the checks admit that they did not look at.

use crate::AppError;
use crate::testing::{Tablet, meet};
use serde_json::{Value, json};
use xunyi_model::Role;

const AMLODIPINE: &str = "苯磺酸氨氯地平片";
const DAY_MS: i64 = 86_400_000;

/// One in the morning, for so many days.
fn order(tablet: &mut Tablet, query: &str, days: u16) -> Value {
    let hits = tablet.run("formulary.search", json!({ "query": query }));
    let product = &hits["hits"][0]["product"];
    json!({
        "product": { "id": product["id"], "name": product["generic_zh"], "unit": product["base_unit"] },
        "strength": product["strength"],
        "timing": { "morning": 4 },
        "days": days,
    })
}

/// Prescribes at the heads of the chart as it stands.
fn add(
    tablet: &mut Tablet,
    patient: &str,
    order: &Value,
    why: Option<&str>,
) -> Result<Value, AppError> {
    let ask = json!({ "patient": patient, "order": order });
    let shown = tablet.ask("prescription.check", ask);
    let seen = shown.map_or(json!([]), |found| keys(&found));
    add_seen(tablet, patient, order, why, &seen)
}

/// Prescribes when these warnings were shown.
fn add_seen(
    tablet: &mut Tablet,
    patient: &str,
    order: &Value,
    why: Option<&str>,
    seen: &Value,
) -> Result<Value, AppError> {
    let heads = tablet.chart(patient)["heads"].clone();
    let encounter = tablet.open_visit(patient);
    tablet.ask(
        "prescription.add",
        json!({ "patient": patient, "encounter": encounter, "heads": heads, "order": order,
                "override_reason": why, "seen": seen }),
    )
}

/// Keys of what interrupts.
fn keys(found: &Value) -> Value {
    let warnings = found["warnings"].as_array().unwrap().iter();
    let hard = warnings.filter(|w| w["interrupts"] == json!(true));
    hard.map(|w| w["key"].clone()).collect()
}

fn stop(tablet: &mut Tablet, patient: &str, prescription: &Value) -> Result<Value, AppError> {
    let heads = tablet.chart(patient)["heads"].clone();
    tablet.ask(
        "prescription.stop",
        json!({ "patient": patient, "prescription": prescription, "heads": heads, "reason": "踝部水肿" }),
    )
}

/// Somebody who was asked about allergies and knows of none.
fn asked(tablet: &mut Tablet, name: &str) -> String {
    let id = tablet.register(name);
    tablet
        .update(&id, json!({ "no_known_allergies": true }))
        .unwrap();
    id
}

/// What was found about person and product; what lies on the shelf aside.
fn warned(found: &Value) -> Vec<&str> {
    let warnings = found["warnings"].as_array().unwrap();
    let codes = warnings.iter().filter_map(|w| w["code"].as_str());
    codes.filter(|code| *code != "stock.short").collect()
}

fn unseen(found: &Value) -> Vec<&str> {
    let codes = found["not_checked"].as_array().unwrap();
    codes.iter().filter_map(Value::as_str).collect()
}

fn checked(tablet: &mut Tablet, patient: &str, order: &Value) -> Value {
    tablet.run(
        "prescription.check",
        json!({ "patient": patient, "order": order }),
    )
}

#[test]
fn a_prescription_is_on_every_device_with_its_visit_and_who_wrote_it() {
    let (mut a, mut b) = (Tablet::new(1), Tablet::new(2));
    let id = asked(&mut a, "郑桂叶");
    let order = order(&mut a, AMLODIPINE, 28);
    let encounter = a.open_visit(&id);
    let added = add(&mut a, &id, &order, None).unwrap();
    meet(&mut a, &mut b);
    let medicine = b.chart(&id)["medicines"][0].clone();
    assert_eq!(medicine["prescription"], added["prescription"]);
    assert_eq!(medicine["encounter"], encounter);
    assert_eq!(medicine["order"]["product"]["name"], json!(AMLODIPINE));
    assert_eq!(
        (&medicine["dispensed"], &medicine["days_left"]),
        (&json!(0), &Value::Null)
    );
    assert_eq!(a.chart(&id), b.chart(&id));
}

#[test]
fn a_listed_allergy_interrupts_until_a_reason_is_given_and_both_are_kept() {
    let mut tablet = Tablet::new(1);
    let id = tablet.register("郑桂叶");
    let penicillin = json!({ "substance": "青霉素", "reaction": "皮疹", "status": "active" });
    tablet
        .update(&id, json!({ "add_allergies": [penicillin] }))
        .unwrap();
    let amoxicillin = order(&mut tablet, "阿莫西林", 7);
    let found = checked(&mut tablet, &id, &amoxicillin);
    assert_eq!(warned(&found), ["allergy.listed"]);
    assert_eq!(found["warnings"][0]["interrupts"], json!(true));
    assert_eq!(found["warnings"][0]["params"]["substance"], json!("青霉素"));
    let before = tablet.at.vector().unwrap();
    let refused = add(&mut tablet, &id, &amoxicillin, None).unwrap_err();
    assert_eq!(refused.code, "prescription.needs_reason");
    assert_eq!(refused.params["warnings"], json!(["allergy.listed"]));
    assert_eq!(
        add(&mut tablet, &id, &amoxicillin, Some("  "))
            .unwrap_err()
            .code,
        "prescription.needs_reason"
    );
    assert_eq!(tablet.at.vector().unwrap(), before);
    let added = add(&mut tablet, &id, &amoxicillin, Some("皮试阴性，已观察")).unwrap();
    let written = written(&mut tablet, &added["prescription"]);
    assert_eq!(written["overridden"], json!(["allergy.listed"]));
    assert_eq!(written["override_reason"], json!("皮试阴性，已观察"));
    // A cross-reaction says so.
    let cefalosporin = order(&mut tablet, "头孢拉定", 7);
    let found = checked(&mut tablet, &id, &cefalosporin);
    assert!(warned(&found).contains(&"allergy.cross"), "{found}");
}

#[test]
fn a_reason_counts_for_what_was_shown_and_not_for_an_allergy_that_came_since() {
    let (mut a, mut b) = (Tablet::new(1), Tablet::new(2));
    let id = asked(&mut a, "郑桂叶");
    let list = |tablet: &mut Tablet, substance: &str| {
        let allergy = json!({ "substance": substance, "reaction": "皮疹", "status": "active" });
        tablet
            .update(&id, json!({ "add_allergies": [allergy] }))
            .unwrap();
    };
    list(&mut a, "头孢类");
    meet(&mut a, &mut b);
    let amoxicillin = order(&mut a, "阿莫西林", 7);
    let shown = keys(&checked(&mut a, &id, &amoxicillin));
    assert_eq!(shown.as_array().unwrap().len(), 1);
    list(&mut b, "青霉素");
    meet(&mut a, &mut b);
    let before = a.at.vector().unwrap();
    let why = Some("侧链不同");
    let refused = add_seen(&mut a, &id, &amoxicillin, why, &shown).unwrap_err();
    assert_eq!(refused.code, "prescription.warnings_changed");
    let new = refused.params["warnings"].as_array().unwrap();
    assert_eq!(new.len(), 1, "{new:?}");
    assert_eq!(new[0]["params"]["substance"], json!("青霉素"));
    assert_eq!(a.at.vector().unwrap(), before);
    // Shown both, both are kept as what was overridden.
    let shown = keys(&checked(&mut a, &id, &amoxicillin));
    let added = add_seen(&mut a, &id, &amoxicillin, why, &shown).unwrap();
    let kept = written(&mut a, &added["prescription"]);
    assert_eq!(kept["overridden_keys"], shown);
    assert_eq!(kept["overridden"].as_array().unwrap().len(), 2);
}

/// The record of a prescription as it is kept.
fn written(tablet: &mut Tablet, prescription: &Value) -> Value {
    let key = prescription.as_str().unwrap().parse().unwrap();
    let key = xunyi_record::record_id(key);
    let rows = tablet
        .at
        .store()
        .read(|ledger| ledger.records("prescription", None));
    let row = rows
        .unwrap()
        .into_iter()
        .find(|row| row.record == key)
        .unwrap();
    serde_json::from_str(&row.body).unwrap()
}

#[test]
fn allergies_never_asked_are_asked_before_the_first_prescription() {
    let mut tablet = Tablet::new(1);
    let id = tablet.register("郑桂叶");
    let order = order(&mut tablet, AMLODIPINE, 7);
    let found = checked(&mut tablet, &id, &order);
    assert_eq!(warned(&found), ["allergy.never_asked"]);
    assert!(unseen(&found).contains(&"allergy.never_asked"));
    assert_eq!(
        add(&mut tablet, &id, &order, None).unwrap_err().code,
        "prescription.allergy_not_asked"
    );
    // Who cannot be asked is treated all the same, and the reason stays with the prescription.
    let added = add(&mut tablet, &id, &order, Some("意识不清，无家属")).unwrap();
    assert_eq!(
        written(&mut tablet, &added["prescription"])["overridden"],
        json!(["allergy.never_asked"])
    );
    let other = asked(&mut tablet, "雷水根");
    add(&mut tablet, &other, &order, None).unwrap();
}

#[test]
fn a_check_never_says_that_all_is_clear() {
    let mut tablet = Tablet::on_vehicle(1);
    let id = asked(&mut tablet, "郑桂叶");
    let simple = order(&mut tablet, AMLODIPINE, 7);
    let found = checked(&mut tablet, &id, &simple);
    for check in [
        "interactions",
        "duplicates",
        "dose_limits",
        "contraindications",
        "renal",
        "pregnancy",
        "tcm",
    ] {
        assert!(unseen(&found).contains(&check), "{check}");
    }
    assert_eq!(found["sign_off"], json!({ "state": "unsigned" }));
    assert!(!found["rules_version"].as_str().unwrap().is_empty());
    assert_eq!(found["quantity"], json!(7));
    assert_eq!(found["warnings"][0]["code"], json!("stock.short"));
    assert_eq!(found["warnings"][0]["interrupts"], json!(false));
    // What the tables do not know is told as unseen, not as safe.
    let seafood = json!({ "substance": "海鲜", "status": "active" });
    tablet
        .update(&id, json!({ "add_allergies": [seafood] }))
        .unwrap();
    let herbal = json!({ "product": { "name": "自制止咳散", "unit": "袋" }, "timing": "每日三次", "days": 3 });
    let found = checked(&mut tablet, &id, &herbal);
    for check in [
        "allergy.product_not_in_formulary",
        "allergy.substance_not_in_table",
    ] {
        assert!(unseen(&found).contains(&check), "{found}");
    }
}

#[test]
fn an_order_that_is_still_being_written_is_checked_as_far_as_it_goes() {
    let mut tablet = Tablet::new(1);
    let id = asked(&mut tablet, "郑桂叶");
    let mut order = order(&mut tablet, AMLODIPINE, 28);
    order["timing"] = json!({});
    let found = checked(&mut tablet, &id, &order);
    assert_eq!(found["quantity"], Value::Null);
    assert_eq!(
        add(&mut tablet, &id, &order, None).unwrap_err().code,
        "prescription.timing_missing"
    );
}

#[test]
fn long_ones_are_told_in_the_margin_and_controlled_ones_ask_for_a_reason() {
    let mut tablet = Tablet::new(1);
    let id = asked(&mut tablet, "郑桂叶");
    let long = order(&mut tablet, AMLODIPINE, 28);
    let found = checked(&mut tablet, &id, &long);
    assert_eq!(
        found["warnings"][0]["code"],
        json!("prescription.long_days")
    );
    assert_eq!(found["warnings"][0]["interrupts"], json!(false));
    assert!(unseen(&found).contains(&"long_prescription"));
    add(&mut tablet, &id, &long, None).unwrap();
    let estazolam = order(&mut tablet, "艾司唑仑", 14);
    assert_eq!(
        add(&mut tablet, &id, &estazolam, None).unwrap_err().code,
        "prescription.needs_reason"
    );
    add(&mut tablet, &id, &estazolam, Some("慢性失眠，路远")).unwrap();
    let too_long = order(&mut tablet, "阿托伐他汀", 85);
    assert_eq!(
        add(&mut tablet, &id, &too_long, None).unwrap_err().code,
        "prescription.days_out_of_range"
    );
}

#[test]
fn a_visit_has_at_most_five_items() {
    let mut tablet = Tablet::new(1);
    let id = asked(&mut tablet, "郑桂叶");
    let mut last = json!(null);
    for query in [
        "阿托伐他汀",
        "阿司匹林肠溶",
        "二甲双胍",
        "缬沙坦",
        AMLODIPINE,
    ] {
        let order = order(&mut tablet, query, 7);
        last = add(&mut tablet, &id, &order, None).unwrap()["prescription"].clone();
    }
    let sixth = order(&mut tablet, "氢氯噻嗪", 7);
    let refused = add(&mut tablet, &id, &sixth, None).unwrap_err();
    assert_eq!(
        (refused.code.as_str(), &refused.params["max"]),
        ("prescription.too_many_items", &json!(5))
    );
    // One that was taken back makes room.
    stop(&mut tablet, &id, &last).unwrap();
    add(&mut tablet, &id, &sixth, None).unwrap();
}

#[test]
fn the_same_product_twice_in_a_day_interrupts_and_a_refill_does_not() {
    let mut tablet = Tablet::new(1);
    let id = asked(&mut tablet, "郑桂叶");
    let order = order(&mut tablet, AMLODIPINE, 7);
    add(&mut tablet, &id, &order, None).unwrap();
    let found = checked(&mut tablet, &id, &order);
    assert_eq!(warned(&found), ["prescription.same_today"]);
    assert_eq!(
        add(&mut tablet, &id, &order, None).unwrap_err().code,
        "prescription.needs_reason"
    );
    tablet.wait(14 * DAY_MS);
    let found = checked(&mut tablet, &id, &order);
    assert_eq!(warned(&found), Vec::<&str>::new());
    add(&mut tablet, &id, &order, None).unwrap();
}

#[test]
fn a_stopped_prescription_leaves_the_list_and_two_who_stop_it_agree() {
    let (mut a, mut b) = (Tablet::new(1), Tablet::new(2));
    let id = asked(&mut a, "郑桂叶");
    let order = order(&mut a, AMLODIPINE, 28);
    let prescription = add(&mut a, &id, &order, None).unwrap()["prescription"].clone();
    meet(&mut a, &mut b);
    stop(&mut a, &id, &prescription).unwrap();
    stop(&mut b, &id, &prescription).unwrap();
    meet(&mut a, &mut b);
    for tablet in [&mut a, &mut b] {
        assert_eq!(tablet.chart(&id)["medicines"], json!([]));
        assert_eq!(tablet.chart(&id)["conflicts"], json!([]));
        let ended = tablet.chart(&id)["ended"].clone();
        assert_eq!(ended.as_array().unwrap().len(), 1);
        assert_eq!(ended[0]["what"]["order"]["product"]["name"], AMLODIPINE);
        assert_eq!(ended[0]["status"], "stopped");
        let ends = ended[0]["ends"].as_array().unwrap();
        assert_eq!(ends.len(), 2, "{ended}");
        assert!(
            ends.iter()
                .all(|e| e["reason"].is_string() && e["at"].is_i64())
        );
        assert_eq!(
            stop(tablet, &id, &prescription).unwrap_err().code,
            "prescription.stopped"
        );
    }
    let unknown = json!("00000000-0000-0000-0000-000000000009");
    assert_eq!(
        stop(&mut a, &id, &unknown).unwrap_err().code,
        "prescription.unknown"
    );
}

/// A follow-up in which these medicines were told.
fn followed(tablet: &mut Tablet, id: &str, names: &[&str]) {
    let started = tablet.run("visit.start", json!({ "patient": id }));
    let told: Vec<Value> = names
        .iter()
        .map(|name| json!({ "name": name, "times_per_day": 1, "dose": "1片" }))
        .collect();
    let mut sign = json!({ "patient": id, "content": { "hypertension": { "medicines": told } } });
    for field in ["encounter", "opened_at", "heads"] {
        sign[field] = started[field].clone();
    }
    tablet.run("visit.sign", sign);
}

#[test]
fn a_medicine_told_stays_until_a_later_list_leaves_it_out_and_is_back_when_it_is_stopped_here() {
    let mut tablet = Tablet::new(1);
    let id = asked(&mut tablet, "郑桂叶");
    let told = |tablet: &mut Tablet| -> Vec<String> {
        let told = tablet.chart(&id)["told"].clone();
        let names = told.as_array().unwrap().iter();
        names
            .map(|t| t["medicine"]["name"].as_str().unwrap().to_owned())
            .collect()
    };
    followed(&mut tablet, &id, &[AMLODIPINE, "华法林片"]);
    tablet.wait(DAY_MS);
    // Nobody asked.
    followed(&mut tablet, &id, &[]);
    assert_eq!(told(&mut tablet), [AMLODIPINE, "华法林片"]);
    // While it is prescribed here it is on that list; stopped here, it is taken from elsewhere.
    let order = order(&mut tablet, AMLODIPINE, 7);
    let added = add(&mut tablet, &id, &order, None).unwrap();
    assert_eq!(told(&mut tablet), ["华法林片"]);
    stop(&mut tablet, &id, &added["prescription"]).unwrap();
    assert_eq!(told(&mut tablet), [AMLODIPINE, "华法林片"]);
    let found = checked(&mut tablet, &id, &order);
    assert_eq!(warned(&found), ["prescription.takes_from_elsewhere"]);
    tablet.wait(DAY_MS);
    followed(&mut tablet, &id, &[AMLODIPINE]);
    assert_eq!(told(&mut tablet), [AMLODIPINE]);
}

#[test]
fn medicines_told_from_elsewhere_are_current_and_are_named_when_prescribed_again() {
    let mut tablet = Tablet::new(1);
    let id = asked(&mut tablet, "郑桂叶");
    followed(&mut tablet, &id, &[AMLODIPINE]);
    assert_eq!(
        tablet.chart(&id)["told"][0]["medicine"]["name"],
        json!(AMLODIPINE)
    );
    let order = order(&mut tablet, AMLODIPINE, 7);
    let found = checked(&mut tablet, &id, &order);
    assert_eq!(warned(&found), ["prescription.takes_from_elsewhere"]);
    add(&mut tablet, &id, &order, None).unwrap();
    // Prescribed here from now on, so it is on the list once.
    assert_eq!(tablet.chart(&id)["told"], json!([]));
}

#[test]
fn the_formulary_is_found_by_what_people_type() {
    let mut tablet = Tablet::new(1);
    for query in [
        "氨氯地平",
        "aldp",
        "anlvdiping",
        "amlodipine",
        "C08CA01",
        "络活喜",
    ] {
        let found = tablet.run("formulary.search", json!({ "query": query }));
        let names: Vec<&str> = found["hits"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|hit| hit["product"]["generic_zh"].as_str())
            .collect();
        assert!(names.contains(&AMLODIPINE), "{query}: {names:?}");
        assert_eq!(found["sign_off"], json!({ "state": "unsigned" }));
    }
    let head = tablet.run("formulary.search", json!({ "query": " " }));
    assert_eq!(head["hits"].as_array().unwrap().len(), 20);
}

#[test]
fn bad_orders_have_their_code_and_write_nothing() {
    let mut tablet = Tablet::new(1);
    let id = asked(&mut tablet, "郑桂叶");
    let good = order(&mut tablet, AMLODIPINE, 7);
    let before = tablet.at.vector().unwrap();
    let with = |field: &str, value: Value| {
        let mut order = good.clone();
        order[field] = value;
        order
    };
    for (order, code) in [
        (with("days", json!(0)), "prescription.days_out_of_range"),
        (with("days", json!(-1)), "input.malformed"),
        (with("timing", json!("")), "prescription.timing_missing"),
        (with("timing", json!({ "midnight": 4 })), "input.malformed"),
        (with("quantity", json!(0)), "input.malformed"),
        (with("quantity", json!(10_001)), "stock.quantity_too_big"),
        (with("remark", json!("长".repeat(501))), "text.too_long"),
        (with("product", json!({ "name": "" })), "text.empty"),
        (json!("阿司匹林"), "input.malformed"),
    ] {
        assert_eq!(
            add(&mut tablet, &id, &order, None).unwrap_err().code,
            code,
            "{order}"
        );
    }
    let nobody = "00000000-0000-0000-0000-000000000009";
    let stranger = json!({ "patient": nobody, "encounter": nobody, "heads": [], "order": good });
    assert_eq!(
        tablet.refused("prescription.add", stranger),
        "patient.unknown"
    );
    assert_eq!(tablet.at.vector().unwrap(), before);
}

#[test]
fn an_imported_prescription_keeps_its_id_and_is_written_once() {
    let mut tablet = Tablet::new(1);
    let id = asked(&mut tablet, "郑桂叶");
    let order = order(&mut tablet, AMLODIPINE, 7);
    let kept = "01935b6a-7c1e-7f00-8000-00000000abcd";
    let heads = tablet.chart(&id)["heads"].clone();
    let encounter = tablet.open_visit(&id);
    let input = json!({ "patient": id, "encounter": encounter, "heads": heads, "order": order, "prescription": kept });
    // Who is at the screen gives no ids: two records of one id would hide each other.
    assert_eq!(
        tablet.refused("prescription.add", input.clone()),
        "input.own_id"
    );
    let added = tablet.import("prescription.add", input.clone()).unwrap();
    assert_eq!(added["prescription"], json!(kept));
    let again = tablet.import("prescription.add", input).unwrap_err();
    assert_eq!(again.code, "prescription.exists");
}

#[test]
fn a_nurse_sees_what_the_checks_find_but_does_not_prescribe() {
    let mut tablet = Tablet::new(1);
    let id = asked(&mut tablet, "郑桂叶");
    let order = order(&mut tablet, AMLODIPINE, 7);
    tablet.sign_in(Role::Nurse);
    checked(&mut tablet, &id, &order);
    assert_eq!(
        add(&mut tablet, &id, &order, None).unwrap_err().code,
        "role.not_allowed"
    );
}

#[test]
fn the_strength_is_the_formularys_whoever_prescribes() {
    let mut tablet = Tablet::new(1);
    let id = tablet.register("郑桂叶");
    tablet
        .update(&id, json!({ "no_known_allergies": true }))
        .unwrap();
    let listed = order(&mut tablet, AMLODIPINE, 7)["strength"].clone();
    let listed = listed.as_str().unwrap().to_owned();
    let mut wrong = order(&mut tablet, AMLODIPINE, 7);
    wrong["strength"] = json!("500mg");
    let before = tablet.at.vector().unwrap();
    let refused = add(&mut tablet, &id, &wrong, None).unwrap_err();
    assert_eq!(refused.code, "prescription.other_strength");
    assert_eq!(
        (&refused.params["given"], &refused.params["strength"]),
        (&json!("500mg"), &json!(listed))
    );
    assert_eq!(tablet.at.vector().unwrap(), before);
    // Said otherwise or not at all, it stands as the formulary has it.
    for given in [String::new(), format!(" {} ", listed.to_uppercase())] {
        let id = tablet.register("雷水根");
        tablet
            .update(&id, json!({ "no_known_allergies": true }))
            .unwrap();
        let mut order = order(&mut tablet, AMLODIPINE, 7);
        order["strength"] = json!(given);
        add(&mut tablet, &id, &order, None).unwrap();
        let medicine = tablet.chart(&id)["medicines"][0].clone();
        assert_eq!(medicine["order"]["strength"], json!(listed), "{given}");
    }
}
