//! What the store receives and the vehicle is loaded with: each month what that month hands out and some to spare,
//! and a full vehicle for the day itself, with lots that expire soon and one that has expired.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, Months, NaiveDate};
use serde_json::{Value, json};
use xunyi_model::{Expiry, Lot, Product, ProductRef};

use crate::regimen::Shelf;
use crate::rng::Rng;
use crate::site::Cast;
use crate::step::{Input, Step};

/// A calendar month, counted from year 0.
pub(crate) type Month = i32;

pub(crate) fn month_of(day: NaiveDate) -> Month {
    day.year() * 12 + i32::try_from(day.month0()).unwrap_or(0)
}

/// The first day of a month.
pub(crate) fn first_day(month: Month) -> NaiveDate {
    let month0 = u32::try_from(month.rem_euclid(12)).unwrap_or(0);
    NaiveDate::from_ymd_opt(month.div_euclid(12), month0 + 1, 1).unwrap_or_default()
}

/// Base units that each month hands out, by month and shelf slot.
#[derive(Clone, Debug, Default)]
pub(crate) struct Demand(BTreeMap<Month, BTreeMap<usize, u32>>);

impl Demand {
    pub fn add(&mut self, month: Month, slot: usize, units: u32) {
        *self.0.entry(month).or_default().entry(slot).or_default() += units;
    }

    /// True for a month whose medicines are part of the history.
    pub fn covers(&self, month: Month) -> bool {
        self.0.contains_key(&month)
    }

    pub fn months(&self) -> impl Iterator<Item = Month> + '_ {
        self.0.keys().copied()
    }
}

/// The lot of a shelf slot that came in a month.
pub(crate) fn lot(seed: u64, shelf: &Shelf, slot: usize, month: Month) -> Option<Lot> {
    let product = shelf.products().get(slot)?;
    let mut rng = Rng::of(
        seed,
        "lot",
        (slot as u64) << 32 | u64::from(month.unsigned_abs()),
    );
    let good_for = u32::try_from(rng.between(17, 30)).unwrap_or(24);
    let expiry = first_day(month).checked_add_months(Months::new(good_for))?;
    Some(made(&mut rng, product, first_day(month), expiry))
}

fn made(rng: &mut Rng, product: &Product, delivered: NaiveDate, expiry: NaiveDate) -> Lot {
    let letter = char::from(b'A' + u8::try_from(rng.below(24)).unwrap_or(0));
    Lot {
        product: ProductRef::from(product),
        lot_number: format!(
            "{letter}{:02}{:02}{:03}",
            delivered.year() % 100,
            delivered.month(),
            rng.below(1000)
        ),
        expiry: Expiry::Month {
            year: expiry.year(),
            month: expiry.month(),
        },
    }
}

fn line(lot: &Lot, qty: u32) -> Value {
    json!({"product": lot.product, "lot_number": lot.lot_number, "expiry": lot.expiry, "qty": qty})
}

/// Received into the store and loaded onto the vehicle: what the month needs and up to three packs more.
pub(crate) fn monthly(
    seed: u64,
    cast: &Cast,
    shelf: &Shelf,
    demand: &Demand,
    month: Month,
    at_ms: i64,
) -> Vec<Step> {
    let mut lines = Vec::new();
    for (slot, units) in demand.0.get(&month).into_iter().flatten() {
        let (Some(lot), Some(product)) =
            (lot(seed, shelf, *slot, month), shelf.products().get(*slot))
        else {
            continue;
        };
        let mut rng = Rng::of(
            seed,
            "spare",
            (*slot as u64) << 32 | u64::from(month.unsigned_abs()),
        );
        let spare = product.pack_size * u32::try_from(rng.between(0, 3)).unwrap_or(0);
        lines.push(line(
            &lot,
            units.next_multiple_of(product.pack_size.max(1)) + spare,
        ));
    }
    moves(cast, lines.clone(), lines, at_ms)
}

/// The vehicle as it stands today: a lot of nearly everything, some expiring within weeks, one expired.
pub(crate) fn full_vehicle(
    seed: u64,
    cast: &Cast,
    products: &[Product],
    today: NaiveDate,
    at_ms: i64,
) -> Vec<Step> {
    let mut stored = Vec::new();
    let mut loaded = Vec::new();
    for (index, product) in products.iter().enumerate() {
        let mut rng = Rng::of(seed, "vehicle stock", index as u64);
        let delivered = today
            .checked_sub_days(Days::new(20 + rng.below(200)))
            .unwrap_or(today);
        let good_for = match index {
            // One that nobody took off the shelf, and a few to use first.
            44 => -25,
            7 | 38 | 62 | 81 | 103 => rng.between(8, 80),
            _ => rng.between(150, 900),
        };
        let last_day = if good_for < 0 {
            today.checked_sub_days(Days::new(good_for.unsigned_abs()))
        } else {
            today.checked_add_days(Days::new(good_for.unsigned_abs()))
        };
        let lot = Lot {
            expiry: Expiry::Day(last_day.unwrap_or(today)),
            ..made(&mut rng, product, delivered, today)
        };
        let packs = u32::try_from(if product.pack_size >= 60 {
            rng.between(2, 4)
        } else {
            rng.between(4, 14)
        })
        .unwrap_or(4);
        stored.push(line(&lot, packs * 3 * product.pack_size));
        // The heavy and the seldom needed stay at base.
        if !matches!(product.base_unit.as_str(), "瓶") && !rng.chance(12) {
            loaded.push(line(&lot, packs * product.pack_size));
        }
    }
    moves(cast, stored, loaded, at_ms)
}

fn moves(cast: &Cast, received: Vec<Value>, loaded: Vec<Value>, at_ms: i64) -> Vec<Step> {
    let receive = Input::default()
        .with("lines", received)
        .with("onto_vehicle", false)
        .done();
    let load = Input::default()
        .with("lines", loaded)
        .with("vehicle", cast.vehicle)
        .done();
    vec![
        Step::of(at_ms, cast.pharmacist, "stock.receive", receive),
        Step::of(at_ms + 20 * 60_000, cast.pharmacist, "stock.load", load),
    ]
}
