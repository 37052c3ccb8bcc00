//! What older versions wrote: databases open, migrate and lose nothing; frozen entry bytes are read for ever.

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use xunyi_journal::{Branches, Commit, FeedId, PackedFrame, Sealed, Signature, Verifier};
use xunyi_ledger::{Ledger, LedgerError};
use xunyi_record::AutomergeCodec;
use xunyi_store::{Database, MIGRATIONS, Migration, Opening, Store, WriteError};
use xunyi_tests::place;
use xunyi_tests::tablet::{SITE, key, rows};

fn folder(name: &str) -> PathBuf {
    place::root().join("tests/fixtures").join(name)
}

/// Every pinned database as a copy that a test may write to, with the rows it must hold.
fn databases() -> Vec<(tempfile::TempDir, PathBuf, Value)> {
    let mut found = Vec::new();
    for item in fs::read_dir(folder("db")).unwrap() {
        let path = item.unwrap().path();
        if path.extension().is_some_and(|e| e == "db") {
            let known = fs::read_to_string(path.with_extension("json")).unwrap();
            let copy = tempfile::tempdir().unwrap();
            let at = copy.path().join("db");
            fs::copy(&path, &at).unwrap();
            found.push((copy, at, serde_json::from_str(&known).unwrap()));
        }
    }
    assert!(!found.is_empty(), "no pinned database");
    found
}

fn look<T>(store: &mut Store, work: impl FnOnce(&mut Ledger<'_>) -> Result<T, LedgerError>) -> T {
    store
        .write(work)
        .unwrap_or_else(|e: WriteError<LedgerError>| panic!("{e:?}"))
}

/// Every known record is there with everything it held.
fn assert_holds(held: &Value, known: &Value, path: &Path) {
    for (table, records) in known.as_object().unwrap() {
        for (record, body) in records.as_object().unwrap() {
            assert_eq!(
                &held[table][record],
                body,
                "{table} {record} of {}",
                path.display()
            );
        }
    }
}

#[test]
fn every_pinned_database_opens_migrates_and_loses_nothing() {
    for (_folder, path, known) in databases() {
        let mut store = Store::open(&path, &key(), SITE, None).unwrap();
        let newest = MIGRATIONS.last().unwrap().version;
        assert_eq!(store.database().schema_version().unwrap(), newest);
        assert_holds(&look(&mut store, rows), &known, &path);
        for finding in look(&mut store, xunyi_ledger::verify) {
            assert!(finding.looked_at > 0, "{} looked at nothing", finding.check);
            assert_eq!(finding.wrong, Vec::<String>::new());
        }
        // What is derived is disposable: built again, it is the same.
        let before = look(&mut store, rows);
        assert!(look(&mut store, xunyi_ledger::rebuild) > 0);
        assert_eq!(look(&mut store, rows), before);
        assert!(store.database().quick_check().unwrap().is_empty());
    }
}

#[test]
fn a_pinned_database_of_a_newer_version_is_refused_untouched() {
    for (_folder, path, _) in databases() {
        drop(Store::open(&path, &key(), SITE, None).unwrap());
        let mut migrations = MIGRATIONS.to_vec();
        migrations.push(Migration {
            version: MIGRATIONS.last().unwrap().version + 1,
            name: "to come",
            sql: "CREATE TABLE to_come (id INTEGER PRIMARY KEY) STRICT;",
        });
        let opening = Opening {
            migrations: &migrations,
            vfs: None,
        };
        drop(Database::open(&path, &key(), opening).unwrap());
        let before = fs::read(&path).unwrap();
        let refused = Store::open(&path, &key(), SITE, None).err().unwrap();
        assert_eq!(refused.code(), "store.database_newer");
        assert!(fs::read(&path).unwrap() == before, "the file was touched");
    }
}

/// The pinned commits, read from their files, with the list of what they are.
fn pinned() -> (Value, Vec<Commit>) {
    let list = fs::read_to_string(folder("wire").join("entries.json")).unwrap();
    let list: Value = serde_json::from_str(&list).unwrap();
    let commits = list["commits"]
        .as_array()
        .unwrap()
        .iter()
        .map(|commit| Commit {
            entries: commit["entries"]
                .as_array()
                .unwrap()
                .iter()
                .map(|entry| {
                    let file = folder("wire").join(entry["file"].as_str().unwrap());
                    Sealed::read(fs::read(file).unwrap()).unwrap()
                })
                .collect(),
            signature: commit["signature"].as_str().and_then(Signature::from_hex),
        })
        .collect();
    (list, commits)
}

#[test]
fn pinned_entries_are_read_and_written_to_the_same_bytes() {
    let (list, commits) = pinned();
    let listed = list["commits"].as_array().unwrap();
    assert!(commits.iter().any(|c| c.entries.len() == 2));
    for (commit, listed) in commits.iter().zip(listed) {
        for (sealed, listed) in commit
            .entries
            .iter()
            .zip(listed["entries"].as_array().unwrap())
        {
            let entry = sealed.entry.as_ref().unwrap();
            assert_eq!(sealed.hash.to_hex(), listed["hash"].as_str().unwrap());
            assert_eq!(entry.encode(), sealed.bytes);
            assert_eq!(entry.doc.to_hex(), listed["doc"].as_str().unwrap());
            let numbers = (
                u64::from(entry.doc_type.code()),
                u64::from(entry.action.code()),
                entry.change.len() as u64,
            );
            let known = |name: &str| listed[name].as_u64().unwrap();
            assert_eq!(
                numbers,
                (known("doc_type"), known("action"), known("change_bytes"))
            );
            assert_eq!(entry.at, listed["at"].as_i64().unwrap());
        }
    }
}

#[test]
fn chain_signatures_and_actors_of_pinned_entries_hold() {
    let (list, commits) = pinned();
    let feed = FeedId::from_hex(list["feed"].as_str().unwrap()).unwrap();
    let mut verifier = Verifier::new(&AutomergeCodec, Branches::default());
    for commit in commits.clone() {
        assert!(commit.signature.is_some());
        assert!(verifier.judge(commit, &mut ()).unwrap().is_some());
    }
    let heads = verifier.finish().unwrap();
    let last = commits.last().and_then(Commit::last).unwrap();
    assert_eq!(heads.get(&feed).unwrap().tip.hash, last.hash);
    let key: String = heads
        .get(&feed)
        .unwrap()
        .public_key
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    assert_eq!(key, list["public_key"].as_str().unwrap());
    // One byte of one entry, and it is noticed.
    let mut forged = commits;
    let mut bytes = forged[1].entries[0].bytes.clone();
    *bytes.last_mut().unwrap() ^= 1;
    forged[1].entries[0] = Sealed::read(bytes).unwrap();
    let mut verifier = Verifier::new(&AutomergeCodec, Branches::default());
    let refused = forged
        .into_iter()
        .find_map(|c| verifier.judge(c, &mut ()).err());
    assert!(refused.is_some());
}

#[test]
fn the_pinned_frame_holds_the_pinned_commits() {
    let bytes = fs::read(folder("wire").join("frame-v1.bin")).unwrap();
    let packed = PackedFrame::read(&bytes).unwrap();
    let frame = packed.unpack(&AutomergeCodec, &mut ()).unwrap();
    let (_, mut commits) = pinned();
    // Of each feed only the last signature travels.
    let last = commits.len() - 1;
    for commit in &mut commits[..last] {
        commit.signature = None;
    }
    assert_eq!(frame.commits, commits);
}
