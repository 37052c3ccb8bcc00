//! What the journal must know of a change, read from automerge's raw change bytes.

use crate::Change;
use xunyi_journal::{ChangeCodec, ChangeMeta, CodecError, DocType};

/// Reads automerge changes for the journal.
#[derive(Clone, Copy, Debug, Default)]
pub struct AutomergeCodec;

impl ChangeCodec for AutomergeCodec {
    fn inspect(&self, doc_type: DocType, change: &[u8]) -> Result<ChangeMeta, CodecError> {
        Ok(Change::read(doc_type, change)?.meta().clone())
    }
}
