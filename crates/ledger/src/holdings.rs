//! What a store holds, in a few numbers and two digests: equal digests mean equal journals and equal rows,
//! whatever the engine.

use crate::ddl::quoted;
use crate::{Ledger, LedgerError};
use serde::Serialize;
use std::collections::BTreeMap;
use xunyi_journal::schema::{Table, Value};
use xunyi_record::{conflict_table, projection_tables};

/// Holdings of one store.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Holdings {
    /// Entries of the journal.
    pub entries: u64,
    /// Documents.
    pub documents: u64,
    /// Commits held by policy.
    pub held: u64,
    /// BLAKE3 of the vector, hex: equal for two stores that hold the same entries.
    pub journal: String,
    /// BLAKE3 over every projected row, hex: equal for two stores that show the same.
    pub rows: String,
    /// Rows of each projection table that has any.
    pub counts: BTreeMap<&'static str, u64>,
}

impl Ledger<'_> {
    /// Counts and digests everything. Reads every row.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn holdings(&mut self) -> Result<Holdings, LedgerError> {
        let vector = self.vector()?;
        let mut holdings = Holdings {
            entries: self.entries()?,
            documents: self.document_count()?,
            held: self.held()?,
            journal: hex(&vector.digest()),
            ..Holdings::default()
        };
        let mut digest = blake3::Hasher::new();
        for table in projection_tables().iter().chain([conflict_table()]) {
            let count = self.digest_table(table, &mut digest)?;
            if count > 0 {
                holdings.counts.insert(table.name, count);
            }
        }
        holdings.rows = hex(digest.finalize().as_bytes());
        Ok(holdings)
    }

    /// Entries of the journal.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn entries(&mut self) -> Result<u64, LedgerError> {
        let count = "SELECT COUNT(*) FROM entry WHERE site = $1";
        self.number(count, &[self.site.into()])
    }

    fn document_count(&mut self) -> Result<u64, LedgerError> {
        let count = "SELECT COUNT(*) FROM document WHERE site = $1";
        self.number(count, &[self.site.into()])
    }

    /// Every row without its site, sorted here: engines order text each in their own way.
    fn digest_table(
        &mut self,
        table: &Table,
        digest: &mut blake3::Hasher,
    ) -> Result<u64, LedgerError> {
        let names: Vec<&str> = table.columns.iter().skip(1).map(|c| c.name).collect();
        let select = format!(
            "SELECT {} FROM \"{}\" WHERE site = $1",
            quoted(&names),
            table.name
        );
        let rows = self.sql.query(&select, &[self.site.into()])?;
        let mut lines: Vec<[u8; 32]> = rows
            .iter()
            .map(|row| {
                let mut line = blake3::Hasher::new();
                row.0.iter().for_each(|value| add(&mut line, value));
                *line.finalize().as_bytes()
            })
            .collect();
        lines.sort_unstable();
        digest.update(table.name.as_bytes());
        lines.iter().for_each(|line| {
            digest.update(line);
        });
        Ok(lines.len() as u64)
    }
}

fn add(digest: &mut blake3::Hasher, value: &Value) {
    let (kind, bytes): (u8, &[u8]) = match value {
        Value::Null => (0, &[]),
        Value::Int(n) => (1, &n.to_be_bytes()),
        Value::Real(x) => (2, &x.to_bits().to_be_bytes()),
        Value::Text(text) => (3, text.as_bytes()),
        Value::Blob(bytes) => (4, bytes),
    };
    digest
        .update(&[kind])
        .update(&(bytes.len() as u64).to_be_bytes())
        .update(bytes);
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
