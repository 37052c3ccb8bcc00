//! Holds docs/verification.md against the last test run: each test that it names as showing a
//! promise must exist, have run, and have passed.
//!
//! The document's tables have two columns, `| promise | shown by |`; the second names tests in
//! backticks, as `SUITE TEST`, or whole steps of the test command, as `step NAME`. A promise with nothing that shows it is a failure too.

use crate::Outcome;
use crate::junit::{self, End, Results};
use crate::process::{root, target};
use crate::{steps, ui};
use std::path::PathBuf;

struct Row {
    line: usize,
    promise: String,
    shown_by: Vec<String>,
}

/// Where the test command keeps how its steps ended.
pub fn steps() -> PathBuf {
    target().join("steps.txt")
}

/// Checks the document and returns one line with the counts.
pub fn check() -> Outcome<String> {
    let file = root().join("docs/verification.md");
    let text =
        std::fs::read_to_string(&file).map_err(|error| format!("docs/verification.md: {error}"))?;
    let mut all = results()?;
    all.extend(steps::results(&steps())?);
    judge(&rows(&text), &all)
}

/// The results of the last run, of the Rust tests and of the page's.
pub fn results() -> Outcome<Results> {
    let mut all = junit::read(&target().join("nextest/ci/junit.xml"), None)?;
    if ui::results().is_file() {
        all.extend(junit::read(&ui::results(), Some("ui"))?);
    }
    Ok(all)
}

fn rows(text: &str) -> Vec<Row> {
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let Some(inner) = line.trim().strip_prefix('|') else {
            continue;
        };
        let Some((promise, shown)) = inner.trim_end_matches('|').split_once('|') else {
            continue;
        };
        let promise = promise.trim();
        if promise == "promise" || promise.chars().all(|c| c == '-' || c == ':') {
            continue;
        }
        let shown_by = shown
            .split('`')
            .skip(1)
            .step_by(2)
            .map(str::to_string)
            .collect();
        found.push(Row {
            line: index + 1,
            promise: promise.to_string(),
            shown_by,
        });
    }
    found
}

fn judge(rows: &[Row], results: &Results) -> Outcome<String> {
    let mut wrong = Vec::new();
    let mut names = std::collections::BTreeSet::new();
    for row in rows {
        let mut say = |what: &str| wrong.push(format!("  line {}: {what}", row.line));
        if row.shown_by.is_empty() {
            say(&format!("nothing shows \"{}\"", row.promise));
        }
        for name in &row.shown_by {
            names.insert(name.clone());
            match results.get(name) {
                Some(End::Passed) => {}
                Some(End::Failed) => say(&format!("`{name}` failed")),
                Some(End::Skipped) => say(&format!("`{name}` was skipped")),
                None => say(&format!("`{name}` is no test that ran")),
            }
        }
    }
    if rows.is_empty() {
        wrong.push("  it holds no promise at all".into());
    }
    if wrong.is_empty() {
        Ok(format!(
            "docs/verification.md: {} promises, shown by {} tests and steps that ran and passed",
            rows.len(),
            names.len()
        ))
    } else {
        Err(format!("docs/verification.md:\n{}", wrong.join("\n")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn results() -> Results {
        [
            ("a signs", End::Passed),
            ("a breaks", End::Failed),
            ("a left out", End::Skipped),
        ]
        .into_iter()
        .map(|(name, end)| (name.to_string(), end))
        .collect()
    }

    fn judged(table: &str) -> Outcome<String> {
        judge(&rows(table), &results())
    }

    #[test]
    fn a_promise_shown_by_a_passed_test_holds() {
        let line = judged("| promise | shown by |\n|---|---|\n| it signs | `a signs` |").unwrap();
        assert!(line.contains("1 promises"), "{line}");
    }

    #[test]
    fn every_way_of_not_showing_a_promise_is_told_apart() {
        for (cell, told) in [
            ("`a breaks`", "failed"),
            ("`a left out`", "was skipped"),
            ("`a nowhere`", "is no test that ran"),
            ("by reading the code", "nothing shows"),
        ] {
            let error = judged(&format!("| it signs | {cell} |")).unwrap_err();
            assert!(error.contains(told), "{error}");
        }
    }

    #[test]
    fn an_empty_document_shows_nothing() {
        assert!(judged("no table").is_err());
    }
}
