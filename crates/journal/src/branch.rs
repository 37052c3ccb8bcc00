//! Branches of a feed: the feed as it was begun, and a suffix for each way in which it goes on where two valid entries
//! claim one place (architecture §4, "Forks"). A feed that never forked is one branch under its own name.

use crate::{EntryHash, FeedId, Position, Refusal, Sealed, fork_id};
use std::collections::BTreeMap;

/// What is known of a branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// Its name: the feed's own, or the suffix's.
    pub id: FeedId,
    /// The feed that its entries name.
    pub feed: FeedId,
    /// The number of its first entry; 0 for the feed itself.
    pub first: u64,
    /// The hash of the entry before its first.
    pub before: EntryHash,
    /// Ed25519 public key of the feed, from entry 0.
    pub public_key: [u8; 32],
    /// The last entry held.
    pub tip: Position,
    /// Its Lamport time.
    pub lamport: u64,
}

/// An entry that is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its hash.
    pub hash: EntryHash,
    /// Its Lamport time.
    pub lamport: u64,
    /// Entries of its commit that follow it.
    pub left: u32,
}

/// What is held of branches.
pub trait Held {
    /// The entry at a place of a branch.
    fn place(&mut self, branch: &FeedId, seq: u64) -> Option<Place>;
}

/// Nothing is held.
impl Held for () {
    fn place(&mut self, _: &FeedId, _: u64) -> Option<Place> {
        None
    }
}

/// A branch that ends where another way of going on was found: what stood behind is a suffix of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// The branch.
    pub of: FeedId,
    /// Its last entry from now on.
    pub tip: Position,
    /// That entry's Lamport time.
    pub lamport: u64,
    /// What stood behind.
    pub rest: Branch,
}

/// How a branch came by a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grown {
    /// It went on.
    Longer,
    /// The commit is the first of a feed.
    Opened,
    /// The commit is the first of a new suffix; a branch was split for it, where none ended there already.
    Forked(Option<Box<Split>>),
}

/// Where the next commit of a feed belongs.
pub(crate) enum At {
    /// It is held, in this branch.
    Known(FeedId),
    /// It goes on where this branch ends.
    End(FeedId),
    /// It is another way of going on from this branch's entry before it.
    Beside(FeedId),
    /// It begins a feed.
    Begins,
}

/// The branches of some feeds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Branches(BTreeMap<FeedId, Branch>);

impl Branches {
    /// The branch of this name.
    pub fn get(&self, id: &FeedId) -> Option<&Branch> {
        self.0.get(id)
    }

    /// Takes note of a branch.
    pub fn put(&mut self, branch: Branch) {
        self.0.insert(branch.id, branch);
    }

    /// All branches of a feed.
    pub fn of(&self, feed: &FeedId) -> impl Iterator<Item = &Branch> + use<'_> {
        let feed = *feed;
        self.0.values().filter(move |branch| branch.feed == feed)
    }

    /// The branch that another one goes on from; `None` for a feed itself.
    pub fn parent(&self, of: &Branch) -> Option<&Branch> {
        let before = Position {
            seq: of.first.checked_sub(1)?,
            hash: of.before,
        };
        self.of(&of.feed)
            .find(|branch| branch.tip == before && branch.id != of.id)
    }

    /// The branches by which one is reached from a feed's beginning, itself first, each with the number of its last
    /// entry on the way; `seq` is the one in the branch itself.
    pub fn way(&self, to: &FeedId, seq: u64) -> Vec<(FeedId, u64)> {
        let mut way = Vec::new();
        let mut at = self.get(to).map(|branch| (branch, seq));
        while let Some((branch, seq)) = at {
            way.push((branch.id, seq));
            at = self.parent(branch).map(|parent| (parent, parent.tip.seq));
        }
        way
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Branch> {
        self.0.values()
    }

    /// The branches that go on from another one's end.
    pub fn children(&self, of: &Branch) -> impl Iterator<Item = &Branch> + use<'_> {
        let (id, end) = (of.id, of.tip);
        self.of(&of.feed).filter(move |branch| {
            branch.first == end.seq + 1 && branch.before == end.hash && branch.id != id
        })
    }

    /// Where a commit belongs, by its first entry.
    ///
    /// # Errors
    /// [`Refusal::Gap`], [`Refusal::BrokenChain`].
    pub(crate) fn place(&self, first: &Sealed, held: &mut dyn Held) -> Result<At, Refusal> {
        let e = &first.envelope;
        let (feed, seq) = (e.feed, e.seq);
        let own = self.0.get(&feed);
        let Some(before) = seq.checked_sub(1) else {
            let there = own.map(|_| held.place(&feed, 0).map(|place| place.hash));
            return match there {
                None => Ok(At::Begins),
                Some(Some(hash)) if hash == first.hash => Ok(At::Known(feed)),
                // One id has one beginning.
                Some(_) => Err(Refusal::Fork { feed, seq }),
            };
        };
        let mut reached = false;
        for branch in self.of(&feed) {
            if before < branch.first || before > branch.tip.seq {
                continue;
            }
            reached = true;
            let at_end = before == branch.tip.seq;
            if at_end && branch.tip.hash != e.prev {
                continue;
            }
            if at_end {
                return Ok(self.behind(branch, first));
            }
            let Some(place) = held.place(&branch.id, before) else {
                continue;
            };
            if place.hash != e.prev {
                continue;
            }
            // Commits are never split: one begins where another ended.
            if place.left != 0 {
                return Err(Refusal::BrokenChain { feed, seq });
            }
            let there = held.place(&branch.id, seq).map(|place| place.hash);
            return Ok(if there == Some(first.hash) {
                At::Known(branch.id)
            } else {
                At::Beside(branch.id)
            });
        }
        if reached {
            Err(Refusal::BrokenChain { feed, seq })
        } else {
            let have = own.map(|branch| branch.tip);
            Err(Refusal::Gap { feed, seq, have })
        }
    }

    /// Behind the end of a branch: it goes on, or it ended there for its suffixes.
    fn behind(&self, branch: &Branch, first: &Sealed) -> At {
        let e = &first.envelope;
        let id = fork_id(&e.feed, e.seq, &first.hash);
        if self.children(branch).any(|child| child.id == id) {
            At::Known(id)
        } else if self.children(branch).next().is_some() {
            At::Beside(branch.id)
        } else {
            At::End(branch.id)
        }
    }

    /// Ends a branch before an entry, and makes a suffix of what stood behind; `None` where it ended there already.
    pub(crate) fn split(
        &mut self,
        of: &FeedId,
        at: u64,
        held: &mut dyn Held,
    ) -> Option<Option<Split>> {
        let branch = self.0.get(of)?.clone();
        if branch.tip.seq < at {
            return Some(None);
        }
        let seq = at.checked_sub(1)?;
        let (last, next) = (held.place(of, seq)?, held.place(of, at)?);
        let rest = Branch {
            id: fork_id(&branch.feed, at, &next.hash),
            first: at,
            before: last.hash,
            ..branch.clone()
        };
        let tip = Position {
            seq,
            hash: last.hash,
        };
        self.put(rest.clone());
        self.put(Branch {
            tip,
            lamport: last.lamport,
            ..branch
        });
        Some(Some(Split {
            of: *of,
            tip,
            lamport: last.lamport,
            rest,
        }))
    }
}
