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

/// A change taken apart for a frame, so that like stands beside like and nothing is sent that can be computed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangeParts {
    /// Changes it stands on.
    pub deps: Vec<ChangeHash>,
    /// Who wrote it, as it stands in the change.
    pub actor: Vec<u8>,
    /// Its number within the actor.
    pub seq: u64,
    /// The number of its first operation.
    pub start_op: u64,
    /// What stands between that and the columns: mostly the same in all changes of a document type.
    pub head: Vec<u8>,
    /// Its columns: what each is, and its bytes.
    pub columns: Vec<(u32, Vec<u8>)>,
    /// What stands behind the columns; mostly nothing.
    pub tail: Vec<u8>,
    /// Ids that were cut out of the columns, in the order of their places.
    pub ids: Vec<[u8; 16]>,
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

    /// Takes a change apart; `None` where it can't be. Of what was taken apart, [`ChangeCodec::join`] must make the
    /// same bytes again, or it travels whole.
    fn split(&self, change: &[u8]) -> Option<ChangeParts>;

    /// Puts a change together; `None`, or bytes that [`ChangeCodec::inspect`] refuses, for parts that never were one.
    fn join(&self, parts: &ChangeParts) -> Option<Vec<u8>>;

    /// The hash by which other changes name this one.
    fn hash(&self, change: &[u8]) -> ChangeHash;
}
