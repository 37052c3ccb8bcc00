//! Reference tables: their bytes by hash, and a record per table that says which hash is in force. Devices fetch
//! what the record names.

use serde_json::{Value, json};
use uuid::Uuid;
use xunyi_ledger::Ledger;
use xunyi_model::tables::{check_file, rows_from_csv, shipped_files};
use xunyi_model::{Invalid, SignOff, Table};
use xunyi_record::site::{record, topic};

use super::records;
use crate::center::Page;
use crate::error::CenterError;
use crate::store::put_table;
use crate::words::Code;

const SECTION: &str = "reference_table";

/// What a table's file says of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct About {
    /// Stable name.
    pub name: String,
    /// Version.
    pub version: String,
    /// Who took responsibility.
    pub sign_off: SignOff,
}

/// Reads what a table's file says of itself.
///
/// # Errors
/// `table.malformed`.
pub fn about(text: &str) -> Result<About, CenterError> {
    if text.trim_start().starts_with('{') {
        let table = Table::<Value>::from_json("table", text).map_err(malformed)?;
        Ok(About {
            name: super::name(&table.name)?,
            version: table.version,
            sign_off: table.sign_off,
        })
    } else {
        let table = rows_from_csv("table", text).map_err(malformed)?;
        let named = text
            .lines()
            .filter_map(|line| line.strip_prefix('#')?.split_once(':'))
            .find(|(key, _)| key.trim() == "name");
        Ok(About {
            name: super::name(named.map_or("", |(_, name)| name))?,
            version: table.version,
            sign_off: table.sign_off,
        })
    }
}

fn malformed(e: Invalid) -> CenterError {
    CenterError::with(Code::TableMalformed, json!(e.params()))
}

/// Keeps a table's bytes and puts it in force.
///
/// # Errors
/// `table.malformed`, those of the store.
pub fn publish(ledger: &mut Ledger<'_>, page: &mut Page, text: &str) -> Result<(), CenterError> {
    let about = about(text)?;
    check_file(&about.name, text).map_err(malformed)?;
    let site = ledger.site();
    let hash = put_table(ledger.sql(), site, text.as_bytes())?;
    let body = json!({
        "name": about.name,
        "version": about.version,
        "sign_off": about.sign_off,
        "hash": xunyi_journal::EntryHash(hash).to_hex(),
        "size": text.len(),
    });
    page.put(
        topic::TABLES,
        record(SECTION, record_of(&about.name), &body),
    );
    Ok(())
}

/// Puts every table that ships in force; a formulary is the site's own and not among them.
///
/// # Errors
/// As [`publish`].
pub fn publish_shipped(ledger: &mut Ledger<'_>, page: &mut Page) -> Result<(), CenterError> {
    shipped_files()
        .iter()
        .try_for_each(|file| publish(ledger, page, file.text))
}

/// The tables in force, as their records say.
///
/// # Errors
/// Those of the store.
pub fn list(ledger: &mut Ledger<'_>) -> Result<Vec<Value>, CenterError> {
    Ok(records(ledger, SECTION)?
        .into_iter()
        .map(|(_, body)| Value::Object(body))
        .collect())
}

/// One record per name, whatever the version.
fn record_of(name: &str) -> Uuid {
    let mut id = [0; 16];
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"reference table").update(name.as_bytes());
    hasher.finalize_xof().fill(&mut id);
    uuid::Builder::from_custom_bytes(id).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;
    use xunyi_model::tables::TableFile;

    #[test]
    fn every_shipped_table_says_its_name_its_version_and_that_nobody_signed_it() {
        for TableFile { name, text } in shipped_files() {
            let about = about(text).unwrap();
            assert_eq!(about.name, *name);
            assert!(!about.version.is_empty());
            assert_eq!(about.sign_off, SignOff::Unsigned);
        }
    }

    #[test]
    fn what_is_no_table_is_refused() {
        for text in ["", "{}", "{\"name\":", "a,b\n1,2\n"] {
            assert_eq!(about(text).unwrap_err().code(), "table.malformed", "{text}");
        }
        let nameless = "# version: 1\na,b\n1,2\n";
        assert_eq!(about(nameless).unwrap_err().code(), "name.unusable");
    }

    #[test]
    fn a_table_keeps_its_record_whatever_its_version() {
        assert_eq!(record_of("formulary"), record_of("formulary"));
        assert_ne!(record_of("formulary"), record_of("vital_ranges"));
    }
}
