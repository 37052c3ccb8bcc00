//! Taking in what a peer sent: the journal first, then documents and projections.

use crate::journal::{append, doc_type_of, hash_at, lock_heads, origin, vector};
use crate::{AuditLine, EntryState, FeedInfo, Ledger, LedgerError, PolicySource, SqlError};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use xunyi_journal::schema::Value;
use xunyi_journal::{
    ChangeCodec, ChangeHash, Commit, DeviceRecord, DocId, DocType, FeedId, Frame, Judged, Position,
    Sealed, Vector, Verifier,
};
use xunyi_record::{AutomergeCodec, Document};

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
}

/// What settling documents did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settle {
    /// Documents that changed.
    pub documents: BTreeSet<DocId>,
    /// `site` documents among them: policy, staff and reference data may have changed.
    pub site_changed: bool,
}

impl Ledger<'_> {
    /// Locks feeds, in sorted order, until the transaction ends: who reads before writing on what was read
    /// calls this first.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn lock_feeds(&mut self, feeds: &BTreeSet<FeedId>) -> Result<(), LedgerError> {
        lock_heads(self.sql, self.site, feeds)?;
        Ok(())
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
        let heads = lock_heads(self.sql, self.site, &feeds)?;
        let mut policy = self.policy_for(&feeds, trust)?;
        let mut verifier = Verifier::new(&AutomergeCodec, heads);
        let mut received = Received::default();
        let mut judged: Vec<Judged> = Vec::new();
        for commit in frame.commits {
            let mut failed: Option<SqlError> = None;
            let (sql, site) = (&mut *self.sql, self.site);
            let verdict = verifier.judge(commit, &mut |feed, seq| match hash_at(
                sql, site, feed, seq,
            ) {
                Ok(hash) => hash,
                Err(e) => {
                    failed = Some(e);
                    None
                }
            });
            if let Some(e) = failed {
                return Err(e.into());
            }
            match verdict? {
                Some(new) => judged.push(new),
                None => received.known += 1,
            }
        }
        verifier.finish()?;
        let mut actors = BTreeMap::new();
        for Judged { commit, device } in judged {
            if let Some(opened) = device.as_ref().and_then(|d| opened_by(&commit, d)) {
                policy.admit(&opened, trust);
            }
            let hold = commit
                .entries
                .iter()
                .find_map(|sealed| policy.judge(sealed));
            let mut states = Vec::with_capacity(commit.entries.len());
            let mut held = hold.is_some();
            for sealed in &commit.entries {
                let (change, duplicate) = self.change_of(sealed, &mut actors)?;
                held |= duplicate;
                states.push(change);
            }
            let states: Vec<_> = commit
                .entries
                .iter()
                .zip(states)
                .map(|(sealed, change)| (state_of(sealed, held), change))
                .collect();
            append(self.sql, self.site, &commit, device.as_ref(), &states)?;
            received.commits += 1;
            received.held += u64::from(held);
            for (sealed, (state, _)) in commit.entries.iter().zip(&states) {
                if let (Some(entry), EntryState::Pending) = (&sealed.entry, state) {
                    received.documents.insert(entry.doc);
                }
            }
        }
        Ok(received)
    }

    /// The change's hash, and whether another change already took its place with the same actor and number.
    fn change_of(
        &mut self,
        sealed: &Sealed,
        actors: &mut BTreeMap<(DocId, [u8; 16], u64), ChangeHash>,
    ) -> Result<(ChangeHash, bool), LedgerError> {
        let none = ChangeHash([0; 32]);
        let Some(entry) = &sealed.entry else {
            return Ok((none, false));
        };
        if matches!(entry.doc_type, DocType::Feed | DocType::Unknown(_)) {
            return Ok((none, false));
        }
        let Ok(meta) = AutomergeCodec.inspect(entry.doc_type, &entry.change) else {
            return Ok((none, true));
        };
        let place = (entry.doc, meta.actor.0, meta.seq);
        let in_frame = actors
            .insert(place, meta.hash)
            .is_some_and(|held| held != meta.hash);
        Ok((meta.hash, in_frame))
    }

    /// Takes the pending entries of these documents in, and whatever they release.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn settle(&mut self, documents: &BTreeSet<DocId>) -> Result<Settle, LedgerError> {
        let mut settled = Settle::default();
        let mut queue: VecDeque<DocId> = documents.iter().copied().collect();
        while let Some(doc) = queue.pop_front() {
            let Some(doc_type) = self.type_of(&doc)? else {
                continue;
            };
            let mut document = self.load_or_new(&doc, doc_type)?;
            let mut changes = self.changes_in(&doc, EntryState::Pending)?;
            changes.extend(self.changes_in(&doc, EntryState::Waiting)?);
            let applied = match document.apply(changes.iter().map(|(_, c)| c.as_slice())) {
                Ok(applied) => applied,
                Err(_) => {
                    // A poisonous change never blocks the others: take them one by one, hold what fails.
                    self.cache.drop_document(&doc);
                    document = self.one_by_one(&doc, doc_type, &changes)?;
                    continue_with(&document)
                }
            };
            let waiting: BTreeSet<ChangeHash> = applied.waiting.iter().copied().collect();
            let mut added = 0;
            for (hash, _) in &changes {
                let state = if waiting.contains(hash) {
                    EntryState::Waiting
                } else {
                    EntryState::Tail
                };
                let in_document = document.has(hash);
                let state = if in_document || state == EntryState::Waiting {
                    state
                } else {
                    EntryState::Held
                };
                added += i64::from(state == EntryState::Tail);
                self.set_state(hash, state)?;
            }
            for released in self.release_held(&waiting, &changes)? {
                queue.push_back(released);
            }
            let touched = if applied.touched.is_empty() && added > 0 {
                document.keys().into_iter().collect()
            } else {
                applied.touched
            };
            self.project(&doc, &document, &touched)?;
            let heads = document.heads();
            self.put_document(&doc, document)?;
            if added > 0 {
                self.touch_document(&doc, &heads, added)?;
                settled.documents.insert(doc);
                settled.site_changed |= doc_type == DocType::Site;
            }
        }
        Ok(settled)
    }

    fn one_by_one(
        &mut self,
        doc: &DocId,
        doc_type: DocType,
        changes: &[(ChangeHash, Vec<u8>)],
    ) -> Result<Document, LedgerError> {
        let mut good = self.load_or_new(doc, doc_type)?;
        for (_, change) in changes {
            let mut tried = good.clone();
            if tried.apply([change.as_slice()]).is_ok() {
                good = tried;
            }
        }
        Ok(good)
    }

    /// Held commits on which clean ones stand are applied with them (architecture §4, "Applied").
    fn release_held(
        &mut self,
        waiting: &BTreeSet<ChangeHash>,
        changes: &[(ChangeHash, Vec<u8>)],
    ) -> Result<Vec<DocId>, LedgerError> {
        let mut released = Vec::new();
        for (_, change) in changes.iter().filter(|(hash, _)| waiting.contains(hash)) {
            let Ok(meta) = AutomergeCodec.inspect(DocType::Patient, change) else {
                continue;
            };
            for dep in meta.deps {
                let rows = self.sql.query(
                    "SELECT feed, seq, remaining FROM entry WHERE site = $1 AND change_hash = $2 AND state = $3",
                    &[self.site.into(), dep.as_bytes().into(), EntryState::Held.code().into()],
                )?;
                for row in rows {
                    released.extend(self.release_commit(row.blob(0), row.int(1), row.int(2))?);
                }
            }
        }
        Ok(released)
    }

    fn release_commit(
        &mut self,
        feed: &[u8],
        seq: i64,
        remaining: i64,
    ) -> Result<Vec<DocId>, LedgerError> {
        let last = seq + remaining;
        let lamport = "SELECT lamport FROM entry WHERE site = $1 AND feed = $2 AND seq = $3";
        let of = [self.site.into(), Value::from(feed), last.into()];
        let Some(lamport) = self.sql.query(lamport, &of)?.first().map(|r| r.int(0)) else {
            return Ok(vec![]);
        };
        let rows = self.sql.query(
            "SELECT doc FROM entry WHERE site = $1 AND feed = $2 AND lamport = $3 AND seq <= $4 AND state = $5",
            &[
                self.site.into(),
                feed.into(),
                lamport.into(),
                last.into(),
                EntryState::Held.code().into(),
            ],
        )?;
        self.sql.execute(
            "UPDATE entry SET state = $1 WHERE site = $2 AND feed = $3 AND lamport = $4 AND seq <= $5 AND state = $6",
            &[
                EntryState::Pending.code().into(),
                self.site.into(),
                feed.into(),
                lamport.into(),
                last.into(),
                EntryState::Held.code().into(),
            ],
        )?;
        Ok(rows
            .iter()
            .filter_map(|r| DocId::from_slice(r.blob(0)))
            .collect())
    }

    fn set_state(&mut self, change: &ChangeHash, state: EntryState) -> Result<(), LedgerError> {
        self.sql.execute(
            "UPDATE entry SET state = $1 WHERE site = $2 AND change_hash = $3",
            &[
                state.code().into(),
                self.site.into(),
                change.as_bytes().into(),
            ],
        )?;
        Ok(())
    }

    /// The type that a document's entries name; what is held has no say in it.
    fn type_of(&mut self, doc: &DocId) -> Result<Option<DocType>, LedgerError> {
        let rows = self.sql.query(
            "SELECT doc_type FROM entry WHERE site = $1 AND doc = $2 AND state <> $3
             ORDER BY lamport, feed, seq LIMIT 1",
            &[
                self.site.into(),
                doc.as_bytes().into(),
                EntryState::Held.code().into(),
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

    /// All feeds of the site that are known here.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn feeds(&mut self) -> Result<Vec<FeedInfo>, LedgerError> {
        Ok(crate::journal::feeds(self.sql, self.site)?)
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
        let rows = self.sql.query(
            &format!(
                "SELECT COUNT(*) FROM entry WHERE site = $1 AND state = {held} AND remaining = 0"
            ),
            &[self.site.into()],
        )?;
        Ok(rows
            .first()
            .map_or(0, |r| u64::try_from(r.int(0)).unwrap_or(0)))
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
    })
}

fn state_of(sealed: &Sealed, held: bool) -> EntryState {
    match sealed.entry.as_ref().map(|e| e.doc_type) {
        Some(DocType::Feed) => EntryState::NoDocument,
        _ if held => EntryState::Held,
        _ => EntryState::Pending,
    }
}

/// After taking changes one by one the touched records are unknown: all are projected again.
fn continue_with(document: &Document) -> xunyi_record::Applied {
    xunyi_record::Applied {
        touched: document.keys().into_iter().collect(),
        waiting: Vec::new(),
    }
}
