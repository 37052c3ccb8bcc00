//! What a database file shows to whom, and what opening it may change.

use std::{fs, path::Path};

use super::*;

const ONE: Migration = Migration {
    version: 1,
    name: "note",
    sql: "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;",
};
const TWO: Migration = Migration {
    version: 2,
    name: "author",
    sql: "CREATE TABLE author (id INTEGER PRIMARY KEY) STRICT;
          ALTER TABLE note ADD COLUMN author INTEGER REFERENCES author(id);",
};
const CANARY: &str = "canary 张三丰 zhangsanfeng 13972880001";

fn key(byte: u8) -> DatabaseKey {
    DatabaseKey::from_bytes([byte; 32])
}

fn with(migrations: &[Migration]) -> Opening<'_> {
    Opening {
        migrations,
        vfs: None,
    }
}

fn add(database: &Database, text: &str) {
    database
        .connection()
        .execute("INSERT INTO note (text) VALUES (?1)", [text])
        .unwrap();
}

fn notes(database: &Database) -> Vec<String> {
    lines(database.connection(), "SELECT text FROM note ORDER BY id").unwrap()
}

fn code<T: std::fmt::Debug>(result: Result<T, StoreError>) -> &'static str {
    result.unwrap_err().code()
}

fn sibling(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// All files of the folder with their bytes, the -shm scratch index aside.
fn snapshot(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            (
                entry.file_name().into_string().unwrap(),
                fs::read(entry.path()).unwrap(),
            )
        })
        .filter(|(name, _)| !name.ends_with("-shm"))
        .collect();
    files.sort();
    files
}

fn holds(bytes: &[u8], text: &str) -> bool {
    let utf16 = |order: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(order).collect::<Vec<_>>();
    [
        text.as_bytes().to_vec(),
        utf16(u16::to_le_bytes),
        utf16(u16::to_be_bytes),
    ]
    .iter()
    .any(|form| bytes.windows(form.len()).any(|window| window == form))
}

#[test]
fn the_promised_settings_are_in_force() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db");
    let database = Database::open(&path, &key(1), with(&[ONE])).unwrap();
    let expected = Settings {
        journal_mode: "wal".to_owned(),
        synchronous: 2,
        cell_size_check: true,
        foreign_keys: true,
        temp_store: 2,
        trusted_schema: false,
        cipher_version: database.settings().unwrap().cipher_version,
    };
    assert_eq!(database.settings().unwrap(), expected);
    assert!(expected.cipher_version.unwrap().starts_with('4'));
    let reader = database.reader(&key(1)).unwrap();
    assert_eq!(
        Settings::read(&reader).unwrap(),
        database.settings().unwrap()
    );
}

#[test]
fn an_old_sqlite_is_refused() {
    assert_eq!(code(require_sqlite(3_051_002)), "store.sqlite_too_old");
    require_sqlite(3_051_003).unwrap();
    require_sqlite(rusqlite::version_number()).unwrap();
}

#[cfg(unix)]
#[test]
fn others_on_the_machine_cannot_read_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db");
    let database = Database::open(&path, &key(1), with(&[ONE])).unwrap();
    add(&database, "x");
    for file in [path.clone(), sibling(&path, "-wal"), sibling(&path, "-shm")] {
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}", file.display());
    }
}

#[test]
fn nothing_on_disk_is_readable_without_the_key() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db");
    let database = Database::open(&path, &key(1), with(&[ONE])).unwrap();
    for _ in 0..200 {
        add(&database, CANARY);
    }
    let wal = fs::read(sibling(&path, "-wal")).unwrap();
    assert!(
        wal.len() > 4096,
        "the canary must be in the WAL for this to mean something"
    );
    database.checkpoint().unwrap();
    add(&database, CANARY);
    let file = fs::read(&path).unwrap();
    assert!(!file.starts_with(b"SQLite format 3"));
    for word in [
        "canary",
        "张三丰",
        "zhangsanfeng",
        "13972880001",
        "CREATE TABLE",
        "note",
    ] {
        for (name, bytes) in snapshot(folder.path())
            .into_iter()
            .chain([("wal".to_owned(), wal.clone())])
        {
            assert!(!holds(&bytes, word), "{word} in {name}");
        }
    }
    drop(database);

    let plain = Connection::open(&path).unwrap();
    let opened: Result<i64, _> =
        plain.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0));
    assert!(opened.is_err(), "opened without a key");
    assert_eq!(
        code(Database::open(&path, &key(2), with(&[ONE]))),
        "store.wrong_key"
    );
    // A passphrase that looks like the key is not the raw key.
    let phrase = Connection::open(&path).unwrap();
    phrase
        .execute_batch(&format!("PRAGMA key = '{}'", *key(1).to_hex()))
        .unwrap();
    let opened: Result<i64, _> =
        phrase.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0));
    assert!(opened.is_err(), "opened with a passphrase");
    assert_eq!(
        notes(&Database::open(&path, &key(1), with(&[ONE])).unwrap()).len(),
        201
    );
}

/// The search above can find: the same canary in a database without a key is seen.
#[test]
fn the_canary_is_found_where_nothing_is_encrypted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plain");
    let plain = Connection::open(&path).unwrap();
    plain
        .execute_batch("CREATE TABLE note (text TEXT)")
        .unwrap();
    plain
        .execute("INSERT INTO note VALUES (?1)", [CANARY])
        .unwrap();
    assert!(holds(&fs::read(&path).unwrap(), "张三丰"));
    plain.execute_batch("PRAGMA user_version = 1").unwrap();
    let utf16 = folder.path().join("utf16");
    let wide = Connection::open(&utf16).unwrap();
    wide.execute_batch("PRAGMA encoding = 'UTF-16le'; CREATE TABLE note (text TEXT)")
        .unwrap();
    wide.execute("INSERT INTO note VALUES (?1)", [CANARY])
        .unwrap();
    assert!(holds(&fs::read(&utf16).unwrap(), "张三丰"));
}

#[test]
fn a_newer_database_is_refused_and_left_byte_for_byte() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db?#% 数据");
    drop(Database::open(&path, &key(1), with(&[ONE, TWO])).unwrap());
    let before = snapshot(folder.path());
    let error = Database::open(&path, &key(1), with(&[ONE])).unwrap_err();
    assert_eq!(error.code(), "store.database_newer");
    assert_eq!(
        error.params(),
        serde_json::json!({ "found": 2, "known": 1 })
    );
    assert_eq!(snapshot(folder.path()), before);
    assert_eq!(
        code(Database::open(&path, &key(9), with(&[ONE]))),
        "store.wrong_key"
    );
    assert_eq!(snapshot(folder.path()), before);
}

#[test]
fn a_newer_version_that_stands_only_in_the_wal_is_seen_and_left_there() {
    let source = tempfile::tempdir().unwrap();
    let path = source.path().join("db");
    drop(Database::open(&path, &key(1), with(&[ONE])).unwrap());
    let newer = Database::open(&path, &key(1), with(&[ONE, TWO])).unwrap();
    // As a power cut leaves it: the migration is committed, not checkpointed.
    let cut = tempfile::tempdir().unwrap();
    let copy = cut.path().join("db");
    fs::copy(&path, &copy).unwrap();
    fs::copy(sibling(&path, "-wal"), sibling(&copy, "-wal")).unwrap();
    drop(newer);
    let before = snapshot(cut.path());
    assert_eq!(
        code(Database::open(&copy, &key(1), with(&[ONE]))),
        "store.database_newer"
    );
    assert_eq!(snapshot(cut.path()), before);
    assert_eq!(
        code(Database::open(&copy, &key(9), with(&[ONE]))),
        "store.wrong_key"
    );
    assert_eq!(snapshot(cut.path()), before);
    assert_eq!(
        Database::open(&copy, &key(1), with(&[ONE, TWO]))
            .unwrap()
            .schema_version()
            .unwrap(),
        2
    );
}

#[test]
fn a_database_cut_short_while_it_was_made_is_made_anew() {
    let source = tempfile::tempdir().unwrap();
    let path = source.path().join("db");
    let making = Connection::open(&path).unwrap();
    give_key(&making, &key(1)).unwrap();
    // A cache of a few pages spills into the file before the transaction ends.
    making
        .execute_batch(
            "PRAGMA cache_size = 4; BEGIN; CREATE TABLE t (x BLOB);
             INSERT INTO t SELECT randomblob(3000) FROM
                 (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 50) SELECT i FROM n);",
        )
        .unwrap();
    let cut = tempfile::tempdir().unwrap();
    let copy = cut.path().join("db");
    let mut torn = fs::read(&path).unwrap();
    assert!(torn.len() > 4096, "nothing was spilled");
    torn[512..1024].fill(0);
    fs::write(&copy, torn).unwrap();
    fs::copy(sibling(&path, "-journal"), sibling(&copy, "-journal")).unwrap();
    let database = Database::open(&copy, &key(1), with(&[ONE])).unwrap();
    assert_eq!(database.schema_version().unwrap(), 1);
    assert!(notes(&database).is_empty());
}

#[test]
fn migrations_apply_once_and_keep_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db");
    let first = Database::open(&path, &key(1), with(&[ONE])).unwrap();
    add(&first, "kept");
    drop(first);
    for _ in 0..2 {
        let second = Database::open(&path, &key(1), with(&[ONE, TWO])).unwrap();
        assert_eq!(second.schema_version().unwrap(), 2);
        assert_eq!(notes(&second), ["kept"]);
        assert!(second.settings().unwrap().foreign_keys);
        let orphan = second
            .connection()
            .execute("INSERT INTO note VALUES (9, 'x', 77)", []);
        assert!(orphan.is_err(), "foreign keys hold after migrating");
    }
}

#[test]
fn a_failing_migration_leaves_the_version_before_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db");
    let broken = Migration {
        version: 2,
        name: "broken",
        sql: "CREATE TABLE half (id INTEGER) STRICT; CREATE TABLE note (again INTEGER) STRICT;",
    };
    assert_eq!(
        code(Database::open(&path, &key(1), with(&[ONE, broken]))),
        "store.migration_failed"
    );
    let after = Database::open(&path, &key(1), with(&[ONE])).unwrap();
    assert_eq!(after.schema_version().unwrap(), 1);
    let tables = "SELECT name FROM sqlite_schema WHERE name = 'half'";
    assert!(lines(after.connection(), tables).unwrap().is_empty());
}

#[test]
fn a_migration_that_orphans_rows_is_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db");
    let orphaning = Migration {
        version: 3,
        name: "orphan",
        sql: "INSERT INTO note (text, author) VALUES ('x', 77);",
    };
    assert_eq!(
        code(Database::open(&path, &key(1), with(&[ONE, TWO, orphaning]))),
        "store.damaged"
    );
    let after = Database::open(&path, &key(1), with(&[ONE, TWO])).unwrap();
    assert!(notes(&after).is_empty());
}

#[test]
fn a_migration_that_changed_after_it_landed_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db");
    let unix = Migration {
        sql: "CREATE TABLE note (id INTEGER PRIMARY KEY,\ntext TEXT NOT NULL) STRICT;",
        ..ONE
    };
    drop(Database::open(&path, &key(1), with(&[unix])).unwrap());
    let windows = Migration {
        sql: "CREATE TABLE note (id INTEGER PRIMARY KEY,\r\ntext TEXT NOT NULL) STRICT;",
        ..ONE
    };
    Database::open(&path, &key(1), with(&[windows])).unwrap();
    let changed = Migration {
        sql: "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT) STRICT;",
        ..ONE
    };
    assert_eq!(
        code(Database::open(&path, &key(1), with(&[changed]))),
        "store.migration_changed"
    );
    assert_eq!(
        code(Database::open(&path, &key(1), with(&[TWO]))),
        "store.migration_order"
    );
}

#[test]
fn a_full_disk_is_named_and_nothing_of_the_transaction_stays() {
    let folder = tempfile::tempdir().unwrap();
    let mut database = Database::open(&folder.path().join("db"), &key(1), with(&[ONE])).unwrap();
    add(&database, "before");
    let pages = lines_as_number(&database, "PRAGMA page_count");
    lines_as_number(&database, &format!("PRAGMA max_page_count = {}", pages + 2));
    let transaction = database.connection_mut().transaction().unwrap();
    let mut result = Ok(1);
    for _ in 0..1000 {
        result = transaction.execute("INSERT INTO note (text) VALUES (?1)", ["x".repeat(500)]);
        if result.is_err() {
            break;
        }
    }
    assert_eq!(
        StoreError::from(result.unwrap_err()).code(),
        "store.disk_full"
    );
    drop(transaction);
    assert_eq!(notes(&database), ["before"]);
}

fn lines_as_number(database: &Database, sql: &str) -> i64 {
    database
        .connection()
        .query_row(sql, [], |row| row.get(0))
        .unwrap()
}

#[test]
fn a_reader_cannot_write() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(&folder.path().join("db"), &key(1), with(&[ONE])).unwrap();
    add(&database, "seen");
    let reader = database.reader(&key(1)).unwrap();
    assert_eq!(lines(&reader, "SELECT text FROM note").unwrap(), ["seen"]);
    let error = reader
        .execute("INSERT INTO note (text) VALUES ('x')", [])
        .unwrap_err();
    assert_eq!(StoreError::from(error).code(), "store.read_only");
    assert_eq!(code(database.reader(&key(2))), "store.wrong_key");
}

#[test]
fn damage_is_found_by_the_checks() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db");
    let database = Database::open(&path, &key(1), with(&[ONE])).unwrap();
    for _ in 0..500 {
        add(&database, &"text ".repeat(20));
    }
    database.checkpoint().unwrap();
    assert!(database.quick_check().unwrap().is_empty());
    assert!(database.cipher_integrity_check().unwrap().is_empty());
    drop(database);
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&path, bytes).unwrap();
    let damaged = Database::open(&path, &key(1), with(&[ONE])).unwrap();
    assert_eq!(damaged.cipher_integrity_check().unwrap().len(), 1);
    assert!(!matches!(damaged.quick_check(), Ok(found) if found.is_empty()));
}

#[test]
fn a_backup_opens_with_its_own_key_and_holds_all() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(&folder.path().join("db"), &key(1), with(&[ONE])).unwrap();
    for n in 0..300 {
        add(&database, &format!("{CANARY} {n}"));
    }
    let target = folder.path().join("backup");
    let report = database.backup_to(&target, &key(2)).unwrap();
    assert_eq!(
        report,
        BackupReport {
            bytes: fs::metadata(&target).unwrap().len(),
            schema_version: 1
        }
    );
    assert!(!holds(&fs::read(&target).unwrap(), "canary"));
    assert_eq!(
        code(Database::open(&target, &key(1), with(&[ONE]))),
        "store.wrong_key"
    );
    let restored = Database::open(&target, &key(2), with(&[ONE])).unwrap();
    assert_eq!(notes(&restored), notes(&database));
    assert_eq!(
        code(database.backup_to(&target, &key(2))),
        "store.backup_exists"
    );
    assert!(!sibling(&target, ".part").exists());
}

#[test]
fn a_backup_that_fails_leaves_nothing_that_could_be_taken_for_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db");
    let database = Database::open(&path, &key(1), with(&[ONE])).unwrap();
    for _ in 0..500 {
        add(&database, &"text ".repeat(20));
    }
    drop(database);
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&path, bytes).unwrap();
    let damaged = Database::open(&path, &key(1), with(&[ONE])).unwrap();
    let target = folder.path().join("backup");
    fs::write(sibling(&target, ".part"), b"left by a killed run").unwrap();
    assert!(damaged.backup_to(&target, &key(2)).is_err());
    assert!(!target.exists() && !sibling(&target, ".part").exists());
}

#[test]
fn a_database_in_memory_runs_the_same_migrations() {
    let database = Database::in_memory(&[ONE, TWO]).unwrap();
    add(&database, "x");
    assert_eq!(database.schema_version().unwrap(), 2);
    assert!(database.settings().unwrap().foreign_keys);
}

/// A rekey stopped at each point that a power cut can hit opens with the old or the new key, and holds
/// everything.
#[test]
fn a_rekey_cut_short_opens_with_either_key() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db");
    let (old, new) = (key(1), key(2));
    let mut database = Database::open(&path, &old, with(&[ONE])).unwrap();
    for n in 0..400 {
        add(&database, &format!("{CANARY} {n}"));
    }
    let expected = notes(&database);
    let wal = sibling(&path, "-wal");
    let read = |path: &Path| fs::read(path).unwrap();

    database.checkpoint().unwrap();
    let before = (read(&path), read(&wal));
    database.rekey_into_wal(&new).unwrap();
    let committed = (read(&path), read(&wal));
    assert_eq!(
        committed.0, before.0,
        "until the checkpoint the new pages stand in the WAL"
    );
    database.checkpoint().unwrap();
    let done = (read(&path), read(&wal));
    assert_ne!(done.0, before.0);

    let half = done.0.len() / 8192 * 4096;
    let torn_wal = committed.1[..committed.1.len() / 2].to_vec();
    let front = [&done.0[..half], &before.0[half..]].concat();
    let back = [&before.0[..half], &done.0[half..]].concat();
    for (what, file, wal, fits) in [
        ("before", &before.0, &before.1, 0),
        ("WAL half written, no commit", &before.0, &torn_wal, 0),
        ("committed, not checkpointed", &committed.0, &committed.1, 1),
        (
            "checkpoint half done from the front",
            &front,
            &committed.1,
            1,
        ),
        ("checkpoint half done from the back", &back, &committed.1, 1),
        ("checkpointed, WAL not emptied", &done.0, &committed.1, 1),
        ("done", &done.0, &done.1, 1),
    ] {
        let cut = tempfile::tempdir().unwrap();
        let copy = cut.path().join("db");
        fs::write(&copy, file).unwrap();
        fs::write(sibling(&copy, "-wal"), wal).unwrap();
        let (opened, place) =
            Database::open_with_any(&copy, &[&old, &new], with(&[ONE])).expect(what);
        assert_eq!(place, fits, "{what}");
        assert_eq!(notes(&opened), expected, "{what}");
        opened.checkpoint().unwrap();
        assert!(
            opened.cipher_integrity_check().unwrap().is_empty(),
            "{what}"
        );
    }
}
