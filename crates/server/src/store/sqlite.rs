//! The center on SQLite: one SQLCipher database, opened with the same care as a device's (raw key, settings read
//! back, newer schema refused untouched). Other processes may work beside it; a write waits its turn.

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rusqlite::TransactionBehavior;
use xunyi_ledger::{Sql, SqliteTx};
use xunyi_store::{Database, Migration, Opening, StoreError};
use xunyi_vault::DatabaseKey;

use super::{Access, CenterStore};
use crate::error::CenterError;

/// How long a write waits for another process: `enrol-code` runs beside `serve`.
const PATIENCE: Duration = Duration::from_secs(10);

/// Statements that stay prepared.
const STATEMENTS: usize = 256;

const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        name: "center",
        sql: include_str!("../../migrations/sqlite/0001_center.sql"),
    },
    Migration {
        version: 2,
        name: "forks",
        sql: include_str!("../../migrations/sqlite/0002_forks.sql"),
    },
    Migration {
        version: 3,
        name: "restore",
        sql: include_str!("../../migrations/sqlite/0003_restore.sql"),
    },
];

/// A center's database file.
#[derive(Debug)]
pub struct SqliteStore {
    database: Mutex<Database>,
}

impl SqliteStore {
    /// Opens the database, or makes it.
    ///
    /// # Errors
    /// [`CenterError::Store`].
    pub fn open(path: &Path, key: &DatabaseKey) -> Result<Self, CenterError> {
        let opening = Opening {
            migrations: MIGRATIONS,
            vfs: None,
        };
        Self::over(Database::open(path, key, opening)?)
    }

    /// A store that is gone with the process, for a simulator.
    ///
    /// # Errors
    /// [`CenterError::Store`].
    pub fn in_memory() -> Result<Self, CenterError> {
        Self::over(Database::in_memory(MIGRATIONS)?)
    }

    /// Whether every page and the structure are sound; what was found otherwise.
    ///
    /// # Errors
    /// [`CenterError::Store`].
    pub fn sound(&self) -> Result<Vec<String>, CenterError> {
        let database = self.database.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found = database.cipher_integrity_check()?;
        found.extend(database.quick_check()?);
        Ok(found)
    }

    /// Closes it as one file with nothing beside it.
    ///
    /// # Errors
    /// [`CenterError::Store`].
    pub fn close(self) -> Result<(), CenterError> {
        let database = self
            .database
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        Ok(database.checkpoint()?)
    }

    fn over(database: Database) -> Result<Self, CenterError> {
        let connection = database.connection();
        connection
            .busy_timeout(PATIENCE)
            .map_err(StoreError::from)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(Self {
            database: Mutex::new(database),
        })
    }
}

impl CenterStore for SqliteStore {
    fn run(
        &self,
        access: Access,
        work: &mut dyn FnMut(&mut dyn Sql) -> Result<(), CenterError>,
    ) -> Result<(), CenterError> {
        // A panic in another's work rolled its transaction back; the connection is whole.
        let mut database = self.database.lock().unwrap_or_else(PoisonError::into_inner);
        let behavior = match access {
            Access::Read => TransactionBehavior::Deferred,
            Access::Write => TransactionBehavior::Immediate,
        };
        let transaction = database
            .connection_mut()
            .transaction_with_behavior(behavior)
            .map_err(StoreError::from)?;
        work(&mut SqliteTx(&transaction))?;
        Ok(transaction.commit().map_err(StoreError::from)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{
        Enrolment, Used, find_enrolment, mark_used, open_enrolments, put_enrolment, put_table,
        release_lease, table, take_lease, transaction,
    };
    use std::sync::atomic::{AtomicBool, Ordering};

    struct Place {
        folder: tempfile::TempDir,
    }

    impl Place {
        fn new() -> Self {
            Self {
                folder: tempfile::tempdir().unwrap(),
            }
        }

        fn open(&self, key: u8) -> Result<SqliteStore, CenterError> {
            let path = self.folder.path().join("center.db");
            SqliteStore::open(&path, &DatabaseKey::from_bytes([key; 32]))
        }
    }

    fn write<T>(
        store: &SqliteStore,
        work: impl FnMut(&mut dyn Sql) -> Result<T, CenterError>,
    ) -> Result<T, CenterError> {
        transaction(store, Access::Write, work)
    }

    #[test]
    fn another_key_is_refused() {
        let place = Place::new();
        place.open(1).unwrap();
        assert_eq!(place.open(2).unwrap_err().code(), "store.wrong_key");
    }

    #[test]
    fn work_that_fails_leaves_nothing() {
        let store = Place::new().open(1).unwrap();
        let failed: Result<(), _> = write(&store, |sql| {
            put_table(sql, 1, b"half")?;
            Err(xunyi_ledger::SqlError::DiskFull.into())
        });
        assert!(failed.is_err());
        let hash = *blake3::hash(b"half").as_bytes();
        assert_eq!(
            write(&store, |sql| Ok(table(sql, 1, &hash)?)).unwrap(),
            None
        );
    }

    #[test]
    fn a_table_is_found_by_its_hash_and_of_its_site_only() {
        let store = Place::new().open(1).unwrap();
        let hash = write(&store, |sql| {
            put_table(sql, 1, b"bytes")?;
            Ok(put_table(sql, 1, b"bytes")?)
        })
        .unwrap();
        let found = |site| write(&store, |sql| Ok(table(sql, site, &hash)?)).unwrap();
        assert_eq!(found(1).as_deref(), Some(b"bytes".as_slice()));
        assert_eq!(found(2), None);
    }

    #[test]
    fn a_code_is_open_until_it_is_used_or_expires() {
        let store = Place::new().open(1).unwrap();
        let code = Enrolment {
            token_hash: [3; 32],
            name: "药房平板".into(),
            letter: "B".into(),
            vehicle: None,
            expires_at: 100,
            used: None,
        };
        write(&store, |sql| Ok(put_enrolment(sql, 1, &code)?)).unwrap();
        let open = |now| write(&store, |sql| Ok(open_enrolments(sql, 1, now)?)).unwrap();
        assert_eq!(open(100), std::slice::from_ref(&code));
        assert!(open(101).is_empty());
        let used = Used {
            by: [4; 32],
            feed: [5; 16],
            certificate: vec![6],
            at: 50,
        };
        write(&store, |sql| Ok(mark_used(sql, 1, &[3; 32], &used)?)).unwrap();
        assert!(open(60).is_empty());
        let found = write(&store, |sql| Ok(find_enrolment(sql, 1, &[3; 32])?)).unwrap();
        assert_eq!(found.unwrap().used, Some(used));
    }

    #[test]
    fn a_lease_has_one_holder_until_it_ends_or_is_let_go() {
        let store = Place::new().open(1).unwrap();
        let take = |holder: u8, now| {
            let taken = |sql: &mut dyn Sql| {
                Ok(take_lease(
                    sql,
                    1,
                    "documents",
                    &[holder; 16],
                    now,
                    now + 10,
                )?)
            };
            write(&store, taken).unwrap()
        };
        assert!(take(1, 0));
        assert!(take(1, 5));
        assert!(!take(2, 15));
        assert!(take(2, 16));
        assert!(!take(1, 17));
        write(&store, |sql| {
            Ok(release_lease(sql, 1, "documents", &[2; 16])?)
        })
        .unwrap();
        assert!(take(1, 18));
    }

    #[test]
    fn a_write_waits_for_another_process_and_a_panic_blocks_nobody() {
        let place = Place::new();
        let (one, two) = (place.open(1).unwrap(), place.open(1).unwrap());
        let inside = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                    write(&one, |sql| {
                        put_table(sql, 1, b"lost")?;
                        inside.store(true, Ordering::SeqCst);
                        assert!(!inside.load(Ordering::SeqCst), "as a fault would");
                        Ok(())
                    })
                }));
                assert!(ended.is_err());
            });
            while !inside.load(Ordering::SeqCst) {
                std::thread::yield_now();
            }
            write(&two, |sql| Ok(put_table(sql, 1, b"kept")?)).unwrap();
        });
        let hash = *blake3::hash(b"lost").as_bytes();
        assert_eq!(write(&one, |sql| Ok(table(sql, 1, &hash)?)).unwrap(), None);
    }
}
