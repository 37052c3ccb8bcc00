//! What the journal must know of a change, read from automerge's raw change bytes.

use crate::{Change, parts};
use xunyi_journal::{ChangeCodec, ChangeHash, ChangeMeta, ChangeParts, CodecError, DocType};

/// Reads automerge changes for the journal.
#[derive(Clone, Copy, Debug, Default)]
pub struct AutomergeCodec;

impl ChangeCodec for AutomergeCodec {
    fn inspect(&self, doc_type: DocType, change: &[u8]) -> Result<ChangeMeta, CodecError> {
        Ok(Change::read(doc_type, change)?.meta().clone())
    }

    fn split(&self, change: &[u8]) -> Option<ChangeParts> {
        parts::split(change)
    }

    fn join(&self, parts: &ChangeParts) -> Option<Vec<u8>> {
        parts::join(parts)
    }

    fn hash(&self, change: &[u8]) -> ChangeHash {
        parts::hash(change)
    }
}
