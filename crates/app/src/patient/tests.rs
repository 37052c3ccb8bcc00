//! Registering, editing and merging charts, through the command table.

mod identity;

use crate::testing::{Tablet, meet, person};
use serde_json::{Value, json};
use xunyi_model::{Role, Staff, StaffId};

#[test]
fn a_registered_person_is_found_and_opened() {
    let mut tablet = Tablet::new(1);
    let id = tablet.register("郑桂叶");
    for query in ["郑桂", "zgy", "zhengguiye"] {
        let found = tablet.run("patient.search", json!({ "query": query }));
        assert_eq!(found["hits"][0]["patient"], json!(id), "{query}");
    }
    let chart = tablet.chart(&id);
    assert_eq!(chart["banner"]["hit"]["age"], json!(67));
    assert_eq!(chart["banner"]["allergies"]["state"], json!("never_asked"));
}

#[test]
fn bad_input_has_its_code_and_writes_nothing() {
    let mut tablet = Tablet::new(1);
    let before = tablet.at.vector().unwrap();
    let with = |field: &str, value: Value| {
        let mut input = json!({ "name": "郑桂叶", "sex": "female" });
        input[field] = value;
        input
    };
    for (input, code) in [
        (with("name", json!("")), "person.name_empty"),
        (
            with("name", json!("长".repeat(200))),
            "person.name_too_long",
        ),
        (with("name", json!("郑😀")), "person.name_character"),
        (
            with("birth_date", json!("2027-01-01")),
            "person.birth_in_future",
        ),
        (
            with("id_number", json!("331102195512310027")),
            "id.check_digit",
        ),
        (with("phone", json!("abc")), "person.phone_malformed"),
        (
            with("village", json!("00000000-0000-0000-0000-000000000001")),
            "village.unknown",
        ),
        (with("unheard_of", json!(1)), "input.malformed"),
        (json!([]), "input.malformed"),
    ] {
        assert_eq!(
            tablet.refused("patient.register", input.clone()),
            code,
            "{input}"
        );
    }
    assert_eq!(tablet.refused("patient.fly", json!({})), "command.unknown");
    assert_eq!(tablet.at.vector().unwrap(), before);
}

#[test]
fn rare_characters_are_names() {
    let mut tablet = Tablet::new(1);
    for name in ["𬱖㛃", "阿卜杜拉·买买提", "䶮喆"] {
        let id = tablet.register(name);
        assert_eq!(tablet.chart(&id)["demographics"]["name"], json!(name));
    }
}

#[test]
fn possible_duplicates_are_shown_and_nothing_is_saved() {
    let mut tablet = Tablet::new(1);
    let first = tablet.register("郑桂叶");
    let again = json!({ "name": "郑桂叶", "sex": "female", "birth_date": "1955-12-31", "id_number": "331102195512310028" });
    let mut with_id = again.clone();
    with_id["not_a_duplicate"] = json!(true);
    let second = tablet.run("patient.register", with_id);
    assert!(second["patient"].is_string());
    let shown = tablet.run("patient.register", again);
    assert_eq!(shown["patient"], Value::Null);
    let shown: Vec<&str> = shown["duplicates"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|d| d["patient"].as_str())
        .collect();
    assert!(
        shown.contains(&second["patient"].as_str().unwrap()),
        "{shown:?} {first}"
    );
}

#[test]
fn a_phone_number_and_an_allergy_changed_apart_both_arrive() {
    let (mut a, mut b) = (Tablet::new(1), Tablet::new(2));
    let id = a.register("蓝招弟");
    meet(&mut a, &mut b);
    a.update(&id, json!({ "phone": "13800000001" })).unwrap();
    b.update(
        &id,
        json!({ "add_allergies": [{ "substance": "青霉素", "status": "active" }] }),
    )
    .unwrap();
    meet(&mut a, &mut b);
    for tablet in [&mut a, &mut b] {
        let chart = tablet.chart(&id);
        assert_eq!(chart["demographics"]["phone"], json!("13800000001"));
        assert_eq!(
            chart["banner"]["listed"][0]["allergy"]["substance"],
            json!("青霉素")
        );
        assert_eq!(chart["conflicts"], json!([]));
    }
}

#[test]
fn one_blood_group_changed_apart_is_kept_twice_until_a_person_settles_it() {
    let (mut a, mut b) = (Tablet::new(1), Tablet::new(2));
    let id = a.register("雷水根");
    meet(&mut a, &mut b);
    a.update(&id, json!({ "blood_group": "a" })).unwrap();
    b.update(&id, json!({ "blood_group": "b" })).unwrap();
    meet(&mut a, &mut b);
    let shown = a.run("conflict.list", json!({}))["conflicts"].clone();
    assert_eq!(shown, b.run("conflict.list", json!({}))["conflicts"]);
    let mut values: Vec<&str> = shown[0]["values"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|v| v["value"].as_str())
        .collect();
    values.sort_unstable();
    assert_eq!(values, ["a", "b"]);
    assert_eq!(
        a.update(&id, json!({ "blood_group": "o" }))
            .unwrap_err()
            .code,
        "conflict.unsettled"
    );
    let mut choice = json!({ "value": "b" });
    for field in ["doc", "section", "record", "field", "heads"] {
        choice[field] = shown[0][field].clone();
    }
    a.run("conflict.resolve", choice.clone());
    meet(&mut a, &mut b);
    for tablet in [&mut a, &mut b] {
        assert_eq!(
            tablet.run("conflict.list", json!({}))["conflicts"],
            json!([])
        );
        assert_eq!(tablet.chart(&id)["demographics"]["blood_group"], json!("b"));
    }
    assert_eq!(
        a.refused("conflict.resolve", choice),
        "conflict.settled_already"
    );
}

#[test]
fn a_change_that_arrives_while_the_form_is_open_is_not_overwritten() {
    let (mut a, mut b) = (Tablet::new(1), Tablet::new(2));
    let id = a.register("钟土金");
    meet(&mut a, &mut b);
    let opened = a.chart(&id)["heads"].clone();
    b.update(&id, json!({ "blood_group": "b" })).unwrap();
    b.give(&mut a);
    a.run(
        "patient.update",
        json!({ "patient": id, "heads": opened, "blood_group": "o" }),
    );
    meet(&mut a, &mut b);
    for tablet in [&mut a, &mut b] {
        let chart = tablet.chart(&id);
        assert_eq!(chart["banner"]["conflicts"], json!(1));
        assert_eq!(chart["conflicts"][0]["values"].as_array().unwrap().len(), 2);
    }
}

#[test]
fn what_is_taken_back_keeps_its_place_with_the_reason() {
    let mut tablet = Tablet::new(1);
    let id = tablet.register("朱月仙");
    tablet
        .update(
            &id,
            json!({ "add_allergies": [{ "substance": "磺胺", "status": "active" }] }),
        )
        .unwrap();
    let allergy = tablet.chart(&id)["banner"]["listed"][0]["id"].clone();
    let back = json!({ "id": allergy, "status": "refuted", "reason": "皮试阴性" });
    tablet
        .update(&id, json!({ "retract_allergies": [back] }))
        .unwrap();
    let chart = tablet.chart(&id);
    assert_eq!(chart["banner"]["listed"], json!([]));
    let ended = &chart["ended"][0];
    assert_eq!(
        (&ended["what"]["kind"], &ended["status"]),
        (&json!("allergy"), &json!("refuted"))
    );
    assert_eq!(ended["what"]["allergy"]["substance"], json!("磺胺"));
    assert_eq!(ended["ends"][0]["reason"], json!("皮试阴性"));
    let unknown =
        json!({ "id": "00000000-0000-0000-0000-000000000009", "status": "refuted", "reason": "x" });
    let refused = tablet
        .update(&id, json!({ "retract_allergies": [unknown] }))
        .unwrap_err();
    assert_eq!(refused.code, "record.unknown");
}

#[test]
fn what_ended_is_in_the_chart_with_who_when_and_why() {
    let (mut a, mut b) = (Tablet::new(1), Tablet::new(2));
    let member = |id, name: &str| Staff {
        id,
        name: name.into(),
        ..Staff::default()
    };
    let other = StaffId::from_bytes([8; 16]);
    a.hear_of_staff(&[member(a.user.staff, "陈立"), member(other, "吴敏")]);
    let id = a.register("朱月仙");
    let found = json!({
        "add_problems": [{ "code": "I10", "name": "高血压", "status": "active" },
                         { "code": "J06.9", "name": "上呼吸道感染", "status": "active" }],
        "add_allergies": [{ "substance": "磺胺", "reaction": "皮疹", "status": "active" }],
    });
    a.update(&id, found).unwrap();
    assert_eq!(a.chart(&id)["ended"], json!([]));
    meet(&mut a, &mut b);
    b.user.staff = other;
    b.wait(60_000);
    let chart = a.chart(&id);
    let problems = chart["problems"].as_array().unwrap().iter();
    let cold = problems.clone().find(|p| p["problem"]["code"] == "J06.9");
    let cold = json!({ "id": cold.unwrap()["id"], "status": "resolved", "reason": "已痊愈" });
    a.update(&id, json!({ "retract_problems": [cold] }))
        .unwrap();
    // Two apart take back one allergy, each for a reason of their own.
    let allergy = chart["banner"]["listed"][0]["id"].clone();
    for (tablet, reason) in [(&mut a, "皮试阴性"), (&mut b, "本人否认")] {
        let back = json!({ "id": allergy, "status": "refuted", "reason": reason });
        tablet
            .update(&id, json!({ "retract_allergies": [back] }))
            .unwrap();
    }
    meet(&mut a, &mut b);
    for tablet in [&mut a, &mut b] {
        let ended = tablet.chart(&id)["ended"].clone();
        let rows: Vec<_> = ended.as_array().unwrap().iter().collect();
        let [allergy, cold] = &rows[..] else {
            panic!("{ended}");
        };
        let said = |view: &Value| {
            let ends = view["ends"].as_array().unwrap().iter();
            ends.map(|e| {
                assert!(e["at"].is_i64(), "{e}");
                (e["by"].as_str().unwrap().to_owned(), e["reason"].clone())
            })
            .collect::<Vec<_>>()
        };
        let by = |who: &str, why: &str| (who.to_owned(), json!(why));
        assert_eq!(allergy["what"]["allergy"]["reaction"], json!("皮疹"));
        assert_eq!(
            said(allergy),
            [by("陈立", "皮试阴性"), by("吴敏", "本人否认")]
        );
        assert_eq!(
            (&cold["what"]["problem"]["name"], &cold["status"]),
            (&json!("上呼吸道感染"), &json!("resolved"))
        );
        assert_eq!(said(cold), [by("陈立", "已痊愈")]);
    }
}

#[test]
fn asked_and_none_known_holds_until_one_is_listed() {
    let mut tablet = Tablet::new(1);
    let id = tablet.register("雷金土");
    tablet
        .update(&id, json!({ "no_known_allergies": true }))
        .unwrap();
    assert_eq!(
        tablet.chart(&id)["banner"]["allergies"]["state"],
        json!("none_known")
    );
    tablet
        .update(
            &id,
            json!({ "add_allergies": [{ "substance": "花生", "status": "active" }] }),
        )
        .unwrap();
    assert_eq!(
        tablet.chart(&id)["banner"]["allergies"]["state"],
        json!("listed")
    );
}

#[test]
fn a_role_without_the_right_is_refused() {
    let mut tablet = Tablet::new(1);
    let id = tablet.register("郑樟森");
    tablet.user = person(Role::Pharmacist);
    assert_eq!(
        tablet
            .update(&id, json!({ "phone": "13800000001" }))
            .unwrap_err()
            .code,
        "role.not_allowed"
    );
    tablet.user = person(Role::Driver);
    assert_eq!(
        tablet.refused("patient.search", json!({ "query": "z" })),
        "role.not_allowed"
    );
}

#[test]
fn a_stale_form_is_refused_and_loses_nothing() {
    let mut tablet = Tablet::new(1);
    let id = tablet.register("郑岳根");
    for heads in [json!(["zz"]), json!(["00".repeat(32)])] {
        let input = json!({ "patient": id, "heads": heads, "phone": "13800000001" });
        assert_eq!(tablet.refused("patient.update", input), "form.stale");
    }
    assert_eq!(tablet.chart(&id)["demographics"]["phone"], Value::Null);
}

#[test]
fn a_conflict_is_settled_with_nothing_that_the_record_cannot_be_read_with() {
    let (mut a, mut b) = (Tablet::new(1), Tablet::new(2));
    let id = a.register("郑桂叶");
    meet(&mut a, &mut b);
    for (tablet, birth, phone) in [
        (&mut a, "1960-03-12", "13957812345"),
        (&mut b, "1958-03-12", "13957812346"),
    ] {
        let fields = json!({ "birth_date": birth, "phone": phone });
        tablet.update(&id, fields).unwrap();
    }
    meet(&mut a, &mut b);
    let resolve = |tablet: &mut Tablet, field: &str, value: Value| {
        let shown = tablet.run("conflict.list", json!({}))["conflicts"].clone();
        let shown = shown.as_array().unwrap().iter();
        let found = shown.clone().find(|c| c["field"] == field).unwrap().clone();
        let mut input = json!({ "value": value });
        for name in ["doc", "section", "record", "field", "heads"] {
            input[name] = found[name].clone();
        }
        tablet.ask("conflict.resolve", input)
    };
    for (field, value, code) in [
        (
            "birth_date",
            json!({ "date": "banana" }),
            "conflict.other_kind_of_value",
        ),
        (
            "birth_date",
            json!({ "date": "2099-01-01" }),
            "person.birth_in_future",
        ),
        ("birth_date", json!("1959"), "conflict.other_kind_of_value"),
        ("phone", json!("not a phone 😀"), "person.phone_malformed"),
    ] {
        let refused = resolve(&mut a, field, value.clone()).unwrap_err();
        assert_eq!(refused.code, code, "{field} {value}");
    }
    resolve(&mut a, "birth_date", json!({ "date": "1957-03-12" })).unwrap();
    resolve(&mut a, "phone", json!("13957812347")).unwrap();
    meet(&mut a, &mut b);
    for tablet in [&mut a, &mut b] {
        let person = tablet.chart(&id)["demographics"].clone();
        assert_eq!(person["birth_date"]["date"], json!("1957-03-12"));
        assert_eq!(person["phone"], json!("13957812347"));
    }
}

#[test]
fn two_who_both_heard_of_no_allergy_agree() {
    let (mut a, mut b) = (Tablet::new(1), Tablet::new(2));
    let id = a.register("郑桂叶");
    meet(&mut a, &mut b);
    for tablet in [&mut a, &mut b] {
        tablet
            .update(&id, json!({ "no_known_allergies": true }))
            .unwrap();
    }
    meet(&mut a, &mut b);
    for tablet in [&mut a, &mut b] {
        assert_eq!(
            tablet.run("conflict.list", json!({}))["conflicts"],
            json!([])
        );
        tablet
            .update(&id, json!({ "no_known_allergies": true }))
            .unwrap();
    }
}

#[test]
fn a_programme_is_joined_once_at_a_date_and_with_a_target_that_can_be() {
    let mut tablet = Tablet::new(1);
    let id = tablet.register("郑桂叶");
    let join = |since: &str, target: Value| {
        let enrolment = json!({ "programme": "hypertension", "since": since, "target": target });
        json!({ "add_enrolments": [enrolment] })
    };
    let target =
        |sys: u16, dia: u16| json!({ "sys_below": sys, "dia_below": dia, "version": "陈立" });
    for (fields, code) in [
        (join("2999-01-01", Value::Null), "enrolment.date"),
        (
            join("2026-01-05", target(65_535, 0)),
            "vitals.systolic_impossible",
        ),
        (join("2026-01-05", target(90, 140)), "enrolment.target"),
    ] {
        assert_eq!(tablet.update(&id, fields).unwrap_err().code, code);
    }
    tablet
        .update(&id, join("2026-01-05", target(130, 80)))
        .unwrap();
    let again = tablet.update(&id, join("2026-02-05", Value::Null));
    assert_eq!(again.unwrap_err().code, "enrolment.exists");
}

#[test]
fn a_problem_listed_on_two_tablets_is_said_once_and_no_tablet_lists_it_again() {
    let (mut a, mut b) = (Tablet::new(1), Tablet::new(2));
    let id = a.register("郑桂叶");
    meet(&mut a, &mut b);
    let problem =
        |code: &str, name: &str| json!({ "add_problems": [{ "code": code, "name": name }] });
    a.update(&id, problem("I10", "高血压")).unwrap();
    a.update(&id, problem("E11.9", "2型糖尿病")).unwrap();
    b.update(&id, problem("I10", "高血压")).unwrap();
    b.update(&id, problem("M54.5", "腰痛")).unwrap();
    meet(&mut a, &mut b);
    for tablet in [&mut a, &mut b] {
        let chart = tablet.chart(&id);
        let mut tags: Vec<_> = chart["banner"]["tags"].as_array().unwrap().clone();
        tags.sort_by_key(Value::to_string);
        tags.dedup();
        assert_eq!(chart["banner"]["tags"].as_array().unwrap().len(), 3);
        assert_eq!(tags.len(), 3);
        assert_eq!(chart["problems"].as_array().unwrap().len(), 4);
        let again = tablet.update(&id, problem("i10", "原发性高血压"));
        assert_eq!(again.unwrap_err().code, "problem.exists");
    }
    let twice = json!({ "add_problems": [{ "code": "J06.9", "name": "感冒" }, { "code": "J06.9", "name": "上感" }] });
    assert_eq!(a.update(&id, twice).unwrap_err().code, "problem.exists");
}
