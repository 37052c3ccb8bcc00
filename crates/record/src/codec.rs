//! What the journal must know of a change, read from automerge's raw change bytes.

use crate::genesis::is_genesis_actor;
use automerge::{Change, legacy::OpType};
use xunyi_journal::{ActorId, ChangeCodec, ChangeHash, ChangeMeta, CodecError, DocType};

/// Reads automerge changes for the journal.
#[derive(Clone, Copy, Debug, Default)]
pub struct AutomergeCodec;

impl ChangeCodec for AutomergeCodec {
    fn inspect(&self, _doc_type: DocType, change: &[u8]) -> Result<ChangeMeta, CodecError> {
        let parsed = parse(change)?;
        let actor = parsed.actor_id().to_bytes();
        if is_genesis_actor(actor) {
            return Err(CodecError("genesis is never an entry".into()));
        }
        let actor = ActorId::from_slice(actor).ok_or_else(|| CodecError("actor".into()))?;
        // A delete would win over a concurrent edit without a trace (architecture §3, "No deletes").
        let forbidden = parsed
            .decode()
            .operations
            .iter()
            .any(|op| !matches!(op.action, OpType::Put(_) | OpType::Make(_)));
        if forbidden {
            return Err(CodecError(
                "an operation that is neither put nor make".into(),
            ));
        }
        Ok(ChangeMeta {
            hash: ChangeHash(parsed.hash().0),
            actor,
            seq: parsed.seq(),
            deps: parsed.deps().iter().map(|d| ChangeHash(d.0)).collect(),
        })
    }
}

/// Parses a raw change; the deflated form is refused, because hashes and signatures stand on raw bytes.
pub(crate) fn parse(bytes: &[u8]) -> Result<Change, CodecError> {
    let change = Change::from_bytes(bytes.to_vec()).map_err(|e| CodecError(e.to_string()))?;
    if change.raw_bytes() != bytes {
        return Err(CodecError("not in raw form".into()));
    }
    Ok(change)
}
