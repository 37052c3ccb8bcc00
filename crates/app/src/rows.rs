//! Reading projected rows: bodies of records as the model's types.

use crate::{AppError, Ctx};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};
use xunyi_journal::DocId;
use xunyi_ledger::RecordRow;

/// A record as projected.
#[derive(Clone, Debug)]
pub(crate) struct Body {
    /// Its key in the document.
    pub record: String,
    /// Its fields.
    pub fields: Map<String, Json>,
}

impl Body {
    /// As one of the model's types; `None` for what a newer version wrote and this one cannot read.
    pub fn typed<T: DeserializeOwned>(&self) -> Option<T> {
        xunyi_record::patient::typed(Json::Object(self.fields.clone()))
    }

    /// Its id.
    pub fn id<T: From<uuid::Uuid>>(&self) -> Option<T> {
        xunyi_record::uuid_of_record(&self.record).map(T::from)
    }

    /// A field as text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.fields.get(name).and_then(Json::as_str)
    }
}

impl From<&RecordRow> for Body {
    fn from(row: &RecordRow) -> Self {
        Self {
            record: row.record.clone(),
            fields: xunyi_record::patient::body(&row.body),
        }
    }
}

impl Ctx<'_, '_> {
    /// The records of one part of a document, in the order of their keys.
    pub(crate) fn records(&mut self, doc: &DocId, table: &str) -> Result<Vec<Body>, AppError> {
        Ok(self
            .ledger
            .records(table, Some(doc))?
            .iter()
            .map(Body::from)
            .collect())
    }

    /// One record by its key.
    pub(crate) fn record(
        &mut self,
        doc: &DocId,
        table: &str,
        id: uuid::Uuid,
    ) -> Result<Option<Body>, AppError> {
        let key = xunyi_record::record_id(id);
        Ok(self
            .ledger
            .record(table, doc, &key)?
            .as_ref()
            .map(Body::from))
    }

    /// The records of one part of a document from a time on, oldest first.
    pub(crate) fn records_since(
        &mut self,
        doc: &DocId,
        table: &str,
        at: i64,
    ) -> Result<Vec<Body>, AppError> {
        Ok(self
            .ledger
            .records_since(table, doc, at)?
            .iter()
            .map(Body::from)
            .collect())
    }

    /// Every record of a part, whatever its document.
    pub(crate) fn all_records(&mut self, table: &str) -> Result<Vec<Body>, AppError> {
        Ok(self
            .ledger
            .records(table, None)?
            .iter()
            .map(Body::from)
            .collect())
    }
}
