//! The device's SQLCipher database: opened with a raw random key, with the settings that "saved" stands
//! on set and read back, brought to the newest schema, checked, backed up, rekeyed.
//! It knows no table but its own list of migrations.

mod backup;
mod migrate;
mod preflight;
mod rekey;
mod settings;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};
use xunyi_vault::DatabaseKey;

pub use backup::BackupReport;
pub use migrate::Migration;
pub use settings::Settings;

use crate::{StoreError, files};

/// The oldest SQLite that may run: 3.51.3 mended the WAL-reset fault.
const OLDEST_SQLITE: i32 = 3_051_003;

/// What a database is opened with.
#[derive(Debug, Clone, Copy, Default)]
pub struct Opening<'a> {
    /// All migrations of this software, numbered from 1.
    pub migrations: &'a [Migration],
    /// Name of a registered SQLite VFS; tests of power loss bring their own.
    pub vfs: Option<&'a str>,
}

/// An open database.
#[derive(Debug)]
pub struct Database {
    connection: Connection,
    path: Option<PathBuf>,
    vfs: Option<String>,
}

impl Database {
    /// Opens the database at `path`, or creates it, and applies the migrations that it lacks. A newer
    /// database, or one that the key does not open, is refused before a byte of it or its WAL is
    /// written.
    ///
    /// # Errors
    /// `SqliteTooOld`, `WrongKey`, `DatabaseNewer`, `MigrationChanged`, `MigrationFailed`,
    /// `SettingRefused`, `DiskFull`, `ReadOnly`, and other failures of the file system.
    pub fn open(path: &Path, key: &DatabaseKey, opening: Opening<'_>) -> Result<Self, StoreError> {
        require_sqlite(rusqlite::version_number())?;
        migrate::check_numbers(opening.migrations)?;
        if std::fs::metadata(path).is_ok_and(|file| file.len() > 0) {
            preflight::refuse_wrong_or_newer(path, key, opening)?;
        } else if opening.vfs.is_none() {
            // SQLite would make it readable for others; its WAL takes over these rights.
            files::private()
                .create(true)
                .truncate(false)
                .open(path)?
                .sync_all()?;
            files::sync_folder(files::folder_of(path))?;
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let connection = connect(path, flags, opening.vfs)?;
        give_key(&connection, key)?;
        settings::apply(&connection, true)?;
        let mut database = Self {
            connection,
            path: Some(path.to_owned()),
            vfs: opening.vfs.map(str::to_owned),
        };
        migrate::run(&mut database.connection, opening.migrations)?;
        Ok(database)
    }

    /// Opens with whichever of the keys fits, and tells its place in `keys`: after a key rotation that
    /// was cut short, either the old or the new key is the database's.
    ///
    /// # Errors
    /// As [`Self::open`]; `WrongKey` when none fits.
    pub fn open_with_any(
        path: &Path,
        keys: &[&DatabaseKey],
        opening: Opening<'_>,
    ) -> Result<(Self, usize), StoreError> {
        for (place, key) in keys.iter().enumerate() {
            match Self::open(path, key, opening) {
                Err(StoreError::WrongKey) => {}
                result => return result.map(|database| (database, place)),
            }
        }
        Err(StoreError::WrongKey)
    }

    /// A database in memory, without encryption and WAL, for simulators and tests.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn in_memory(migrations: &[Migration]) -> Result<Self, StoreError> {
        require_sqlite(rusqlite::version_number())?;
        migrate::check_numbers(migrations)?;
        let connection = Connection::open_in_memory()?;
        settings::apply(&connection, false)?;
        let mut database = Self {
            connection,
            path: None,
            vfs: None,
        };
        migrate::run(&mut database.connection, migrations)?;
        Ok(database)
    }

    /// Everything that is here, in another database that is gone with the process: what an image of a disk holds.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn copy_in_memory(&self) -> Result<Self, StoreError> {
        let mut connection = Connection::open_in_memory()?;
        settings::apply(&connection, false)?;
        rusqlite::backup::Backup::new(&self.connection, &mut connection)?.step(-1)?;
        Ok(Self {
            connection,
            path: None,
            vfs: None,
        })
    }

    /// A second connection to the same file that can only read, for queries beside a writer.
    ///
    /// # Errors
    /// `WrongKey`, `SettingRefused`; `ReadOnly` for a database in memory, which has no second
    /// connection.
    pub fn reader(&self, key: &DatabaseKey) -> Result<Connection, StoreError> {
        let path = self.path.as_deref().ok_or(StoreError::ReadOnly)?;
        let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE, self.vfs.as_deref())?;
        give_key(&connection, key)?;
        settings::apply(&connection, true)?;
        connection.execute_batch("PRAGMA query_only = ON")?;
        Ok(connection)
    }

    /// The connection, for queries.
    #[must_use]
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// The connection, for transactions.
    pub fn connection_mut(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// The settings that are in force, read from SQLite.
    ///
    /// # Errors
    /// Failures of SQLite.
    pub fn settings(&self) -> Result<Settings, StoreError> {
        Settings::read(&self.connection)
    }

    /// Number of the last migration that the database has.
    ///
    /// # Errors
    /// Failures of SQLite.
    pub fn schema_version(&self) -> Result<u32, StoreError> {
        migrate::user_version(&self.connection)
    }

    /// SQLite's `quick_check`: an empty list when the structure is sound, else what it found.
    ///
    /// # Errors
    /// `Damaged` when the check itself cannot read on.
    pub fn quick_check(&self) -> Result<Vec<String>, StoreError> {
        let mut found = lines(&self.connection, "PRAGMA quick_check(20)")?;
        found.retain(|line| line != "ok");
        Ok(found)
    }

    /// SQLCipher's check of every page's authentication code in the file (not in the WAL: checkpoint
    /// first); an empty list when all are right.
    ///
    /// # Errors
    /// Failures of SQLite.
    pub fn cipher_integrity_check(&self) -> Result<Vec<String>, StoreError> {
        lines(&self.connection, "PRAGMA cipher_integrity_check")
    }

    /// Moves everything from the WAL into the database file and empties the WAL.
    ///
    /// # Errors
    /// `Busy` while another connection reads or writes.
    pub fn checkpoint(&self) -> Result<(), StoreError> {
        let busy: bool =
            self.connection
                .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        if busy { Err(StoreError::Busy) } else { Ok(()) }
    }
}

fn require_sqlite(found: i32) -> Result<(), StoreError> {
    if found < OLDEST_SQLITE {
        Err(StoreError::SqliteTooOld { found })
    } else {
        Ok(())
    }
}

fn connect(path: &Path, flags: OpenFlags, vfs: Option<&str>) -> Result<Connection, StoreError> {
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Ok(match vfs {
        Some(vfs) => Connection::open_with_flags_and_vfs(path, flags, vfs)?,
        None => Connection::open_with_flags(path, flags)?,
    })
}

/// Gives SQLCipher the raw key and pins its format to version 4, whatever later versions default to.
/// The key itself is tried by the first read.
fn give_key(connection: &Connection, key: &DatabaseKey) -> Result<(), StoreError> {
    // SQLCipher would print a line to stderr for each page that a wrong key cannot read.
    connection.execute_batch("PRAGMA cipher_log_level = NONE")?;
    let hex = key.to_hex();
    let pragma = zeroize::Zeroizing::new(format!("PRAGMA key = \"x'{}'\"", hex.as_str()));
    connection.execute_batch(&pragma)?;
    connection.execute_batch("PRAGMA cipher_compatibility = 4")?;
    Ok(())
}

/// The first column of all rows.
fn lines(connection: &Connection, sql: &str) -> Result<Vec<String>, StoreError> {
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
