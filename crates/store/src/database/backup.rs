//! A consistent, encrypted copy by SQLite's backup API, under a key of its own, that is read back in
//! full before it counts. Sealing that key to the site's recovery key is the caller's.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rusqlite::{
    OpenFlags,
    backup::{Backup, StepResult},
};
use xunyi_vault::DatabaseKey;

use super::{Database, connect, give_key, lines, migrate, preflight};
use crate::{StoreError, files};

/// What a finished backup holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupReport {
    /// Size of the file in bytes.
    pub bytes: u64,
    /// Its schema version.
    pub schema_version: u32,
}

impl Database {
    /// Copies the database to `path` under `key`, which should be a fresh one. The copy is written
    /// beside its final name, every page and the structure are checked with the key alone, and only
    /// then it is named.
    ///
    /// # Errors
    /// `BackupExists`, `BackupUnsound`, `DiskFull`, `ReadOnly`, `Busy`.
    pub fn backup_to(&self, path: &Path, key: &DatabaseKey) -> Result<BackupReport, StoreError> {
        if fs::exists(path)? {
            return Err(StoreError::BackupExists);
        }
        let part = partial(path);
        if fs::exists(&part)? {
            // Left by a run that was cut short; it never counted.
            fs::remove_file(&part)?;
        }
        let result = self
            .copy(&part, key)
            .and_then(|()| check(&part, key))
            .and_then(|report| {
                fs::File::open(&part)?.sync_all()?;
                fs::rename(&part, path)?;
                files::sync_folder(files::folder_of(path))?;
                Ok(report)
            });
        if result.is_err() && fs::exists(&part)? {
            fs::remove_file(&part)?;
        }
        result
    }

    fn copy(&self, part: &Path, key: &DatabaseKey) -> Result<(), StoreError> {
        files::private().create_new(true).open(part)?;
        let mut target = connect(part, OpenFlags::SQLITE_OPEN_READ_WRITE, None)?;
        give_key(&target, key)?;
        let backup = Backup::new(&self.connection, &mut target)?;
        // All pages in one step: one read transaction, so later commits don't start it over.
        match backup.step(-1)? {
            StepResult::Done => Ok(()),
            _ => Err(StoreError::Busy),
        }
    }
}

/// Reads the copy as a restore would: with its key and nothing else.
fn check(part: &Path, key: &DatabaseKey) -> Result<BackupReport, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    let copy = connect(Path::new(&preflight::immutable_uri(part)), flags, None)?;
    give_key(&copy, key)?;
    let schema_version = migrate::user_version(&copy)?;
    let mut found = lines(&copy, "PRAGMA cipher_integrity_check")?;
    found.extend(lines(&copy, "PRAGMA integrity_check(20)")?);
    found.retain(|line| line != "ok");
    if let Some(first) = found.into_iter().next() {
        return Err(StoreError::BackupUnsound(first));
    }
    Ok(BackupReport {
        bytes: fs::metadata(part)?.len(),
        schema_version,
    })
}

fn partial(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    PathBuf::from(name)
}
