//! What is still to be handed out on a prescription: derived from what was written and what was handed out.

use crate::api::prescription::Warning;
use crate::rows::Body;
use crate::{AppError, Ctx, local_date};
use xunyi_model::{Dispense, Prescription, PrescriptionId};

/// A prescription at the counter.
pub(super) struct Open {
    /// Which.
    pub id: PrescriptionId,
    /// What it says.
    pub prescription: Prescription,
    /// Hand-overs on it so far.
    pub handed: Vec<Dispense>,
    /// As recorded, with who stopped it and why.
    pub body: Body,
    /// Stopped by a clinician.
    pub stopped: bool,
}

impl Open {
    /// Reads it with its hand-overs; `None` for what a newer version wrote and this one cannot read.
    pub fn read(ctx: &mut Ctx<'_, '_>, body: Body) -> Result<Option<Self>, AppError> {
        let (Some(id), Some(prescription)) = (body.id::<PrescriptionId>(), body.typed()) else {
            return Ok(None);
        };
        let handed = ctx.ledger.dispensed_on(&id.to_string())?;
        Ok(Some(Self {
            id,
            prescription,
            handed: handed
                .iter()
                .filter_map(|row| Body::from(row).typed())
                .collect(),
            stopped: body.text("status") == Some("stopped"),
            body,
        }))
    }

    /// True on the days on which it may be handed out.
    pub fn is_valid(&self, ctx: &Ctx<'_, '_>) -> bool {
        let rules = &ctx.knowledge.tables.prescription.body;
        rules.is_valid(local_date(self.prescription.at), ctx.today())
    }

    /// Base units still to hand out, none of a stopped one; unknown where neither schedule nor prescriber says how many.
    pub fn remaining(&self) -> Option<u32> {
        if self.stopped {
            return Some(0);
        }
        let due = u64::from(self.prescription.order.quantity_due()?.get());
        Some(u32::try_from(due.saturating_sub(self.dispensed())).unwrap_or(u32::MAX))
    }

    /// Base units handed out so far.
    pub fn dispensed(&self) -> u64 {
        self.handed.iter().map(Dispense::total).sum()
    }

    /// Base units handed out beyond what was prescribed.
    pub fn over(&self) -> u32 {
        self.prescription.order.over(self.dispensed())
    }

    /// What interrupts and the prescriber was not shown: it became known since.
    pub fn unseen<'w>(
        &self,
        warnings: &'w [Warning],
    ) -> impl Iterator<Item = &'w Warning> + use<'_, 'w> {
        let seen = &self.prescription.overridden_keys;
        let interrupts = warnings.iter().filter(|w| w.interrupts);
        interrupts.filter(move |w| !seen.contains(&w.key))
    }

    /// True for one that was stopped and handed out, whichever came first: the person holds what they are not to take.
    pub fn stopped_in_hand(&self) -> bool {
        self.stopped && self.dispensed() > 0
    }

    /// True while somebody waits for it: something remains, or, of an unknown number, nothing was handed out yet.
    pub fn waits(&self) -> bool {
        match self.remaining() {
            Some(remaining) => remaining > 0,
            None => self.handed.is_empty(),
        }
    }
}
