use chrono::NaiveDate;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::ids::{ProductId, StaffId};

fn lot(product: u128, number: &str, expiry: &str) -> Lot {
    Lot {
        product: ProductRef {
            id: Some(ProductId::from_uuid(Uuid::from_u128(product))),
            name: "氨氯地平片".into(),
            unit: "片".into(),
        },
        lot_number: number.into(),
        expiry: expiry.parse().unwrap(),
    }
}

fn vehicle(n: u128) -> Place {
    Place::Vehicle(VehicleId::from_uuid(Uuid::from_u128(n)))
}

fn movement(id: u128, kind: MovementKind, lot: Lot, qty: u32, from: Place, to: Place) -> Movement {
    Movement {
        id: MovementId::from_uuid(Uuid::from_u128(id)),
        kind,
        lot,
        qty: BaseUnits::parse(qty).unwrap(),
        from,
        to,
        at: 0,
        by: StaffId::default(),
        prescription: None,
        patient: Some(PatientId::default()),
        reason: Some("盘点".into()),
    }
}

#[test]
fn each_kind_goes_its_own_ways() {
    let places = || {
        [
            Place::Supplier,
            Place::CenterStore,
            Place::Transit,
            vehicle(1),
            Place::Patient,
            Place::Waste,
            Place::Quarantine,
            Place::Variance,
        ]
    };
    // Letters: S supplier, C store, T transit, V vehicle, P patient, W waste, Q quarantine, X variance.
    let ways = [
        (MovementKind::Receive, "SC SV"),
        (MovementKind::Load, "CT CV TV"),
        (MovementKind::Return, "TC VC VT"),
        (MovementKind::Dispense, "CP VP"),
        (MovementKind::TakeBack, "PW PQ"),
        (MovementKind::Waste, "CW TW VW QW"),
        (MovementKind::CountCorrection, "CX TX VX QX XC XT XV XQ"),
        (MovementKind::Recall, "CQ TQ VQ"),
    ];
    assert_eq!(ways.len(), MovementKind::known().len());
    for (kind, expected) in ways {
        let mut may = Vec::new();
        for (a, from) in "SCTVPWQX".chars().zip(places()) {
            for (b, to) in "SCTVPWQX".chars().zip(places()) {
                let moved = movement(
                    1,
                    kind.clone(),
                    lot(1, "A1", "2027-05"),
                    1,
                    from.clone(),
                    to.clone(),
                );
                assert_eq!(moved.check().is_ok(), kind.may_go(&from, &to));
                if kind.may_go(&from, &to) {
                    may.push(format!("{a}{b}"));
                }
            }
        }
        assert_eq!(may.join(" "), expected, "{kind}");
    }
}

#[test]
fn a_movement_says_for_whom_and_why_where_its_kind_asks() {
    let good = movement(
        1,
        MovementKind::Dispense,
        lot(1, "A1", "2027-05"),
        1,
        vehicle(1),
        Place::Patient,
    );
    assert_eq!(good.check(), Ok(()));
    let refused = |change: fn(&mut Movement)| {
        let mut moved = good.clone();
        change(&mut moved);
        moved.check().unwrap_err().code()
    };
    assert_eq!(refused(|m| m.patient = None), "stock.movement_patient");
    assert_eq!(refused(|m| m.to = Place::Supplier), "stock.movement_route");
    assert_eq!(refused(|m| m.lot.lot_number = " ".into()), "text.empty");
    assert_eq!(
        refused(|m| {
            m.kind = MovementKind::Waste;
            m.to = Place::Waste;
            m.reason = Some(" ".into());
        }),
        "stock.movement_reason"
    );
    assert_eq!(
        BaseUnits::parse(0).unwrap_err().code(),
        "stock.quantity_zero"
    );
    assert_eq!(
        BaseUnits::parse(1_000_001).unwrap_err().code(),
        "stock.quantity_too_big"
    );
    assert!(serde_json::from_str::<BaseUnits>("0").is_err());
}

#[test]
fn the_same_last_box_handed_out_twice_counts_below_zero() {
    let box_of = || lot(1, "A1", "2027-05");
    let movements = [
        movement(
            1,
            MovementKind::Receive,
            box_of(),
            28,
            Place::Supplier,
            vehicle(1),
        ),
        movement(
            2,
            MovementKind::Dispense,
            box_of(),
            28,
            vehicle(1),
            Place::Patient,
        ),
        movement(
            3,
            MovementKind::Dispense,
            box_of(),
            28,
            vehicle(1),
            Place::Patient,
        ),
        // The third arrives again with another frame.
        movement(
            3,
            MovementKind::Dispense,
            box_of(),
            28,
            vehicle(1),
            Place::Patient,
        ),
    ];
    let counted = on_hand(&movements);
    assert_eq!(counted[&vehicle(1)][&box_of().key()], -28);
    assert_eq!(counted[&Place::Patient][&box_of().key()], 56);
}

#[test]
fn lots_are_proposed_by_first_expiry() {
    let today = NaiveDate::from_ymd_opt(2026, 11, 24).unwrap();
    let (old, late, early, empty, month) = (
        lot(1, "OLD", "2026-11-23"),
        lot(1, "LATE", "2028-01-31"),
        lot(1, "EARLY", "2027-01-31"),
        lot(1, "EMPTY", "2026-12-31"),
        lot(1, "MONTH", "2026-11"),
    );
    let lots = [
        (&old, 100),
        (&late, 50),
        (&early, 20),
        (&empty, -3),
        (&month, 5),
    ];
    let picked = |qty| {
        let proposed = propose_lots(lots, qty, today);
        let picks: Vec<_> = proposed
            .picks
            .iter()
            .map(|p| format!("{} {}", p.lot.lot_number, p.qty))
            .collect();
        (picks.join(", "), proposed.short)
    };
    assert_eq!(picked(4), ("MONTH 4".into(), 0));
    assert_eq!(picked(30), ("MONTH 5, EARLY 20, LATE 5".into(), 0));
    assert_eq!(picked(80), ("MONTH 5, EARLY 20, LATE 50".into(), 5));
    assert_eq!(picked(0), (String::new(), 0));
}

#[test]
fn places_travel_as_plain_strings_and_unknown_ones_survive() {
    let id = VehicleId::from_uuid(Uuid::from_u128(7));
    for (place, json) in [
        (Place::CenterStore, "\"center_store\"".to_owned()),
        (Place::Vehicle(id), format!("\"vehicle:{id}\"")),
        (Place::Other("freezer".into()), "\"freezer\"".to_owned()),
        (Place::Other("vehicle:7".into()), "\"vehicle:7\"".to_owned()),
    ] {
        assert_eq!(serde_json::to_string(&place).unwrap(), json);
        assert_eq!(serde_json::from_str::<Place>(&json).unwrap(), place);
    }
}

#[test]
fn lots_are_told_apart_by_product_number_and_expiry() {
    let key = lot(1, "A1", "2027-05").key();
    assert_eq!(lot(1, " A1 ", "2027-05").key(), key);
    let mut renamed = lot(1, "A1", "2027-05");
    renamed.product.name = "苯磺酸氨氯地平片".into();
    assert_eq!(
        renamed.key(),
        key,
        "the formulary's id counts, not the name as written"
    );
    for other in [
        lot(2, "A1", "2027-05"),
        lot(1, "A2", "2027-05"),
        lot(1, "A1", "2027-06"),
    ] {
        assert_ne!(other.key(), key);
    }
    let described = |name: &str, unit: &str| ProductRef {
        id: None,
        name: name.into(),
        unit: unit.into(),
    };
    assert_ne!(
        described("蒙脱石散", "袋").key(),
        described("蒙脱石散", "盒").key()
    );
}

fn a_movement() -> impl Strategy<Value = Movement> {
    let place = || {
        prop::sample::select(vec![
            Place::Supplier,
            Place::CenterStore,
            vehicle(1),
            vehicle(2),
            Place::Patient,
            Place::Waste,
            Place::Variance,
        ])
    };
    // Few ids: the same movement comes more than once.
    (0..40_u128, place(), place()).prop_map(|(n, from, to)| {
        let number = format!("L{}", n % 3);
        let qty = u32::try_from(n).unwrap() * 7 % 50 + 1;
        movement(
            n,
            MovementKind::Load,
            lot(n % 2, &number, "2027-05"),
            qty,
            from,
            to,
        )
    })
}

/// One movement per id: two contents under one id can't be, an id is made once.
fn with_distinct_content(movements: Vec<Movement>) -> Vec<Movement> {
    let mut first = std::collections::HashMap::new();
    movements
        .into_iter()
        .map(|m| first.entry(m.id).or_insert(m).clone())
        .collect()
}

proptest! {
    /// Invariant K1, and conservation: nothing comes from nowhere.
    #[test]
    fn on_hand_equals_an_independent_fold(movements in prop::collection::vec(a_movement(), 0..60)) {
        let movements = with_distinct_content(movements);
        let counted = on_hand(&movements);
        for moved in &movements {
            for place in [&moved.from, &moved.to] {
                let key = moved.lot.key();
                let sum = counted.get(place).and_then(|lots| lots.get(&key)).copied().unwrap_or(0);
                prop_assert_eq!(sum, fold_independently(&movements, place, &key));
            }
        }
        prop_assert_eq!(counted.values().flat_map(|lots| lots.values()).sum::<i64>(), 0);
    }

    /// The order and the number of arrivals do not matter.
    #[test]
    fn arrivals_in_any_order_and_number_count_the_same(
        movements in prop::collection::vec(a_movement(), 0..60),
        seed in any::<prop::sample::Index>(),
    ) {
        let movements = with_distinct_content(movements);
        let mut again = movements.clone();
        again.extend(movements.iter().cloned());
        let middle = seed.index(again.len().max(1)).min(again.len());
        again.rotate_left(middle);
        again.reverse();
        prop_assert_eq!(on_hand(&again), on_hand(&movements));
    }

    /// A proposal and its shortage come to what was asked, within what is there.
    #[test]
    fn a_proposal_comes_to_what_was_asked(stock in prop::collection::vec(-5_i64..40, 0..6), qty in 0_u32..150) {
        let today = NaiveDate::from_ymd_opt(2026, 11, 24).unwrap();
        let lots: Vec<_> = (0..stock.len()).map(|n| lot(1, &format!("L{n}"), "2027-05")).collect();
        let proposed = propose_lots(lots.iter().zip(stock.iter().copied()), qty, today);
        let picked: u32 = proposed.picks.iter().map(|p| p.qty).sum();
        prop_assert_eq!(picked + proposed.short, qty);
        let there: i64 = stock.iter().filter(|units| **units > 0).sum();
        prop_assert_eq!(i64::from(picked), there.min(i64::from(qty)));
    }
}
