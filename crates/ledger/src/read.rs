//! Reading projections: the named queries that use-cases ask.

use crate::{Ledger, LedgerError};
use xunyi_journal::schema::Value;
use xunyi_journal::{DocId, DocType};

/// A record as projected: where it stands, and its fields as JSON.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordRow {
    /// Of which document.
    pub doc: DocId,
    /// Its key in its part of the document.
    pub record: String,
    /// Its fields, as a JSON object.
    pub body: String,
}

/// A field in conflict as projected.
#[derive(Clone, Debug, PartialEq)]
pub struct ConflictRow {
    /// Of which document.
    pub doc: DocId,
    /// Its type.
    pub doc_type: DocType,
    /// Part of the document.
    pub section: String,
    /// Which record of the part.
    pub record: String,
    /// Which field.
    pub field: String,
    /// The values with the changes that wrote them, as a JSON list.
    pub values: String,
}

impl Ledger<'_> {
    /// The records of one part, of one document or of all, in the order of their keys.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn records(
        &mut self,
        table: &str,
        doc: Option<&DocId>,
    ) -> Result<Vec<RecordRow>, LedgerError> {
        let select = format!("SELECT doc, record, body FROM \"{table}\" WHERE site = $1");
        let rows = match doc {
            Some(doc) => self.sql.query(
                &format!("{select} AND doc = $2 ORDER BY record"),
                &[self.site.into(), Value::from(doc.as_bytes())],
            )?,
            None => self.sql.query(
                &format!("{select} ORDER BY doc, record"),
                &[self.site.into()],
            )?,
        };
        Ok(rows
            .iter()
            .filter_map(|r| {
                Some(RecordRow {
                    doc: DocId::from_slice(r.blob(0))?,
                    record: r.text(1).to_owned(),
                    body: r.text(2).to_owned(),
                })
            })
            .collect())
    }

    /// The clock of the newest encounter of a person, ms.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn last_encounter(&mut self, doc: &DocId) -> Result<Option<i64>, LedgerError> {
        let rows = self.sql.query(
            "SELECT MAX(at) FROM encounter WHERE site = $1 AND doc = $2",
            &[self.site.into(), Value::from(doc.as_bytes())],
        )?;
        Ok(rows.first().and_then(|r| r.opt_int(0)))
    }

    /// How many others of a village have this name.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn namesakes(
        &mut self,
        doc: &DocId,
        name: &str,
        village: Option<&str>,
    ) -> Result<u32, LedgerError> {
        let rows = self.sql.query(
            "SELECT COUNT(*) FROM person WHERE site = $1 AND village = $2 AND name = $3 AND doc <> $4",
            &[self.site.into(), village.into(), name.into(), Value::from(doc.as_bytes())],
        )?;
        Ok(rows
            .first()
            .map_or(0, |r| u32::try_from(r.int(0)).unwrap_or(u32::MAX)))
    }

    /// Fields in conflict, of one document or of all, in a stable order.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn conflicts(&mut self, doc: Option<&DocId>) -> Result<Vec<ConflictRow>, LedgerError> {
        let select =
            "SELECT doc, section, record, field, doc_type, body FROM conflict WHERE site = $1";
        let order = "ORDER BY doc, section, record, field";
        let rows = match doc {
            Some(doc) => self.sql.query(
                &format!("{select} AND doc = $2 {order}"),
                &[self.site.into(), Value::from(doc.as_bytes())],
            )?,
            None => self
                .sql
                .query(&format!("{select} {order}"), &[self.site.into()])?,
        };
        Ok(rows
            .iter()
            .filter_map(|r| {
                Some(ConflictRow {
                    doc: DocId::from_slice(r.blob(0))?,
                    section: r.text(1).to_owned(),
                    record: r.text(2).to_owned(),
                    field: r.text(3).to_owned(),
                    doc_type: crate::journal::doc_type_of(r.int(4)),
                    values: r.text(5).to_owned(),
                })
            })
            .collect())
    }
}
