//! Is what this device holds whole? Every chain and signature, every document against its entries, every
//! projection, and every stock sum against an independent fold (Invariants J1, J2, K1). And rebuilding what is
//! disposable.

#[cfg(test)]
mod tests;

use crate::{AppError, Device};
use std::collections::BTreeSet;
use xunyi_ledger::{Finding, Holdings, Ledger};
use xunyi_model::Movement;
use xunyi_model::stock::{LotKey, Place, fold_independently, on_hand};

impl Device {
    /// Checks everything; one finding a check, each with what is wrong, in words without patient data.
    ///
    /// # Errors
    /// [`AppError`] when something could not even be read.
    pub fn verify(&self) -> Result<Vec<Finding>, AppError> {
        let mut state = self.state();
        state.opened()?.read(|ledger| {
            let mut findings = xunyi_ledger::verify(ledger)?;
            findings.push(stock(ledger)?);
            Ok(findings)
        })
    }

    /// What this device holds, to be laid beside another's.
    ///
    /// # Errors
    /// [`AppError`] when the database cannot be read.
    pub fn holdings(&self) -> Result<Holdings, AppError> {
        self.state().opened()?.read(|ledger| Ok(ledger.holdings()?))
    }

    /// Builds documents and projections anew from the journal; answers how many documents there are.
    ///
    /// # Errors
    /// [`AppError`]; everything is then as it was.
    pub fn rebuild(&self) -> Result<u64, AppError> {
        let mut state = self.state();
        let open = state.opened()?;
        let documents = open.write_local(|ledger| Ok(xunyi_ledger::rebuild(ledger)?))?;
        open.reload_knowledge()?;
        Ok(documents)
    }
}

/// On hand as commands answer it, against a fold over the movements that counts each id once.
fn stock(ledger: &mut Ledger<'_>) -> Result<Finding, AppError> {
    let movements: Vec<Movement> = ledger
        .records("movement", None)?
        .iter()
        .filter_map(|row| serde_json::from_str(&row.body).ok())
        .collect();
    let mut wrong = Vec::new();
    let mut looked_at = 0;
    for (place, lots) in on_hand(&movements) {
        let answered: BTreeSet<(LotKey, i64)> = ledger
            .on_hand(&place.to_string())?
            .iter()
            .filter_map(|row| {
                let movement: Movement = serde_json::from_str(&row.movement).ok()?;
                Some((movement.lot.key(), row.qty))
            })
            .collect();
        for (lot, qty) in &lots {
            looked_at += 1;
            let folded = fold_independently(&movements, &place, lot);
            if folded != *qty || !answered.contains(&(lot.clone(), folded)) {
                wrong.push(difference(&place, lot, folded));
            }
        }
        if answered.len() != lots.len() {
            wrong.push(format!(
                "{place}: {} lots, not {}",
                answered.len(),
                lots.len()
            ));
        }
    }
    Ok(Finding {
        check: "stock",
        looked_at,
        wrong,
    })
}

fn difference(place: &Place, lot: &LotKey, folded: i64) -> String {
    format!("{place}: lot {lot:?} sums to {folded}, the tables say otherwise")
}
