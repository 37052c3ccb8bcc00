//! A new database key: cut anywhere, whoever signs in has the key that the database has.

use std::{fs, path::Path};

use tempfile::TempDir;

use super::fixture::*;
use crate::{Database, Migration, Opening};

const NOTE: Migration = Migration {
    version: 1,
    name: "note",
    sql: "CREATE TABLE note (text TEXT NOT NULL) STRICT; INSERT INTO note VALUES ('kept');",
};
const OPENING: Opening<'_> = Opening {
    migrations: &[NOTE],
    vfs: None,
};

fn device_with_database() -> (TempDir, Database) {
    let (folder, _vault) = device_with_pin();
    let database = Database::open(&folder.path().join("db"), &key(1), OPENING).unwrap();
    (folder, database)
}

/// Signs the GP in after a restart, opens the database with what that releases, and ends what was left
/// of a rotation. Gives the place of the key that fitted and how many there were.
fn start(folder: &Path) -> (usize, usize) {
    let mut vault = open(folder);
    let user = vault.sign_in(GP, PIN, NOW).unwrap();
    let keys: Vec<_> = user.database_keys.iter().collect();
    let (database, place) = Database::open_with_any(&folder.join("db"), &keys, OPENING).unwrap();
    let text: String = database
        .connection()
        .query_row("SELECT text FROM note", [], |row| row.get(0))
        .unwrap();
    assert_eq!(text, "kept");
    vault.settle(keys[place]).unwrap();
    assert_eq!(
        open(folder).sign_in(GP, PIN, NOW).unwrap().database_keys,
        [keys[place].clone()]
    );
    (place, keys.len())
}

#[test]
fn after_a_rotation_the_old_key_opens_nothing_and_is_in_no_slot() {
    let (folder, mut database) = device_with_database();
    let mut vault = open(folder.path());
    let random = &mut bytes_from(8);
    vault
        .rotate(&mut database, &key(1), &key(2), &staff(), random)
        .unwrap();
    drop(database);
    let old = Database::open(&folder.path().join("db"), &key(1), OPENING);
    assert_eq!(old.unwrap_err().code(), "store.wrong_key");
    let text = fs::read_to_string(folder.path().join("slots")).unwrap();
    assert!(!text.contains(&key(1).id().to_string()));
    assert_eq!(start(folder.path()), (0, 1));
    let nurse = vault
        .sign_in_with_password(NURSE, &password(NURSE), NOW)
        .unwrap();
    assert_eq!(nurse.database_keys, [key(2)]);
}

/// Two writes of four steps, the rekey, one write of four steps.
#[test]
fn a_rotation_cut_at_any_step_can_be_opened_and_ended() {
    for steps in 0..=12 {
        let (folder, mut database) = device_with_database();
        let mut vault = StoppingDisk::vault(folder.path(), steps);
        let random = &mut bytes_from(8);
        let result = vault.rotate(&mut database, &key(1), &key(2), &staff(), random);
        assert_eq!(result.is_ok(), steps == 12, "{steps}");
        drop((vault, database));
        let expected = match steps {
            0..=2 => (0, 1),
            3..=7 => (0, 2),
            8..=10 => (1, 2),
            _ => (0, 1),
        };
        assert_eq!(start(folder.path()), expected, "{steps}");
    }
}

/// The newest slot file is torn as well, at the worst moment: the database has the new key already.
#[test]
fn after_the_rekey_each_generation_alone_has_the_key() {
    let (folder, mut database) = device_with_database();
    let mut vault = StoppingDisk::vault(folder.path(), 8);
    let random = &mut bytes_from(8);
    vault
        .rotate(&mut database, &key(1), &key(2), &staff(), random)
        .unwrap_err();
    drop((vault, database));
    fs::write(folder.path().join("slots"), b"torn").unwrap();
    assert_eq!(start(folder.path()), (1, 2));
}

#[test]
fn a_staff_change_ends_a_rotation_that_was_cut_short() {
    let (folder, mut database) = device_with_database();
    let mut vault = StoppingDisk::vault(folder.path(), 8);
    let random = &mut bytes_from(8);
    vault
        .rotate(&mut database, &key(1), &key(2), &staff(), random)
        .unwrap_err();
    drop((vault, database));
    let mut vault = open(folder.path());
    vault.reseal(&key(2), &staff(), random).unwrap();
    assert_eq!(vault.sign_in(GP, PIN, NOW).unwrap().database_keys, [key(2)]);
}

#[test]
fn a_wrong_current_key_changes_nothing() {
    let (folder, mut database) = device_with_database();
    let mut vault = open(folder.path());
    let before = fs::read(folder.path().join("slots")).unwrap();
    let random = &mut bytes_from(8);
    let refused = vault.rotate(&mut database, &key(7), &key(2), &staff(), random);
    assert_eq!(code(refused), "store.wrong_key");
    assert_eq!(code(vault.settle(&key(7))), "unlock.slot_mismatch");
    assert_eq!(fs::read(folder.path().join("slots")).unwrap(), before);
}

#[test]
fn a_rotation_waits_for_other_connections_to_close() {
    let (folder, mut database) = device_with_database();
    let reader = database.reader(&key(1)).unwrap();
    reader.busy_timeout(std::time::Duration::ZERO).unwrap();
    database
        .connection()
        .busy_timeout(std::time::Duration::ZERO)
        .unwrap();
    reader
        .execute_batch("BEGIN; SELECT count(*) FROM note")
        .unwrap();
    database
        .connection()
        .execute_batch("INSERT INTO note VALUES ('more')")
        .unwrap();
    let mut vault = open(folder.path());
    let random = &mut bytes_from(8);
    let refused = vault.rotate(&mut database, &key(1), &key(2), &staff(), random);
    assert_eq!(code(refused), "store.busy");
    drop((reader, database));
    assert_eq!(start(folder.path()), (0, 2));
}
