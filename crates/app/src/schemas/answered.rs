//! Which fields of an answer are always there. A reader forgives a field that a newer version may leave out and
//! takes an empty value for it; what this version answers always has it, and the window need not ask.

use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Marks fields that are empty by default as required, in every type that an answer holds.
pub(super) fn mark_always_written(definitions: &mut Value, answers: &[&Value]) {
    for name in reached(definitions, answers) {
        let Some(schema) = definitions.get_mut(&name) else {
            continue;
        };
        let fields = schema.get("properties").and_then(Value::as_object);
        let written: Vec<Value> = fields
            .into_iter()
            .flatten()
            .filter(|(_, field)| field.get("default").is_some_and(is_empty))
            .map(|(field, _)| json!(field))
            .collect();
        let Some(schema) = schema.as_object_mut() else {
            continue;
        };
        let required = schema.entry("required").or_insert_with(|| json!([]));
        if let Some(required) = required.as_array_mut() {
            required.extend(written);
        }
    }
}

/// An empty text, an empty object, nobody's id: what says nothing. A default that says something may be left out.
fn is_empty(default: &Value) -> bool {
    match default {
        Value::String(text) => text.is_empty() || text.chars().all(|c| matches!(c, '0' | '-')),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}

/// Names of the types that the answers hold, directly or within others.
fn reached(definitions: &Value, answers: &[&Value]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut open: Vec<&Value> = answers.to_vec();
    while let Some(schema) = open.pop() {
        match schema {
            Value::Object(map) => {
                let target = map.get("$ref").and_then(Value::as_str);
                if let Some(name) = target.and_then(|t| t.rsplit('/').next())
                    && names.insert(name.to_owned())
                {
                    open.extend(definitions.get(name));
                }
                open.extend(map.values());
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    names
}
