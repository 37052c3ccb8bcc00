//! What a peer lacks, frame by frame, in sending order (lamport, feed, seq).

use crate::branches::of_feed;
use crate::journal::{NO_CHANGE, commits_from, doc_type_of, feeds, hash_at};
use crate::{FeedInfo, LedgerError, Sql};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use xunyi_journal::{
    Branch, Branches, ChangeHash, Commit, DocId, Earlier, FeedId, Frame, FrameBuilder, Position,
    Receiver, Vector, fork_id,
};
use xunyi_record::AutomergeCodec;

/// Entries read of a feed at a time.
const BATCH: u32 = 64;

/// A walk over the commits that a peer lacks. Kept between transactions: each call reads on.
#[derive(Debug)]
pub struct Outgoing {
    site: i64,
    /// By the branch that each begins with.
    lanes: BTreeMap<FeedId, Lane>,
    /// How many entries the peer holds, once it has taken what was given so far, of each feed of which it surely holds
    /// the same.
    held: BTreeMap<FeedId, u64>,
}

/// What is sent of one branch; of one whose end nobody signed, with a suffix whose signature vouches for it.
#[derive(Debug)]
struct Lane {
    /// The feed that the entries name.
    feed: FeedId,
    parts: VecDeque<Part>,
    ready: VecDeque<Commit>,
}

#[derive(Debug)]
struct Part {
    branch: FeedId,
    next: u64,
    until: u64,
}

impl Lane {
    fn fill(&mut self, sql: &mut dyn Sql, site: i64) -> Result<(), LedgerError> {
        while self.ready.is_empty() {
            let Some(part) = self.parts.front_mut() else {
                return Ok(());
            };
            if part.next > part.until {
                self.parts.pop_front();
                continue;
            }
            let commits = commits_from(sql, site, &part.branch, part.next, BATCH)?;
            if commits.is_empty() {
                part.next = part.until + 1;
            }
            for commit in commits {
                part.next = commit.last().map_or(part.next, |l| l.envelope.seq + 1);
                self.ready.push_back(commit);
            }
        }
        Ok(())
    }

    /// Commits up to and with the next signed one: a peer must be able to verify what it is given.
    fn segment(&mut self, sql: &mut dyn Sql, site: i64) -> Result<Vec<Commit>, LedgerError> {
        let mut segment = Vec::new();
        loop {
            self.fill(sql, site)?;
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

/// The bytes of a frame for a receiver.
///
/// # Errors
/// [`LedgerError::Refused`] when its commits do not follow one another.
pub fn pack(frame: &Frame, receiver: &Receiver) -> Result<Vec<u8>, LedgerError> {
    frame
        .encode(&AutomergeCodec, receiver)
        .map_err(|e| LedgerError::Refused(e.into()))
}

impl Outgoing {
    /// What is held here and not in `peer`.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn new(sql: &mut dyn Sql, site: i64, peer: &Vector) -> Result<Self, LedgerError> {
        Self::by(sql, site, peer, None)
    }

    /// As [`Outgoing::new`], by the author of a feed: where the peer holds more of it, that is another's, and all of
    /// it is sent.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn by_author(
        sql: &mut dyn Sql,
        site: i64,
        peer: &Vector,
        own: &FeedId,
    ) -> Result<Self, LedgerError> {
        Self::by(sql, site, peer, Some(own))
    }

    fn by(
        sql: &mut dyn Sql,
        site: i64,
        peer: &Vector,
        own: Option<&FeedId>,
    ) -> Result<Self, LedgerError> {
        let mut walk = Self {
            site,
            lanes: BTreeMap::new(),
            held: BTreeMap::new(),
        };
        let feeds = feeds(sql, site)?;
        let forked: BTreeSet<FeedId> = feeds.iter().filter_map(|f| Some(f.suffix_of?.0)).collect();
        for info in feeds.into_iter().filter(|f| f.suffix_of.is_none()) {
            // Next to no feed ever forks: of those the list alone is asked.
            let branches = if forked.contains(&info.feed) {
                of_feed(sql, site, &info.feed)?
            } else {
                Branches::default()
            };
            let is_own = own == Some(&info.feed);
            let known = Known::of(sql, site, (&info, is_own), &branches, peer)?;
            if known.plain {
                walk.held.insert(info.feed, known.next(&info.feed, 0));
            }
            walk.add_lanes(sql, &info, &branches, &known)?;
        }
        Ok(walk)
    }

    /// One lane for each branch that the peer lacks something of.
    fn add_lanes(
        &mut self,
        sql: &mut dyn Sql,
        info: &FeedInfo,
        branches: &Branches,
        known: &Known,
    ) -> Result<(), LedgerError> {
        let own = (info.feed, 0, info.tip);
        let all = suffixes(branches).map(|s| (s.id, s.first, s.tip));
        let mut taken = BTreeSet::new();
        for (branch, first, tip) in std::iter::once(own).chain(all) {
            let next = known.next(&branch, first);
            if next > tip.seq || !taken.insert(branch) {
                continue;
            }
            let mut parts = VecDeque::from([Part {
                branch,
                next,
                until: tip.seq,
            }]);
            // A signature vouches for all that it stands on: where a branch ends unsigned, a suffix goes along.
            let mut end = tip;
            while !is_signed(sql, self.site, parts.back(), end.seq)? {
                let at_end = |s: &&Branch| s.first == end.seq + 1 && s.before == end.hash;
                let Some(child) = suffixes(branches).find(at_end) else {
                    break;
                };
                taken.insert(child.id);
                end = child.tip;
                parts.push_back(Part {
                    branch: child.id,
                    next: child.first,
                    until: child.tip.seq,
                });
            }
            let lane = Lane {
                feed: info.feed,
                parts,
                ready: VecDeque::new(),
            };
            self.lanes.insert(branch, lane);
        }
        Ok(())
    }

    /// The next frame, packed for this peer; `None` when it has been given everything.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn next_packed(&mut self, sql: &mut dyn Sql) -> Result<Option<Outbound>, LedgerError> {
        let Some(frame) = self.next_frame(sql)? else {
            return Ok(None);
        };
        let mut receiver = Receiver::default();
        let entries = frame.commits.iter().flat_map(|commit| &commit.entries);
        let docs: BTreeSet<_> = entries
            .filter_map(|s| Some(s.entry.as_ref()?.doc))
            .collect();
        for doc in docs {
            if let Some(found) = self.earlier_entry(sql, &doc)? {
                receiver.earlier.insert(doc, found);
            }
        }
        for last in frame.commits.iter().filter_map(Commit::last) {
            let e = &last.envelope;
            match self.held.get_mut(&e.feed) {
                Some(held) => *held = e.seq + 1,
                None => {
                    receiver.forked.insert(e.feed);
                }
            }
        }
        Ok(Some(Outbound {
            bytes: pack(&frame, &receiver)?,
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
        // One branch of a feed in a frame: its entries are told by the first one's number.
        let mut branches: BTreeMap<FeedId, FeedId> = BTreeMap::new();
        loop {
            let mut first: Option<(u64, FeedId)> = None;
            let mut ended = Vec::new();
            for (branch, lane) in &mut self.lanes {
                lane.fill(sql, self.site)?;
                match lane.ready.front().and_then(Commit::last) {
                    Some(last) => {
                        let place = (last.envelope.lamport, *branch);
                        if first.is_none_or(|held| place < held) {
                            first = Some(place);
                        }
                    }
                    None => ended.push(*branch),
                }
            }
            for branch in ended {
                self.lanes.remove(&branch);
            }
            let Some((_, branch)) = first else { break };
            let Some(lane) = self.lanes.get_mut(&branch) else {
                break;
            };
            let next_size: usize = lane.ready.front().map_or(0, Commit::size);
            if !taken.is_empty() && size + next_size > xunyi_journal::FRAME_ENTRIES_MAX {
                break;
            }
            if *branches.entry(lane.feed).or_insert(branch) != branch {
                break;
            }
            let segment = lane.segment(sql, self.site)?;
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

/// What a peer holds of one feed.
struct Known {
    /// Entries of each branch, by the number of the next one.
    next: BTreeMap<FeedId, u64>,
    /// Both sides hold the same, as far as they hold it: no fork is known to either.
    plain: bool,
}

impl Known {
    /// By the peer's vector. Names of suffixes are derived alike everywhere; what a place is of is told by its hash. A
    /// place that is not held here and should be lies on a branch that is not known here: nothing is known then of
    /// what the peer holds, and everything is sent, which ends with both knowing both.
    fn of(
        sql: &mut dyn Sql,
        site: i64,
        (info, is_own): (&FeedInfo, bool),
        branches: &Branches,
        peer: &Vector,
    ) -> Result<Self, LedgerError> {
        let mut known = Self {
            next: BTreeMap::new(),
            plain: suffixes(branches).next().is_none(),
        };
        let Some(told) = peer.get(&info.feed) else {
            return Ok(known);
        };
        let longest = suffixes(branches).map(|s| s.tip.seq).chain([info.tip.seq]);
        if told.seq > longest.max().unwrap_or(0) {
            // It is ahead, here or on another branch: it is the one to tell. No entry of this feed is named to it.
            known.plain = false;
            if !is_own {
                known.holds(&info.feed, info.tip.seq);
            }
        } else if let Some(branch) = branch_of(sql, site, info, branches, &told)? {
            known.holds_way(branches, branch, told.seq);
        } else {
            known.plain = false;
            return Ok(known);
        }
        for suffix in suffixes(branches) {
            if let Some(at) = peer.get(&suffix.id) {
                match branch_of(sql, site, info, branches, &at)? {
                    Some(branch) => known.holds_way(branches, branch, at.seq),
                    // It is ahead on this one.
                    None => known.holds_way(branches, suffix.id, suffix.tip.seq),
                }
            }
        }
        known.by_name(sql, site, info, told, peer)?;
        Ok(known)
    }

    /// The peer knows of a fork that is not known here: what goes on here has a name there.
    fn by_name(
        &mut self,
        sql: &mut dyn Sql,
        site: i64,
        info: &FeedInfo,
        told: Position,
        peer: &Vector,
    ) -> Result<(), LedgerError> {
        let mut at = told.seq;
        while at < info.tip.seq {
            let Some(next) = hash_at(sql, site, &info.feed, at + 1)? else {
                return Ok(());
            };
            let Some(there) = peer.get(&fork_id(&info.feed, at + 1, &next)) else {
                return Ok(());
            };
            self.plain = false;
            let same = hash_at(sql, site, &info.feed, there.seq)?;
            if same.is_some_and(|hash| hash != there.hash) {
                // It goes on otherwise there: what is surely the same is the entry that gave it the name.
                self.holds(&info.feed, at + 1);
                return Ok(());
            }
            at = there.seq;
            self.holds(&info.feed, at.min(info.tip.seq));
        }
        Ok(())
    }

    fn next(&self, branch: &FeedId, first: u64) -> u64 {
        self.next.get(branch).copied().unwrap_or(first)
    }

    fn holds(&mut self, branch: &FeedId, seq: u64) {
        let next = self.next.entry(*branch).or_default();
        *next = (*next).max(seq + 1);
    }

    /// It holds a branch up to here, and all that the branch goes on from.
    fn holds_way(&mut self, branches: &Branches, branch: FeedId, seq: u64) {
        self.holds(&branch, seq);
        for (branch, seq) in branches.way(&branch, seq) {
            self.holds(&branch, seq);
        }
    }
}

/// The suffixes among the branches of a feed.
fn suffixes(branches: &Branches) -> impl Iterator<Item = &Branch> {
    branches.iter().filter(|branch| branch.id != branch.feed)
}

/// The branch that holds this very entry.
fn branch_of(
    sql: &mut dyn Sql,
    site: i64,
    info: &FeedInfo,
    branches: &Branches,
    at: &Position,
) -> Result<Option<FeedId>, LedgerError> {
    for branch in suffixes(branches).map(|s| s.id).chain([info.feed]) {
        if hash_at(sql, site, &branch, at.seq)? == Some(at.hash) {
            return Ok(Some(branch));
        }
    }
    Ok(None)
}

/// True where the last entry of a branch has its signature here, or is not sent.
fn is_signed(
    sql: &mut dyn Sql,
    site: i64,
    part: Option<&Part>,
    last: u64,
) -> Result<bool, LedgerError> {
    let Some(part) = part else { return Ok(true) };
    let rows = sql.query(
        "SELECT signature FROM entry WHERE site = $1 AND feed = $2 AND seq = $3",
        &[site.into(), part.branch.as_bytes().into(), last.into()],
    )?;
    Ok(rows.first().is_none_or(|row| row.opt_blob(0).is_some()))
}
