//! Documents in the database, and the one way to write them: changes, journal entries and projections
//! together, in the caller's transaction.

use crate::branches::lock_feed;
use crate::journal::{append, doc_type_of, next_lamport};
use crate::rows::replace_record;
use crate::{EntryState, LedgerError, Sql};
use std::collections::{BTreeSet, HashMap, VecDeque};
#[cfg(feature = "mutants")]
use xunyi_journal::mutant::{self, Mutant};
use xunyi_journal::schema::Value;
use xunyi_journal::{
    Action, ActorId, Author, ChangeHash, Commit, DeviceRecord, DocId, DocType, Draft, Sealed,
    UserId,
};
use xunyi_record::{Document, Heads, RecordKey, Write, project_record};

/// Entries after a snapshot before the document is folded into a new one.
const FOLD_AFTER: i64 = 48;

/// Documents kept in memory, the least recently used leaving first. Dropped whole after any commit that did
/// not succeed.
#[derive(Debug)]
pub struct Cache {
    documents: HashMap<DocId, Document>,
    order: VecDeque<DocId>,
    capacity: usize,
}

impl Cache {
    /// Room for so many.
    pub fn new(capacity: usize) -> Self {
        Self {
            documents: HashMap::new(),
            order: VecDeque::new(),
            capacity: capacity.max(1),
        }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.documents.clear();
        self.order.clear();
    }

    /// Forgets one document.
    pub fn drop_document(&mut self, doc: &DocId) {
        self.documents.remove(doc);
        self.order.retain(|d| d != doc);
    }

    fn take(&mut self, doc: &DocId) -> Option<Document> {
        self.order.retain(|d| d != doc);
        self.documents.remove(doc)
    }

    fn put(&mut self, doc: DocId, document: Document) {
        while self.order.len() >= self.capacity {
            if let Some(oldest) = self.order.pop_front() {
                self.documents.remove(&oldest);
            }
        }
        self.order.push_back(doc);
        self.documents.insert(doc, document);
    }
}

/// What a command writes into one document.
#[derive(Clone, Debug)]
pub struct DocWrite {
    /// Which.
    pub doc: DocId,
    /// Its type.
    pub doc_type: DocType,
    /// For the audit trail.
    pub action: Action,
    /// Heads the form was opened at; `None`: as the document stands now (only for records new to it).
    pub heads: Option<Heads>,
    /// Fields touched.
    pub writes: Vec<Write>,
    /// True for the one command that settles conflicts.
    pub settle: bool,
}

/// A command's commit.
pub struct WriteRequest<'a> {
    /// The hand that writes.
    pub author: &'a Author,
    /// Of this run of the program.
    pub actor: ActorId,
    /// Fresh, for a document whose form was opened at older heads.
    pub fork_actor: &'a mut dyn FnMut() -> ActorId,
    /// The device's clock, ms.
    pub at: i64,
    /// Who acts.
    pub user: UserId,
    /// One element per document.
    pub writes: Vec<DocWrite>,
}

/// What was written.
#[derive(Clone, Debug, PartialEq)]
pub struct WriteResult {
    /// The commit, `None` when nothing would change.
    pub commit: Option<Commit>,
    /// Heads of each document afterwards, in the order of the request.
    pub heads: Vec<Heads>,
}

/// The ledger of one site in an open transaction.
pub struct Ledger<'t> {
    pub(crate) sql: &'t mut dyn Sql,
    pub(crate) site: i64,
    pub(crate) cache: &'t mut Cache,
}

impl<'t> Ledger<'t> {
    /// On a transaction that the caller opened and will commit or roll back.
    pub fn new(sql: &'t mut dyn Sql, site: i64, cache: &'t mut Cache) -> Self {
        Self { sql, site, cache }
    }

    /// The open transaction, for the caller's own queries.
    pub fn sql(&mut self) -> &mut dyn Sql {
        self.sql
    }

    /// The site's number.
    pub fn site(&self) -> i64 {
        self.site
    }

    /// Starts a feed with entry 0.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn open_feed(
        &mut self,
        author: &Author,
        device: &DeviceRecord,
        at: i64,
    ) -> Result<Commit, LedgerError> {
        let feed = author.feed();
        lock_feed(self.sql, self.site, &feed)?;
        let lamport = next_lamport(self.sql, self.site)?;
        let draft = Draft {
            doc: DocId(feed.0),
            doc_type: DocType::Feed,
            action: Action::DeviceJoined,
            change: device.encode(),
        };
        let commit = author.commit(None, lamport, at, UserId::NOBODY, vec![draft])?;
        append(
            self.sql,
            self.site,
            &feed,
            &commit,
            Some(device),
            &[(EntryState::NoDocument, ChangeHash([0; 32]))],
        )?;
        Ok(commit)
    }

    /// Writes one command's changes: documents, journal and projections, all or nothing with the caller's
    /// transaction. After an error the caller rolls back and clears the cache.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn write(&mut self, request: WriteRequest<'_>) -> Result<WriteResult, LedgerError> {
        let feed = request.author.feed();
        let own = lock_feed(self.sql, self.site, &feed)?;
        let tip = own.ok_or(LedgerError::NoFeed)?.tip;
        let mut drafts = Vec::new();
        let mut states = Vec::new();
        let mut results = Vec::new();
        let mut changed = Vec::new();
        for write in request.writes {
            let mut document = self.load_or_new(&write.doc, write.doc_type)?;
            let at = write.heads.unwrap_or_else(|| document.heads());
            #[cfg(feature = "mutants")]
            let at = if mutant::is(Mutant::CurrentHeads) {
                document.heads()
            } else {
                at
            };
            // A document that nobody has written yet stands at its genesis, whatever the form knew of it.
            let at = if at.is_empty() {
                Document::new(write.doc_type)?.heads()
            } else {
                at
            };
            let fork = (request.fork_actor)();
            let written = document.write(&at, request.actor, fork, &write.writes, write.settle)?;
            if let Some(written) = written {
                drafts.push(Draft {
                    doc: write.doc,
                    doc_type: write.doc_type,
                    action: write.action,
                    change: written.change,
                });
                states.push((EntryState::Tail, written.hash));
                self.project(&write.doc, &document, &written.touched)?;
                changed.push((write.doc, document.heads()));
            }
            results.push(document.heads());
            self.put_document(&write.doc, document)?;
        }
        if drafts.is_empty() {
            return Ok(WriteResult {
                commit: None,
                heads: results,
            });
        }
        let lamport = next_lamport(self.sql, self.site)?;
        let commit = request
            .author
            .commit(Some(tip), lamport, request.at, request.user, drafts)?;
        append(self.sql, self.site, &feed, &commit, None, &states)?;
        for (doc, heads) in changed {
            self.touch_document(&doc, &heads, 1)?;
        }
        Ok(WriteResult {
            commit: Some(commit),
            heads: results,
        })
    }

    /// Heads of a document; `None` when nobody has written it.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn heads(&mut self, doc: &DocId) -> Result<Option<Heads>, LedgerError> {
        let rows = self.sql.query(
            "SELECT heads FROM document WHERE site = $1 AND doc = $2",
            &[self.site.into(), doc.as_bytes().into()],
        )?;
        Ok(rows.first().map(|r| heads_from(r.blob(0))))
    }

    /// Loads a document into the cache, so that a save on it is quick.
    ///
    /// # Errors
    /// [`LedgerError::NoDocument`] when nobody has written it.
    pub fn document(&mut self, doc: &DocId) -> Result<Document, LedgerError> {
        let document = self.load(doc)?.ok_or(LedgerError::NoDocument)?;
        self.cache.put(*doc, document.clone());
        Ok(document)
    }

    pub(crate) fn load_or_new(
        &mut self,
        doc: &DocId,
        doc_type: DocType,
    ) -> Result<Document, LedgerError> {
        match self.load(doc)? {
            Some(document) => Ok(document),
            None => {
                let document = Document::new(doc_type)?;
                self.insert_document(doc, &document)?;
                Ok(document)
            }
        }
    }

    /// Makes the row of a document that nobody has written yet.
    pub(crate) fn insert_document(
        &mut self,
        doc: &DocId,
        document: &Document,
    ) -> Result<(), LedgerError> {
        self.sql.execute(
            "INSERT INTO document (site, doc, doc_type, heads, tail) VALUES ($1, $2, $3, $4, 0)
             ON CONFLICT (site, doc) DO NOTHING",
            &[
                self.site.into(),
                doc.as_bytes().into(),
                document.doc_type().code().into(),
                Value::Blob(heads_bytes(&document.heads())),
            ],
        )?;
        Ok(())
    }

    pub(crate) fn load(&mut self, doc: &DocId) -> Result<Option<Document>, LedgerError> {
        if let Some(document) = self.cache.take(doc) {
            return Ok(Some(document));
        }
        let key = [self.site.into(), Value::from(doc.as_bytes())];
        let rows = self.sql.query(
            "SELECT doc_type FROM document WHERE site = $1 AND doc = $2",
            &key,
        )?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        let doc_type = doc_type_of(row.int(0));
        let snapshot = self.sql.query(
            "SELECT bytes FROM snapshot WHERE site = $1 AND doc = $2",
            &key,
        )?;
        let mut document = match snapshot.first() {
            Some(row) => Document::load(doc_type, row.blob(0))?,
            None => Document::new(doc_type)?,
        };
        let tail = self.changes_in(doc, EntryState::Tail)?;
        document.apply(tail.iter().map(|(_, change)| change.as_slice()))?;
        Ok(Some(document))
    }

    /// Changes of a document whose entries are in this state, in sending order.
    pub(crate) fn changes_in(
        &mut self,
        doc: &DocId,
        state: EntryState,
    ) -> Result<Vec<(ChangeHash, Vec<u8>)>, LedgerError> {
        let rows = self.sql.query(
            "SELECT bytes, change_hash FROM entry WHERE site = $1 AND doc = $2 AND state = $3
             ORDER BY lamport, feed, seq",
            &[self.site.into(), doc.as_bytes().into(), state.code().into()],
        )?;
        let mut changes = Vec::with_capacity(rows.len());
        for row in rows {
            let sealed = Sealed::read(row.blob(0).to_vec())?;
            if let (Some(entry), Some(hash)) = (sealed.entry, ChangeHash::from_slice(row.blob(1))) {
                changes.push((hash, entry.change));
            }
        }
        Ok(changes)
    }

    /// Puts a document back into the cache.
    pub(crate) fn put_document(
        &mut self,
        doc: &DocId,
        document: Document,
    ) -> Result<(), LedgerError> {
        self.cache.put(*doc, document);
        Ok(())
    }

    /// Moves the stored heads, counts the tail, and folds it into a new snapshot when it grew long.
    pub(crate) fn touch_document(
        &mut self,
        doc: &DocId,
        heads: &Heads,
        added: i64,
    ) -> Result<(), LedgerError> {
        let key = [self.site.into(), Value::from(doc.as_bytes())];
        self.sql.execute(
            "UPDATE document SET heads = $1, tail = tail + $2 WHERE site = $3 AND doc = $4",
            &[
                Value::Blob(heads_bytes(heads)),
                added.into(),
                self.site.into(),
                doc.as_bytes().into(),
            ],
        )?;
        let rows = self.sql.query(
            "SELECT tail FROM document WHERE site = $1 AND doc = $2",
            &key,
        )?;
        if rows.first().is_some_and(|r| r.int(0) >= FOLD_AFTER) {
            self.fold(doc)?;
        }
        Ok(())
    }

    /// Folds a document's tail into its snapshot.
    pub(crate) fn fold(&mut self, doc: &DocId) -> Result<(), LedgerError> {
        let Some(document) = self.load(doc)? else {
            return Ok(());
        };
        self.sql.execute(
            "INSERT INTO snapshot (site, doc, bytes) VALUES ($1, $2, $3)
             ON CONFLICT (site, doc) DO UPDATE SET bytes = excluded.bytes",
            &[
                self.site.into(),
                doc.as_bytes().into(),
                Value::Blob(document.save()),
            ],
        )?;
        self.sql.execute(
            "UPDATE entry SET state = $1 WHERE site = $2 AND doc = $3 AND state = $4",
            &[
                EntryState::Folded.code().into(),
                self.site.into(),
                doc.as_bytes().into(),
                EntryState::Tail.code().into(),
            ],
        )?;
        self.sql.execute(
            "UPDATE document SET tail = 0 WHERE site = $1 AND doc = $2",
            &[self.site.into(), doc.as_bytes().into()],
        )?;
        self.put_document(doc, document)
    }

    pub(crate) fn project(
        &mut self,
        doc: &DocId,
        document: &Document,
        touched: &BTreeSet<RecordKey>,
    ) -> Result<(), LedgerError> {
        for key in touched {
            let set = project_record(doc, document, key)?;
            replace_record(self.sql, self.site, doc, key, set)?;
        }
        Ok(())
    }
}

/// Heads as stored: hashes one after the other.
pub(crate) fn heads_bytes(heads: &Heads) -> Vec<u8> {
    heads.iter().flat_map(|h| h.0).collect()
}

fn heads_from(bytes: &[u8]) -> Heads {
    bytes
        .chunks_exact(ChangeHash::LEN)
        .filter_map(ChangeHash::from_slice)
        .collect()
}
