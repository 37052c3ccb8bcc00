//! `center_table`: the bytes of reference tables by their BLAKE3 hash.

use xunyi_ledger::{Sql, SqlError};

/// Keeps a table's bytes and answers their hash.
///
/// # Errors
/// [`SqlError`].
pub fn put_table(sql: &mut dyn Sql, site: i64, bytes: &[u8]) -> Result<[u8; 32], SqlError> {
    let hash = *blake3::hash(bytes).as_bytes();
    sql.execute(
        "INSERT INTO center_table (site, hash, bytes) VALUES ($1, $2, $3) ON CONFLICT (site, hash) DO NOTHING",
        &[site.into(), hash.as_slice().into(), bytes.into()],
    )?;
    Ok(hash)
}

/// The bytes with this hash.
///
/// # Errors
/// [`SqlError`].
pub fn table(sql: &mut dyn Sql, site: i64, hash: &[u8; 32]) -> Result<Option<Vec<u8>>, SqlError> {
    let rows = sql.query(
        "SELECT bytes FROM center_table WHERE site = $1 AND hash = $2",
        &[site.into(), hash.as_slice().into()],
    )?;
    Ok(rows.first().map(|r| r.blob(0).to_vec()))
}
