//! Numbered migrations, each in a transaction of its own together with the version that it leads to.
//! A migration never changes once it has landed: the database remembers the digest of each text that
//! built it and refuses a list that tells another story.

use rusqlite::{Connection, TransactionBehavior};
use sha2::{Digest, Sha256};

use crate::StoreError;

/// One step of the schema; the text is a file `migrations/NNNN_name.sql`, embedded.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// 1 for the first, counting up without a gap.
    pub version: u32,
    /// What it does, in a word or two.
    pub name: &'static str,
    /// SQL statements. `BEGIN` and `COMMIT` do not belong here. Foreign keys are off while it runs, so
    /// that tables can be rebuilt, and checked before it is committed.
    pub sql: &'static str,
}

/// The migrations count up from 1.
pub(super) fn check_numbers(migrations: &[Migration]) -> Result<(), StoreError> {
    for (migration, expected) in migrations.iter().zip(1..) {
        if migration.version != expected {
            return Err(StoreError::MigrationOrder {
                version: migration.version,
            });
        }
    }
    Ok(())
}

/// Number of the last migration in the list; 0 for none.
pub(super) fn newest(migrations: &[Migration]) -> u32 {
    migrations.last().map_or(0, |migration| migration.version)
}

/// The database's schema version.
pub(super) fn user_version(connection: &Connection) -> Result<u32, StoreError> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

/// Applies what the database lacks.
pub(super) fn run(connection: &mut Connection, migrations: &[Migration]) -> Result<(), StoreError> {
    let found = user_version(connection)?;
    let known = newest(migrations);
    if found > known {
        return Err(StoreError::DatabaseNewer { found, known });
    }
    if found > 0 {
        compare(connection, migrations, found)?;
    }
    let missing: Vec<_> = migrations
        .iter()
        .filter(|step| step.version > found)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    connection.execute_batch("PRAGMA foreign_keys = OFF")?;
    let result = missing.into_iter().try_for_each(|step| {
        apply(connection, step).map_err(|source| StoreError::MigrationFailed {
            version: step.version,
            source: Box::new(source),
        })
    });
    connection.execute_batch("PRAGMA foreign_keys = ON")?;
    result
}

fn apply(connection: &mut Connection, step: &Migration) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch(
        "CREATE TABLE IF NOT EXISTS migration (
             version INTEGER PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL
         ) STRICT",
    )?;
    transaction.execute_batch(step.sql)?;
    let broken = super::lines(&transaction, "PRAGMA foreign_key_check")?;
    if !broken.is_empty() {
        return Err(StoreError::Damaged);
    }
    transaction.execute(
        "INSERT INTO migration (version, name, sha256) VALUES (?1, ?2, ?3)",
        (step.version, step.name, digest(step)),
    )?;
    transaction.pragma_update(None, "user_version", step.version)?;
    Ok(transaction.commit()?)
}

/// The texts that built the database are those of the list.
fn compare(
    connection: &Connection,
    migrations: &[Migration],
    found: u32,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare("SELECT sha256 FROM migration WHERE version = ?1")?;
    for step in migrations.iter().filter(|step| step.version <= found) {
        let known: Result<String, _> = statement.query_row([step.version], |row| row.get(0));
        match known {
            Ok(known) if known == digest(step) => {}
            Ok(_) | Err(rusqlite::Error::QueryReturnedNoRows) => {
                return Err(StoreError::MigrationChanged {
                    version: step.version,
                });
            }
            Err(other) => return Err(other.into()),
        }
    }
    Ok(())
}

/// SHA-256 of the text, line ends of a checkout on Windows aside.
fn digest(step: &Migration) -> String {
    let text = step.sql.replace("\r\n", "\n");
    Sha256::digest(text.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
