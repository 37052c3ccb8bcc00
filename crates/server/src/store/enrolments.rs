//! `center_enrolment`: one-time codes by the hash of their token. The token itself is nowhere.

use xunyi_ledger::{Dialect, Sql, SqlError, SqlRow};

/// A code that was given out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolment {
    /// BLAKE3 of its token.
    pub token_hash: [u8; 32],
    /// Name of the device to come.
    pub name: String,
    /// Its letter.
    pub letter: String,
    /// The vehicle that it rides on.
    pub vehicle: Option<String>,
    /// Until when, ms.
    pub expires_at: i64,
    /// Which device used it.
    pub used: Option<Used>,
}

/// What a code became.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Used {
    /// The device's public key.
    pub by: [u8; 32],
    /// Its feed.
    pub feed: [u8; 16],
    /// The certificate that it was given, DER.
    pub certificate: Vec<u8>,
    /// When, ms.
    pub at: i64,
}

const COLUMNS: &str =
    "token_hash, name, letter, vehicle, expires_at, used_by, feed, certificate, used_at";

fn read(row: &SqlRow) -> Option<Enrolment> {
    let used = match row.opt_blob(5) {
        None => None,
        Some(by) => Some(Used {
            by: by.try_into().ok()?,
            feed: row.blob(6).try_into().ok()?,
            certificate: row.blob(7).to_vec(),
            at: row.int(8),
        }),
    };
    Some(Enrolment {
        token_hash: row.blob(0).try_into().ok()?,
        name: row.text(1).to_owned(),
        letter: row.text(2).to_owned(),
        vehicle: row.opt_text(3).map(str::to_owned),
        expires_at: row.int(4),
        used,
    })
}

/// Keeps a new code.
///
/// # Errors
/// [`SqlError`].
pub fn put_enrolment(sql: &mut dyn Sql, site: i64, code: &Enrolment) -> Result<(), SqlError> {
    sql.execute(
        "INSERT INTO center_enrolment (site, token_hash, name, letter, vehicle, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
        &[
            site.into(),
            code.token_hash.as_slice().into(),
            code.name.as_str().into(),
            code.letter.as_str().into(),
            code.vehicle.as_deref().into(),
            code.expires_at.into(),
        ],
    )?;
    Ok(())
}

/// The code with this token, locked until the transaction ends.
///
/// # Errors
/// [`SqlError`].
pub fn find_enrolment(
    sql: &mut dyn Sql,
    site: i64,
    token_hash: &[u8; 32],
) -> Result<Option<Enrolment>, SqlError> {
    let lock = match sql.dialect() {
        Dialect::Sqlite => "",
        Dialect::Postgres => " FOR UPDATE",
    };
    let rows = sql.query(
        &format!(
            "SELECT {COLUMNS} FROM center_enrolment WHERE site = $1 AND token_hash = $2{lock}"
        ),
        &[site.into(), token_hash.as_slice().into()],
    )?;
    Ok(rows.first().and_then(read))
}

/// Codes that nobody used and that still hold.
///
/// # Errors
/// [`SqlError`].
pub fn open_enrolments(sql: &mut dyn Sql, site: i64, now: i64) -> Result<Vec<Enrolment>, SqlError> {
    let rows = sql.query(
        &format!(
            "SELECT {COLUMNS} FROM center_enrolment
             WHERE site = $1 AND used_by IS NULL AND expires_at >= $2 ORDER BY expires_at, token_hash"
        ),
        &[site.into(), now.into()],
    )?;
    Ok(rows.iter().filter_map(read).collect())
}

/// Ends every code that nobody used: of what a backup holds as unused, some may have been used since.
///
/// # Errors
/// [`SqlError`].
pub fn end_open_enrolments(sql: &mut dyn Sql, site: i64) -> Result<(), SqlError> {
    sql.execute(
        "UPDATE center_enrolment SET expires_at = 0 WHERE site = $1 AND used_by IS NULL",
        &[site.into()],
    )?;
    Ok(())
}

/// Notes which device used a code.
///
/// # Errors
/// [`SqlError`].
pub fn mark_used(
    sql: &mut dyn Sql,
    site: i64,
    token_hash: &[u8; 32],
    used: &Used,
) -> Result<(), SqlError> {
    sql.execute(
        "UPDATE center_enrolment SET used_by = $1, feed = $2, certificate = $3, used_at = $4
         WHERE site = $5 AND token_hash = $6",
        &[
            used.by.as_slice().into(),
            used.feed.as_slice().into(),
            used.certificate.as_slice().into(),
            used.at.into(),
            site.into(),
            token_hash.as_slice().into(),
        ],
    )?;
    Ok(())
}
