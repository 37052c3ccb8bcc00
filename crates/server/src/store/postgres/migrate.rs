//! Numbered migrations in PostgreSQL, all in the one transaction of the opening, under a lock so that processes
//! that start together take turns. A newer schema is refused untouched.

use xunyi_ledger::Sql;
use xunyi_store::StoreError;

use crate::error::CenterError;

/// Any number that nobody else locks by.
const LOCK: i64 = 0x5855_4e59_4943_4552;

/// Texts by number, from 1.
const MIGRATIONS: &[&str] = &[
    include_str!("../../../migrations/postgres/0001_center.sql"),
    include_str!("../../../migrations/postgres/0002_forks.sql"),
    include_str!("../../../migrations/postgres/0003_restore.sql"),
];

/// Applies what the database lacks.
pub(super) fn run(sql: &mut dyn Sql) -> Result<(), CenterError> {
    sql.query("SELECT pg_advisory_xact_lock($1)::TEXT", &[LOCK.into()])?;
    sql.execute(
        "CREATE TABLE IF NOT EXISTS center_migration (version BIGINT PRIMARY KEY, digest BYTEA NOT NULL)",
        &[],
    )?;
    let rows = sql.query(
        "SELECT version, digest FROM center_migration ORDER BY version",
        &[],
    )?;
    let known = MIGRATIONS.len();
    if rows.len() > known {
        let found = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        let known = u32::try_from(known).unwrap_or(u32::MAX);
        return Err(StoreError::DatabaseNewer { found, known }.into());
    }
    for (version, text) in (1_u32..).zip(MIGRATIONS) {
        let digest = *blake3::hash(text.as_bytes()).as_bytes();
        match rows.iter().find(|row| row.int(0) == i64::from(version)) {
            Some(row) if row.blob(1) == digest.as_slice() => {}
            Some(_) => return Err(StoreError::MigrationChanged { version }.into()),
            None => {
                for statement in text.split(";\n").filter(|s| !s.trim().is_empty()) {
                    sql.execute(statement, &[])?;
                }
                sql.execute(
                    "INSERT INTO center_migration (version, digest) VALUES ($1, $2)",
                    &[version.into(), digest.as_slice().into()],
                )?;
            }
        }
    }
    Ok(())
}
