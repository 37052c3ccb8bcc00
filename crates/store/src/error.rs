//! Errors of the store with their stable codes. A message never holds a row's content.

use rusqlite::{ErrorCode, ffi};
use serde_json::{Value, json};
use thiserror::Error;

/// What can go wrong with the files of a device.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The SQLite that was linked is older than 3.51.3, whose WAL-reset fault could lose commits.
    #[error("SQLite {found} is too old")]
    SqliteTooOld {
        /// `sqlite3_libversion_number()`.
        found: i32,
    },
    /// The key does not open the database. A damaged first page looks the same; where the slot file
    /// vouches for the key (its id is checked there), damage is what it is.
    #[error("the key does not open the database")]
    WrongKey,
    /// A newer version of the software wrote the database. Nothing was written.
    #[error("the database is of schema {found}; this software knows {known}")]
    DatabaseNewer {
        /// The file's `user_version`.
        found: u32,
        /// The last migration that this software has.
        known: u32,
    },
    /// The database was built by a migration whose text is not the one that this software has.
    #[error("migration {version} is not the one that built this database")]
    MigrationChanged {
        /// The migration's number.
        version: u32,
    },
    /// A migration failed; the database is as it was before it.
    #[error("migration {version} failed: {source}")]
    MigrationFailed {
        /// The migration's number.
        version: u32,
        /// What SQLite said.
        source: Box<StoreError>,
    },
    /// The list of migrations does not count up from 1.
    #[error("migrations are not numbered in order: {version} is out of place")]
    MigrationOrder {
        /// The number that is out of place.
        version: u32,
    },
    /// A setting that the promises of the store stand on did not take.
    #[error("setting {name} reads back as {value}")]
    SettingRefused {
        /// The pragma.
        name: &'static str,
        /// What was read back.
        value: String,
    },
    /// No room on the disk; nothing of the transaction was kept.
    #[error("the disk is full")]
    DiskFull,
    /// The disk, the folder or the file can't be written to.
    #[error("the data folder can't be written to")]
    ReadOnly,
    /// Another process works on this data folder.
    #[error("another process works on this data folder")]
    FolderInUse,
    /// The database holds pages that are not as they were written.
    #[error("the database is damaged")]
    Damaged,
    /// Another connection holds the database.
    #[error("the database is busy")]
    Busy,
    /// A file of that name exists already; backups never overwrite.
    #[error("the backup's file exists already")]
    BackupExists,
    /// The backup was written, read again, and is not sound; it was removed.
    #[error("the backup did not stand its test: {0}")]
    BackupUnsound(String),
    /// Another failure of the file system.
    #[error("file system: {0}")]
    Io(std::io::Error),
    /// Another failure of SQLite.
    #[error("database: {0}")]
    Sqlite(rusqlite::Error),
}

impl StoreError {
    /// Stable code, translated by the user interface.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::SqliteTooOld { .. } => "store.sqlite_too_old",
            Self::WrongKey => "store.wrong_key",
            Self::DatabaseNewer { .. } => "store.database_newer",
            Self::MigrationChanged { .. } => "store.migration_changed",
            Self::MigrationFailed { source, .. } => match source.code() {
                code @ ("store.disk_full" | "store.read_only" | "store.damaged") => code,
                _ => "store.migration_failed",
            },
            Self::MigrationOrder { .. } => "store.migration_order",
            Self::SettingRefused { .. } => "store.setting_refused",
            Self::DiskFull => "store.disk_full",
            Self::ReadOnly => "store.read_only",
            Self::FolderInUse => "store.folder_in_use",
            Self::Damaged => "store.damaged",
            Self::Busy => "store.busy",
            Self::BackupExists => "store.backup_exists",
            Self::BackupUnsound(_) => "store.backup_unsound",
            Self::Io(_) => "store.io",
            Self::Sqlite(_) => "store.sqlite",
        }
    }

    /// What the translated message needs, as a JSON object.
    #[must_use]
    pub fn params(&self) -> Value {
        match self {
            Self::SqliteTooOld { found } => json!({ "found": found }),
            Self::DatabaseNewer { found, known } => json!({ "found": found, "known": known }),
            Self::MigrationChanged { version }
            | Self::MigrationFailed { version, .. }
            | Self::MigrationOrder { version } => json!({ "version": version }),
            Self::SettingRefused { name, value } => json!({ "name": name, "value": value }),
            _ => json!({}),
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let rusqlite::Error::SqliteFailure(failure, _) = &error else {
            return Self::Sqlite(error);
        };
        match failure.code {
            ErrorCode::DiskFull => Self::DiskFull,
            // On a full disk growing the -shm file fails first.
            _ if failure.extended_code == ffi::SQLITE_IOERR_SHMSIZE => Self::DiskFull,
            ErrorCode::ReadOnly => Self::ReadOnly,
            ErrorCode::NotADatabase => Self::WrongKey,
            ErrorCode::DatabaseCorrupt => Self::Damaged,
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::Busy,
            _ => Self::Sqlite(error),
        }
    }
}

impl From<std::io::Error> for StoreError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Self::DiskFull,
            std::io::ErrorKind::ReadOnlyFilesystem | std::io::ErrorKind::PermissionDenied => {
                Self::ReadOnly
            }
            _ => Self::Io(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_or_read_only_disk_is_named_as_such_whoever_says_it() {
        let sqlite = |code| {
            StoreError::from(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None)).code()
        };
        assert_eq!(sqlite(ffi::SQLITE_FULL), "store.disk_full");
        assert_eq!(sqlite(ffi::SQLITE_IOERR_SHMSIZE), "store.disk_full");
        assert_eq!(sqlite(ffi::SQLITE_READONLY_DIRECTORY), "store.read_only");
        assert_eq!(sqlite(ffi::SQLITE_BUSY_SNAPSHOT), "store.busy");
        let io = |kind| StoreError::from(std::io::Error::from(kind)).code();
        assert_eq!(io(std::io::ErrorKind::StorageFull), "store.disk_full");
        assert_eq!(
            io(std::io::ErrorKind::ReadOnlyFilesystem),
            "store.read_only"
        );
        assert_eq!(io(std::io::ErrorKind::NotFound), "store.io");
    }

    #[test]
    fn a_migration_stopped_by_a_full_disk_says_disk_full() {
        let error = StoreError::MigrationFailed {
            version: 3,
            source: Box::new(StoreError::DiskFull),
        };
        assert_eq!(error.code(), "store.disk_full");
        assert_eq!(error.params(), json!({ "version": 3 }));
    }
}
