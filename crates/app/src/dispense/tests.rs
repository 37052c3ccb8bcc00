//! The counter: what is proposed, what is recorded, and what happens when two tablets cannot see one another.

mod hands;
mod since;

use crate::AppError;
use crate::stock_sums;
use crate::testing::{Tablet, meet};
use serde_json::{Value, json};
use xunyi_model::Role;

const AMLODIPINE: &str = "苯磺酸氨氯地平片";
const DAY_MS: i64 = 86_400_000;

fn product(tablet: &mut Tablet) -> Value {
    let hits = tablet.run("formulary.search", json!({ "query": AMLODIPINE }));
    let product = &hits["hits"][0]["product"];
    json!({ "id": product["id"], "name": product["generic_zh"], "unit": product["base_unit"] })
}

/// A vehicle's tablet with these lots on board: number, expiry, units.
fn stocked(n: u8, lots: &[(&str, &str, u32)]) -> Tablet {
    let mut tablet = Tablet::on_vehicle(n);
    let product = product(&mut tablet);
    let lines: Vec<Value> = lots
        .iter()
        .map(|(lot, expiry, qty)| json!({ "product": product, "lot_number": lot, "expiry": expiry, "qty": qty }))
        .collect();
    tablet.sign_in(Role::Pharmacist);
    tablet.run(
        "stock.receive",
        json!({ "lines": lines, "onto_vehicle": true }),
    );
    tablet.sign_in(Role::Gp);
    tablet
}

/// A person with a prescription of one tablet a day for so many days; both ids.
fn prescribed(tablet: &mut Tablet, name: &str, days: u16) -> (String, Value) {
    let product = product(tablet);
    prescribed_order(
        tablet,
        name,
        json!({ "product": product, "timing": { "morning": 4 }, "days": days }),
    )
}

fn prescribed_order(tablet: &mut Tablet, name: &str, order: Value) -> (String, Value) {
    tablet.sign_in(Role::Gp);
    let id = tablet.register(name);
    tablet
        .update(&id, json!({ "no_known_allergies": true }))
        .unwrap();
    let heads = tablet.chart(&id)["heads"].clone();
    let encounter = tablet.open_visit(&id);
    let input = json!({ "patient": id, "encounter": encounter, "heads": heads, "order": order });
    let added = tablet.run("prescription.add", input);
    (id, added["prescription"].clone())
}

fn line_of(tablet: &mut Tablet, patient: &str) -> Value {
    let lines = tablet.run("dispense.list", json!({ "patient": patient }));
    lines["lines"][0].clone()
}

/// Hands out so many of a lot.
fn hand_out(
    tablet: &mut Tablet,
    patient: &str,
    prescription: &Value,
    (lot, expiry, qty): (&str, &str, u32),
    reason: Option<&str>,
) -> Result<Value, AppError> {
    let product = product(tablet);
    let heads = tablet.chart(patient)["heads"].clone();
    tablet.sign_in(Role::Pharmacist);
    let lot = json!({ "product": product, "lot_number": lot, "expiry": expiry });
    let items = json!([{ "prescription": prescription, "picks": [{ "lot": lot, "qty": qty, "reason": reason }] }]);
    let identity = json!({ "receiver": { "kind": "person" }, "confirmed_by": "birth_date" });
    tablet.ask(
        "dispense.complete",
        json!({ "patient": patient, "heads": heads, "items": items, "identity": identity }),
    )
}

fn units(tablet: &mut Tablet) -> Vec<(String, i64)> {
    let rows = tablet.run("stock.on_hand", json!({}))["rows"].clone();
    let row = |r: &Value| {
        (
            r["lot"]["lot_number"].as_str().unwrap().to_owned(),
            r["qty"].as_i64().unwrap(),
        )
    };
    rows.as_array().unwrap().iter().map(row).collect()
}

#[test]
fn the_lot_that_expires_first_is_proposed_and_what_is_missing_is_told() {
    let mut tablet = stocked(
        1,
        &[
            ("LATE", "2028-06", 10),
            ("SOON", "2027-01", 20),
            ("OLD", "2026-10", 5),
        ],
    );
    let (id, prescription) = prescribed(&mut tablet, "郑桂叶", 28);
    let line = line_of(&mut tablet, &id);
    assert_eq!(line["banner"]["hit"]["patient"], json!(id));
    let item = &line["items"][0];
    assert_eq!(
        (&item["prescription"], &item["remaining"]),
        (&prescription, &json!(28))
    );
    let picks: Vec<_> = item["picks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| {
            (
                p["lot"]["lot_number"].as_str().unwrap(),
                p["qty"].as_u64().unwrap(),
                p["expired"].as_bool().unwrap(),
            )
        })
        .collect();
    // The expired lot is there to be chosen for a reason, and is never proposed.
    assert_eq!(
        picks,
        [("SOON", 20, false), ("LATE", 8, false), ("OLD", 0, true)]
    );
    assert_eq!(item["short"], json!(0));
    let (other, _) = prescribed(&mut tablet, "雷水根", 56);
    assert_eq!(line_of(&mut tablet, &other)["items"][0]["short"], json!(26));
}

#[test]
fn a_hand_over_is_in_chart_and_stock_by_one_commit() {
    let (mut a, mut b) = (stocked(1, &[("A1", "2027-01", 56)]), Tablet::on_vehicle(2));
    let (id, prescription) = prescribed(&mut a, "郑桂叶", 28);
    let before = a.at.commits();
    let done = hand_out(&mut a, &id, &prescription, ("A1", "2027-01", 28), None).unwrap();
    assert_eq!(a.at.commits(), before + 1);
    assert_eq!(done["dispenses"].as_array().unwrap().len(), 1);
    assert_eq!(done["below_zero"], json!([]));
    assert_eq!(a.run("dispense.list", json!({}))["lines"], json!([]));
    assert_eq!(units(&mut a), [("A1".to_owned(), 28)]);
    a.wait(4 * DAY_MS);
    b.wait(4 * DAY_MS);
    meet(&mut a, &mut b);
    for tablet in [&mut a, &mut b] {
        let chart = tablet.chart(&id);
        assert_eq!(chart["dispensings"][0]["qty"], json!(28));
        assert_eq!(
            chart["dispensings"][0]["receiver"],
            json!({ "kind": "person" })
        );
        assert_eq!(chart["dispensings"][0]["prescription"], prescription);
        let medicine = &chart["medicines"][0];
        assert_eq!(
            (&medicine["dispensed"], &medicine["days_left"]),
            (&json!(28), &json!(24))
        );
        assert_eq!(units(tablet), [("A1".to_owned(), 28)]);
    }
}

#[test]
fn what_remains_is_handed_out_later_and_never_more() {
    let mut tablet = stocked(1, &[("A1", "2027-01", 560)]);
    let (id, prescription) = prescribed(&mut tablet, "郑桂叶", 28);
    hand_out(&mut tablet, &id, &prescription, ("A1", "2027-01", 20), None).unwrap();
    assert_eq!(line_of(&mut tablet, &id)["items"][0]["remaining"], json!(8));
    let refused =
        hand_out(&mut tablet, &id, &prescription, ("A1", "2027-01", 9), None).unwrap_err();
    assert_eq!(
        (refused.code.as_str(), &refused.params["remaining"]),
        ("dispense.too_many", &json!(8))
    );
    hand_out(&mut tablet, &id, &prescription, ("A1", "2027-01", 8), None).unwrap();
    assert_eq!(line_of(&mut tablet, &id), Value::Null);
}

#[test]
fn two_tablets_apart_hand_out_the_same_last_box_and_both_movements_stand() {
    let (mut a, mut b) = (stocked(1, &[("A1", "2027-01", 28)]), Tablet::on_vehicle(2));
    let (x, of_x) = prescribed(&mut a, "郑桂叶", 28);
    let (y, of_y) = prescribed(&mut a, "雷水根", 28);
    meet(&mut a, &mut b);
    let on_a = hand_out(&mut a, &x, &of_x, ("A1", "2027-01", 28), None).unwrap();
    let on_b = hand_out(&mut b, &y, &of_y, ("A1", "2027-01", 28), None).unwrap();
    assert_eq!(
        (&on_a["below_zero"], &on_b["below_zero"]),
        (&json!([]), &json!([]))
    );
    meet(&mut a, &mut b);
    for tablet in [&mut a, &mut b] {
        assert_eq!(units(tablet), [("A1".to_owned(), -28)]);
        for patient in [&x, &y] {
            assert_eq!(tablet.chart(patient)["dispensings"][0]["qty"], json!(28));
        }
        let checked = tablet.at.store().read(stock_sums).unwrap();
        assert_eq!(checked.wrong, Vec::<String>::new());
    }
    // From here on it is known, and the next hand-over of that lot says so.
    let (z, of_z) = prescribed(&mut a, "蓝招弟", 7);
    let done = hand_out(&mut a, &z, &of_z, ("A1", "2027-01", 7), None).unwrap();
    assert_eq!(done["below_zero"], json!([AMLODIPINE]));
}

#[test]
fn one_prescription_handed_out_on_two_tablets_is_recorded_twice_and_told_at_the_counter() {
    let (mut a, mut b) = (stocked(1, &[("A1", "2027-01", 280)]), Tablet::on_vehicle(2));
    let (id, prescription) = prescribed(&mut a, "郑桂叶", 28);
    meet(&mut a, &mut b);
    hand_out(&mut a, &id, &prescription, ("A1", "2027-01", 28), None).unwrap();
    hand_out(&mut b, &id, &prescription, ("A1", "2027-01", 28), None).unwrap();
    meet(&mut a, &mut b);
    for tablet in [&mut a, &mut b] {
        assert_eq!(
            tablet.chart(&id)["dispensings"].as_array().unwrap().len(),
            2
        );
        assert_eq!(units(tablet), [("A1".to_owned(), 224)]);
        assert_eq!(tablet.chart(&id)["medicines"][0]["over"], json!(28));
        // Nothing waits, and the pharmacist still sees it.
        let lines = tablet.run("dispense.list", json!({}))["lines"].clone();
        assert_eq!(lines.as_array().unwrap().len(), 1);
        let item = &lines[0]["items"][0];
        for (field, value) in [
            ("remaining", json!(0)),
            ("dispensed", json!(56)),
            ("over", json!(28)),
            ("picks", json!([])),
            ("short", json!(0)),
        ] {
            assert_eq!(item[field], value, "{field}");
        }
    }
    let more = hand_out(&mut a, &id, &prescription, ("A1", "2027-01", 1), None).unwrap_err();
    assert_eq!(more.code, "dispense.too_many");
    a.wait(DAY_MS);
    assert_eq!(a.run("dispense.list", json!({}))["lines"], json!([]));
}

#[test]
fn a_lot_whose_number_was_typed_otherwise_comes_off_the_same_shelf() {
    let mut tablet = stocked(1, &[("A1", "2027-01", 28)]);
    let (id, prescription) = prescribed(&mut tablet, "郑桂叶", 28);
    let done = hand_out(
        &mut tablet,
        &id,
        &prescription,
        ("ａ1", "2027-01", 28),
        None,
    )
    .unwrap();
    assert_eq!(done["below_zero"], json!([]));
    assert_eq!(units(&mut tablet), []);
}

#[test]
fn a_stopped_prescription_is_not_handed_out() {
    let mut tablet = stocked(1, &[("A1", "2027-01", 28)]);
    let (id, prescription) = prescribed(&mut tablet, "郑桂叶", 28);
    let heads = tablet.chart(&id)["heads"].clone();
    let stop =
        json!({ "patient": id, "prescription": prescription, "heads": heads, "reason": "改方案" });
    tablet.run("prescription.stop", stop);
    assert_eq!(line_of(&mut tablet, &id), Value::Null);
    let refused =
        hand_out(&mut tablet, &id, &prescription, ("A1", "2027-01", 28), None).unwrap_err();
    assert_eq!(refused.code, "dispense.stopped");
}

#[test]
fn one_stopped_here_and_handed_out_there_is_told_at_the_counter_and_in_the_chart() {
    let (mut a, mut b) = (stocked(1, &[("A1", "2027-01", 280)]), Tablet::on_vehicle(2));
    let (id, prescription) = prescribed(&mut a, "郑桂叶", 28);
    let (other, of_other) = prescribed(&mut a, "雷水根", 28);
    meet(&mut a, &mut b);
    for (patient, which) in [(&id, &prescription), (&other, &of_other)] {
        let heads = a.chart(patient)["heads"].clone();
        a.sign_in(Role::Gp);
        let stop = json!({ "patient": patient, "prescription": which, "heads": heads, "reason": "踝部水肿" });
        a.run("prescription.stop", stop);
    }
    assert_eq!(a.chart(&id)["stopped_in_hand"], json!([]));
    hand_out(&mut b, &id, &prescription, ("A1", "2027-01", 28), None).unwrap();
    meet(&mut a, &mut b);
    for tablet in [&mut a, &mut b] {
        // What was stopped and never handed out needs nobody.
        let lines = tablet.run("dispense.list", json!({}))["lines"].clone();
        assert_eq!(lines.as_array().unwrap().len(), 1, "{lines}");
        let item = &lines[0]["items"][0];
        for (field, value) in [
            ("prescription", prescription.clone()),
            ("stopped", json!(true)),
            ("dispensed", json!(28)),
            ("remaining", json!(0)),
            ("picks", json!([])),
            ("short", json!(0)),
        ] {
            assert_eq!(item[field], value, "{field}");
        }
        assert_eq!(item["ends"][0]["reason"], json!("踝部水肿"));
        let chart = tablet.chart(&id);
        assert_eq!(chart["medicines"], json!([]));
        let held = &chart["stopped_in_hand"][0];
        assert_eq!(
            (
                &held["prescription"],
                &held["dispensed"],
                &held["days_left"]
            ),
            (&prescription, &json!(28), &json!(28))
        );
        assert_eq!(tablet.chart(&other)["stopped_in_hand"], json!([]));
        let more = hand_out(tablet, &id, &prescription, ("A1", "2027-01", 1), None).unwrap_err();
        assert_eq!(more.code, "dispense.stopped");
    }
    // The counter tells it on the day, the chart as long as what was handed out lasts.
    a.wait(27 * DAY_MS);
    assert_eq!(a.run("dispense.list", json!({}))["lines"], json!([]));
    assert_eq!(a.chart(&id)["stopped_in_hand"][0]["days_left"], json!(1));
    a.wait(DAY_MS);
    assert_eq!(a.chart(&id)["stopped_in_hand"], json!([]));
}

#[test]
fn a_prescription_of_yesterday_leaves_the_list_and_is_not_handed_out() {
    let mut tablet = stocked(1, &[("A1", "2027-01", 28)]);
    let (id, prescription) = prescribed(&mut tablet, "郑桂叶", 28);
    tablet.wait(DAY_MS);
    assert_eq!(tablet.run("dispense.list", json!({}))["lines"], json!([]));
    assert_eq!(line_of(&mut tablet, &id), Value::Null);
    let refused =
        hand_out(&mut tablet, &id, &prescription, ("A1", "2027-01", 28), None).unwrap_err();
    assert_eq!(
        (refused.code.as_str(), &refused.params["days"]),
        ("dispense.no_longer_valid", &json!(1))
    );
}

#[test]
fn an_order_in_words_without_a_number_is_handed_out_as_the_counter_says() {
    let mut tablet = stocked(1, &[("A1", "2027-01", 28)]);
    let product = product(&mut tablet);
    let order = json!({ "product": product, "timing": "必要时", "dose": "1片", "days": 7 });
    let (id, prescription) = prescribed_order(&mut tablet, "郑桂叶", order);
    let item = line_of(&mut tablet, &id)["items"][0].clone();
    assert_eq!(
        (&item["remaining"], &item["picks"][0]["qty"]),
        (&Value::Null, &json!(0))
    );
    hand_out(&mut tablet, &id, &prescription, ("A1", "2027-01", 10), None).unwrap();
    assert_eq!(line_of(&mut tablet, &id), Value::Null);
    hand_out(&mut tablet, &id, &prescription, ("A1", "2027-01", 4), None).unwrap();
    assert_eq!(units(&mut tablet), [("A1".to_owned(), 14)]);
}

#[test]
fn the_longest_waiting_stand_first_and_a_proxy_is_recorded() {
    let mut tablet = stocked(1, &[("A1", "2027-01", 280)]);
    let (x, of_x) = prescribed(&mut tablet, "郑桂叶", 28);
    let (y, _) = prescribed(&mut tablet, "雷水根", 28);
    let lines = tablet.run("dispense.list", json!({}))["lines"].clone();
    let waiting: Vec<_> = lines
        .as_array()
        .unwrap()
        .iter()
        .map(|l| l["banner"]["hit"]["patient"].clone())
        .collect();
    assert_eq!(waiting, [json!(x), json!(y)]);
    let lot = lines[0]["items"][0]["picks"][0]["lot"].clone();
    let mut input = json!({
        "patient": x,
        "heads": lines[0]["heads"],
        "items": [{ "prescription": of_x, "picks": [{ "lot": lot, "qty": 28 }] }],
        "identity": { "receiver": { "kind": "proxy", "relation": "儿子" }, "confirmed_by": "id_tail" },
    });
    tablet.sign_in(Role::Pharmacist);
    assert_eq!(
        tablet.refused("dispense.complete", input.clone()),
        "encounter.proxy_unnamed"
    );
    input["identity"]["receiver"]["name"] = json!("郑小军");
    tablet.run("dispense.complete", input);
    let handed = tablet.chart(&x)["dispensings"][0].clone();
    assert_eq!(
        handed["receiver"],
        json!({ "kind": "proxy", "name": "郑小军", "relation": "儿子" })
    );
    assert_eq!(handed["prescription"], of_x);
}

#[test]
fn bad_hand_overs_have_their_code_and_write_nothing() {
    let mut tablet = stocked(1, &[("A1", "2027-01", 280)]);
    let (id, prescription) = prescribed(&mut tablet, "郑桂叶", 28);
    let line = line_of(&mut tablet, &id);
    let lot = line["items"][0]["picks"][0]["lot"].clone();
    let pick = json!({ "lot": lot, "qty": 7 });
    let marked =
        json!({ "lot": lot, "qty": 7, "movement": "01935b6a-7c1e-7f00-8000-00000000abcd" });
    let good = json!({
        "patient": id,
        "heads": line["heads"],
        "items": [{ "prescription": prescription, "picks": [pick] }],
        "identity": { "receiver": { "kind": "person" }, "confirmed_by": "birth_date" },
    });
    tablet.sign_in(Role::Pharmacist);
    let before = tablet.at.vector().unwrap();
    let with = |path: &str, value: Value| {
        let mut input = good.clone();
        *input.pointer_mut(path).unwrap() = value;
        input
    };
    let (lots, nobody) = (
        "/items/0/picks/0/lot",
        "00000000-0000-0000-0000-000000000009",
    );
    let many: Vec<Value> = (0..101).map(|_| json!({ "lot": lot, "qty": 1 })).collect();
    for (input, code) in [
        (with("/items", json!([])), "dispense.nothing"),
        (with("/items/0/picks", json!([])), "dispense.nothing"),
        (
            with("/items/0/picks", json!(many)),
            "dispense.too_many_lots",
        ),
        (with("/items/0/picks", json!([marked])), "input.own_id"),
        (
            with("/items/0/picks/0/qty", json!(0)),
            "stock.quantity_zero",
        ),
        (with("/items/0/picks/0/qty", json!(29)), "dispense.too_many"),
        (with("/items/0/picks/0/qty", json!(-7)), "input.malformed"),
        (
            with(&format!("{lots}/lot_number"), json!(" ")),
            "text.empty",
        ),
        (
            with(
                &format!("{lots}/product"),
                json!({ "name": "氢氯噻嗪片", "unit": "片" }),
            ),
            "dispense.other_product",
        ),
        (
            with("/items/0/prescription", json!(nobody)),
            "prescription.unknown",
        ),
        (
            with("/identity/confirmed_by", json!("face")),
            "input.malformed",
        ),
        (with("/patient", json!(nobody)), "patient.unknown"),
        (with("/heads", json!(["00".repeat(32)])), "form.stale"),
    ] {
        assert_eq!(
            tablet.refused("dispense.complete", input.clone()),
            code,
            "{input}"
        );
    }
    assert_eq!(tablet.at.vector().unwrap(), before);
    // The movement's id of an import is kept, and counts once.
    let mut input = with("/items/0/picks", json!([marked]));
    tablet.import("dispense.complete", input.clone()).unwrap();
    input["heads"] = tablet.chart(&id)["heads"].clone();
    let again = tablet.import("dispense.complete", input).unwrap_err();
    assert_eq!(again.code, "stock.movement_exists");
}
