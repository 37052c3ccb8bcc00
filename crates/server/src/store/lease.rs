//! `center_lease`: which process settles documents. Taken at the start of each of the worker's transactions, whose
//! lock on the row keeps any other process out until it ends.

use xunyi_ledger::{Sql, SqlError};

/// Takes or renews a lease until `expires_at`; false while another holds it.
///
/// # Errors
/// [`SqlError`].
pub fn take_lease(
    sql: &mut dyn Sql,
    site: i64,
    name: &str,
    holder: &[u8; 16],
    now: i64,
    expires_at: i64,
) -> Result<bool, SqlError> {
    let taken = sql.execute(
        "UPDATE center_lease SET holder = $1, expires_at = $2
         WHERE site = $3 AND name = $4 AND (holder = $1 OR expires_at < $5)",
        &[
            holder.as_slice().into(),
            expires_at.into(),
            site.into(),
            name.into(),
            now.into(),
        ],
    )?;
    if taken == 1 {
        return Ok(true);
    }
    let made = sql.execute(
        "INSERT INTO center_lease (site, name, holder, expires_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (site, name) DO NOTHING",
        &[
            site.into(),
            name.into(),
            holder.as_slice().into(),
            expires_at.into(),
        ],
    )?;
    Ok(made == 1)
}

/// Lets go of a lease, so that another process need not wait for its end.
///
/// # Errors
/// [`SqlError`].
pub fn release_lease(
    sql: &mut dyn Sql,
    site: i64,
    name: &str,
    holder: &[u8; 16],
) -> Result<(), SqlError> {
    sql.execute(
        "DELETE FROM center_lease WHERE site = $1 AND name = $2 AND holder = $3",
        &[site.into(), name.into(), holder.as_slice().into()],
    )?;
    Ok(())
}
