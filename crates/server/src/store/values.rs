//! `center_value` and `center_refilled`: what a center remembers of itself by name, and which devices have told it
//! everything since it was restored.

use std::collections::BTreeSet;

use xunyi_journal::FeedId;
use xunyi_ledger::{Sql, SqlError};

/// The names.
pub mod value {
    /// The feed that the center writes now, where that is not its first.
    pub const FEED: &str = "feed";
    /// In a backup: when it was made.
    pub const MADE: &str = "made";
    /// Put back from a backup and not taken up since; the time is the backup's.
    pub const RESTORED: &str = "restored";
    /// It waits for its devices to refill it; the time is that of the backup, 0 where that is not known.
    pub const REFILL: &str = "refill";
    /// The watermark, a vector; the time is that of the oldest backup that is promised.
    pub const WATERMARK: &str = "watermark";
}

/// Something remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// A time that goes with it, ms.
    pub at: i64,
    /// What.
    pub bytes: Vec<u8>,
}

/// Remembers under a name, in place of what was there.
///
/// # Errors
/// [`SqlError`].
pub fn remember(
    sql: &mut dyn Sql,
    site: i64,
    name: &str,
    at: i64,
    bytes: &[u8],
) -> Result<(), SqlError> {
    sql.execute(
        "INSERT INTO center_value (site, name, at, bytes) VALUES ($1, $2, $3, $4)
         ON CONFLICT (site, name) DO UPDATE SET at = excluded.at, bytes = excluded.bytes",
        &[site.into(), name.into(), at.into(), bytes.into()],
    )?;
    Ok(())
}

/// What is remembered under a name.
///
/// # Errors
/// [`SqlError`].
pub fn remembered(
    sql: &mut dyn Sql,
    site: i64,
    name: &str,
) -> Result<Option<Remembered>, SqlError> {
    let rows = sql.query(
        "SELECT at, bytes FROM center_value WHERE site = $1 AND name = $2",
        &[site.into(), name.into()],
    )?;
    Ok(rows.first().map(|row| Remembered {
        at: row.int(0),
        bytes: row.blob(1).to_vec(),
    }))
}

/// Forgets what is remembered under a name; false where nothing was.
///
/// # Errors
/// [`SqlError`].
pub fn forget(sql: &mut dyn Sql, site: i64, name: &str) -> Result<bool, SqlError> {
    let forgotten = sql.execute(
        "DELETE FROM center_value WHERE site = $1 AND name = $2",
        &[site.into(), name.into()],
    )?;
    Ok(forgotten > 0)
}

/// A device has told all that it holds.
///
/// # Errors
/// [`SqlError`].
pub fn put_refilled(
    sql: &mut dyn Sql,
    site: i64,
    device: &FeedId,
    at: i64,
) -> Result<(), SqlError> {
    sql.execute(
        "INSERT INTO center_refilled (site, device, at) VALUES ($1, $2, $3) ON CONFLICT (site, device) DO NOTHING",
        &[site.into(), device.as_bytes().into(), at.into()],
    )?;
    Ok(())
}

/// The devices that have.
///
/// # Errors
/// [`SqlError`].
pub fn refilled(sql: &mut dyn Sql, site: i64) -> Result<BTreeSet<FeedId>, SqlError> {
    let rows = sql.query(
        "SELECT device FROM center_refilled WHERE site = $1",
        &[site.into()],
    )?;
    let devices = rows.iter().filter_map(|r| FeedId::from_slice(r.blob(0)));
    Ok(devices.collect())
}

/// Forgets them.
///
/// # Errors
/// [`SqlError`].
pub fn clear_refilled(sql: &mut dyn Sql, site: i64) -> Result<(), SqlError> {
    sql.execute(
        "DELETE FROM center_refilled WHERE site = $1",
        &[site.into()],
    )?;
    Ok(())
}
