//! Goods come in, go onto a vehicle, and lie where the sum of their movements says.

use crate::stock_sums;
use crate::testing::{Tablet, meet};
use serde_json::{Value, json};
use xunyi_model::Role;

const AMLODIPINE: &str = "苯磺酸氨氯地平片";

/// A product of the formulary as a reference.
fn product(tablet: &mut Tablet, query: &str) -> Value {
    let hits = tablet.run("formulary.search", json!({ "query": query }));
    let product = &hits["hits"][0]["product"];
    json!({ "id": product["id"], "name": product["generic_zh"], "unit": product["base_unit"] })
}

fn line(product: &Value, lot: &str, expiry: &str, qty: u32) -> Value {
    json!({ "product": product, "lot_number": lot, "expiry": expiry, "qty": qty })
}

/// Lot numbers with what is on hand of each.
fn on_hand(tablet: &mut Tablet, input: Value) -> Vec<(String, i64)> {
    let rows = tablet.run("stock.on_hand", input)["rows"].clone();
    let row = |r: &Value| {
        (
            r["lot"]["lot_number"].as_str().unwrap().to_owned(),
            r["qty"].as_i64().unwrap(),
        )
    };
    rows.as_array().unwrap().iter().map(row).collect()
}

fn pharmacy() -> Tablet {
    let mut tablet = Tablet::on_vehicle(1);
    tablet.sign_in(Role::Pharmacist);
    tablet
}

#[test]
fn goods_lie_where_they_were_received_and_loaded() {
    let mut tablet = pharmacy();
    let drug = product(&mut tablet, AMLODIPINE);
    let received = json!({ "lines": [line(&drug, " A1 ", "2027-05", 280), line(&drug, "B2", "2026-12-31", 56)] });
    let moved = tablet.run("stock.receive", received);
    assert_eq!(moved["movements"].as_array().unwrap().len(), 2);
    tablet.run(
        "stock.load",
        json!({ "lines": [line(&drug, "A1", "2027-05", 28)] }),
    );
    // The one that expires first stands first; the other is half on the vehicle.
    assert_eq!(
        on_hand(&mut tablet, json!({ "center_store": true })),
        [("B2".to_owned(), 56), ("A1".to_owned(), 252)]
    );
    assert_eq!(on_hand(&mut tablet, json!({})), [("A1".to_owned(), 28)]);
    let rows = tablet.run("stock.on_hand", json!({ "center_store": true }));
    assert_eq!(rows["place"], json!("center_store"));
    assert_eq!(
        (&rows["rows"][0]["expiring"], &rows["rows"][0]["expired"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(rows["rows"][0]["product"]["generic_zh"], json!(AMLODIPINE));
}

#[test]
fn on_hand_is_found_by_initials_and_described_products_by_name() {
    let mut tablet = pharmacy();
    let drug = product(&mut tablet, AMLODIPINE);
    let herbal = json!({ "name": "自制止咳散", "unit": "袋" });
    tablet.run(
        "stock.receive",
        json!({ "onto_vehicle": true, "lines": [line(&drug, "A1", "2027-05", 28), line(&herbal, "Z9", "2027-01", 10)] }),
    );
    assert_eq!(
        on_hand(&mut tablet, json!({ "query": "aldp" })),
        [("A1".to_owned(), 28)]
    );
    assert_eq!(
        on_hand(&mut tablet, json!({ "query": "止咳" })),
        [("Z9".to_owned(), 10)]
    );
    assert!(on_hand(&mut tablet, json!({ "query": "zzzz" })).is_empty());
    let hits = tablet.run("formulary.search", json!({ "query": "aldp" }));
    assert_eq!(hits["hits"][0]["on_hand"], json!(28));
}

#[test]
fn loading_more_than_was_received_is_recorded_and_shows_below_zero() {
    let mut tablet = pharmacy();
    let drug = product(&mut tablet, AMLODIPINE);
    tablet.run(
        "stock.load",
        json!({ "lines": [line(&drug, "A1", "2027-05", 28)] }),
    );
    assert_eq!(
        on_hand(&mut tablet, json!({ "center_store": true })),
        [("A1".to_owned(), -28)]
    );
}

#[test]
fn a_page_holds_a_thousand_movements_and_the_next_begins() {
    let mut tablet = pharmacy();
    let drug = product(&mut tablet, AMLODIPINE);
    let lines: Vec<Value> = (0..200)
        .map(|n| line(&drug, &format!("L{n}"), "2027-05", 28))
        .collect();
    for batch in 0..6 {
        // A clock that goes back does not bring an old page back.
        if batch == 5 {
            tablet.wait(-3_600_000);
        }
        let lines = if batch == 0 {
            &lines[..190]
        } else {
            &lines[..]
        };
        tablet.run("stock.receive", json!({ "lines": lines }));
    }
    tablet.run(
        "stock.receive",
        json!({ "lines": [line(&drug, "L1", "2027-05", 28)] }),
    );
    let pages = tablet.at.store().read(|ledger| {
        let pages = ledger.records("page", None)?;
        let mut counts = Vec::new();
        for page in pages {
            counts.push(ledger.count("movement", &page.doc)?);
        }
        Ok::<_, crate::AppError>(counts)
    });
    let mut pages = pages.unwrap();
    pages.sort_unstable();
    assert_eq!(pages, [191, 1_000]);
}

#[test]
fn each_device_writes_its_own_page_and_all_hold_the_same_sums() {
    let (mut a, mut b) = (pharmacy(), Tablet::on_vehicle(2));
    b.sign_in(Role::Pharmacist);
    let drug = product(&mut a, AMLODIPINE);
    a.run(
        "stock.receive",
        json!({ "lines": [line(&drug, "A1", "2027-05", 280)] }),
    );
    b.run(
        "stock.load",
        json!({ "lines": [line(&drug, "A1", "2027-05", 56)] }),
    );
    meet(&mut a, &mut b);
    for tablet in [&mut a, &mut b] {
        assert_eq!(
            on_hand(tablet, json!({ "center_store": true })),
            [("A1".to_owned(), 224)]
        );
        assert_eq!(on_hand(tablet, json!({})), [("A1".to_owned(), 56)]);
        assert_eq!(
            tablet.run("conflict.list", json!({}))["conflicts"],
            json!([])
        );
        let checked = tablet.at.store().read(stock_sums).unwrap();
        assert_eq!(
            (checked.looked_at, checked.wrong),
            (2, Vec::<String>::new())
        );
    }
}

#[test]
fn bad_lines_have_their_code_and_write_nothing() {
    let mut tablet = pharmacy();
    let drug = product(&mut tablet, AMLODIPINE);
    let before = tablet.at.vector().unwrap();
    let many: Vec<Value> = (0..201).map(|_| line(&drug, "A1", "2027-05", 1)).collect();
    for (lines, code) in [
        (json!([]), "stock.no_lines"),
        (json!(many), "stock.too_many_lines"),
        (
            json!([line(&drug, "A1", "2027-05", 0)]),
            "stock.quantity_zero",
        ),
        (
            json!([line(&drug, "A1", "2027-05", 1_000_001)]),
            "stock.quantity_too_big",
        ),
        (json!([line(&drug, " ", "2027-05", 1)]), "text.empty"),
        (json!([line(&drug, "A1", "2027-13", 1)]), "input.malformed"),
        (
            json!([line(&json!({ "name": "" }), "A1", "2027-05", 1)]),
            "text.empty",
        ),
        (
            json!([line(
                &json!({ "name": "长".repeat(201) }),
                "A1",
                "2027-05",
                1
            )]),
            "text.too_long",
        ),
    ] {
        for command in ["stock.receive", "stock.load"] {
            assert_eq!(
                tablet.refused(command, json!({ "lines": lines })),
                code,
                "{lines}"
            );
        }
    }
    let lines = json!([line(&drug, "A1", "2027-05", 1)]);
    let elsewhere = json!({ "lines": lines, "vehicle": "00000000-0000-0000-0000-000000000001" });
    assert_eq!(
        tablet.refused("stock.load", elsewhere),
        "stock.vehicle_unknown"
    );
    assert_eq!(tablet.at.vector().unwrap(), before);
    let mut pc = Tablet::new(2);
    pc.sign_in(Role::Pharmacist);
    for (command, input) in [
        ("stock.load", json!({ "lines": lines })),
        (
            "stock.receive",
            json!({ "lines": lines, "onto_vehicle": true }),
        ),
    ] {
        assert_eq!(pc.refused(command, input), "stock.no_vehicle");
    }
}

#[test]
fn a_movement_that_stands_on_two_pages_counts_once() {
    let mut tablet = pharmacy();
    let drug = product(&mut tablet, AMLODIPINE);
    let moved = tablet.run(
        "stock.receive",
        json!({ "lines": [line(&drug, "A1", "2027-05", 280)] }),
    );
    let rows = tablet
        .at
        .store()
        .read(|ledger| ledger.records("movement", None));
    let twin: xunyi_model::Movement = serde_json::from_str(&rows.unwrap()[0].body).unwrap();
    assert_eq!(json!(twin.id), moved["movements"][0]);
    tablet.write_movement_again(&twin);
    assert_eq!(
        on_hand(&mut tablet, json!({ "center_store": true })),
        [("A1".to_owned(), 280)]
    );
    let checked = tablet.at.store().read(stock_sums).unwrap();
    assert_eq!(
        (checked.looked_at, checked.wrong),
        (2, Vec::<String>::new())
    );
}

#[test]
fn a_lot_is_one_lot_however_its_number_was_typed() {
    let (mut a, mut b) = (Tablet::on_vehicle(1), Tablet::on_vehicle(2));
    let product = product(&mut a, AMLODIPINE);
    for (lot, qty) in [
        ("A2309117", 28),
        ("a2309117", 14),
        ("Ａ２３０９１１７", 7),
        ("B1", 3),
    ] {
        let line =
            json!({ "product": product, "lot_number": lot, "expiry": "2027-05", "qty": qty });
        a.sign_in(Role::Pharmacist).run(
            "stock.receive",
            json!({ "lines": [line], "onto_vehicle": true }),
        );
    }
    meet(&mut a, &mut b);
    for tablet in [&mut a, &mut b] {
        let rows = tablet.run("stock.on_hand", json!({}))["rows"].clone();
        let rows: Vec<(&str, i64)> = rows
            .as_array()
            .unwrap()
            .iter()
            .map(|r| {
                (
                    r["lot"]["lot_number"].as_str().unwrap(),
                    r["qty"].as_i64().unwrap(),
                )
            })
            .collect();
        assert_eq!(rows, [("A2309117", 49), ("B1", 3)]);
        let checked = tablet.at.store().read(stock_sums).unwrap();
        assert_eq!(checked.wrong, Vec::<String>::new());
    }
    // What was typed stands as it was typed.
    let stored =
        a.at.store()
            .read(|ledger| ledger.records("movement", None))
            .unwrap();
    assert!(
        stored
            .iter()
            .any(|row| row.body.contains("Ａ２３０９１１７"))
    );
}
