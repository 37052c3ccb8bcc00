//! `conflict.*`: two values for one clinical field (Invariant R1).
use super::*;

/// One of the values.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ConflictValue {
    /// The value as recorded.
    pub value: serde_json::Value,
    /// Who wrote it, when known.
    pub by: Option<String>,
    /// On which device.
    pub device: Option<String>,
    /// When, ms.
    pub at: Option<i64>,
}

/// A field that holds two or more values.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ConflictView {
    /// Document id, hex.
    pub doc: String,
    /// `patient`, `stock-page`, `vehicle-day` or `site`.
    pub doc_type: String,
    /// The person, for a patient's document.
    pub patient: Option<super::patient::PatientHit>,
    /// Part of the document, such as `demographics`.
    pub section: String,
    /// Which record of that part; empty for a part with one.
    pub record: String,
    /// Field name, such as `blood_group`.
    pub field: String,
    /// All of them.
    pub values: Vec<ConflictValue>,
    /// Heads as shown: hand back with the choice.
    pub heads: Heads,
}

/// `conflict.list`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Conflicts {
    /// Oldest first.
    pub conflicts: Vec<ConflictView>,
}

/// `conflict.resolve`: a person picks one or writes another.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Resolve {
    /// Document id, hex.
    pub doc: String,
    /// Part of the document.
    pub section: String,
    /// Which record of that part.
    pub record: String,
    /// Field.
    pub field: String,
    /// Heads that were shown.
    pub heads: Heads,
    /// The value that stands from now on.
    pub value: serde_json::Value,
}
