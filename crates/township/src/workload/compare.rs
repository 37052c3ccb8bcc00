//! Did everything come back? Events are matched by what they are and compared field by field.
//!
//! The order of an object's keys means nothing, nor does the order of a person's allergies and problems (they are a
//! set in every record); all other lists, such as readings and diagnoses, must be in order.

use std::collections::BTreeMap;

use serde_json::Value;
use uuid::Uuid;

use super::event::{Event, Record};

/// What [`compare`] found. Holds ids, no person's data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Events that came back with all their fields.
    pub equal: usize,
    /// Events of which nothing came back: kind and id.
    pub missing: Vec<(String, Uuid)>,
    /// Events that came back otherwise: kind, id and the fields that differ, as a path.
    pub different: Vec<(String, Uuid, Vec<String>)>,
    /// What came back without having been played.
    pub unasked: Vec<(String, Uuid)>,
}

impl Comparison {
    /// True when every event came back with all its fields, and nothing else did.
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty() && self.different.is_empty() && self.unasked.is_empty()
    }
}

/// Compares what was played with what was rebuilt from the center's records.
pub fn compare(
    played: impl IntoIterator<Item = Event>,
    rebuilt: impl IntoIterator<Item = Event>,
) -> Comparison {
    let mut back: BTreeMap<(String, Uuid, String), Value> = rebuilt
        .into_iter()
        .map(|e| (key(&e), canonical(e)))
        .collect();
    let mut found = Comparison::default();
    for event in played {
        let key = key(&event);
        let wanted = canonical(event);
        match back.remove(&key) {
            None => found.missing.push((key.0, key.1)),
            Some(got) if got == wanted => found.equal += 1,
            Some(got) => {
                let mut paths = Vec::new();
                differences("", &wanted, &got, &mut paths);
                found.different.push((key.0, key.1, paths));
            }
        }
    }
    found.unasked = back.into_keys().map(|(kind, id, _)| (kind, id)).collect();
    found
}

/// Kind, id and, for a patch, its time: a person may be patched often.
fn key(event: &Event) -> (String, Uuid, String) {
    match event {
        Event::Patch(patch) => ("patch".to_owned(), patch.id, patch.at.clone()),
        Event::Put(put) => {
            let kind = match put.record {
                Record::Patient(_) => "patient",
                Record::Encounter(_) => "encounter",
                Record::Form(_) => "form",
                Record::Prescription(_) => "prescription",
                Record::Movement(_) => "movement",
            };
            (kind.to_owned(), put.id, String::new())
        }
    }
}

fn canonical(mut event: Event) -> Value {
    match &mut event {
        Event::Put(put) => {
            if let Record::Patient(body) = &mut put.record {
                body.allergies.sort();
                body.problems.sort();
            }
        }
        Event::Patch(patch) => {
            if let Some(allergies) = &mut patch.set.allergies {
                allergies.sort();
            }
        }
    }
    serde_json::to_value(event).unwrap_or_default()
}

fn differences(path: &str, wanted: &Value, got: &Value, paths: &mut Vec<String>) {
    match (wanted, got) {
        (Value::Object(wanted), Value::Object(got)) => {
            let names: std::collections::BTreeSet<&String> =
                wanted.keys().chain(got.keys()).collect();
            for name in names {
                let empty = Value::Null;
                let (w, g) = (
                    wanted.get(name).unwrap_or(&empty),
                    got.get(name).unwrap_or(&empty),
                );
                differences(&format!("{path}/{name}"), w, g, paths);
            }
        }
        _ if wanted == got => {}
        _ => paths.push(path.to_owned()),
    }
}
