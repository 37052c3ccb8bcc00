//! Reading projections: the named queries that use-cases ask.

use crate::{Ledger, LedgerError, SqlRow};
use xunyi_journal::schema::Value;
use xunyi_journal::{DocId, DocType, Vector};

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

/// What of a feed a peer has not acknowledged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unsent {
    /// Commits.
    pub commits: u64,
    /// Bytes of their entries.
    pub bytes: u64,
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
        Ok(record_rows(&rows))
    }

    /// One record by its key; `None` when nobody has written it.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn record(
        &mut self,
        table: &str,
        doc: &DocId,
        record: &str,
    ) -> Result<Option<RecordRow>, LedgerError> {
        let rows = self.sql.query(
            &format!(
                "SELECT doc, record, body FROM \"{table}\" WHERE site = $1 AND doc = $2 AND record = $3"
            ),
            &[self.site.into(), Value::from(doc.as_bytes()), record.into()],
        )?;
        Ok(record_rows(&rows).into_iter().next())
    }

    /// The records of one part of a document whose clock is at or after a time, oldest first.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn records_since(
        &mut self,
        table: &str,
        doc: &DocId,
        at: i64,
    ) -> Result<Vec<RecordRow>, LedgerError> {
        let rows = self.sql.query(
            // The plus keeps SQLite on the document's own rows, few beside the site's of those months.
            &format!(
                "SELECT doc, record, body FROM \"{table}\"
                 WHERE site = $1 AND doc = $2 AND +at >= $3 ORDER BY +at, record"
            ),
            &[self.site.into(), Value::from(doc.as_bytes()), at.into()],
        )?;
        Ok(record_rows(&rows))
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

    /// The newest records of a part of a document by their clock, at most so many.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn newest(
        &mut self,
        table: &str,
        doc: &DocId,
        limit: u32,
    ) -> Result<Vec<RecordRow>, LedgerError> {
        let rows = self.sql.query(
            &format!("SELECT record, body FROM \"{table}\" WHERE site = $1 AND doc = $2 ORDER BY at DESC, record LIMIT $3"),
            &[self.site.into(), Value::from(doc.as_bytes()), limit.into()],
        )?;
        Ok(rows
            .iter()
            .map(|r| RecordRow {
                doc: *doc,
                record: r.text(0).to_owned(),
                body: r.text(1).to_owned(),
            })
            .collect())
    }

    /// Enrolments in a programme of everybody of a village.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn enrolled(
        &mut self,
        village: &str,
        programme: &str,
    ) -> Result<Vec<RecordRow>, LedgerError> {
        let rows = self.sql.query(
            // CROSS JOIN: from the village's people to their records, never the other way round.
            "SELECT e.doc, e.record, e.body FROM person p CROSS JOIN enrolment e
             WHERE p.site = $1 AND p.village = $2
               AND e.site = p.site AND e.programme = $3 AND e.doc = p.doc
             ORDER BY e.doc, e.record",
            &[self.site.into(), village.into(), programme.into()],
        )?;
        Ok(record_rows(&rows))
    }

    /// Prescriptions made since a time, stopped ones too, oldest first.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn prescribed_since(&mut self, at: i64) -> Result<Vec<RecordRow>, LedgerError> {
        let rows = self.sql.query(
            "SELECT doc, record, body FROM prescription
             WHERE site = $1 AND at >= $2 ORDER BY at, record",
            &[self.site.into(), at.into()],
        )?;
        Ok(record_rows(&rows))
    }

    /// What was handed out on a prescription.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn dispensed_on(&mut self, prescription: &str) -> Result<Vec<RecordRow>, LedgerError> {
        let rows = self.sql.query(
            "SELECT doc, record, body FROM dispensing WHERE site = $1 AND prescription = $2 ORDER BY record",
            &[self.site.into(), prescription.into()],
        )?;
        Ok(record_rows(&rows))
    }

    /// What a peer with this vector lacks of a device's own feeds: the first, and those it went on in after a fork.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn unsent(&mut self, public_key: &[u8; 32], peer: &Vector) -> Result<Unsent, LedgerError> {
        let mut unsent = Unsent::default();
        let feeds = self.feeds()?;
        for feed in feeds.iter().filter(|feed| feed.public_key == *public_key) {
            let after = peer.get(&feed.feed);
            let after = after.map_or(-1, |at| i64::try_from(at.seq).unwrap_or(i64::MAX));
            let rows = self.sql.query(
                "SELECT CAST(COALESCE(SUM(CASE WHEN remaining = 0 THEN 1 ELSE 0 END), 0) AS BIGINT),
                        CAST(COALESCE(SUM(LENGTH(bytes)), 0) AS BIGINT)
                 FROM entry WHERE site = $1 AND feed = $2 AND seq > $3",
                &[self.site.into(), feed.feed.as_bytes().into(), after.into()],
            )?;
            if let Some(row) = rows.first() {
                unsent.commits += row.count(0);
                unsent.bytes += row.count(1);
            }
        }
        Ok(unsent)
    }

    /// How many records a part of a document has.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn count(&mut self, table: &str, doc: &DocId) -> Result<u64, LedgerError> {
        self.number(
            &format!("SELECT COUNT(*) FROM \"{table}\" WHERE site = $1 AND doc = $2"),
            &[self.site.into(), Value::from(doc.as_bytes())],
        )
    }

    /// The one number that a query answers.
    pub(crate) fn number(&mut self, query: &str, values: &[Value]) -> Result<u64, LedgerError> {
        let rows = self.sql.query(query, values)?;
        Ok(rows.first().map_or(0, |row| row.count(0)))
    }
}

fn record_rows(rows: &[SqlRow]) -> Vec<RecordRow> {
    rows.iter()
        .filter_map(|r| {
            Some(RecordRow {
                doc: DocId::from_slice(r.blob(0))?,
                record: r.text(1).to_owned(),
                body: r.text(2).to_owned(),
            })
        })
        .collect()
}
