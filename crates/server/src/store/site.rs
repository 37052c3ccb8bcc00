//! `center_site`: who this center is, with its private keys sealed.

use xunyi_ledger::{Sql, SqlError};

/// What a center is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteRow {
    /// The site's number.
    pub site: i64,
    /// Its name when it was made.
    pub name: String,
    /// The center's own feed.
    pub feed: [u8; 16],
    /// The seed of the feed's key, sealed.
    pub sealed_seed: Vec<u8>,
    /// The authority's certificate, DER.
    pub authority: Vec<u8>,
    /// The authority's key, sealed.
    pub sealed_authority_key: Vec<u8>,
    /// When it was made, ms.
    pub made_at: i64,
}

/// The center of a site; `None` when there is none.
///
/// # Errors
/// [`SqlError`].
pub fn site_row(sql: &mut dyn Sql, site: i64) -> Result<Option<SiteRow>, SqlError> {
    let rows = sql.query(
        "SELECT name, feed, sealed_seed, authority, sealed_authority_key, made_at FROM center_site WHERE site = $1",
        &[site.into()],
    )?;
    Ok(rows.first().and_then(|r| {
        Some(SiteRow {
            site,
            name: r.text(0).to_owned(),
            feed: r.blob(1).try_into().ok()?,
            sealed_seed: r.blob(2).to_vec(),
            authority: r.blob(3).to_vec(),
            sealed_authority_key: r.blob(4).to_vec(),
            made_at: r.int(5),
        })
    }))
}

/// Puts a new center there; answers false when the site has one already.
///
/// # Errors
/// [`SqlError`].
pub fn put_site(sql: &mut dyn Sql, row: &SiteRow) -> Result<bool, SqlError> {
    let put = sql.execute(
        "INSERT INTO center_site (site, name, feed, sealed_seed, authority, sealed_authority_key, made_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (site) DO NOTHING",
        &[
            row.site.into(),
            row.name.as_str().into(),
            row.feed.as_slice().into(),
            row.sealed_seed.as_slice().into(),
            row.authority.as_slice().into(),
            row.sealed_authority_key.as_slice().into(),
            row.made_at.into(),
        ],
    )?;
    Ok(put == 1)
}
