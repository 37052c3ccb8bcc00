//! `project(doc) -> rows`: a pure function of one document. Same set of changes, same rows, in any order of
//! arrival (Invariant R3).

use crate::{Document, Record, RecordError, RecordKey, conflict_table, projection_tables};
use serde_json::{Value as Json, json};
use xunyi_journal::DocId;
#[cfg(feature = "mutants")]
use xunyi_journal::mutant::{self, Mutant};
use xunyi_journal::schema::{Table, Value};

/// Characters of a text in a column of its own.
const COLUMN_CHARS: usize = 100;

/// A row: its table and its values without `site`, in the order of the table's columns after `site`.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Which table.
    pub table: &'static str,
    /// Values from the column after `site` on.
    pub values: Vec<Value>,
}

/// The rows of one record: at most one in its part's table, and one for each field in conflict.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RowSet {
    /// The record itself.
    pub record: Option<Row>,
    /// Its fields in conflict.
    pub conflicts: Vec<Row>,
}

/// The rows of one record.
///
/// # Errors
/// [`RecordError`] when the document cannot be read.
pub fn project_record(id: &DocId, doc: &Document, key: &RecordKey) -> Result<RowSet, RecordError> {
    let record = doc.record(key)?;
    if record.fields.is_empty() {
        return Ok(RowSet::default());
    }
    let Some(table) = projection_tables().iter().find(|t| t.name == key.section) else {
        return Ok(RowSet::default());
    };
    let conflicts = doc
        .conflicts_of(key, &record)
        .into_iter()
        .map(|conflict| {
            let values: Vec<Json> = conflict
                .values
                .iter()
                .map(|v| json!({ "change": v.change.to_hex(), "value": v.value }))
                .collect();
            Row {
                table: conflict_table().name,
                values: vec![
                    Value::from(id.as_bytes()),
                    Value::from(key.section.as_str()),
                    text(&key.id),
                    text(&conflict.field),
                    Value::from(doc.doc_type().code()),
                    Value::from(crate::canonical_json(&Json::Array(values))),
                ],
            }
        })
        .collect();
    #[cfg(feature = "mutants")]
    let conflicts = if mutant::is(Mutant::LastWriterWins) {
        Vec::new()
    } else {
        conflicts
    };
    Ok(RowSet {
        record: Some(row(table, id, key, &record)),
        conflicts,
    })
}

/// All rows of a document, in order of their records.
///
/// # Errors
/// [`RecordError`] when the document cannot be read.
pub fn project(id: &DocId, doc: &Document) -> Result<Vec<Row>, RecordError> {
    let mut rows = Vec::new();
    for key in doc.keys() {
        let set = project_record(id, doc, &key)?;
        rows.extend(set.record);
        rows.extend(set.conflicts);
    }
    Ok(rows)
}

/// Text as every engine stores it: PostgreSQL knows no NUL.
fn text(text: &str) -> Value {
    if text.contains('\0') {
        Value::from(text.replace('\0', "\u{FFFD}"))
    } else {
        Value::from(text)
    }
}

/// What stands in a column of its own is there to be found by; the whole text is in `body`. Indexes of PostgreSQL
/// take no more than 2,700 bytes.
fn short(text: &str) -> &str {
    match text.char_indices().nth(COLUMN_CHARS) {
        Some((end, _)) => text.get(..end).unwrap_or(text),
        None => text,
    }
}

fn row(table: &'static Table, id: &DocId, key: &RecordKey, record: &Record) -> Row {
    let mut body = record.body();
    let whole = crate::canonical_json(&Json::Object(body.clone()));
    if table.name == "movement" {
        crate::stock::index_movement(&mut body);
    }
    let values = table
        .columns
        .iter()
        .skip(1)
        .map(|column| match column.name {
            "doc" => Value::from(id.as_bytes()),
            "record" => text(&key.id),
            "body" => Value::from(whole.as_str()),
            name => match body.get(name) {
                Some(Json::String(long)) => text(short(long)),
                Some(Json::Number(n)) => n.as_i64().map_or(Value::Null, Value::from),
                Some(Json::Bool(b)) => Value::from(*b),
                _ => Value::Null,
            },
        })
        .collect();
    Row {
        table: table.name,
        values,
    }
}
