//! Reading records out of a document, with every value that stands for a field.

use crate::canonical_json;
use crate::fields::flatten;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use xunyi_journal::ChangeHash;

/// Which record of a document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordKey {
    /// Part of the document.
    pub section: String,
    /// Key within a part of many; empty in a part of one.
    pub id: String,
}

impl RecordKey {
    /// The one record of a part.
    pub fn one(section: &str) -> Self {
        Self {
            section: section.to_owned(),
            id: String::new(),
        }
    }

    /// A record of a part of many.
    pub fn many(section: &str, id: uuid::Uuid) -> Self {
        Self {
            section: section.to_owned(),
            id: crate::record_id(id),
        }
    }
}

/// A field: the values that stand, the one that all devices show first leading.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Each with the change that wrote it; one where there is no conflict. Equal values count once.
    pub values: Vec<(Value, ChangeHash)>,
}

impl Field {
    /// The value that all devices show first.
    pub fn value(&self) -> &Value {
        self.values.first().map_or(&Value::Null, |(v, _)| v)
    }

    /// Two or more different values stand.
    pub fn in_conflict(&self) -> bool {
        self.values.len() > 1
    }
}

/// A record: its fields by name, unknown ones included (Invariant R2).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record {
    /// By name.
    pub fields: BTreeMap<String, Field>,
}

impl Record {
    /// The record as one JSON object of the leading values: an event's fields on the top level, `null`s
    /// left out.
    pub fn body(&self) -> Map<String, Value> {
        flatten(
            self.fields
                .iter()
                .map(|(name, field)| (name.clone(), field.value().clone())),
        )
    }

    /// Canonical text of [`Record::body`].
    pub fn body_text(&self) -> String {
        canonical_json(&Value::Object(self.body()))
    }

    /// A leading value, `null` when absent.
    pub fn get(&self, name: &str) -> &Value {
        self.fields.get(name).map_or(&Value::Null, Field::value)
    }
}

/// One of the values of a field in conflict.
#[derive(Clone, Debug, PartialEq)]
pub struct ConflictValue {
    /// As recorded.
    pub value: Value,
    /// The change that wrote it.
    pub change: ChangeHash,
}

/// A field that holds two or more different values.
#[derive(Clone, Debug, PartialEq)]
pub struct Conflict {
    /// Which record.
    pub key: RecordKey,
    /// Which field.
    pub field: String,
    /// All values, the one shown first leading.
    pub values: Vec<ConflictValue>,
}
