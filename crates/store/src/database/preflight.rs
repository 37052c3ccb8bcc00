//! A look at an existing database before anything may write to it: does the key fit, and is the schema
//! one that this software knows? Opening for writing would replay the WAL into the file, so this uses a
//! read-only connection that leaves the database and its WAL byte for byte as they are.

use std::{ffi::OsString, path::Path};

use rusqlite::{OpenFlags, config::DbConfig};
use xunyi_vault::DatabaseKey;

use super::{Opening, connect, give_key, migrate};
use crate::StoreError;

/// Refuses a wrong key and a schema newer than the last migration.
///
/// A rollback journal beside the file says that the making of the database was cut short: ours live in WAL
/// mode from their first transaction on. Such a file may be torn until SQLite has played the journal back,
/// which opening does; there is nothing in it yet to be refused untouched.
pub(super) fn refuse_wrong_or_newer(
    path: &Path,
    key: &DatabaseKey,
    opening: Opening<'_>,
) -> Result<(), StoreError> {
    if holds_bytes(path, "-journal") {
        return Ok(());
    }
    let known = migrate::newest(opening.migrations);
    let found = schema_version(path, key, opening.vfs)?;
    if found > known {
        Err(StoreError::DatabaseNewer { found, known })
    } else {
        Ok(())
    }
}

/// The schema version of a closed database.
pub(super) fn schema_version(
    path: &Path,
    key: &DatabaseKey,
    vfs: Option<&str>,
) -> Result<u32, StoreError> {
    let read_only = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let connection = if holds_bytes(path, "-wal") {
        // What counts may stand in the WAL only. SQLite makes the -shm index for it, which is scratch.
        connect(path, read_only, vfs)?
    } else {
        // Immutable: not even an empty WAL is made.
        connect(
            Path::new(&immutable_uri(path)),
            read_only | OpenFlags::SQLITE_OPEN_URI,
            vfs,
        )?
    };
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    give_key(&connection, key)?;
    migrate::user_version(&connection)
}

/// Whether the file of this name and suffix is there and not empty.
fn holds_bytes(path: &Path, suffix: &str) -> bool {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(suffix);
    std::fs::metadata(Path::new(&name)).is_ok_and(|file| file.len() > 0)
}

/// `file:` URI of a path, with everything escaped that could end its path part.
pub(super) fn immutable_uri(path: &Path) -> String {
    let mut uri = String::from("file:");
    let bytes = path.as_os_str().as_encoded_bytes();
    if cfg!(windows) && bytes.get(1) == Some(&b':') {
        uri.push_str("///");
    }
    for byte in bytes {
        match byte {
            b'\\' if cfg!(windows) => uri.push('/'),
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => {
                uri.push(char::from(*byte));
            }
            b':' if cfg!(windows) => uri.push(':'),
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    uri.push_str("?immutable=1");
    uri
}
