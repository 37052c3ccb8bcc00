//! What a peer lacks, frame by frame, in sending order (lamport, feed, seq).

use crate::journal::{commits_from, vector};
use crate::{LedgerError, Sql};
use std::collections::{BTreeMap, VecDeque};
use xunyi_journal::{Commit, FeedId, Frame, FrameBuilder, Vector};
use xunyi_record::AutomergeCodec;

/// Entries read of a feed at a time.
const BATCH: u32 = 64;

/// A walk over the commits that a peer lacks. Kept between transactions: each call reads on.
#[derive(Debug)]
pub struct Outgoing {
    site: i64,
    feeds: BTreeMap<FeedId, Lane>,
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

/// The bytes of a frame, as a peer's [`Ledger::unpack`](crate::Ledger::unpack) takes them.
///
/// # Errors
/// [`LedgerError::Refused`] when its commits do not follow one another.
pub fn pack(frame: &Frame) -> Result<Vec<u8>, LedgerError> {
    frame
        .encode(&AutomergeCodec)
        .map_err(|e| LedgerError::Refused(e.into()))
}

impl Outgoing {
    /// What is held here and not in `peer`.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn new(sql: &mut dyn Sql, site: i64, peer: &Vector) -> Result<Self, LedgerError> {
        let mut feeds = BTreeMap::new();
        for (feed, tip) in vector(sql, site)?.iter() {
            let next = peer.get(feed).map_or(0, |p| p.seq.saturating_add(1));
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
        Ok(Self { site, feeds })
    }

    /// The next frame; `None` when the peer has been given everything.
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
