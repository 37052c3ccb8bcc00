//! A change as it came: read once, and checked for what every peer judges alike from its bytes alone.
//!
//! A device writes fields of records, and records into the parts that genesis made; nothing else is a change
//! of ours. So a change can't hide a part of a chart under a container of its own, delete what another wrote,
//! or nest maps that would merge into readings nobody took.

use crate::SectionKind;
use crate::genesis::{self, is_genesis_actor};
use crate::shape::is_bounded;
use automerge::ObjType;
use automerge::legacy::{Key, ObjectId, Op, OpType};
use std::panic::{AssertUnwindSafe, catch_unwind};
use xunyi_journal::{ActorId, ChangeHash, ChangeMeta, CodecError, DocType};

/// A change whose bytes were read and found to be one.
#[derive(Clone, Debug)]
pub struct Change {
    pub(crate) inner: automerge::Change,
    meta: ChangeMeta,
}

impl Change {
    /// Reads a change of a document type.
    ///
    /// # Errors
    /// [`CodecError`] when the bytes are no change in raw form, or do what no device of ours does.
    pub fn read(doc_type: DocType, bytes: &[u8]) -> Result<Self, CodecError> {
        if !is_bounded(bytes) {
            return Err(CodecError("no change, or one that claims too much".into()));
        }
        let inner = guarded(|| automerge::Change::from_bytes(bytes.to_vec()))
            .ok_or_else(|| CodecError("the library failed on it".into()))?
            .map_err(|e| CodecError(e.to_string()))?;
        // Hashes and signatures stand on raw bytes.
        if inner.raw_bytes() != bytes {
            return Err(CodecError("not in raw form".into()));
        }
        let actor = inner.actor_id().to_bytes();
        if is_genesis_actor(actor) {
            return Err(CodecError("genesis is never an entry".into()));
        }
        let actor = ActorId::from_slice(actor).ok_or_else(|| CodecError("actor".into()))?;
        let decoded = guarded(|| inner.decode())
            .ok_or_else(|| CodecError("the library failed on it".into()))?;
        if let Some(op) = decoded.operations.iter().find(|op| !is_ours(doc_type, op)) {
            return Err(CodecError(format!(
                "an operation of no command: {}",
                name(op)
            )));
        }
        // A document gives a change back as the library encodes it: in any other form it would come back
        // with another hash, and a document saved with it could not be opened again.
        let again = guarded(|| automerge::Change::from(decoded));
        if again.is_none_or(|again| again.raw_bytes() != bytes) {
            return Err(CodecError("not as the library encodes it".into()));
        }
        let meta = ChangeMeta {
            hash: ChangeHash(inner.hash().0),
            actor,
            seq: inner.seq(),
            deps: inner.deps().iter().map(|d| ChangeHash(d.0)).collect(),
        };
        Ok(Self { inner, meta })
    }

    /// Hash, author, number and what it stands on.
    pub fn meta(&self) -> &ChangeMeta {
        &self.meta
    }
}

/// Runs a piece of the library on bytes from elsewhere. It asserts much of what it reads; one device's
/// poisonous change must not take down the program of every other.
pub(crate) fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}

fn is_ours(doc_type: DocType, op: &Op) -> bool {
    let ObjectId::Id(id) = &op.obj else {
        // Root containers are made by genesis alone.
        return false;
    };
    if op.insert || !matches!(op.key, Key::Map(_)) {
        return false;
    }
    let in_part = match &op.action {
        OpType::Put(_) => SectionKind::One,
        // A record is made once, with its key; nothing is put in its place.
        OpType::Make(ObjType::Map) if op.pred.is_empty() => SectionKind::Many,
        _ => return false,
    };
    match genesis::parts_of(doc_type, id.0, id.1.to_bytes()) {
        Some(kinds) => kinds.contains(&in_part),
        // A record's own map: its fields are single values.
        None => in_part == SectionKind::One,
    }
}

fn name(op: &Op) -> &'static str {
    match op.action {
        OpType::Make(_) => "make",
        OpType::Delete => "delete",
        OpType::Increment(_) => "increment",
        OpType::Put(_) => "put",
        OpType::MarkBegin(..) | OpType::MarkEnd(_) => "mark",
    }
}
