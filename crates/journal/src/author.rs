//! Writing one's own feed: drafts become chained entries of one signed commit.

use crate::entry::{MAX_COMMIT, MAX_LEFT};
use crate::{
    Action, Commit, DecodeError, DocId, DocType, ENTRY_VERSION, Entry, EntryHash, Envelope, FeedId,
    MAX_CHANGE, Position, Sealed, Signature, UserId,
};
use ed25519_dalek::{Signer, SigningKey};

/// One change of a command, before it has its place in the feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Which document.
    pub doc: DocId,
    /// Its type.
    pub doc_type: DocType,
    /// What was done.
    pub action: Action,
    /// The raw change.
    pub change: Vec<u8>,
}

/// The hand that writes a feed: its id and its key.
pub struct Author {
    feed: FeedId,
    key: SigningKey,
}

impl Author {
    /// From the device's Ed25519 seed.
    pub fn new(feed: FeedId, seed: &[u8; 32]) -> Self {
        Self {
            feed,
            key: SigningKey::from_bytes(seed),
        }
    }

    /// Whose feed.
    pub fn feed(&self) -> FeedId {
        self.feed
    }

    /// The same hand, writing another feed from now on.
    pub fn of_feed(&self, feed: FeedId) -> Self {
        Self {
            feed,
            key: self.key.clone(),
        }
    }

    /// The feed's public key.
    pub fn public_key(&self) -> [u8; 32] {
        self.key.verifying_key().to_bytes()
    }

    /// Chains and signs the changes of one command on top of `tip`.
    ///
    /// `lamport` is 1 + the highest seen in any feed; `at` is the device's clock in ms.
    ///
    /// # Errors
    /// [`DecodeError`] when there is no change, too many, one over 128 KiB, or too much in all.
    pub fn commit(
        &self,
        tip: Option<Position>,
        lamport: u64,
        at: i64,
        user: UserId,
        drafts: Vec<Draft>,
    ) -> Result<Commit, DecodeError> {
        let count = u32::try_from(drafts.len()).unwrap_or(u32::MAX);
        if count == 0 || count > MAX_LEFT {
            return Err(DecodeError::Malformed("commit"));
        }
        let size = drafts.iter().map(|d| d.change.len()).sum();
        if size > MAX_COMMIT {
            return Err(DecodeError::TooLarge {
                what: "commit",
                len: size,
                max: MAX_COMMIT,
            });
        }
        let (mut seq, mut prev) = match tip {
            Some(tip) => (tip.seq + 1, tip.hash),
            None => (0, EntryHash::ZERO),
        };
        let mut entries = Vec::with_capacity(drafts.len());
        for (left, draft) in (0..count).rev().zip(drafts) {
            if draft.change.len() > MAX_CHANGE {
                return Err(DecodeError::TooLarge {
                    what: "change",
                    len: draft.change.len(),
                    max: MAX_CHANGE,
                });
            }
            let sealed = Sealed::seal(Entry {
                envelope: Envelope {
                    version: ENTRY_VERSION,
                    feed: self.feed,
                    seq,
                    prev,
                    lamport,
                    left,
                },
                doc: draft.doc,
                doc_type: draft.doc_type,
                at,
                user,
                action: draft.action,
                change: draft.change,
            });
            seq += 1;
            prev = sealed.hash;
            entries.push(sealed);
        }
        let signature = entries
            .last()
            .map(|last| self.sign(last.envelope.seq, &last.hash));
        Ok(Commit { entries, signature })
    }

    fn sign(&self, seq: u64, hash: &EntryHash) -> Signature {
        Signature(
            self.key
                .sign(&signed_message(&self.feed, seq, hash))
                .to_bytes(),
        )
    }
}

/// What a signature covers: `feed ‖ seq (big endian) ‖ hash`.
pub(crate) fn signed_message(feed: &FeedId, seq: u64, hash: &EntryHash) -> Vec<u8> {
    let mut message = Vec::with_capacity(56);
    message.extend_from_slice(feed.as_bytes());
    message.extend_from_slice(&seq.to_be_bytes());
    message.extend_from_slice(hash.as_bytes());
    message
}
