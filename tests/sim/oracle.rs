//! What must have become of everything that was said to be saved, by a model that knows nothing of documents: each
//! write of a field knows which others its writer had seen.

use std::collections::{BTreeMap, BTreeSet};
use xunyi_journal::{EntryHash, FeedId};

/// A field of a person that the model follows.
pub type Field = (String, &'static str);

/// An entry, wherever forks put it.
pub type Entry = (FeedId, u64, EntryHash);

/// A write that is on a disk.
#[derive(Clone, Debug)]
struct Written {
    value: String,
    entry: Entry,
    /// The device that wrote it, by the feed of its enrolment.
    device: FeedId,
    /// Writes of the same field that its writer had before the eyes.
    seen: BTreeSet<usize>,
}

/// All of it.
#[derive(Default)]
pub struct Oracle {
    writes: BTreeMap<Field, Vec<Written>>,
    /// Entries that were said to be on disk.
    acknowledged: BTreeSet<Entry>,
    /// Those on a device since its disk was last changed by an operator, by its place.
    on: BTreeMap<usize, Vec<Entry>>,
    /// Records that commands answered the ids of, with their tables, and the entry that each is in.
    records: BTreeMap<(&'static str, String), Entry>,
    /// What went with a disk that an operator put an old image on, before anybody else had it.
    gone: BTreeSet<Entry>,
    /// Devices of which something may be held.
    pub doubtful: BTreeSet<FeedId>,
}

/// What somebody had before the eyes when they opened a form.
#[derive(Clone, Debug, Default)]
pub struct Seen(BTreeSet<usize>);

impl Oracle {
    /// The writes of a field that a device shows: those whose entries it holds.
    pub fn seen(
        &self,
        field: &Field,
        mut holds: impl FnMut(&Entry) -> Result<bool, String>,
    ) -> Result<Seen, String> {
        let mut seen = BTreeSet::new();
        let all = self.writes.get(field).into_iter().flatten();
        for (n, written) in all.enumerate() {
            if holds(&written.entry)? {
                seen.insert(n);
            }
        }
        Ok(Seen(seen))
    }

    /// A field was written.
    pub fn wrote(&mut self, field: Field, value: &str, seen: Seen, entry: Entry, device: FeedId) {
        self.writes.entry(field).or_default().push(Written {
            value: value.to_owned(),
            entry,
            device,
            seen: seen.0,
        });
    }

    /// An entry was said to be on disk.
    pub fn acknowledge(&mut self, device: usize, entry: Entry) {
        self.acknowledged.insert(entry);
        self.on.entry(device).or_default().push(entry);
    }

    /// What was acknowledged on a device and must be on its disk.
    pub fn on(&self, device: usize) -> impl Iterator<Item = &Entry> {
        self.on.get(&device).into_iter().flatten()
    }

    /// An operator put another disk into a device.
    pub fn other_disk(&mut self, device: usize) {
        self.on.remove(&device);
    }

    /// A record was answered.
    pub fn record(&mut self, table: &'static str, id: &str, entry: Entry) {
        self.records.insert((table, id.to_owned()), entry);
    }

    /// What was acknowledged and must be held.
    pub fn acknowledged(&self) -> impl Iterator<Item = &Entry> {
        self.acknowledged.difference(&self.gone)
    }

    /// An operator put an old image on a disk: this was on it alone.
    pub fn went(&mut self, entries: impl IntoIterator<Item = Entry>) {
        self.gone.extend(entries);
    }

    /// The records that must be there.
    pub fn records(&self) -> impl Iterator<Item = &(&'static str, String)> {
        let there = |(_, entry): &(&(&'static str, String), &Entry)| !self.gone.contains(entry);
        self.records.iter().filter(there).map(|(record, _)| record)
    }

    /// What each field must show: all values that nobody who saw them wrote over. Fields with writes of a device
    /// that was revoked are left out: what policy holds of them is another matter.
    pub fn expected(&self) -> impl Iterator<Item = (&Field, BTreeSet<&str>)> {
        let certain = |writes: &[Written]| {
            let mut devices = writes.iter().map(|w| w.device);
            devices.all(|device| !self.doubtful.contains(&device))
        };
        let here = |w: &Written| !self.gone.contains(&w.entry);
        self.writes.iter().filter_map(move |(field, writes)| {
            let any = writes.iter().any(here);
            if !any || !certain(writes) {
                return None;
            }
            let all = writes.iter().enumerate().filter(|(_, w)| here(w));
            let over: BTreeSet<usize> = all.clone().flat_map(|(_, w)| w.seen.clone()).collect();
            let standing = all.filter(|(i, _)| !over.contains(i));
            Some((field, standing.map(|(_, w)| w.value.as_str()).collect()))
        })
    }
}
