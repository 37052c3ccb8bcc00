//! Who somebody is: an ID against what stands beside it, what is unknown again, a birthday told by the moon.

use crate::testing::{Tablet, meet};
use serde_json::{Value, json};

/// Of a woman born on 31 December 1955.
const ID: &str = "331102195512310028";

fn clash(field: &str, of_id: &str, stands: &str) -> Value {
    json!({ "field": field, "of_id": of_id, "stands": stands })
}

fn person_of(tablet: &mut Tablet, id: &str) -> Value {
    tablet.chart(id)["demographics"].clone()
}

#[test]
fn an_id_that_says_otherwise_is_asked_about_when_somebody_is_registered() {
    let mut tablet = Tablet::new(1);
    let mut input =
        json!({ "name": "郑桂叶", "sex": "male", "birth_date": "1955-12-13", "id_number": ID });
    let sex = clash("sex", "female", "male");
    let birth = clash("birth_date", "1955-12-31", "1955-12-13");
    let before = tablet.at.vector().unwrap();
    let refused = tablet.ask("patient.register", input.clone()).unwrap_err();
    assert_eq!(refused.code, "patient.id_contradicts");
    assert_eq!(refused.params["clashes"], json!([sex, birth]));
    // Each is confirmed by itself, and only in the values that were shown.
    for said in [
        json!([sex]),
        json!([birth]),
        json!([sex, clash("birth_date", "1955-12-31", "1955-12-30")]),
    ] {
        input["confirmed"] = said;
        let code = tablet.refused("patient.register", input.clone());
        assert_eq!(code, "patient.id_contradicts", "{input}");
    }
    assert_eq!(tablet.at.vector().unwrap(), before);
    input["confirmed"] = json!([birth, sex]);
    let id = tablet.run("patient.register", input)["patient"].clone();
    let person = person_of(&mut tablet, id.as_str().unwrap());
    assert_eq!(
        (&person["sex"], &person["birth_date"]["date"]),
        (&json!("male"), &json!("1955-12-13"))
    );
}

#[test]
fn what_agrees_or_is_unknown_is_not_asked_about() {
    let mut tablet = Tablet::new(1);
    for (sex, birth) in [
        ("female", json!("1955-12-31")),
        ("unknown", Value::Null),
        ("female", Value::Null),
    ] {
        let input = json!({ "name": "郑桂叶", "sex": sex, "birth_date": birth, "id_number": ID,
                            "not_a_duplicate": true });
        assert!(tablet.run("patient.register", input)["patient"].is_string());
    }
}

#[test]
fn an_edit_is_held_against_what_stands_of_the_others() {
    let mut tablet = Tablet::new(1);
    // Registered as a woman born on 12 March 1959.
    let id = tablet.register("郑桂叶");
    let birth = clash("birth_date", "1955-12-31", "1959-03-12");
    let refused = tablet.update(&id, json!({ "id_number": ID })).unwrap_err();
    assert_eq!(
        (refused.code.as_str(), &refused.params["clashes"]),
        ("patient.id_contradicts", &json!([birth]))
    );
    // Set right in the same form, there is nothing to ask.
    tablet
        .update(&id, json!({ "id_number": ID, "birth_date": "1955-12-31" }))
        .unwrap();
    let sex = clash("sex", "female", "male");
    let refused = tablet.update(&id, json!({ "sex": "male" })).unwrap_err();
    assert_eq!(refused.params["clashes"], json!([sex]));
    tablet
        .update(&id, json!({ "sex": "male", "confirmed": [sex] }))
        .unwrap();
    // What was confirmed is not asked again by an edit of something else, and ends with the ID.
    tablet
        .update(&id, json!({ "phone": "13800000001" }))
        .unwrap();
    tablet
        .update(&id, json!({ "id_number": "", "birth_date": "1950-01-02" }))
        .unwrap();
    let person = person_of(&mut tablet, &id);
    assert_eq!(
        (&person["id_number"], &person["birth_date"]["date"]),
        (&Value::Null, &json!("1950-01-02"))
    );
}

#[test]
fn a_birth_date_entered_wrongly_is_unknown_again_and_leaves_its_trace() {
    let (mut a, mut b) = (Tablet::new(1), Tablet::new(2));
    let id = a.register("郑桂叶");
    a.update(&id, json!({ "blood_group": "a" })).unwrap();
    meet(&mut a, &mut b);
    let both = json!({ "birth_date": "1950-01-02", "clear": ["birth_date"] });
    let refused = a.update(&id, both).unwrap_err();
    assert_eq!(refused.code, "patient.set_and_cleared");
    let unheard = a.update(&id, json!({ "clear": ["name"] })).unwrap_err();
    assert_eq!(unheard.code, "input.malformed");
    let all = json!({ "clear": ["birth_date", "village", "blood_group"] });
    a.update(&id, all).unwrap();
    // Another who sets it apart disagrees with that: a delete would have let one of the two vanish.
    b.update(&id, json!({ "birth_date": "1958-03-12" }))
        .unwrap();
    let cleared = person_of(&mut a, &id);
    for field in ["birth_date", "village", "blood_group"] {
        assert_eq!(cleared[field], Value::Null, "{field}");
    }
    assert_eq!(a.chart(&id)["banner"]["hit"]["age"], Value::Null);
    meet(&mut a, &mut b);
    for tablet in [&mut a, &mut b] {
        let conflicts = tablet.chart(&id)["conflicts"].clone();
        assert_eq!(conflicts[0]["field"], json!("birth_date"));
        let values = conflicts[0]["values"].as_array().unwrap();
        assert!(values.iter().any(|v| v["value"].is_null()), "{values:?}");
        assert_eq!(values.len(), 2);
    }
}

#[test]
fn a_birthday_told_by_the_moon_stands_with_both_dates() {
    let (mut a, mut b) = (Tablet::new(1), Tablet::new(2));
    let lunar = json!({ "year": 1959, "month": 2, "day": 4, "leap": false });
    let input = json!({ "name": "郑桂叶", "sex": "female", "birth_date": "1959-03-12", "birth_lunar": lunar });
    let id = a.run("patient.register", input.clone())["patient"].clone();
    let id = id.as_str().unwrap();
    meet(&mut a, &mut b);
    for tablet in [&mut a, &mut b] {
        let birth = person_of(tablet, id)["birth_date"].clone();
        assert_eq!(birth, json!({ "date": "1959-03-12", "lunar": lunar }));
    }
    for (fields, code) in [
        (json!({ "birth_lunar": lunar }), "person.lunar_alone"),
        (
            json!({ "birth_date": "1959-03-12", "birth_lunar": { "year": 1959, "month": 13, "day": 4 } }),
            "person.lunar_impossible",
        ),
    ] {
        assert_eq!(a.update(id, fields).unwrap_err().code, code);
    }
    // The civil date from a card takes the place of both.
    a.update(id, json!({ "birth_date": "1959-03-13" })).unwrap();
    let birth = person_of(&mut a, id)["birth_date"].clone();
    assert_eq!(birth, json!({ "date": "1959-03-13" }));
}
