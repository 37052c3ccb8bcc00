//! Commits that wait to be taken in, read from the journal with their changes.

use crate::journal::doc_type_of;
use crate::{EntryState, Ledger, LedgerError, SqlRow};
use std::collections::{BTreeMap, BTreeSet};
use xunyi_journal::schema::Value;
use xunyi_journal::{DocId, DocType, EntryHash, FeedId, Sealed};
use xunyi_record::Change;

/// Entries of one commit at most, less one: how far its first entry may lie before its last.
const SPAN: u64 = 1023;

/// A commit by its feed and the number of its last entry.
pub(crate) type CommitId = (FeedId, u64);

/// A commit with what its entries change in documents.
pub(crate) struct Work {
    pub(crate) lamport: u64,
    /// Of its last entry.
    pub(crate) hash: EntryHash,
    pub(crate) items: Vec<Item>,
}

/// An entry of it.
pub(crate) struct Item {
    pub(crate) seq: u64,
    pub(crate) doc: DocId,
    pub(crate) doc_type: DocType,
    pub(crate) state: EntryState,
    /// `None` where this version can't read it.
    pub(crate) change: Option<Change>,
}

impl Work {
    /// Its changes of one document that are not in it yet, in their order.
    pub(crate) fn of<'w>(&'w self, doc: &'w DocId) -> impl Iterator<Item = &'w Change> {
        self.items
            .iter()
            .filter(move |item| item.doc == *doc && !item.state.is_applied())
            .filter_map(|item| item.change.as_ref())
    }
}

/// A commit's id from a row of feed and last number.
pub(crate) fn id_of(row: &SqlRow) -> Option<CommitId> {
    Some((
        FeedId::from_slice(row.blob(0))?,
        u64::try_from(row.int(1)).ok()?,
    ))
}

impl Ledger<'_> {
    /// The commits that wait in these documents, whole, with those that wait in documents they touch as well.
    pub(crate) fn collect(
        &mut self,
        docs: &BTreeSet<DocId>,
    ) -> Result<BTreeMap<CommitId, Work>, LedgerError> {
        let mut works = BTreeMap::new();
        let mut seen = BTreeSet::new();
        let mut queue: Vec<DocId> = docs.iter().copied().collect();
        while let Some(doc) = queue.pop() {
            if !seen.insert(doc) {
                continue;
            }
            for (id, alone) in self.waiting_in(&doc)? {
                if works.contains_key(&id) {
                    continue;
                }
                let first = if alone {
                    id.1
                } else {
                    id.1.saturating_sub(SPAN)
                };
                let work = self.commit_from(&id.0, first, id.1)?;
                queue.extend(work.items.iter().map(|item| item.doc));
                works.insert(id, work);
            }
        }
        Ok(works)
    }

    /// The commits with entries that wait in a document, and whether each has but one entry.
    fn waiting_in(&mut self, doc: &DocId) -> Result<Vec<(CommitId, bool)>, LedgerError> {
        let rows = self.sql.query(
            "SELECT e.feed, e.seq + e.remaining, e.remaining, p.remaining FROM entry e
             LEFT JOIN entry p ON p.site = e.site AND p.feed = e.feed AND p.seq = e.seq - 1
             WHERE e.site = $1 AND e.doc = $2 AND e.state IN ($3, $4, $5)",
            &[
                self.site.into(),
                Value::from(doc.as_bytes()),
                EntryState::Pending.code().into(),
                EntryState::Waiting.code().into(),
                EntryState::Contested.code().into(),
            ],
        )?;
        let alone = |r: &SqlRow| r.int(2) == 0 && r.opt_int(3) == Some(0);
        Ok(rows
            .iter()
            .filter_map(|r| Some((id_of(r)?, alone(r))))
            .collect())
    }

    /// A whole commit.
    pub(crate) fn commit(&mut self, feed: &FeedId, last: u64) -> Result<Work, LedgerError> {
        self.commit_from(feed, last.saturating_sub(SPAN), last)
    }

    fn commit_from(&mut self, feed: &FeedId, first: u64, last: u64) -> Result<Work, LedgerError> {
        let rows = self.sql.query(
            "SELECT seq, lamport, doc, doc_type, state, bytes FROM entry
             WHERE site = $1 AND feed = $2 AND seq >= $3 AND seq <= $4 AND seq + remaining = $4 ORDER BY seq",
            &[
                self.site.into(),
                Value::from(feed.as_bytes()),
                first.into(),
                last.into(),
            ],
        )?;
        let mut work = Work {
            lamport: 0,
            hash: EntryHash::ZERO,
            items: Vec::with_capacity(rows.len()),
        };
        for row in &rows {
            let sealed = Sealed::read(row.blob(5).to_vec())?;
            work.lamport = row.count(1);
            work.hash = sealed.hash;
            let (Some(doc), Some(state)) = (
                DocId::from_slice(row.blob(2)),
                EntryState::from_code(row.int(4)),
            ) else {
                continue;
            };
            let doc_type = doc_type_of(row.int(3));
            if state == EntryState::NoDocument {
                continue;
            }
            let change = sealed
                .entry
                .and_then(|entry| Change::read(doc_type, &entry.change).ok());
            work.items.push(Item {
                seq: row.count(0),
                doc,
                doc_type,
                state,
                change,
            });
        }
        Ok(work)
    }
}
