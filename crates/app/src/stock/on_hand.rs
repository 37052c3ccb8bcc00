//! `stock.on_hand`, and what other commands ask of the shelf beside them.

use crate::api::stock::{OnHand, OnHandRow, OnHandRows};
use crate::{AppError, Ctx};
use chrono::NaiveDate;
use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use xunyi_model::*;

/// A lot is marked as expiring when it expires within so many days.
const EXPIRING_DAYS: i64 = 90;
/// Characters of a query that count.
const QUERY_MAX: usize = 64;

/// Where this device hands out from: its vehicle, or the center's store where it belongs to none.
pub(crate) fn here(ctx: &Ctx<'_, '_>) -> Place {
    match &ctx.device.vehicle {
        Some(vehicle) => Place::Vehicle(vehicle.id),
        None => Place::CenterStore,
    }
}

/// Every lot at a place, by product, then expiry.
pub(crate) fn on_hand(ctx: &mut Ctx<'_, '_>, input: OnHand) -> Result<OnHandRows, AppError> {
    let place = if input.center_store {
        Place::CenterStore
    } else {
        here(ctx)
    };
    let today = ctx.today();
    let asked = input.query.as_deref().map(str::trim).unwrap_or_default();
    let query: String = asked.chars().take(QUERY_MAX).collect();
    let found = (!query.is_empty()).then(|| matching(ctx, &query));
    let rows = ctx.ledger.on_hand(&place.to_string())?;
    let mut rows: Vec<OnHandRow> = typed(rows)
        .into_iter()
        .map(|(lot, qty)| row(ctx.product(&lot.product), lot, qty, today))
        .filter(|row| {
            found.as_ref().is_none_or(|ids| {
                ids.contains(&row.product.id) || row.lot.product.name.contains(query.as_str())
            })
        })
        .collect();
    let name = |row: &OnHandRow| (row.product.generic_zh.clone(), row.lot.product.key());
    rows.sort_by(|a, b| {
        (name(a), a.lot.expiry, &a.lot.lot_number).cmp(&(name(b), b.lot.expiry, &b.lot.lot_number))
    });
    Ok(OnHandRows { rows, place })
}

fn row(product: Product, lot: Lot, qty: i64, today: NaiveDate) -> OnHandRow {
    OnHandRow {
        expired: lot.expiry.is_past(today),
        expiring: lot.expiry.within_days(today, EXPIRING_DAYS),
        product,
        lot,
        qty,
    }
}

/// Products of the formulary that the query finds.
fn matching(ctx: &Ctx<'_, '_>, query: &str) -> BTreeSet<ProductId> {
    let found = ctx.knowledge.formulary.search(query, usize::MAX);
    found.into_iter().map(|product| product.id).collect()
}

/// The lots of one product where this device hands out from.
///
/// # Errors
/// [`AppError`] when the database cannot be read.
pub(crate) fn lots_here(
    ctx: &mut Ctx<'_, '_>,
    product: &ProductRef,
) -> Result<Vec<(Lot, i64)>, AppError> {
    let place = here(ctx).to_string();
    Ok(typed(ctx.ledger.on_hand_of(&place, &product.key())?))
}

/// Base units of one product where this device hands out from.
///
/// # Errors
/// [`AppError`] when the database cannot be read.
pub(crate) fn units_here(ctx: &mut Ctx<'_, '_>, product: &ProductRef) -> Result<i64, AppError> {
    let place = here(ctx).to_string();
    Ok(ctx.ledger.units_of(&place, &product.key())?)
}

/// Lots as the model has them, each once however its number was typed, under what stands first of it; lots that came
/// to zero are left out. A movement of a newer version that this one cannot read has no lot to show.
pub(super) fn typed(rows: Vec<xunyi_ledger::OnHandRow>) -> Vec<(Lot, i64)> {
    let mut lots: Vec<(Lot, i64)> = Vec::with_capacity(rows.len());
    let mut places: HashMap<LotKey, usize> = HashMap::new();
    for row in rows {
        let Ok(Movement { lot, .. }) = serde_json::from_str(&row.movement) else {
            continue;
        };
        match places.entry(lot.key()) {
            Entry::Occupied(at) => {
                if let Some((_, qty)) = lots.get_mut(*at.get()) {
                    *qty += row.qty;
                }
            }
            Entry::Vacant(free) => {
                free.insert(lots.len());
                lots.push((lot, row.qty));
            }
        }
    }
    lots.retain(|(_, qty)| *qty != 0);
    lots
}
