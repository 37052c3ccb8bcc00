//! What the journal must know of a change without knowing what a change is.

use crate::{ActorId, ChangeHash, DocType};

/// The parts of a change that policy and ordering need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeMeta {
    /// Its hash.
    pub hash: ChangeHash,
    /// Who wrote it.
    pub actor: ActorId,
    /// Its number within the actor, from 1.
    pub seq: u64,
    /// Changes it stands on.
    pub deps: Vec<ChangeHash>,
}

/// A change that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unreadable change: {0}")]
pub struct CodecError(pub String);

/// Reads changes for the journal; `record` implements it, so that only `record` names the CRDT library.
pub trait ChangeCodec {
    /// Reads a change of this document type.
    ///
    /// # Errors
    /// [`CodecError`] when the bytes are no change, or not in the raw (undeflated) form.
    fn inspect(&self, doc_type: DocType, change: &[u8]) -> Result<ChangeMeta, CodecError>;
}
