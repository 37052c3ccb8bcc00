//! Handing out medicine: who received what of which lot, and how they were identified.
//! Whether a prescription is dispensed is derived from these events, never written.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::encounter::Attendee;
use crate::ids::{MovementId, PrescriptionId, StaffId};
use crate::stock::{BaseUnits, Lot};

coded! {
    /// What was asked of the receiver beside the name, and matched.
    pub enum IdentityProof {
        /// Birth date.
        BirthDate = "birth_date",
        /// Last four of the resident ID.
        IdTail = "id_tail",
    }
}

/// So many of one lot, tied to the stock movement that took them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DispensePick {
    /// Which lot.
    pub lot: Lot,
    /// Base units.
    pub qty: BaseUnits,
    /// The movement.
    pub movement: MovementId,
    /// Why an expired lot was handed out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Who had a hand in it before it was handed over: stored even where one person did all of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CounterStaff {
    /// Who reviewed the prescription (审方).
    pub reviewer: StaffId,
    /// Who picked the goods (调配).
    pub picker: StaffId,
    /// Who checked what was picked (核对).
    pub checker: StaffId,
}

/// A hand-over (FHIR `MedicationDispense`): an event that stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Dispense {
    /// On which prescription.
    pub prescription: PrescriptionId,
    /// What was handed out.
    pub picks: Vec<DispensePick>,
    /// Who received it.
    pub receiver: Attendee,
    /// How they were identified.
    pub confirmed_by: IdentityProof,
    /// Who handed it over (发药).
    pub by: StaffId,
    /// Who had a hand in it before; an older version did not ask.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staff: Option<CounterStaff>,
    /// When, ms.
    pub at: i64,
    /// Codes of the warnings that became known after it was prescribed, and in spite of which it was handed out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overridden: Vec<String>,
    /// Which they were: each code with what it was about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overridden_keys: Vec<String>,
    /// Why it was handed out in spite of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub override_reason: Option<String>,
}

impl Dispense {
    /// Base units handed out in all.
    pub fn total(&self) -> u64 {
        self.picks.iter().map(|p| u64::from(p.qty.get())).sum()
    }
}
