//! Which kind of movement goes from where to where, and what it must say.
//! This is the edge for new movements; what is on record is counted whatever it says.

use super::{Movement, MovementKind, Place};
use crate::error::Invalid;
use crate::text;

impl MovementKind {
    /// True when goods may go this way under this kind. A kind of a newer version may go anywhere.
    pub fn may_go(&self, from: &Place, to: &Place) -> bool {
        use Place::{
            CenterStore, Patient, Quarantine, Supplier, Transit, Variance, Vehicle, Waste,
        };
        match self {
            MovementKind::Receive => matches!((from, to), (Supplier, CenterStore | Vehicle(_))),
            MovementKind::Load => {
                matches!(
                    (from, to),
                    (CenterStore, Vehicle(_) | Transit) | (Transit, Vehicle(_))
                )
            }
            MovementKind::Return => {
                matches!(
                    (from, to),
                    (Vehicle(_), CenterStore | Transit) | (Transit, CenterStore)
                )
            }
            MovementKind::Dispense => matches!((from, to), (Vehicle(_) | CenterStore, Patient)),
            MovementKind::TakeBack => matches!((from, to), (Patient, Quarantine | Waste)),
            MovementKind::Waste => from.is_held() && *to == Waste,
            MovementKind::CountCorrection => {
                (from.is_held() && *to == Variance) || (*from == Variance && to.is_held())
            }
            MovementKind::Recall => from.is_held() && *from != Quarantine && *to == Quarantine,
            MovementKind::Other(_) => from != to,
        }
    }

    /// True when a movement of this kind must say why.
    pub fn needs_reason(&self) -> bool {
        matches!(
            self,
            MovementKind::TakeBack
                | MovementKind::Waste
                | MovementKind::CountCorrection
                | MovementKind::Recall
        )
    }

    /// True when it must say for whom.
    pub fn needs_patient(&self) -> bool {
        matches!(self, MovementKind::Dispense | MovementKind::TakeBack)
    }
}

impl Movement {
    /// The edge for a new movement: its way, its reason, its patient, its lot.
    pub fn check(&self) -> Result<(), Invalid> {
        if !self.kind.may_go(&self.from, &self.to) {
            return Err(Invalid::MovementRoute {
                kind: self.kind.to_string(),
                from: self.from.to_string(),
                to: self.to.to_string(),
            });
        }
        if self.kind.needs_patient() && self.patient.is_none() {
            return Err(Invalid::MovementPatient);
        }
        let reason = text::line(
            "reason",
            self.reason.as_deref().unwrap_or_default(),
            text::LINE_MAX,
        )?;
        if self.kind.needs_reason() && reason.is_empty() {
            return Err(Invalid::MovementReason);
        }
        text::required("lot_number", &self.lot.lot_number, 50)?;
        text::required("product", &self.lot.product.name, text::LINE_MAX)?;
        Ok(())
    }
}
