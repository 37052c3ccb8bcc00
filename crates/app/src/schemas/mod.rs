//! The command table as JSON Schemas and as the window's types: what `cargo xtask schemas` writes into the tree.
//!
//! Both come from the very types that commands take and answer, so that a name or a shape is told once. Nothing
//! here touches a file; a test holds what is committed against what is told now.

mod answered;
mod typescript;

#[cfg(test)]
mod tests;

use crate::command::{commands, outside};
use schemars::{Schema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Folder of the schemas, from the top of the tree.
pub const FOLDER: &str = "schemas/ipc";
/// The window's types, from the top of the tree.
pub const TYPES: &str = "ui/src/types/generated.ts";

type Part = fn(&mut SchemaGenerator) -> Schema;

/// What the window must know of one command.
struct Entry {
    name: &'static str,
    /// Codes of the roles that may use it; `None` where nobody need be signed in.
    roles: Option<Vec<String>>,
    input: Part,
    output: Part,
}

/// Every file that is generated: its path from the top of the tree, and its text.
pub fn files() -> BTreeMap<String, String> {
    let entries = entries();
    let mut files: BTreeMap<String, String> = entries
        .iter()
        .map(|entry| {
            let text = format!("{:#}\n", schema(entry));
            (format!("{FOLDER}/{}.json", entry.name), text)
        })
        .collect();
    files.insert(TYPES.to_owned(), types(&entries));
    files
}

fn entries() -> Vec<Entry> {
    let codes = |roles: &[xunyi_model::Role]| roles.iter().map(|r| r.code().to_owned()).collect();
    let inside = commands().iter().map(|c| Entry {
        name: c.name,
        roles: Some(codes(c.roles)),
        input: c.input,
        output: c.output,
    });
    let around = outside().iter().map(|c| Entry {
        name: c.name,
        roles: c.roles.map(codes),
        input: c.input,
        output: c.output,
    });
    let mut entries: Vec<Entry> = inside.chain(around).collect();
    entries.sort_by_key(|entry| entry.name);
    entries
}

/// The types as they are read: what may be left out may be left out.
fn generator() -> SchemaGenerator {
    SchemaSettings::draft2020_12()
        .for_deserialize()
        .into_generator()
}

/// One schema for both directions, so that what they share stands once.
fn schema(entry: &Entry) -> Value {
    let mut generator = generator();
    let input = (entry.input)(&mut generator);
    let output = (entry.output)(&mut generator);
    sorted(json!({
        "$schema": generator.settings().meta_schema,
        "title": entry.name,
        "x-roles": entry.roles,
        "type": "object",
        "properties": { "input": input, "output": output },
        "required": ["input", "output"],
        "$defs": generator.take_definitions(true),
    }))
}

fn types(entries: &[Entry]) -> String {
    let mut generator = generator();
    let table: Vec<(&str, Value, Value)> = entries
        .iter()
        .map(|entry| {
            let input = (entry.input)(&mut generator);
            let output = (entry.output)(&mut generator);
            (entry.name, sorted(input.into()), sorted(output.into()))
        })
        .collect();
    let mut definitions = sorted(Value::Object(generator.take_definitions(true)));
    let answers: Vec<&Value> = table.iter().map(|(_, _, output)| output).collect();
    answered::mark_always_written(&mut definitions, &answers);
    typescript::module(&definitions, &table)
}

/// With keys in the order of the alphabet, whatever order the library keeps in this build.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let ordered: BTreeMap<String, Value> =
                map.into_iter().map(|(k, v)| (k, sorted(v))).collect();
            Value::Object(Map::from_iter(ordered))
        }
        Value::Array(items) => items.into_iter().map(sorted).collect(),
        other => other,
    }
}
