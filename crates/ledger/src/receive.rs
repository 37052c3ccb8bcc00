//! Taking in what a peer sent: the journal first, then documents and projections.

use crate::branches::{self, InBranches};
use crate::journal::{NO_CHANGE, append, change_at, doc_type_of, hash_at, origin, vector};
use crate::{
    AuditLine, EntryState, FeedInfo, Ledger, LedgerError, Policy, PolicySource, Sql, SqlError,
};
use std::collections::BTreeSet;
#[cfg(feature = "mutants")]
use xunyi_journal::mutant::{self, Mutant};
use xunyi_journal::{
    ChangeHash, Commit, DeviceRecord, DocId, DocType, EntryHash, FeedId, Frame, Grown, Held,
    Judged, PackedFrame, Position, Sealed, Vector, Verifier,
};
use xunyi_record::AutomergeCodec;

/// What a frame brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Received {
    /// Commits stored.
    pub commits: u64,
    /// Commits that were here already.
    pub known: u64,
    /// Commits held by policy, among those stored.
    pub held: u64,
    /// Documents that have entries to take in.
    pub documents: BTreeSet<DocId>,
    /// Feeds that were found to fork.
    pub forked: BTreeSet<FeedId>,
    /// A revoked device's feed has forked: which of its entries count is to be judged anew, in the same transaction.
    pub rejudge: bool,
}

/// What this journal holds, for a frame that is being read.
struct InJournal<'s> {
    sql: &'s mut dyn Sql,
    site: i64,
    failed: Option<SqlError>,
}

impl InJournal<'_> {
    fn noted<T>(&mut self, asked: Result<Option<T>, SqlError>) -> Option<T> {
        asked.unwrap_or_else(|e| {
            self.failed = Some(e);
            None
        })
    }
}

impl Held for InJournal<'_> {
    fn hash(&mut self, feed: &FeedId, seq: u64) -> Option<EntryHash> {
        let asked = hash_at(self.sql, self.site, feed, seq);
        self.noted(asked)
    }

    fn entry(&mut self, feed: &FeedId, seq: u64) -> Option<(DocId, DocType, ChangeHash)> {
        let asked = change_at(self.sql, self.site, feed, seq);
        self.noted(asked)
    }
}

impl Ledger<'_> {
    /// Locks feeds, in sorted order, until the transaction ends: who reads before writing on what was read
    /// calls this first.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn lock_feeds(&mut self, feeds: &BTreeSet<FeedId>) -> Result<(), LedgerError> {
        branches::lock(self.sql, self.site, feeds)?;
        Ok(())
    }

    /// Makes a frame's entries, by what is held here of its feeds.
    ///
    /// # Errors
    /// [`LedgerError::Refused`]: a gap, or bytes that are no frame.
    pub fn unpack(&mut self, packed: &PackedFrame) -> Result<Frame, LedgerError> {
        let mut held = InJournal {
            sql: &mut *self.sql,
            site: self.site,
            failed: None,
        };
        let frame = packed.unpack(&AutomergeCodec, &mut held);
        match held.failed {
            Some(e) => Err(e.into()),
            None => Ok(frame?),
        }
    }

    /// Verifies a frame and appends what is new to the journal. Documents follow by [`Ledger::settle`], in
    /// the same transaction on a device, in a worker at the center.
    ///
    /// Policy is asked under the lock of the feeds, so that a revocation and a frame never miss each other,
    /// and of a feed that opens in this very frame by the certificate it brings.
    ///
    /// # Errors
    /// [`LedgerError::Refused`]: nothing of the frame may be committed.
    pub fn receive(
        &mut self,
        frame: Frame,
        trust: &dyn PolicySource,
    ) -> Result<Received, LedgerError> {
        let feeds = frame.feeds();
        let branches = branches::lock(self.sql, self.site, &feeds)?;
        let mut policy = self.policy_for(&feeds, trust)?;
        let mut verifier = Verifier::new(&AutomergeCodec, branches);
        let mut received = Received::default();
        for commit in frame.commits {
            let mut held = InBranches {
                sql: &mut *self.sql,
                site: self.site,
                failed: None,
            };
            let verdict = verifier.judge(commit, &mut held);
            if let Some(e) = held.failed {
                return Err(e.into());
            }
            match verdict? {
                Some(judged) => self.take(judged, &mut policy, trust, &mut received)?,
                None => received.known += 1,
            }
        }
        for feed in feeds.iter().filter(|feed| policy.is_revoked(feed)) {
            received.rejudge |= self.is_forked(feed)?;
        }
        // Whatever was appended for this frame goes with the transaction when this fails.
        verifier.finish()?;
        Ok(received)
    }

    /// Appends a judged commit, with what policy says of it.
    fn take(
        &mut self,
        judged: Judged,
        policy: &mut Policy,
        trust: &dyn PolicySource,
        received: &mut Received,
    ) -> Result<(), LedgerError> {
        let Judged {
            commit,
            device,
            changes,
            branch,
            grown,
        } = judged;
        if let Some(opened) = device.as_ref().and_then(|d| opened_by(&commit, d)) {
            policy.admit(&opened, trust);
        }
        #[cfg(feature = "mutants")]
        if mutant::is(Mutant::ForkDropped) {
            let is_new = matches!(grown, Grown::Forked(_));
            let stored = branches::suffixes_of(self.sql, self.site, &branch.feed)?;
            let dropped = branch.id != branch.feed && !stored.iter().any(|s| s.id == branch.id);
            if is_new || dropped {
                return Ok(());
            }
        }
        if let Grown::Forked(split) = &grown {
            if let Some(split) = split {
                branches::split(self.sql, self.site, split)?;
            }
            branches::begin(self.sql, self.site, &branch, &branch.feed)?;
            received.forked.insert(branch.feed);
        }
        let held = commit
            .entries
            .iter()
            .any(|sealed| policy.judge(sealed, &branch.id).is_some());
        #[cfg(feature = "mutants")]
        if held && mutant::is(Mutant::HeldDropped) {
            return Ok(());
        }
        let states: Vec<_> = commit
            .entries
            .iter()
            .zip(changes)
            .map(|(sealed, change)| {
                let hash = change.map_or(NO_CHANGE, |meta| meta.hash);
                (state_of(sealed, held), hash)
            })
            .collect();
        append(
            self.sql,
            self.site,
            &branch.id,
            &commit,
            device.as_ref(),
            &states,
        )?;
        received.commits += 1;
        received.held += u64::from(held);
        for (sealed, (state, _)) in commit.entries.iter().zip(&states) {
            let Some(entry) = &sealed.entry else { continue };
            let looked_at = match state {
                EntryState::Pending => true,
                EntryState::Held => self.wakes(&entry.doc)?,
                _ => false,
            };
            if looked_at {
                received.documents.insert(entry.doc);
            }
        }
        Ok(())
    }

    /// What waits in a document may wait for the very entry that policy now holds, and then frees it: it is
    /// looked at again. True when anything waits there.
    fn wakes(&mut self, doc: &DocId) -> Result<bool, LedgerError> {
        let woken = self.sql.execute(
            "UPDATE entry SET state = $1 WHERE site = $2 AND doc = $3 AND state = $4",
            &[
                EntryState::Pending.code().into(),
                self.site.into(),
                doc.as_bytes().into(),
                EntryState::Waiting.code().into(),
            ],
        )?;
        Ok(woken > 0)
    }

    /// The type that a document's entries name; what is held has no say in it.
    pub(crate) fn type_of(&mut self, doc: &DocId) -> Result<Option<DocType>, LedgerError> {
        let rows = self.sql.query(
            "SELECT doc_type FROM entry WHERE site = $1 AND doc = $2 AND state NOT IN ($3, $4)
             ORDER BY lamport, feed, seq LIMIT 1",
            &[
                self.site.into(),
                doc.as_bytes().into(),
                EntryState::Held.code().into(),
                EntryState::NoDocument.code().into(),
            ],
        )?;
        Ok(rows.first().map(|r| doc_type_of(r.int(0))))
    }

    /// Documents with entries that wait to be taken in: the worker's list.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn pending(&mut self, limit: u32) -> Result<BTreeSet<DocId>, LedgerError> {
        // The state stands in the text: a partial index serves only a condition that it can see.
        let pending = EntryState::Pending.code();
        let rows = self.sql.query(
            &format!(
                "SELECT DISTINCT doc FROM entry WHERE site = $1 AND state = {pending} LIMIT $2"
            ),
            &[self.site.into(), limit.into()],
        )?;
        Ok(rows
            .iter()
            .filter_map(|r| DocId::from_slice(r.blob(0)))
            .collect())
    }

    /// What is held: the tip of every feed.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn vector(&mut self) -> Result<Vector, LedgerError> {
        Ok(vector(self.sql, self.site)?)
    }

    /// Counts entries that have not come.
    ///
    /// # Errors
    /// [`LedgerError`].
    #[cfg(feature = "mutants")]
    pub fn count_unseen(&mut self, vector: &Vector) -> Result<(), LedgerError> {
        for (feed, at) in vector.iter() {
            self.sql.execute(
                "UPDATE feed SET seq = $1, hash = $2 WHERE site = $3 AND feed = $4 AND seq < $1",
                &[
                    at.seq.into(),
                    at.hash.as_bytes().into(),
                    self.site.into(),
                    feed.as_bytes().into(),
                ],
            )?;
        }
        Ok(())
    }

    /// All feeds of the site that are known here.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn feeds(&mut self) -> Result<Vec<FeedInfo>, LedgerError> {
        Ok(crate::journal::feeds(self.sql, self.site)?)
    }

    /// One feed, when it is known here.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn feed(&mut self, feed: &FeedId) -> Result<Option<FeedInfo>, LedgerError> {
        Ok(crate::journal::feed(self.sql, self.site, feed)?)
    }

    /// Who wrote a change, when, on which device.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn origin(&mut self, change: &ChangeHash) -> Result<Option<AuditLine>, LedgerError> {
        Ok(origin(self.sql, self.site, change)?)
    }

    /// How many commits policy holds.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn held(&mut self) -> Result<u64, LedgerError> {
        let held = EntryState::Held.code();
        self.number(
            &format!(
                "SELECT COUNT(*) FROM entry WHERE site = $1 AND state = {held} AND remaining = 0"
            ),
            &[self.site.into()],
        )
    }

    /// The JSON of every record of a projection table.
    pub(crate) fn bodies(&mut self, table: &str) -> Result<Vec<(String, String)>, LedgerError> {
        let rows = self.sql.query(
            &format!("SELECT record, body FROM \"{table}\" WHERE site = $1 ORDER BY record"),
            &[self.site.into()],
        )?;
        Ok(rows
            .iter()
            .map(|r| (r.text(0).to_owned(), r.text(1).to_owned()))
            .collect())
    }
}

/// The feed that a commit opens, as it will stand in the journal.
fn opened_by(commit: &Commit, device: &DeviceRecord) -> Option<FeedInfo> {
    let last = commit.last()?;
    Some(FeedInfo {
        feed: last.envelope.feed,
        name: device.name.clone(),
        certificate: device.certificate.clone(),
        public_key: device.public_key,
        tip: Position {
            seq: last.envelope.seq,
            hash: last.hash,
        },
        last_at: last.entry.as_ref().map_or(0, |entry| entry.at),
        suffix_of: None,
    })
}

fn state_of(sealed: &Sealed, held: bool) -> EntryState {
    match sealed.entry.as_ref().map(|e| e.doc_type) {
        Some(DocType::Feed) => EntryState::NoDocument,
        _ if held => EntryState::Held,
        _ => EntryState::Pending,
    }
}
