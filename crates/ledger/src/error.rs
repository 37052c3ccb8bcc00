//! What can go wrong between journal, documents and tables.

use crate::SqlError;
use xunyi_journal::{DecodeError, Refusal};
use xunyi_record::RecordError;

/// Errors of this crate. The transaction must be rolled back after any of them, and cached documents dropped.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LedgerError {
    /// The database.
    #[error(transparent)]
    Sql(#[from] SqlError),
    /// A document.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// Entries that every peer refuses.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Stored bytes that cannot be read back.
    #[error("stored entry: {0}")]
    Stored(#[from] DecodeError),
    /// A document that is not there.
    #[error("no such document")]
    NoDocument,
    /// This device has no feed yet.
    #[error("no feed of our own")]
    NoFeed,
}
