//! What can go wrong with a document.

use crate::RecordKey;

/// Errors of this crate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// Bytes that are no document or no change.
    #[error("unreadable document: {0}")]
    Unreadable(String),
    /// The form was opened at heads that this device does not hold.
    #[error("the form was opened at a state that is not here")]
    UnknownHeads,
    /// The field holds two values, and this command is not the one that settles them (Invariant R1).
    #[error("{field} of {key:?} is in conflict")]
    InConflict {
        /// Which record.
        key: RecordKey,
        /// Which field.
        field: String,
    },
    /// A change over 128 KiB.
    #[error("change of {0} bytes is too large")]
    ChangeTooLarge(usize),
    /// A write into a part that this document type does not have.
    #[error("no part {0} in this document")]
    UnknownSection(String),
    /// The library failed; the document in memory must be dropped.
    #[error("document failed: {0}")]
    Failed(String),
}

impl From<automerge::AutomergeError> for RecordError {
    fn from(e: automerge::AutomergeError) -> Self {
        Self::Failed(e.to_string())
    }
}
