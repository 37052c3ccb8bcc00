//! Stock on hand: sums of movements, never a stored total (Invariant K1), and the page that a device writes on.
//!
//! Each movement id counts once, on however many pages it stands.

use crate::{Ledger, LedgerError};
use xunyi_journal::DocId;
#[cfg(feature = "mutants")]
use xunyi_journal::mutant::{self, Mutant};
use xunyi_journal::schema::Value;

/// One lot at one place.
#[derive(Clone, Debug, PartialEq)]
pub struct OnHandRow {
    /// Base units; below zero when more went than came.
    pub qty: i64,
    /// A movement of the lot, as a JSON object: what the lot is.
    pub movement: String,
}

/// What came to a place less what went, by lot; `filter` narrows both halves alike.
fn sums(filter: &str) -> String {
    let half = |place: &str, sign: &str| {
        format!(
            "SELECT product, lot_number, expiry, {sign}MAX(qty) AS q FROM movement
             WHERE site = $1 AND {place} = $2{filter} GROUP BY product, lot_number, expiry, record"
        )
    };
    let went = "-";
    #[cfg(feature = "mutants")]
    let went = if mutant::is(Mutant::MovementTwice) {
        "-2 * "
    } else {
        went
    };
    format!(
        "SELECT product, lot_number, expiry, CAST(SUM(q) AS BIGINT) FROM ({} UNION ALL {}) AS moved
         WHERE product IS NOT NULL GROUP BY product, lot_number, expiry HAVING SUM(q) <> 0
         ORDER BY product, expiry, lot_number",
        half("to_place", ""),
        half("from_place", went)
    )
}

impl Ledger<'_> {
    /// What lies at a place, by lot: the sum of all movements, lots at zero left out.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn on_hand(&mut self, place: &str) -> Result<Vec<OnHandRow>, LedgerError> {
        self.lots(place, &sums(""), &[self.site.into(), place.into()])
    }

    /// The lots of one product at a place, first expiry first, lots at zero left out.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn on_hand_of(
        &mut self,
        place: &str,
        product: &str,
    ) -> Result<Vec<OnHandRow>, LedgerError> {
        self.lots(
            place,
            &sums(" AND product = $3"),
            &[self.site.into(), place.into(), product.into()],
        )
    }

    fn lots(
        &mut self,
        place: &str,
        statement: &str,
        values: &[Value],
    ) -> Result<Vec<OnHandRow>, LedgerError> {
        let mut lots = Vec::new();
        for row in self.sql.query(statement, values)? {
            let lot = [row.text(0), row.text(1), row.text(2)];
            if let Some(movement) = self.movement_of(place, lot)? {
                let qty = row.int(3);
                lots.push(OnHandRow { qty, movement });
            }
        }
        Ok(lots)
    }

    /// Any movement of a lot to or from a place.
    fn movement_of(&mut self, place: &str, lot: [&str; 3]) -> Result<Option<String>, LedgerError> {
        let [product, lot_number, expiry] = lot;
        for way in ["to_place", "from_place"] {
            let rows = self.sql.query(
                &format!(
                    "SELECT body FROM movement WHERE site = $1 AND {way} = $2 AND product = $3
                     AND lot_number = $4 AND expiry = $5 ORDER BY record LIMIT 1"
                ),
                &[
                    self.site.into(),
                    place.into(),
                    product.into(),
                    lot_number.into(),
                    expiry.into(),
                ],
            )?;
            if let Some(row) = rows.first() {
                return Ok(Some(row.text(0).to_owned()));
            }
        }
        Ok(None)
    }

    /// Base units of one product at a place, all lots together.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn units_of(&mut self, place: &str, product: &str) -> Result<i64, LedgerError> {
        let rows = self.sql.query(
            &sums(" AND product = $3"),
            &[self.site.into(), place.into(), product.into()],
        )?;
        Ok(rows.iter().map(|r| r.int(3)).sum())
    }

    /// The page that a device opened last, and when by that device's clock, ms.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn page_of(&mut self, device: &str) -> Result<Option<(DocId, i64)>, LedgerError> {
        let rows = self.sql.query(
            "SELECT doc, at FROM page WHERE site = $1 AND device = $2 ORDER BY at DESC, doc DESC LIMIT 1",
            &[self.site.into(), device.into()],
        )?;
        Ok(rows.first().and_then(|r| {
            let at = r.opt_int(1).unwrap_or_default();
            Some((DocId::from_slice(r.blob(0))?, at))
        }))
    }
}
