//! What is where: sums of movements, and which lot to hand out first.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::NaiveDate;

use super::{Lot, LotKey, Movement, Place};
use crate::ids::MovementId;

/// Base units of each lot at each place; may be negative, never a stored total. Lots that came to zero are left out.
pub type OnHand = BTreeMap<Place, BTreeMap<LotKey, i64>>;

/// Sums movements, each id once however often it arrives.
pub fn on_hand<'a>(movements: impl IntoIterator<Item = &'a Movement>) -> OnHand {
    let mut counted: HashSet<MovementId> = HashSet::new();
    let mut places = OnHand::new();
    for movement in movements {
        if !counted.insert(movement.id) {
            continue;
        }
        let qty = i64::from(movement.qty.get());
        let lot = movement.lot.key();
        *places
            .entry(movement.from.clone())
            .or_default()
            .entry(lot.clone())
            .or_default() -= qty;
        *places
            .entry(movement.to.clone())
            .or_default()
            .entry(lot)
            .or_default() += qty;
    }
    for lots in places.values_mut() {
        lots.retain(|_, qty| *qty != 0);
    }
    places.retain(|_, lots| !lots.is_empty());
    places
}

/// The same count reached another way, for Invariant K1: all movements of one lot and place are looked up and
/// added, with no running state between lots. Slow on purpose; for `verify` and for tests.
pub fn fold_independently<'a>(
    movements: impl IntoIterator<Item = &'a Movement>,
    place: &Place,
    lot: &LotKey,
) -> i64 {
    let once: HashMap<MovementId, &Movement> = movements.into_iter().map(|m| (m.id, m)).collect();
    let of_lot = || once.values().filter(|m| m.lot.key() == *lot);
    let came: i64 = of_lot()
        .filter(|m| m.to == *place)
        .map(|m| i64::from(m.qty.get()))
        .sum();
    let went: i64 = of_lot()
        .filter(|m| m.from == *place)
        .map(|m| i64::from(m.qty.get()))
        .sum();
    came - went
}

/// So many base units of one lot, proposed to be handed out.
#[derive(Clone, Debug, PartialEq)]
pub struct ProposedPick {
    /// Which.
    pub lot: Lot,
    /// Base units.
    pub qty: u32,
}

/// What to hand out, and how much is missing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProposedPicks {
    /// First expiry first.
    pub picks: Vec<ProposedPick>,
    /// Base units that the lots in date do not cover.
    pub short: u32,
}

/// Proposes lots, first expiry first (FEFO). Expired lots are never proposed: handing one out needs a person's
/// decision with a reason. Lots at or below zero are passed over.
pub fn propose_lots<'a>(
    lots: impl IntoIterator<Item = (&'a Lot, i64)>,
    qty: u32,
    today: NaiveDate,
) -> ProposedPicks {
    let mut usable: Vec<(&Lot, u32)> = lots
        .into_iter()
        .filter(|(lot, _)| !lot.expiry.is_past(today))
        .filter_map(|(lot, on_hand)| {
            let units = u32::try_from(on_hand.clamp(0, i64::from(u32::MAX))).ok()?;
            (units > 0).then_some((lot, units))
        })
        .collect();
    usable.sort_by(|(a, _), (b, _)| (a.expiry, &a.lot_number).cmp(&(b.expiry, &b.lot_number)));
    let mut proposed = ProposedPicks {
        picks: Vec::new(),
        short: qty,
    };
    for (lot, units) in usable {
        let take = units.min(proposed.short);
        if take > 0 {
            proposed.picks.push(ProposedPick {
                lot: lot.clone(),
                qty: take,
            });
            proposed.short -= take;
        }
    }
    proposed
}
