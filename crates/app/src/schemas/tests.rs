//! What is committed is what is generated now, and each type is told once.

use super::{FOLDER, TYPES, files, generator};
use crate::command::{commands, outside};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn committed_schemas_and_types_are_those_of_the_commands() {
    let mut stale = Vec::new();
    for (path, text) in files() {
        if std::fs::read_to_string(top().join(&path)).ok().as_deref() != Some(text.as_str()) {
            stale.push(path);
        }
    }
    assert!(stale.is_empty(), "run `cargo xtask schemas`: {stale:?}");
}

#[test]
fn no_schema_is_left_of_a_command_that_is_gone() {
    let generated: BTreeSet<String> = files().into_keys().filter(|path| path != TYPES).collect();
    let there: BTreeSet<String> = std::fs::read_dir(top().join(FOLDER))
        .unwrap()
        .map(|file| format!("{FOLDER}/{}", file.unwrap().file_name().to_str().unwrap()))
        .collect();
    assert_eq!(there, generated);
}

#[test]
fn no_two_types_share_a_name() {
    let mut generator = generator();
    for command in commands() {
        (command.input)(&mut generator);
        (command.output)(&mut generator);
    }
    for command in outside() {
        (command.input)(&mut generator);
        (command.output)(&mut generator);
    }
    let names: BTreeSet<String> = generator.take_definitions(true).keys().cloned().collect();
    // The library tells two types of one name apart by a number behind the second.
    let twice: Vec<_> = names
        .iter()
        .filter(|name| {
            name.strip_suffix('2')
                .is_some_and(|first| names.contains(first))
        })
        .collect();
    assert!(twice.is_empty(), "{twice:?}");
    assert!(names.len() > 100, "{}", names.len());
}

#[test]
fn a_schema_says_who_may_use_the_command() {
    let files = files();
    let sign: serde_json::Value =
        serde_json::from_str(&files[&format!("{FOLDER}/visit.sign.json")]).unwrap();
    assert_eq!(sign["title"], "visit.sign");
    assert_eq!(sign["x-roles"][0], "gp");
    let sign_in: serde_json::Value =
        serde_json::from_str(&files[&format!("{FOLDER}/session.sign_in.json")]).unwrap();
    assert!(sign_in["x-roles"].is_null());
}
