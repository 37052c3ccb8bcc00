//! Records from the model's types: fields that may be edited one by one, or one event that happened.

use crate::{RecordKey, Write};
use serde::Serialize;
use serde_json::{Map, Value};

/// The field that holds an event as one atomic value.
pub(crate) const EVENT: &str = "e";

/// One write for each top-level field that is there.
pub(crate) fn fields<T: Serialize>(key: &RecordKey, value: &T) -> Vec<Write> {
    match serde_json::to_value(value) {
        Ok(Value::Object(map)) => map
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| Write {
                key: key.clone(),
                field: name,
                value,
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// What happened, as one value that nobody edits.
pub(crate) fn event<T: Serialize>(key: &RecordKey, value: &T) -> Write {
    Write {
        key: key.clone(),
        field: EVENT.to_owned(),
        value: serde_json::to_value(value).unwrap_or(Value::Null),
    }
}

/// A record as one object: an event's fields on the top level, later fields over them, `null`s left out.
pub(crate) fn flatten(fields: impl Iterator<Item = (String, Value)>) -> Map<String, Value> {
    let mut body = Map::new();
    let mut rest = Vec::new();
    for (name, value) in fields {
        match value {
            Value::Null => {}
            Value::Object(event) if name == EVENT => body.extend(event),
            value => rest.push((name, value)),
        }
    }
    body.extend(rest);
    body
}

/// Fields that hold who said something and when, and nothing else: two people who say it agree.
const AGREED_BY_BOTH: [&str; 1] = ["no_known_allergies"];

/// True when two values of a field are no conflict.
pub(crate) fn says_the_same(field: &str, one: &Value, other: &Value) -> bool {
    one == other || (AGREED_BY_BOTH.contains(&field) && one.is_object() && other.is_object())
}
