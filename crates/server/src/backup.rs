//! Backups of a center: everything of its site as one encrypted SQLite file, whichever engine the center is on. A backup
//! is made of one state of everything while the server runs, read back and verified before it has its name, and opened
//! by the center's key file and by nothing else.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};

use chrono::DateTime;
use xunyi_journal::Vector;
use xunyi_ledger::{Cache, Finding, Ledger, verify};
use xunyi_pki::SiteNumber;
use xunyi_store::StoreError;
use xunyi_vault::DatabaseKey;

use crate::center::Center;
use crate::error::CenterError;
use crate::key_file::sync_folder_of;
use crate::store::{
    Access, CenterStore, SqliteStore, copy_site, forget, remember, remembered, site_row, sites,
    transaction, value,
};
use crate::words::Code;

/// Documents kept in memory while a backup is verified.
const CACHED_DOCUMENTS: usize = 32;
/// Files that SQLite may leave beside a database.
const BESIDE: [&str; 4] = ["", "-wal", "-shm", "-journal"];

/// What a backup holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// The site's number.
    pub site: SiteNumber,
    /// Its name.
    pub name: String,
    /// The certificate of the site's authority.
    pub authority: Vec<u8>,
    /// When the backup was made, ms.
    pub made_at: i64,
    /// What the center held.
    pub vector: Vector,
    /// Entries.
    pub entries: u64,
    /// The clock of the last entry, ms.
    pub last_at: i64,
}

/// A time as people and programs read it.
pub fn time(ms: i64) -> String {
    let time = DateTime::from_timestamp_millis(ms).unwrap_or_default();
    time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A time as part of a file's name.
pub(crate) fn stamp(ms: i64) -> String {
    time(ms).replace(['-', ':'], "")
}

/// Where a backup goes: the file that was named, or one with the time in its name in the folder that was.
pub fn file_in(wanted: &Path, site: SiteNumber, now: i64) -> PathBuf {
    if wanted.is_dir() {
        wanted.join(format!("xunyi-{site}-{}.backup", stamp(now)))
    } else {
        wanted.to_owned()
    }
}

/// Copies everything of a site from one database into another that holds nothing of it, one transaction each, and
/// remembers there when and for what.
///
/// # Errors
/// Those of either store.
pub fn copy(
    from: &dyn CenterStore,
    to: &dyn CenterStore,
    site: i64,
    (name, at): (&str, i64),
) -> Result<(), CenterError> {
    transaction(from, Access::Read, |from| {
        transaction(to, Access::Write, |to| {
            copy_site(from, to, site)?;
            mark(to, site, (name, at))
        })
    })
}

/// What the copy is for takes the place of what its source was for.
pub(crate) fn mark(
    sql: &mut dyn xunyi_ledger::Sql,
    site: i64,
    (name, at): (&str, i64),
) -> Result<(), CenterError> {
    forget(sql, site, value::MADE)?;
    Ok(remember(sql, site, name, at, &[])?)
}

/// Makes a backup. Under `path` it is whole or not at all.
///
/// # Errors
/// `store.backup_exists`, `store.backup_unsound`, those of both stores and of the file system.
pub fn make(
    center: &Center,
    path: &Path,
    key: &DatabaseKey,
    now: i64,
) -> Result<About, CenterError> {
    if fs::exists(path)? {
        return Err(StoreError::BackupExists.into());
    }
    let part = beside(path, ".part");
    remove(&part)?;
    let made = write(center, &part, key, now).and_then(|()| {
        let about = examine(&part, key)?;
        File::open(&part)?.sync_all()?;
        fs::rename(&part, path)?;
        sync_folder_of(&std::path::absolute(path)?)?;
        Ok(about)
    });
    if made.is_err() {
        remove(&part)?;
    }
    made
}

fn write(center: &Center, part: &Path, key: &DatabaseKey, now: i64) -> Result<(), CenterError> {
    let file = SqliteStore::open(part, key)?;
    copy(center.store(), &file, center.site(), (value::MADE, now))?;
    file.close()
}

/// Opens a backup as a restore would and checks all of it: pages, chains, signatures, documents, projections. The file
/// must be the caller's own: an older one is brought to the newest schema.
///
/// # Errors
/// `store.wrong_key`, `backup.not_one`, `store.backup_unsound`, those of the file system.
pub(crate) fn examine(file: &Path, key: &DatabaseKey) -> Result<About, CenterError> {
    let store = SqliteStore::open(file, key)?;
    let about = about(&store)?;
    if let Some(first) = store.sound()?.into_iter().next() {
        return Err(StoreError::BackupUnsound(first).into());
    }
    let findings = verified(&store, i64::from(about.site))?;
    if let Some(wrong) = findings.iter().flat_map(|f| &f.wrong).next() {
        return Err(StoreError::BackupUnsound(wrong.clone()).into());
    }
    store.close()?;
    Ok(about)
}

/// What a database says of itself as a backup.
pub(crate) fn about(store: &dyn CenterStore) -> Result<About, CenterError> {
    let none = || CenterError::code_only(Code::BackupNotOne);
    transaction(store, Access::Read, |sql| {
        let [site] = *sites(sql)?.as_slice() else {
            return Err(none());
        };
        let made = remembered(sql, site, value::MADE)?.ok_or_else(none)?;
        let row = site_row(sql, site)?.ok_or_else(none)?;
        let mut cache = Cache::new(CACHED_DOCUMENTS);
        let mut ledger = Ledger::new(sql, site, &mut cache);
        let last_at = ledger.feeds()?.iter().map(|feed| feed.last_at).max();
        Ok(About {
            site: SiteNumber::try_from(site).map_err(|_| none())?,
            name: row.name,
            authority: row.authority,
            made_at: made.at,
            vector: ledger.vector()?,
            entries: ledger.entries()?,
            last_at: last_at.unwrap_or(0),
        })
    })
}

fn verified(store: &dyn CenterStore, site: i64) -> Result<Vec<Finding>, CenterError> {
    transaction(store, Access::Read, |sql| {
        let mut cache = Cache::new(CACHED_DOCUMENTS);
        Ok(verify(&mut Ledger::new(sql, site, &mut cache))?)
    })
}

/// A copy of a backup that may be opened without touching the backup itself; only this user can read it.
pub(crate) fn private_copy(backup: &Path, to: &Path) -> Result<(), CenterError> {
    remove(to)?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut copy = options.open(to)?;
    std::io::copy(&mut File::open(backup)?, &mut copy)?;
    Ok(())
}

/// Removes a database and what SQLite keeps beside it, where they are there.
pub(crate) fn remove(file: &Path) -> std::io::Result<()> {
    for suffix in BESIDE {
        let file = beside(file, suffix);
        if fs::exists(&file)? {
            fs::remove_file(file)?;
        }
    }
    Ok(())
}

/// The path with something behind its name.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
