//! Who is due: sorted by clinical urgency, then by days overdue.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::enrolment::Programme;
use crate::ids::PatientId;

coded! {
    /// How pressing it is, most pressing first.
    pub enum Urgency {
        /// An emergency value or an urgent referral without a follow-up.
        Emergency = "emergency",
        /// Not at target, adverse reaction or complication at the last follow-up.
        Raised = "raised",
        /// Ordinary follow-up.
        Routine = "routine",
    }
}

/// Why somebody is due, in words that the UI translates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DueReason {
    /// Stable code, such as `due.hypertension_overdue`.
    pub code: String,
    /// Values for the text.
    #[serde(default)]
    pub params: Map<String, Value>,
}

/// Somebody who is due.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DueItem {
    /// Who.
    pub patient: PatientId,
    /// In which programme.
    pub programme: Programme,
    /// The date set by the last outcome.
    pub due_date: NaiveDate,
    /// Today minus the due date; negative when it is still to come.
    pub overdue_days: i32,
    /// How pressing.
    pub urgency: Urgency,
    /// Why.
    pub reason: DueReason,
}
