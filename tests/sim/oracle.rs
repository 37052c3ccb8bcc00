//! What must have become of everything that was said to be saved, by a model that knows nothing of documents: each
//! write of a field knows which others its writer had seen.

use std::collections::{BTreeMap, BTreeSet};
use xunyi_journal::{EntryHash, FeedId, Vector};

/// A field of a person that the model follows.
pub type Field = (String, &'static str);

/// A write that is on a disk.
#[derive(Clone, Debug)]
struct Written {
    value: String,
    feed: FeedId,
    seq: u64,
    /// Writes of the same field that its writer had before the eyes.
    seen: BTreeSet<usize>,
}

/// All of it.
#[derive(Default)]
pub struct Oracle {
    writes: BTreeMap<Field, Vec<Written>>,
    /// Entries that were said to be on disk.
    acknowledged: BTreeMap<(FeedId, u64), EntryHash>,
    /// Records that commands answered the ids of, with their tables.
    records: BTreeSet<(&'static str, String)>,
    /// Feeds of which something may be held.
    pub doubtful: BTreeSet<FeedId>,
}

/// What somebody had before the eyes when they opened a form.
#[derive(Clone, Debug, Default)]
pub struct Seen(BTreeSet<usize>);

impl Oracle {
    /// The writes of a field that a device with this vector shows.
    pub fn seen(&self, field: &Field, vector: &Vector) -> Seen {
        let shown = |w: &Written| vector.get(&w.feed).is_some_and(|at| at.seq >= w.seq);
        let all = self.writes.get(field).into_iter().flatten().enumerate();
        Seen(all.filter(|(_, w)| shown(w)).map(|(i, _)| i).collect())
    }

    /// A field was written.
    pub fn wrote(&mut self, field: Field, value: &str, seen: Seen, feed: FeedId, seq: u64) {
        self.writes.entry(field).or_default().push(Written {
            value: value.to_owned(),
            feed,
            seq,
            seen: seen.0,
        });
    }

    /// An entry was said to be on disk.
    pub fn acknowledge(&mut self, feed: FeedId, seq: u64, hash: EntryHash) {
        self.acknowledged.insert((feed, seq), hash);
    }

    /// A record was answered.
    pub fn record(&mut self, table: &'static str, id: &str) {
        self.records.insert((table, id.to_owned()));
    }

    pub fn acknowledged(&self) -> impl Iterator<Item = (&(FeedId, u64), &EntryHash)> {
        self.acknowledged.iter()
    }

    pub fn records(&self) -> impl Iterator<Item = &(&'static str, String)> {
        self.records.iter()
    }

    /// What each field must show: all values that nobody who saw them wrote over. Fields with writes of a device
    /// that was revoked are left out: what policy holds of them is another matter.
    pub fn expected(&self) -> impl Iterator<Item = (&Field, BTreeSet<&str>)> {
        let certain =
            |writes: &&Vec<Written>| writes.iter().all(|w| !self.doubtful.contains(&w.feed));
        self.writes
            .iter()
            .filter(move |(_, writes)| certain(writes))
            .map(|(field, writes)| {
                let over: BTreeSet<usize> = writes.iter().flat_map(|w| w.seen.clone()).collect();
                let standing = writes.iter().enumerate();
                let standing = standing.filter(|(i, _)| !over.contains(i));
                (field, standing.map(|(_, w)| w.value.as_str()).collect())
            })
    }
}
