//! What every peer judges alike about entries that come in: structure, chain, signature, actor.
//! Policy (revoked devices, rights) is judged elsewhere and holds instead of refusing.

use crate::author::signed_message;
use crate::{
    ChangeCodec, ChangeMeta, Commit, DeviceRecord, DocType, EntryHash, FeedId, Position, Refusal,
    Sealed, Signature,
};
use ed25519_dalek::VerifyingKey;
use std::collections::BTreeMap;

/// What a peer knows of a feed: its key and its tip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedHead {
    /// Ed25519 public key, from entry 0.
    pub public_key: [u8; 32],
    /// The last entry held.
    pub tip: Position,
    /// Its Lamport time.
    pub lamport: u64,
}

/// A commit that may be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// As it came, without what was held already.
    pub commit: Commit,
    /// Present when the commit opens a feed.
    pub device: Option<DeviceRecord>,
    /// What was read of each entry's change; `None` for entry 0 and what this version does not know.
    pub changes: Vec<Option<ChangeMeta>>,
}

/// Judges the commits of one frame against the heads of the feeds they belong to.
pub struct Verifier<'a> {
    codec: &'a dyn ChangeCodec,
    heads: BTreeMap<FeedId, FeedHead>,
    unsigned: BTreeMap<FeedId, (u64, EntryHash)>,
}

impl<'a> Verifier<'a> {
    /// `heads` are those of the feeds that the frame names, where known.
    pub fn new(codec: &'a dyn ChangeCodec, heads: BTreeMap<FeedId, FeedHead>) -> Self {
        Self {
            codec,
            heads,
            unsigned: BTreeMap::new(),
        }
    }

    /// Judges the next commit. `known_hash` answers which hash is held at a place below a feed's tip.
    /// `None` means: held already, with equal hashes.
    ///
    /// # Errors
    /// [`Refusal`]; nothing of the commit may be stored then.
    pub fn judge(
        &mut self,
        commit: Commit,
        known_hash: &mut dyn FnMut(&FeedId, u64) -> Option<EntryHash>,
    ) -> Result<Option<Judged>, Refusal> {
        let Some(first) = commit.entries.first() else {
            return Err(crate::DecodeError::Malformed("commit").into());
        };
        let feed = first.envelope.feed;
        check_shape(&commit)?;
        let head = self.heads.get(&feed).cloned();

        if let Some(head) = &head
            && first.envelope.seq <= head.tip.seq
        {
            return self.judge_known(&commit, head, known_hash).map(|()| None);
        }
        let expected = head
            .as_ref()
            .map_or((0, EntryHash::ZERO), |h| (h.tip.seq + 1, h.tip.hash));
        if first.envelope.seq != expected.0 {
            let have = head.as_ref().map(|h| h.tip);
            return Err(Refusal::Gap {
                feed,
                seq: first.envelope.seq,
                have,
            });
        }
        let device = if head.is_none() {
            Some(open_feed(first)?)
        } else {
            None
        };
        let public_key = match (&head, &device) {
            (Some(head), _) => head.public_key,
            (None, Some(device)) => device.public_key,
            (None, None) => {
                return Err(Refusal::BrokenChain {
                    feed,
                    seq: first.envelope.seq,
                });
            }
        };

        // Sending order is by time: a feed whose time falls would reach every further peer out of order.
        if head
            .as_ref()
            .is_some_and(|h| first.envelope.lamport < h.lamport)
        {
            let seq = first.envelope.seq;
            return Err(Refusal::BrokenChain { feed, seq });
        }
        let lamport = first.envelope.lamport;
        let mut prev = expected.1;
        let mut changes = Vec::with_capacity(commit.entries.len());
        for sealed in &commit.entries {
            if sealed.envelope.prev != prev {
                return Err(Refusal::BrokenChain {
                    feed,
                    seq: sealed.envelope.seq,
                });
            }
            prev = sealed.hash;
            changes.push(self.check_actor(sealed)?);
        }
        let Some(last) = commit.last() else {
            return Err(crate::DecodeError::Malformed("commit").into());
        };
        let tip = Position {
            seq: last.envelope.seq,
            hash: last.hash,
        };
        match &commit.signature {
            Some(signature) => {
                check_signature(&public_key, &feed, tip, signature)?;
                self.unsigned.remove(&feed);
            }
            None => {
                self.unsigned.insert(feed, (tip.seq, tip.hash));
            }
        }
        let head = FeedHead {
            public_key,
            tip,
            lamport,
        };
        self.heads.insert(feed, head);
        Ok(Some(Judged {
            commit,
            device,
            changes,
        }))
    }

    /// Ends the frame: the last commit of every feed must have been signed.
    ///
    /// # Errors
    /// [`Refusal::FalseSignature`] for a feed whose last commit nothing vouches for; nothing of the frame
    /// may be stored then.
    pub fn finish(self) -> Result<BTreeMap<FeedId, FeedHead>, Refusal> {
        match self.unsigned.iter().next() {
            Some((feed, (seq, _))) => Err(Refusal::FalseSignature {
                feed: *feed,
                seq: *seq,
            }),
            None => Ok(self.heads),
        }
    }

    fn judge_known(
        &self,
        commit: &Commit,
        head: &FeedHead,
        known_hash: &mut dyn FnMut(&FeedId, u64) -> Option<EntryHash>,
    ) -> Result<(), Refusal> {
        for sealed in &commit.entries {
            let (feed, seq) = (sealed.envelope.feed, sealed.envelope.seq);
            let held = if seq == head.tip.seq {
                Some(head.tip.hash)
            } else {
                known_hash(&feed, seq)
            };
            if held != Some(sealed.hash) {
                return Err(Refusal::Fork { feed, seq });
            }
        }
        Ok(())
    }

    fn check_actor(&self, sealed: &Sealed) -> Result<Option<ChangeMeta>, Refusal> {
        let (feed, seq) = (sealed.envelope.feed, sealed.envelope.seq);
        let Some(entry) = &sealed.entry else {
            return Ok(None);
        };
        match entry.doc_type {
            DocType::Feed if seq == 0 => Ok(None),
            DocType::Feed => Err(Refusal::WrongActor { feed, seq }),
            // What a newer version calls a document is carried and held, not read.
            DocType::Unknown(_) => Ok(None),
            known => {
                let meta = self
                    .codec
                    .inspect(known, &entry.change)
                    .map_err(|_| crate::DecodeError::Malformed("change"))?;
                if meta.actor.belongs_to(&feed) {
                    Ok(Some(meta))
                } else {
                    Err(Refusal::WrongActor { feed, seq })
                }
            }
        }
    }
}

fn check_shape(commit: &Commit) -> Result<(), Refusal> {
    let malformed = || Refusal::from(crate::DecodeError::Malformed("commit"));
    let first = commit.entries.first().ok_or_else(malformed)?;
    let count = commit.entries.len() as u64;
    for (i, sealed) in (0u64..).zip(&commit.entries) {
        let (e, f) = (&sealed.envelope, &first.envelope);
        let right = e.feed == f.feed
            && e.seq == f.seq.saturating_add(i)
            && e.lamport == f.lamport
            && u64::from(e.left) == count - 1 - i;
        if !right {
            return Err(malformed());
        }
    }
    Ok(())
}

fn open_feed(first: &Sealed) -> Result<DeviceRecord, Refusal> {
    let feed = first.envelope.feed;
    let entry = first
        .entry
        .as_ref()
        .ok_or(crate::DecodeError::Malformed("entry 0"))?;
    if entry.doc_type != DocType::Feed {
        return Err(crate::DecodeError::Malformed("entry 0").into());
    }
    let device = DeviceRecord::decode(&entry.change)?;
    if device.feed() != feed {
        return Err(Refusal::WrongActor { feed, seq: 0 });
    }
    Ok(device)
}

fn check_signature(
    public_key: &[u8; 32],
    feed: &FeedId,
    tip: Position,
    signature: &Signature,
) -> Result<(), Refusal> {
    let refused = Refusal::FalseSignature {
        feed: *feed,
        seq: tip.seq,
    };
    let key = VerifyingKey::from_bytes(public_key).map_err(|_| refused.clone())?;
    let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
    key.verify_strict(&signed_message(feed, tip.seq, &tip.hash), &signature)
        .map_err(|_| refused)
}
