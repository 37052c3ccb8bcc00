//! What every peer judges alike about entries that come in: structure, chain, signature, actor.
//! Policy (revoked devices, rights) is judged elsewhere and holds instead of refusing.

use crate::author::signed_message;
use crate::branch::{At, Branch, Branches, Grown, Held};
use crate::{
    ChangeCodec, ChangeMeta, Commit, DeviceRecord, DocType, EntryHash, FeedId, Position, Refusal,
    Sealed, Signature, fork_id,
};
use ed25519_dalek::VerifyingKey;
use std::collections::BTreeMap;

/// A commit that may be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// As it came, without what was held already.
    pub commit: Commit,
    /// Present when the commit opens a feed.
    pub device: Option<DeviceRecord>,
    /// What was read of each entry's change; `None` for entry 0 and what this version does not know.
    pub changes: Vec<Option<ChangeMeta>>,
    /// The branch that it is in, with it.
    pub branch: Branch,
    /// How that branch came by it.
    pub grown: Grown,
}

/// Judges the commits of one frame against the branches of the feeds that they belong to.
pub struct Verifier<'a> {
    codec: &'a dyn ChangeCodec,
    branches: Branches,
    unsigned: BTreeMap<FeedId, (u64, EntryHash)>,
}

impl<'a> Verifier<'a> {
    /// `branches` are those of the feeds that the frame names, where known.
    pub fn new(codec: &'a dyn ChangeCodec, branches: Branches) -> Self {
        Self {
            codec,
            branches,
            unsigned: BTreeMap::new(),
        }
    }

    /// Judges the next commit. `held` answers what is held of branches, with all that was judged before in its place.
    /// `None` means: held already, with equal hashes.
    ///
    /// # Errors
    /// [`Refusal`]; nothing of the frame may be stored then.
    pub fn judge(
        &mut self,
        commit: Commit,
        held: &mut dyn Held,
    ) -> Result<Option<Judged>, Refusal> {
        let malformed = || Refusal::from(crate::DecodeError::Malformed("commit"));
        check_shape(&commit)?;
        let first = commit.entries.first().ok_or_else(malformed)?;
        let last = commit.last().ok_or_else(malformed)?;
        let (feed, seq) = (first.envelope.feed, first.envelope.seq);
        let broken = Refusal::BrokenChain { feed, seq };
        let at = self.branches.place(first, held)?;
        if let At::Known(branch) = at {
            return known(&commit, &branch, held).map(|()| None);
        }
        let mut prev = first.envelope.prev;
        let mut changes = Vec::with_capacity(commit.entries.len());
        for sealed in &commit.entries {
            if sealed.envelope.prev != prev {
                return Err(broken);
            }
            prev = sealed.hash;
            changes.push(self.check_actor(sealed)?);
        }
        let (mut branch, device, grown) = self.grow(at, first, held)?;
        // Sending order is by time: a feed whose time falls would reach every further peer out of order.
        if first.envelope.lamport < branch.lamport {
            return Err(broken);
        }
        branch.tip = Position {
            seq: last.envelope.seq,
            hash: last.hash,
        };
        branch.lamport = first.envelope.lamport;
        match &commit.signature {
            Some(signature) => {
                check_signature(&branch.public_key, &feed, branch.tip, signature)?;
                self.vouch(&branch);
            }
            None => {
                self.unsigned
                    .insert(branch.id, (branch.tip.seq, branch.tip.hash));
            }
        }
        self.branches.put(branch.clone());
        Ok(Some(Judged {
            commit,
            device,
            changes,
            branch,
            grown,
        }))
    }

    /// The branch that a commit makes longer, as it is before.
    fn grow(
        &mut self,
        at: At,
        first: &Sealed,
        held: &mut dyn Held,
    ) -> Result<(Branch, Option<DeviceRecord>, Grown), Refusal> {
        let e = &first.envelope;
        let broken = Refusal::BrokenChain {
            feed: e.feed,
            seq: e.seq,
        };
        let branch = |id: &FeedId, branches: &Branches| branches.get(id).cloned();
        match at {
            At::Begins => {
                let device = open_feed(first)?;
                let branch = Branch {
                    id: e.feed,
                    feed: e.feed,
                    first: 0,
                    before: EntryHash::ZERO,
                    public_key: device.public_key,
                    tip: Position {
                        seq: 0,
                        hash: first.hash,
                    },
                    lamport: 0,
                };
                Ok((branch, Some(device), Grown::Opened))
            }
            At::End(id) | At::Known(id) => {
                let branch = branch(&id, &self.branches).ok_or(broken)?;
                Ok((branch, None, Grown::Longer))
            }
            At::Beside(id) => {
                let split = self.branches.split(&id, e.seq, held);
                let split = split.ok_or_else(|| broken.clone())?;
                if let Some(split) = &split
                    && let Some(unsigned) = self.unsigned.remove(&id)
                {
                    self.unsigned.insert(split.rest.id, unsigned);
                }
                let parent = branch(&id, &self.branches).ok_or(broken)?;
                let suffix = Branch {
                    id: fork_id(&e.feed, e.seq, &first.hash),
                    first: e.seq,
                    before: e.prev,
                    ..parent
                };
                Ok((suffix, None, Grown::Forked(split.map(Box::new))))
            }
        }
    }

    /// A signature vouches for all that its entry stands on.
    fn vouch(&mut self, branch: &Branch) {
        self.unsigned.remove(&branch.id);
        let mut at = branch.clone();
        while let Some(parent) = self.branches.parent(&at) {
            self.unsigned.remove(&parent.id);
            at = parent.clone();
        }
    }

    /// Ends the frame: the last commit of every branch must have been signed, or stand below one that was.
    ///
    /// # Errors
    /// [`Refusal::FalseSignature`] for a feed whose last commit nothing vouches for; nothing of the frame
    /// may be stored then.
    pub fn finish(self) -> Result<Branches, Refusal> {
        match self.unsigned.iter().next() {
            Some((branch, (seq, _))) => Err(Refusal::FalseSignature {
                feed: *branch,
                seq: *seq,
            }),
            None => Ok(self.branches),
        }
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

/// Every entry of a commit is held as it came.
fn known(commit: &Commit, branch: &FeedId, held: &mut dyn Held) -> Result<(), Refusal> {
    for sealed in &commit.entries {
        let (feed, seq) = (sealed.envelope.feed, sealed.envelope.seq);
        if held.place(branch, seq).map(|place| place.hash) != Some(sealed.hash) {
            return Err(Refusal::Fork { feed, seq });
        }
    }
    Ok(())
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
