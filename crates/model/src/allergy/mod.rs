//! Allergies in three states: listed, none known, never asked. A check that finds nothing never means "safe".

pub mod groups;

pub use groups::{AlertLevel, AllergyGroup, AllergyMatch};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::coded::RecordStatus;
use crate::ids::StaffId;

coded! {
    /// How bad the reaction was (FHIR `reaction.severity`).
    pub enum Severity {
        /// 轻
        Mild = "mild",
        /// 中
        Moderate = "moderate",
        /// 重
        Severe = "severe",
    }
}

/// A listed allergy (FHIR `AllergyIntolerance`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Allergy {
    /// What to, as told: 青霉素.
    pub substance: String,
    /// Group of the allergy table, when chosen from it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub substance_code: Option<String>,
    /// What happened: 皮疹, 休克.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reaction: Option<String>,
    /// How bad.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// `active`, `refuted` or `entered_in_error`.
    pub status: RecordStatus,
    /// Why it was taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_reason: Option<String>,
}

impl Allergy {
    /// True for what must be warned of. A status of a newer version counts: a warning too many is the safe error.
    pub fn holds(&self) -> bool {
        let taken_back = [
            RecordStatus::Refuted,
            RecordStatus::EnteredInError,
            RecordStatus::Resolved,
        ];
        !taken_back.contains(&self.status)
    }
}

/// Somebody asked, and the person knows of no allergy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NoneKnown {
    /// Who asked.
    pub by: StaffId,
    /// When, ms.
    pub at: i64,
}

/// What is known about allergies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum AllergyState {
    /// At least one is listed and active.
    Listed,
    /// Asked, none known.
    NoneKnown {
        /// Who asked.
        by: StaffId,
        /// When, ms.
        at: i64,
    },
    /// Nobody asked: to be asked before the first prescription.
    NeverAsked,
}

impl AllergyState {
    /// A listed allergy outweighs "none known". Where all that was listed is taken back and nobody recorded
    /// "none known", the question is open again.
    pub fn of<'a>(
        listed: impl IntoIterator<Item = &'a Allergy>,
        none_known: Option<NoneKnown>,
    ) -> Self {
        if listed.into_iter().any(Allergy::holds) {
            return AllergyState::Listed;
        }
        match none_known {
            Some(NoneKnown { by, at }) => AllergyState::NoneKnown { by, at },
            None => AllergyState::NeverAsked,
        }
    }
}
