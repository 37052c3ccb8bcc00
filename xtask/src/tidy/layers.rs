//! Invariant A1: the crates that a simulator runs do no I/O, read no clock and make no random number.
//! Invariant A2: only `record` names automerge; only `ledger`, `store` and `server::store` name
//! SQL; only `src-tauri` names tauri. Comments may name anything.

use super::Source;

/// A crate's name as code writes it, and the folders that may use it.
struct Owner {
    names: &'static [&'static str],
    code: &'static [&'static str],
    manifests: &'static [&'static str],
}

const OWNERS: &[Owner] = &[
    Owner {
        names: &["automerge"],
        code: &["crates/record/"],
        manifests: &["crates/record/"],
    },
    Owner {
        names: &["rusqlite", "tokio_postgres", "deadpool_postgres"],
        code: SQL_HOMES,
        manifests: &[
            "crates/ledger/",
            "crates/store/",
            "crates/server/",
            "tests/",
        ],
    },
    Owner {
        names: &["tauri", "tauri_build"],
        code: &["src-tauri/"],
        manifests: &["src-tauri/"],
    },
];

/// The tests' own crate measures against a bare database and pokes at files from outside.
const SQL_HOMES: &[&str] = &[
    "crates/ledger/",
    "crates/store/",
    "crates/server/src/store/",
    "tests/",
];

const SQL: &[&str] = &[
    "\"SELECT ",
    "\"INSERT INTO ",
    "\"INSERT OR ",
    "\"UPDATE ",
    "\"DELETE FROM ",
    "\"CREATE TABLE ",
    "\"CREATE INDEX ",
    "\"CREATE UNIQUE ",
    "\"DROP TABLE ",
    "\"PRAGMA ",
];

/// Crates that get time, randomness and bytes as arguments.
const PURE: &[&str] = &[
    "crates/model/",
    "crates/record/",
    "crates/journal/",
    "crates/sync/",
    "crates/vault/",
    "crates/pki/",
];

/// What reaches out of a program, as code writes it.
const OUTSIDE: &[&str] = &[
    "std::fs",
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "std::env",
    "std::process",
    "std::thread",
    "std::io::stdin",
    "File::open",
    "SystemTime::now",
    "Instant::now",
    "Utc::now",
    "Local::now",
    "getrandom",
    "new_v4",
    "now_v7",
    "OsRng",
    "thread_rng",
    "println!",
    "tokio",
    "reqwest",
];

/// What reaches outside from within a crate that must not (A1); their tests may.
pub fn pure_crates_reach_nothing(tree: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for source in tree {
        let is_test = source.path.contains("/tests") || source.path.ends_with("testing.rs");
        if !source.has_extension(&["rs"]) || !source.is_under(PURE) || is_test {
            continue;
        }
        let product = code(source).take_while(|(_, line)| line.trim() != "#[cfg(test)]");
        for (index, line) in product {
            if let Some(word) = OUTSIDE.iter().find(|word| line.contains(**word)) {
                found.push(source.at(index, &format!("reaches outside: {word}")));
            }
        }
    }
    found
}

/// Crates named in code or manifests outside the folders that own them.
pub fn only_their_owners_name_them(tree: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for source in tree {
        let manifest = source.path.ends_with("/Cargo.toml");
        if !manifest && !is_product(source) {
            continue;
        }
        for owner in OWNERS {
            let homes = if manifest {
                owner.manifests
            } else {
                owner.code
            };
            if source.is_under(homes) {
                continue;
            }
            for (index, line) in code(source) {
                for name in owner.names {
                    let named = if manifest {
                        declares(line, name)
                    } else {
                        has_word(line, name)
                    };
                    if named {
                        found
                            .push(source.at(index, &format!("names {name}, which is not its own")));
                    }
                }
            }
        }
    }
    found
}

/// SQL text outside the stores.
pub fn only_stores_hold_sql(tree: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for source in tree {
        if !is_product(source) || source.is_under(SQL_HOMES) {
            continue;
        }
        for (index, line) in code(source) {
            if let Some(word) = SQL.iter().find(|word| line.contains(**word)) {
                found.push(source.at(index, &format!("holds SQL: {}", word.trim_matches('"'))));
            }
        }
    }
    found
}

fn is_product(source: &Source) -> bool {
    source.has_extension(&["rs"]) && source.is_under(&["crates/", "src-tauri/", "tests/"])
}

fn code(source: &Source) -> impl Iterator<Item = (usize, &str)> {
    source
        .text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
}

/// A manifest's line that takes `name` as a dependency.
fn declares(line: &str, name: &str) -> bool {
    let key = line
        .split(['=', '.'])
        .next()
        .unwrap_or_default()
        .trim()
        .trim_matches('"');
    key.replace('-', "_") == name && line.contains('=')
}

/// `name` as a whole path segment: `tauri::Builder`, not `xunyi_tauri`.
fn has_word(line: &str, name: &str) -> bool {
    line.match_indices(name).any(|(start, _)| {
        let before = line.get(..start).and_then(|text| text.chars().next_back());
        let after = line.get(start + name.len()..).unwrap_or_default();
        let joins = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
        !before.is_some_and(joins) && (after.starts_with("::") || after.starts_with(" as "))
    })
}
