//! What a peer lacks, frame by frame, in sending order (lamport, feed, seq).

use crate::journal::{NO_CHANGE, commits_from, doc_type_of, vector};
use crate::{LedgerError, Sql};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use xunyi_journal::{
    ChangeHash, Commit, DocId, Earlier, EarlierEntries, FeedId, Frame, FrameBuilder, Vector,
};
use xunyi_record::AutomergeCodec;

/// Entries read of a feed at a time.
const BATCH: u32 = 64;

/// A walk over the commits that a peer lacks. Kept between transactions: each call reads on.
#[derive(Debug)]
pub struct Outgoing {
    site: i64,
    feeds: BTreeMap<FeedId, Lane>,
    /// How many entries of each feed the peer holds once it has taken what was given so far.
    held: BTreeMap<FeedId, u64>,
}

#[derive(Debug)]
struct Lane {
    next: u64,
    until: u64,
    ready: VecDeque<Commit>,
}

impl Lane {
    fn fill(&mut self, sql: &mut dyn Sql, site: i64, feed: &FeedId) -> Result<(), LedgerError> {
        while self.ready.is_empty() && self.next <= self.until {
            let commits = commits_from(sql, site, feed, self.next, BATCH)?;
            if commits.is_empty() {
                self.next = self.until + 1;
            }
            for commit in commits {
                self.next = commit.last().map_or(self.next, |l| l.envelope.seq + 1);
                self.ready.push_back(commit);
            }
        }
        Ok(())
    }

    /// Commits up to and with the next signed one: a peer must be able to verify what it is given.
    fn segment(
        &mut self,
        sql: &mut dyn Sql,
        site: i64,
        feed: &FeedId,
    ) -> Result<Vec<Commit>, LedgerError> {
        let mut segment = Vec::new();
        loop {
            self.fill(sql, site, feed)?;
            let Some(commit) = self.ready.pop_front() else {
                return Ok(segment);
            };
            let signed = commit.signature.is_some();
            segment.push(commit);
            if signed {
                return Ok(segment);
            }
        }
    }
}

/// A frame on its way to a peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outbound {
    /// What a peer's [`Ledger::unpack`](crate::Ledger::unpack) takes.
    pub bytes: Vec<u8>,
    /// Commits in it.
    pub commits: u64,
}

/// The bytes of a frame for a peer that holds these entries.
///
/// # Errors
/// [`LedgerError::Refused`] when its commits do not follow one another.
pub fn pack(frame: &Frame, earlier: &EarlierEntries) -> Result<Vec<u8>, LedgerError> {
    frame
        .encode(&AutomergeCodec, earlier)
        .map_err(|e| LedgerError::Refused(e.into()))
}

impl Outgoing {
    /// What is held here and not in `peer`.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn new(sql: &mut dyn Sql, site: i64, peer: &Vector) -> Result<Self, LedgerError> {
        let mut feeds = BTreeMap::new();
        let mut held = BTreeMap::new();
        for (feed, tip) in vector(sql, site)?.iter() {
            let next = peer.get(feed).map_or(0, |p| p.seq.saturating_add(1));
            held.insert(*feed, next);
            if next <= tip.seq {
                feeds.insert(
                    *feed,
                    Lane {
                        next,
                        until: tip.seq,
                        ready: VecDeque::new(),
                    },
                );
            }
        }
        Ok(Self { site, feeds, held })
    }

    /// The next frame, packed for this peer; `None` when it has been given everything.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn next_packed(&mut self, sql: &mut dyn Sql) -> Result<Option<Outbound>, LedgerError> {
        let Some(frame) = self.next_frame(sql)? else {
            return Ok(None);
        };
        let mut earlier = EarlierEntries::new();
        let entries = frame.commits.iter().flat_map(|commit| &commit.entries);
        let docs: BTreeSet<_> = entries
            .filter_map(|s| Some(s.entry.as_ref()?.doc))
            .collect();
        for doc in docs {
            if let Some(found) = self.earlier_entry(sql, &doc)? {
                earlier.insert(doc, found);
            }
        }
        for last in frame.commits.iter().filter_map(Commit::last) {
            let e = &last.envelope;
            self.held.insert(e.feed, e.seq + 1);
        }
        Ok(Some(Outbound {
            bytes: pack(&frame, &earlier)?,
            commits: frame.commits.len() as u64,
        }))
    }

    /// The last entry of a document that the peer holds.
    fn earlier_entry(
        &self,
        sql: &mut dyn Sql,
        doc: &DocId,
    ) -> Result<Option<Earlier>, LedgerError> {
        let rows = sql.query(
            "SELECT feed, seq, doc_type, change_hash FROM entry WHERE site = $1 AND doc = $2
             ORDER BY lamport DESC, feed DESC, seq DESC",
            &[self.site.into(), doc.as_bytes().into()],
        )?;
        Ok(rows.iter().find_map(|row| {
            let earlier = Earlier {
                feed: FeedId::from_slice(row.blob(0))?,
                seq: row.count(1),
                doc_type: doc_type_of(row.int(2)),
                change: ChangeHash::from_slice(row.blob(3))?,
            };
            let held = self.held.get(&earlier.feed).copied().unwrap_or(0);
            (earlier.seq < held && earlier.change != NO_CHANGE).then_some(earlier)
        }))
    }

    /// The next frame as entries; `None` when the peer has been given everything.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn next_frame(&mut self, sql: &mut dyn Sql) -> Result<Option<Frame>, LedgerError> {
        let mut builder = FrameBuilder::new();
        let mut taken: Vec<Commit> = Vec::new();
        let mut size = 0;
        loop {
            let mut first: Option<(u64, FeedId)> = None;
            let mut ended = Vec::new();
            for (feed, lane) in &mut self.feeds {
                lane.fill(sql, self.site, feed)?;
                match lane.ready.front().and_then(Commit::last) {
                    Some(last) => {
                        let place = (last.envelope.lamport, *feed);
                        if first.is_none_or(|held| place < held) {
                            first = Some(place);
                        }
                    }
                    None => ended.push(*feed),
                }
            }
            for feed in ended {
                self.feeds.remove(&feed);
            }
            let Some((_, feed)) = first else { break };
            let Some(lane) = self.feeds.get_mut(&feed) else {
                break;
            };
            let next_size: usize = lane.ready.front().map_or(0, Commit::size);
            if !taken.is_empty() && size + next_size > xunyi_journal::FRAME_ENTRIES_MAX {
                break;
            }
            let segment = lane.segment(sql, self.site, &feed)?;
            size += segment.iter().map(Commit::size).sum::<usize>();
            taken.extend(segment);
        }
        if taken.is_empty() {
            return Ok(None);
        }
        taken.sort_by_key(|c| {
            c.last()
                .map(|l| (l.envelope.lamport, l.envelope.feed, l.envelope.seq))
        });
        for commit in taken {
            builder.push(commit);
        }
        Ok(Some(builder.take()))
    }
}
