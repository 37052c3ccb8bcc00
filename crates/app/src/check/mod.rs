//! Is what this device holds whole? Every chain and signature, every document against its entries, every
//! projection, and every stock sum against an independent fold (Invariants J1, J2, K1). And rebuilding what is
//! disposable.

#[cfg(test)]
mod tests;

use crate::{AppError, Device, stock_sums};
use xunyi_ledger::{Finding, Holdings};

impl Device {
    /// Checks everything; one finding a check, each with what is wrong, in words without patient data.
    ///
    /// # Errors
    /// [`AppError`] when something could not even be read.
    pub fn verify(&self) -> Result<Vec<Finding>, AppError> {
        let mut state = self.state();
        state.opened()?.read(|ledger| {
            let mut findings = xunyi_ledger::verify(ledger)?;
            findings.push(stock_sums(ledger)?);
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
