//! Checks of the tree that need no build: who may name what (Invariant A2), sizes, leftovers,
//! traces of one machine, and the papers that must go with the code.
//!
//! Each check is a function over the tree's files that returns what it found, one line each; the
//! same functions are this crate's tests, so a promise can name them.

mod layers;
mod papers;
mod text;

use crate::Outcome;
use crate::process::{program, read, root};
use std::path::Path;

/// One file of the tree as git knows it, or would if it were added.
pub struct Source {
    /// Its path from the top of the checkout, with forward slashes.
    path: String,
    /// What it holds; files that are not text are left out of the tree.
    text: String,
}

impl Source {
    fn has_extension(&self, wanted: &[&str]) -> bool {
        Path::new(&self.path)
            .extension()
            .and_then(|own| own.to_str())
            .is_some_and(|own| wanted.contains(&own))
    }

    fn is_under(&self, folders: &[&str]) -> bool {
        folders.iter().any(|folder| self.path.starts_with(folder))
    }

    /// A finding at a line of this file; lines count from 0 here.
    fn at(&self, index: usize, what: &str) -> String {
        format!("{}:{}: {what}", self.path, index + 1)
    }
}

/// A check: the tree in, one line per finding out.
type Check = fn(&[Source]) -> Vec<String>;

const CHECKS: &[(&str, Check)] = &[
    ("purity", layers::pure_crates_reach_nothing),
    ("layers", layers::only_their_owners_name_them),
    ("sql", layers::only_stores_hold_sql),
    ("length", text::no_file_is_too_long),
    ("leftovers", text::nothing_is_left_undone),
    ("machine", text::nothing_names_one_machine),
    ("headers", text::each_module_says_what_it_is_for),
    ("dependencies", papers::each_dependency_has_its_reason),
    ("decisions", papers::decisions_are_numbered_once),
];

/// Runs every check and lists all that was found.
pub fn check() -> Outcome {
    let tree = tree()?;
    let found: Vec<String> = CHECKS
        .iter()
        .flat_map(|(name, check)| {
            check(&tree)
                .into_iter()
                .map(move |f| format!("{name}: {f}"))
        })
        .collect();
    if found.is_empty() {
        println!("tidy: {} files, {} checks", tree.len(), CHECKS.len());
        Ok(())
    } else {
        Err(found.join("\n"))
    }
}

fn tree() -> Outcome<Vec<Source>> {
    let listing = read(program(
        "git",
        &["ls-files", "--cached", "--others", "--exclude-standard"],
    ))?;
    let top = root();
    let files: Vec<Source> = listing
        .lines()
        .filter_map(|path| {
            let text = std::fs::read_to_string(top.join(path)).ok()?;
            let path = path.to_string();
            Some(Source { path, text })
        })
        .collect();
    if files.is_empty() {
        return Err("git lists no files here; the checks need a git checkout".into());
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str, text: &str) -> Source {
        Source {
            path: path.into(),
            text: text.into(),
        }
    }

    fn finds(check: Check, path: &str, text: &str) -> bool {
        !check(&[source(path, text)]).is_empty()
    }

    fn clean(check: Check) {
        let found = check(&tree().unwrap());
        assert!(found.is_empty(), "{}", found.join("\n"));
    }

    #[test]
    fn a1_what_a_simulator_runs_reaches_nothing_outside() {
        let check = layers::pure_crates_reach_nothing;
        let clock = "let now = SystemTime::now();";
        assert!(finds(check, "crates/journal/src/a.rs", clock));
        assert!(finds(check, "crates/model/src/a.rs", "use std::fs::File;"));
        assert!(finds(
            check,
            "crates/vault/src/a.rs",
            "getrandom::fill(&mut seed)"
        ));
        assert!(!finds(check, "crates/app/src/a.rs", clock));
        assert!(!finds(check, "crates/journal/src/tests/a.rs", clock));
        let tested = "fn pure() {}\n#[cfg(test)]\nmod tests { use std::fs; }";
        assert!(!finds(check, "crates/sync/src/a.rs", tested));
    }

    #[test]
    fn a2_only_their_owners_name_automerge_the_stores_and_tauri() {
        let check = layers::only_their_owners_name_them;
        assert!(finds(
            check,
            "crates/app/src/a.rs",
            "use automerge::Automerge;"
        ));
        assert!(finds(
            check,
            "crates/app/Cargo.toml",
            "automerge.workspace = true"
        ));
        assert!(finds(
            check,
            "crates/cli/src/main.rs",
            "tauri::Builder::default()"
        ));
        assert!(finds(
            check,
            "crates/server/src/feed.rs",
            "rusqlite::Connection"
        ));
        assert!(!finds(
            check,
            "crates/server/src/store/a.rs",
            "rusqlite::Connection"
        ));
        assert!(!finds(
            check,
            "crates/record/src/a.rs",
            "use automerge::Automerge;"
        ));
        assert!(!finds(
            check,
            "crates/app/src/a.rs",
            "// automerge lets the delete win"
        ));
        clean(check);
    }

    #[test]
    fn a2_only_the_stores_hold_sql() {
        let check = layers::only_stores_hold_sql;
        assert!(finds(
            check,
            "crates/app/src/a.rs",
            "let q = \"SELECT a FROM b\";"
        ));
        assert!(finds(
            check,
            "src-tauri/src/main.rs",
            "\"INSERT INTO b VALUES (1)\""
        ));
        assert!(!finds(
            check,
            "crates/store/src/a.rs",
            "\"SELECT a FROM b\""
        ));
        assert!(!finds(check, "crates/app/src/a.rs", "/// SELECT nothing"));
        clean(check);
    }

    #[test]
    fn no_file_is_over_600_lines() {
        let check = text::no_file_is_too_long;
        assert!(finds(check, "crates/app/src/a.rs", &"//! x\n".repeat(601)));
        assert!(!finds(check, "crates/app/src/a.rs", &"//! x\n".repeat(600)));
        clean(check);
    }

    #[test]
    fn nothing_is_left_undone() {
        let check = text::nothing_is_left_undone;
        assert!(finds(check, "a.rs", concat!("// TO", "DO: later")));
        assert!(finds(check, "a.ts", concat!("// FIX", "ME")));
        assert!(finds(check, "a.rs", concat!("todo", "!()")));
        assert!(finds(check, "a.rs", concat!("unimple", "mented!()")));
        clean(check);
    }

    #[test]
    fn nothing_names_one_machine_or_a_registry_host() {
        let check = text::nothing_names_one_machine;
        assert!(finds(check, "a.md", concat!("see /ho", "me/me/x")));
        assert!(finds(
            check,
            "ui/package-lock.json",
            concat!("registry.npm", "js.org")
        ));
        assert!(!finds(check, "ui/src/a.ts", "import '../shared/home/page'"));
        clean(check);
    }

    #[test]
    fn each_module_starts_with_what_it_is_for() {
        let check = text::each_module_says_what_it_is_for;
        assert!(finds(check, "crates/app/src/a.rs", "use std::fs;"));
        assert!(finds(check, "crates/app/src/a.rs", "//! stub"));
        assert!(!finds(
            check,
            "crates/app/src/a.rs",
            "//! The line of a vehicle-day, in order."
        ));
        clean(check);
    }

    #[test]
    fn each_dependency_has_its_reason_in_docs() {
        clean(papers::each_dependency_has_its_reason);
        let cargo = source("Cargo.toml", "[workspace.dependencies]\nlonely = \"1\"\n");
        let docs = source("docs/dependencies.md", "| `other` | why |");
        assert_eq!(
            papers::each_dependency_has_its_reason(&[cargo, docs]).len(),
            1
        );
    }

    #[test]
    fn decisions_are_numbered_once() {
        let check = papers::decisions_are_numbered_once;
        clean(check);
        let twice = [
            source("docs/adr/0001-a.md", ""),
            source("docs/adr/0001-b.md", ""),
        ];
        assert_eq!(check(&twice).len(), 1);
        assert!(finds(check, "docs/adr/first.md", ""));
    }
}
