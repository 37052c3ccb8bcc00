//! Counts for `/metrics` and the question of `/healthz`. Each is answered from an index or from the few rows of the
//! feeds, whatever the journal's size.

use xunyi_ledger::{EntryState, Sql, SqlError};

/// What is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Entries in the journal.
    pub entries: i64,
    /// Feeds.
    pub feeds: i64,
    /// Commits held by policy.
    pub held: i64,
    /// Documents with entries that the worker has not taken in.
    pub waiting: i64,
    /// Devices that may exchange.
    pub devices: i64,
    /// Devices that were revoked.
    pub revoked: i64,
}

/// Counts.
///
/// # Errors
/// [`SqlError`].
pub fn figures(sql: &mut dyn Sql, site: i64) -> Result<Figures, SqlError> {
    let (pending, held) = (EntryState::Pending.code(), EntryState::Held.code());
    let mut count = |query: &str| -> Result<(i64, i64), SqlError> {
        let rows = sql.query(query, &[site.into()])?;
        Ok(rows.first().map_or((0, 0), |r| (r.int(0), r.int(1))))
    };
    let (entries, feeds) = count(
        "SELECT CAST(COALESCE(SUM(seq + 1), 0) AS BIGINT), COUNT(*) FROM feed WHERE site = $1 AND seq >= 0",
    )?;
    let (held, _) = count(&format!(
        "SELECT COUNT(*), 0 FROM entry WHERE site = $1 AND state = {held} AND remaining = 0"
    ))?;
    let (waiting, _) = count(&format!(
        "SELECT COUNT(DISTINCT doc), 0 FROM entry WHERE site = $1 AND state = {pending}"
    ))?;
    let (devices, _) =
        count("SELECT COUNT(*), 0 FROM device WHERE site = $1 AND status = 'active'")?;
    let (revoked, _) =
        count("SELECT COUNT(*), 0 FROM device WHERE site = $1 AND status = 'revoked'")?;
    Ok(Figures {
        entries,
        feeds,
        held,
        waiting,
        devices,
        revoked,
    })
}

/// Asks the database anything at all.
///
/// # Errors
/// [`SqlError`] when it does not answer.
pub fn ping(sql: &mut dyn Sql) -> Result<(), SqlError> {
    sql.query("SELECT 1", &[]).map(|_| ())
}
