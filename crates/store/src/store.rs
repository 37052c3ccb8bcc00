//! The device's store: transactions over the ledger in the one encrypted database.
//!
//! A write is one transaction: journal, documents, projections and what is local, or nothing of it. After any
//! write that did not succeed, documents in memory are forgotten and the caller must change its actor.

use crate::{Database, Migration, Opening, StoreError};
use rusqlite::TransactionBehavior;
use std::path::Path;
#[cfg(feature = "mutants")]
use xunyi_journal::mutant::{self, Mutant};
use xunyi_ledger::{Cache, Ledger, SqliteTx};
use xunyi_vault::DatabaseKey;

/// Documents kept in memory: a waiting line and the charts looked at beside it.
const CACHED_DOCUMENTS: usize = 128;

/// Schema steps of the device's database, never changed once landed.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        name: "ledger",
        sql: include_str!("../migrations/0001_ledger.sql"),
    },
    Migration {
        version: 2,
        name: "local",
        sql: include_str!("../migrations/0002_local.sql"),
    },
    Migration {
        version: 3,
        name: "forks",
        sql: include_str!("../migrations/0003_forks.sql"),
    },
];

/// Why a write did not happen: the database's reason or the caller's own.
#[derive(Debug)]
pub enum WriteError<E> {
    /// The transaction could not be opened or committed. Nothing was written.
    Store(StoreError),
    /// The work itself failed. Nothing was written.
    Work(E),
}

/// An open database with the documents in memory.
pub struct Store {
    database: Database,
    cache: Cache,
    site: i64,
}

impl Store {
    /// Opens the database of a site.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn open(
        path: &Path,
        key: &DatabaseKey,
        site: i64,
        vfs: Option<&str>,
    ) -> Result<Self, StoreError> {
        let database = Database::open(
            path,
            key,
            Opening {
                migrations: MIGRATIONS,
                vfs,
            },
        )?;
        Ok(Self::over(database, site))
    }

    /// A store that is gone with the process, for simulations and tests.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn in_memory(site: i64) -> Result<Self, StoreError> {
        Ok(Self::over(Database::in_memory(MIGRATIONS)?, site))
    }

    fn over(database: Database, site: i64) -> Self {
        // Every statement of the ledger and of the commands stays prepared.
        database
            .connection()
            .set_prepared_statement_cache_capacity(256);
        Self {
            database,
            cache: Cache::new(CACHED_DOCUMENTS),
            site,
        }
    }

    /// An image of it, for simulations of disks that are copied or put back.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn image(&self) -> Result<Self, StoreError> {
        #[cfg(feature = "mutants")]
        if !self.database.connection().is_autocommit() {
            self.database.connection().execute_batch("COMMIT")?;
        }
        Ok(Self::over(self.database.copy_in_memory()?, self.site))
    }

    /// The site's number.
    pub fn site(&self) -> i64 {
        self.site
    }

    /// The database itself, for backup, checks and rekeying.
    pub fn database(&mut self) -> &mut Database {
        &mut self.database
    }

    /// Forgets the documents in memory, as a restart does.
    pub fn forget(&mut self) {
        #[cfg(feature = "mutants")]
        self.lose_what_is_open();
        self.cache = Cache::new(CACHED_DOCUMENTS);
    }

    /// Reads in one transaction: one state of everything.
    ///
    /// # Errors
    /// [`WriteError`].
    pub fn read<T, E>(
        &mut self,
        work: impl FnOnce(&mut Ledger<'_>) -> Result<T, E>,
    ) -> Result<T, WriteError<E>> {
        self.transaction(TransactionBehavior::Deferred, work)
    }

    /// Writes in one transaction; when this answers `Ok`, it is on disk.
    ///
    /// # Errors
    /// [`WriteError`]: nothing was written, and the actor must change.
    pub fn write<T, E>(
        &mut self,
        work: impl FnOnce(&mut Ledger<'_>) -> Result<T, E>,
    ) -> Result<T, WriteError<E>> {
        self.transaction(TransactionBehavior::Immediate, work)
    }

    fn transaction<T, E>(
        &mut self,
        behavior: TransactionBehavior,
        work: impl FnOnce(&mut Ledger<'_>) -> Result<T, E>,
    ) -> Result<T, WriteError<E>> {
        #[cfg(feature = "mutants")]
        if mutant::is(Mutant::AnswerBeforeCommit) {
            return self.answer_first(work);
        }
        // Taken out for the work and put back when it stands: whatever ends it otherwise, a panic too, leaves
        // no document in memory that the database does not hold.
        let empty = Cache::new(CACHED_DOCUMENTS);
        let mut cache = std::mem::replace(&mut self.cache, empty);
        let store = |e: rusqlite::Error| WriteError::Store(e.into());
        let connection = self.database.connection_mut();
        let tx = connection
            .transaction_with_behavior(behavior)
            .map_err(store)?;
        let worked = {
            let mut sql = SqliteTx(&tx);
            work(&mut Ledger::new(&mut sql, self.site, &mut cache))
        };
        let reads = matches!(behavior, TransactionBehavior::Deferred);
        match worked {
            Ok(value) => {
                tx.commit().map_err(store)?;
                self.cache = cache;
                Ok(value)
            }
            Err(e) => {
                if reads {
                    self.cache = cache;
                }
                // Dropping the transaction rolls it back.
                Err(WriteError::Work(e))
            }
        }
    }
}

/// The defect of a store that answers first and writes to disk later.
#[cfg(feature = "mutants")]
impl Store {
    fn answer_first<T, E>(
        &mut self,
        work: impl FnOnce(&mut Ledger<'_>) -> Result<T, E>,
    ) -> Result<T, WriteError<E>> {
        let store = |e: rusqlite::Error| WriteError::Store(e.into());
        let connection = self.database.connection_mut();
        if connection.is_autocommit() {
            connection.execute_batch("BEGIN").map_err(store)?;
        }
        let part = connection.savepoint().map_err(store)?;
        let worked = work(&mut Ledger::new(
            &mut SqliteTx(&part),
            self.site,
            &mut self.cache,
        ));
        if worked.is_ok() {
            part.commit().map_err(store)?;
        } else {
            self.cache = Cache::new(CACHED_DOCUMENTS);
        }
        worked.map_err(WriteError::Work)
    }

    fn lose_what_is_open(&mut self) {
        let connection = self.database.connection_mut();
        if !connection.is_autocommit() {
            let rolled_back = connection.execute_batch("ROLLBACK");
            debug_assert!(rolled_back.is_ok());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use xunyi_ledger::{Dialect, table_statements};

    #[test]
    fn the_first_migration_is_the_described_tables() {
        let described = table_statements(Dialect::Sqlite).join(";\n") + ";\n";
        let landed = include_str!("../migrations/0001_ledger.sql");
        assert_eq!(
            landed, described,
            "a new table needs a new migration; the first never changes once released"
        );
    }

    #[test]
    fn work_that_panics_leaves_nothing_in_memory_or_on_disk() {
        use xunyi_journal::{DocId, DocType};
        let mut store = Store::in_memory(1).unwrap();
        let doc = DocId([1; 16]);
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let worked: Result<(), _> = store.write(|ledger| -> Result<(), ()> {
                let author = xunyi_journal::Author::new(xunyi_journal::FeedId([2; 16]), &[3; 32]);
                let record = xunyi_journal::DeviceRecord {
                    name: "x".into(),
                    public_key: author.public_key(),
                    nonce: [0; 16],
                    certificate: vec![1],
                    follows: None,
                };
                ledger.open_feed(&author, &record, 1).unwrap();
                let actor = xunyi_journal::ActorId::new(author.feed(), [1; 6]);
                let key = xunyi_record::RecordKey::one("person");
                let request = xunyi_ledger::WriteRequest {
                    author: &author,
                    actor,
                    fork_actor: &mut || actor,
                    at: 1,
                    user: xunyi_journal::UserId::NOBODY,
                    writes: vec![xunyi_ledger::DocWrite {
                        doc,
                        doc_type: DocType::Patient,
                        action: xunyi_journal::Action::PatientRegistered,
                        heads: None,
                        writes: vec![xunyi_record::Write::new(&key, "name", "x")],
                        settle: false,
                    }],
                };
                ledger.write(request).unwrap();
                panic!("as a fault in a command would");
            });
            worked
        }));
        assert!(caught.is_err());
        let found = store.read(|ledger| ledger.document(&doc).map(|d| d.heads()));
        assert!(
            matches!(
                found,
                Err(WriteError::Work(xunyi_ledger::LedgerError::NoDocument))
            ),
            "{found:?}"
        );
    }

    #[test]
    fn a_store_opens_in_memory_and_holds_nothing() {
        let mut store = Store::in_memory(1).unwrap();
        let vector = store.read(|ledger| ledger.vector()).unwrap();
        assert!(vector.is_empty());
    }
}
