//! Tests that whatever the program can say has words in both languages: every code that stands in the sources of
//! what a device runs, and those that a center answers it with.

use crate::command::{commands, outside};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use xunyi_journal::{Action, DocType};

/// What a device runs.
const CRATES: &[&str] = &[
    "app", "journal", "ledger", "model", "pki", "record", "store", "sync", "vault", "window",
];

/// Written like codes, and told to nobody at the window: names in folder and database, and the reasons why the
/// journal holds a commit, which the administrator reads elsewhere.
const NOT_SHOWN: &[&str] = &[
    "center.holds",
    "center.last_exchange",
    "data.key",
    "day.confirmed_date",
    "device.enrolled",
    "device.json",
    "device.nonce",
    "device.seed",
    "enrolling.key",
    "hold.no_right",
    "hold.revoked",
    "hold.unknown_authority",
    "hold.unknown_type",
    "slots.1",
    "slots.new",
    "tauri.localhost",
    "xunyi.db",
];

/// An ordinary follow-up: its days overdue say everything.
const NEEDS_NO_WORDS: &[&str] = &["reason.due.followup"];

/// Said by the window itself, or by a center of another version.
const SAID_ELSEWHERE: &[&str] = &["unknown", "window.unreachable"];

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn table(language: &str) -> Map<String, Value> {
    let file = crates().join(format!("../ui/src/i18n/{language}.json"));
    serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
}

/// Rust files below a folder, their tests left out.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for item in fs::read_dir(folder).unwrap() {
        let path = item.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() && name != "tests" {
            found.extend(sources(&path));
        } else if name.ends_with(".rs")
            && !matches!(
                name,
                "tests.rs" | "testing.rs" | "played.rs" | "roles.rs" | "words.rs"
            )
        {
            found.push(path);
        }
    }
    found
}

/// Text literals of a file that have the shape of a code.
fn literals(path: &Path) -> BTreeSet<String> {
    let text = fs::read_to_string(path).unwrap();
    let product = text
        .split("#[cfg(test)]\nmod tests {")
        .next()
        .unwrap_or_default();
    let lines = product
        .lines()
        .filter(|l| !l.trim_start().starts_with("//"));
    lines
        .flat_map(|line| line.split('"').skip(1).step_by(2))
        .filter(|literal| is_code(literal))
        .map(str::to_owned)
        .collect()
}

fn is_code(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    let part = |p: &&str| {
        !p.is_empty()
            && p.chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    parts.len() == 2 && parts.iter().all(part) && text.starts_with(|c: char| c.is_ascii_lowercase())
}

/// Codes of the program, each with a file that holds it.
fn codes() -> BTreeMap<String, PathBuf> {
    let mut names: BTreeSet<&str> = NOT_SHOWN.iter().copied().collect();
    names.extend(commands().iter().map(|c| c.name));
    names.extend(outside().iter().map(|c| c.name));
    names.extend(Action::KNOWN.iter().map(|a| a.name()));
    names.extend(DocType::KNOWN.iter().map(|t| t.name()));
    // An action of the audit trail and a refusal may share a name; the refusal is written elsewhere.
    let refused_too = ["prescription.stopped"];
    let mut codes = BTreeMap::new();
    for part in CRATES {
        let folder = match *part {
            "window" => crates().join("../src-tauri/src"),
            part => crates().join(part).join("src"),
        };
        for path in sources(&folder) {
            for code in literals(&path) {
                if !names.contains(code.as_str()) || refused_too.contains(&code.as_str()) {
                    codes.insert(code, path.clone());
                }
            }
        }
    }
    codes
}

/// What a center answers over the network, beside what it refuses as the journal does.
fn answered_by_a_center() -> BTreeSet<String> {
    let words = literals(&crates().join("server/src/words.rs"));
    let shown = |code: &String| {
        let areas = ["device.", "enrol.", "sync."];
        // How long a code may be valid is asked at the center's own terminal.
        areas.iter().any(|area| code.starts_with(area)) && code != "enrol.validity_range"
    };
    words.into_iter().filter(shown).collect()
}

/// Under which heading the words of a code stand.
fn heading(code: &str, path: &Path) -> &'static str {
    let checks = path.ends_with("prescription/check.rs");
    if code.starts_with("htn.") {
        "rule"
    } else if path.ends_with("model/src/due.rs") {
        "reason"
    } else if checks
        && matches!(
            code,
            "allergy.product_not_in_formulary" | "allergy.substance_not_in_table"
        )
    {
        "not_checked"
    } else if checks && code != "patient.unknown" {
        "warning"
    } else {
        "errors"
    }
}

#[test]
fn every_code_of_the_program_has_words_in_both_languages() {
    let tables = [table("zh"), table("en")];
    let mut keys: Vec<String> = codes()
        .iter()
        .map(|(code, path)| format!("{}.{code}", heading(code, path)))
        .collect();
    keys.extend(
        answered_by_a_center()
            .iter()
            .map(|code| format!("errors.{code}")),
    );
    keys.extend(
        xunyi_model::Invalid::CODES
            .iter()
            .map(|code| format!("errors.{code}")),
    );
    keys.extend(
        crate::prescription::NOT_THERE
            .iter()
            .map(|code| format!("not_checked.{code}")),
    );
    keys.push("not_checked.allergy.never_asked".to_owned());
    keys.push("not_checked.long_prescription".to_owned());
    assert!(keys.len() > 150, "{}", keys.len());
    let missing: BTreeSet<&String> = keys
        .iter()
        .filter(|key| !NEEDS_NO_WORDS.contains(&key.as_str()))
        .filter(|key| tables.iter().any(|table| !table.contains_key(*key)))
        .collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn no_words_are_left_of_a_code_that_nobody_says() {
    let mut said: BTreeSet<String> = codes().into_keys().collect();
    said.extend(literals(&crates().join("server/src/words.rs")));
    said.extend(SAID_ELSEWHERE.iter().map(|code| (*code).to_owned()));
    for (language, table) in [("zh", table("zh")), ("en", table("en"))] {
        let left: Vec<&String> = table
            .keys()
            .filter(|key| {
                let code = key
                    .strip_prefix("errors.")
                    .map(|c| c.trim_end_matches(".one"));
                code.is_some_and(|code| !said.contains(code))
            })
            .collect();
        assert!(left.is_empty(), "{language}: {left:#?}");
    }
}

/// Names of fields that a refusal can name: what the text checks are called with.
fn fields(path: &Path) -> BTreeSet<String> {
    let text = fs::read_to_string(path).unwrap();
    let product = text
        .split("#[cfg(test)]\nmod tests {")
        .next()
        .unwrap_or_default();
    let mut found = BTreeSet::new();
    for check in ["line(", "required(", "note(", "limit("] {
        for (at, _) in product.match_indices(check) {
            let argument = product[at + check.len()..].trim_start();
            if let Some(name) = argument.strip_prefix('"').and_then(|a| a.split('"').next()) {
                found.insert(name.to_owned());
            }
        }
    }
    found
}

#[test]
fn every_field_that_a_refusal_names_has_words_in_both_languages() {
    let mut names = BTreeSet::new();
    for part in ["app", "model"] {
        for path in sources(&crates().join(part).join("src")) {
            names.extend(fields(&path));
        }
    }
    names.extend(["diagnoses".to_owned(), "forms".to_owned()]);
    assert!(names.len() > 15, "{names:?}");
    for language in ["zh", "en"] {
        let table = table(language);
        let missing: Vec<&String> = names
            .iter()
            .filter(|name| !table.contains_key(&format!("field.{name}")))
            .collect();
        assert!(missing.is_empty(), "{language}: {missing:?}");
    }
}
