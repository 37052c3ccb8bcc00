//! Reference tables as the site published them: named by hash in a `site` document, their bytes kept beside
//! the database's rows. What the site has not published stays as it ships.

use crate::{AppError, Knowledge};
use serde::Deserialize;
use xunyi_ledger::Ledger;
use xunyi_model::SignOff;
use xunyi_model::medication::Formulary;
use xunyi_model::tables::{FORMULARY, Tables};
use xunyi_store::local;

/// A published table, as its record names it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Published {
    /// Stable name, such as `formulary`.
    pub name: String,
    /// BLAKE3 of its bytes, hex.
    pub hash: String,
}

/// Tables that the site has published.
pub(crate) fn published(ledger: &mut Ledger<'_>) -> Result<Vec<Published>, AppError> {
    Ok(ledger
        .records("reference_table", None)?
        .iter()
        .filter_map(|row| serde_json::from_str(&row.body).ok())
        .collect())
}

/// Hashes of published tables whose bytes are not here yet.
pub(crate) fn missing(ledger: &mut Ledger<'_>) -> Result<Vec<String>, AppError> {
    let mut missing = Vec::new();
    for table in published(ledger)? {
        if local::reference(ledger.sql(), table.hash.as_bytes())?.is_none() {
            missing.push(table.hash);
        }
    }
    Ok(missing)
}

/// Everything that the site knows, from what is here.
///
/// # Errors
/// `table.malformed` only when a shipped table is broken. A published one that cannot be read (it is newer
/// than this program) leaves the one before in force.
pub(crate) fn read(ledger: &mut Ledger<'_>) -> Result<Knowledge, AppError> {
    let mut knowledge = shipped()?;
    for table in published(ledger)? {
        let Some(bytes) = local::reference(ledger.sql(), table.hash.as_bytes())? else {
            continue;
        };
        if let Err(error) = put(&mut knowledge, &table.name, &bytes) {
            tracing::warn!(table = table.name, code = error.code, "table not read");
        }
    }
    Ok(knowledge)
}

fn shipped() -> Result<Knowledge, AppError> {
    Ok(Knowledge {
        tables: Tables::shipped()?,
        formulary: Formulary::new(Vec::new()),
        formulary_version: String::new(),
        formulary_sign_off: SignOff::Unsigned,
    })
}

fn put(knowledge: &mut Knowledge, name: &str, bytes: &[u8]) -> Result<(), AppError> {
    let text = String::from_utf8_lossy(bytes);
    if name == FORMULARY {
        let table = xunyi_model::tables::formulary(&text)?;
        knowledge.formulary = Formulary::new(table.body);
        knowledge.formulary_version = table.version;
        knowledge.formulary_sign_off = table.sign_off;
        Ok(())
    } else {
        Ok(knowledge.tables.replace(name, &text)?)
    }
}
