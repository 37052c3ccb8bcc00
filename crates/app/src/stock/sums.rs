//! Invariant K1: what the database sums up is held against an independent fold over every movement.

use super::on_hand::typed;
use crate::AppError;
use crate::rows::Body;
use std::collections::{BTreeMap, BTreeSet};
use xunyi_ledger::{Finding, Ledger};
use xunyi_model::{LotKey, Movement};

/// Checks the sum of every lot at every place; empty `wrong` means that all agree.
///
/// # Errors
/// [`AppError`] when the database cannot be read.
pub fn stock_sums(ledger: &mut Ledger<'_>) -> Result<Finding, AppError> {
    let movements: Vec<Movement> = ledger
        .records("movement", None)?
        .iter()
        .filter_map(|row| Body::from(row).typed())
        .collect();
    let mut wrong = Vec::new();
    for (place, counted) in xunyi_model::on_hand(&movements) {
        let place = place.to_string();
        let summed: BTreeMap<LotKey, i64> = typed(ledger.on_hand(&place)?)
            .into_iter()
            .map(|(lot, qty)| (lot.key(), qty))
            .collect();
        let lots: BTreeSet<&LotKey> = counted.keys().chain(summed.keys()).collect();
        for lot in lots {
            let of = |sums: &BTreeMap<LotKey, i64>| sums.get(lot).copied().unwrap_or_default();
            let (counted, summed) = (of(&counted), of(&summed));
            if counted != summed {
                wrong.push(format!(
                    "{place}: {lot} counts {counted}, the tables say {summed}"
                ));
            }
        }
    }
    Ok(Finding {
        check: "stock",
        looked_at: movements.len() as u64,
        wrong,
    })
}
