//! The settings that "saved means on disk" and "nothing readable on disk" stand on: set at every open
//! and read back, since SQLite ignores a pragma that it does not understand.

use rusqlite::{Connection, config::DbConfig};

use crate::StoreError;

/// Settings as SQLite reports them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// `wal` for files, `memory` for a database in memory.
    pub journal_mode: String,
    /// 2 is FULL: each commit is synced before it is answered.
    pub synchronous: i64,
    /// Pages are checked as they are read.
    pub cell_size_check: bool,
    /// Foreign keys are enforced.
    pub foreign_keys: bool,
    /// 2 is MEMORY: sorters and temporary tables never reach the disk, encrypted or not.
    pub temp_store: i64,
    /// Views and triggers of the file may not call functions with side effects.
    pub trusted_schema: bool,
    /// Version of SQLCipher; none when the library has no encryption at all.
    pub cipher_version: Option<String>,
}

impl Settings {
    pub(super) fn read(connection: &Connection) -> Result<Self, StoreError> {
        let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get(0));
        let flag = |name: &str| number(name).map(|value: i64| value != 0);
        Ok(Self {
            journal_mode: connection.pragma_query_value(None, "journal_mode", |row| row.get(0))?,
            synchronous: number("synchronous")?,
            cell_size_check: flag("cell_size_check")?,
            foreign_keys: flag("foreign_keys")?,
            temp_store: number("temp_store")?,
            trusted_schema: flag("trusted_schema")?,
            cipher_version: super::lines(connection, "PRAGMA cipher_version")?
                .into_iter()
                .next(),
        })
    }
}

/// Sets the settings and reads them back. The first read of the file happens here, so a wrong key shows
/// as `WrongKey`.
pub(super) fn apply(connection: &Connection, file: bool) -> Result<(), StoreError> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    // A plan once made is kept: otherwise statements are planned anew for each new value that they are given.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    if file {
        let _mode: String =
            connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    }
    connection.execute_batch(
        "PRAGMA synchronous = FULL;
         PRAGMA cell_size_check = ON;
         PRAGMA foreign_keys = ON;
         PRAGMA temp_store = MEMORY;",
    )?;
    check(&Settings::read(connection)?, file)
}

fn check(settings: &Settings, file: bool) -> Result<(), StoreError> {
    let mode = if file { "wal" } else { "memory" };
    let refused = |name, value: String| Err(StoreError::SettingRefused { name, value });
    if settings.journal_mode != mode {
        return refused("journal_mode", settings.journal_mode.clone());
    }
    if settings.synchronous != 2 {
        return refused("synchronous", settings.synchronous.to_string());
    }
    if settings.temp_store != 2 {
        return refused("temp_store", settings.temp_store.to_string());
    }
    if settings.cipher_version.is_none() {
        return refused("cipher_version", "none".to_owned());
    }
    for (name, value, wanted) in [
        ("cell_size_check", settings.cell_size_check, true),
        ("foreign_keys", settings.foreign_keys, true),
        ("trusted_schema", settings.trusted_schema, false),
    ] {
        if value != wanted {
            return refused(name, value.to_string());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_setting_that_did_not_take_is_refused() {
        let good = Settings {
            journal_mode: "wal".to_owned(),
            synchronous: 2,
            cell_size_check: true,
            foreign_keys: true,
            temp_store: 2,
            trusted_schema: false,
            cipher_version: Some("4".to_owned()),
        };
        assert!(check(&good, true).is_ok());
        for (name, bad) in [
            (
                "journal_mode",
                Settings {
                    journal_mode: "delete".to_owned(),
                    ..good.clone()
                },
            ),
            (
                "synchronous",
                Settings {
                    synchronous: 1,
                    ..good.clone()
                },
            ),
            (
                "cell_size_check",
                Settings {
                    cell_size_check: false,
                    ..good.clone()
                },
            ),
            (
                "foreign_keys",
                Settings {
                    foreign_keys: false,
                    ..good.clone()
                },
            ),
            (
                "temp_store",
                Settings {
                    temp_store: 0,
                    ..good.clone()
                },
            ),
            (
                "trusted_schema",
                Settings {
                    trusted_schema: true,
                    ..good.clone()
                },
            ),
            (
                "cipher_version",
                Settings {
                    cipher_version: None,
                    ..good.clone()
                },
            ),
        ] {
            let error = check(&bad, true).unwrap_err();
            assert!(matches!(error, StoreError::SettingRefused { name: n, .. } if n == name));
        }
    }
}
