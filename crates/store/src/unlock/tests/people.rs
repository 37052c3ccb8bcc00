//! Sign-in by password and PIN, and what staff changes do to both.

use std::fs;

use xunyi_vault::{KdfCost, RoamingKey};

use super::fixture::*;
use crate::unlock::{
    DeviceSecretKind, FileDeviceSecret, StaffEntry, UnlockError, UnlockPolicy, Vault,
};

#[test]
fn the_lock_screen_knows_the_staff_and_nothing_else() {
    let (_folder, vault) = device_with_pin();
    let tiles = vault.staff_tiles();
    let shown: Vec<_> = tiles
        .iter()
        .map(|tile| (tile.id, tile.name.as_str(), tile.has_pin))
        .collect();
    assert_eq!(shown, [(GP, "李医生", true), (NURSE, "王护士", false)]);
    assert_eq!(tiles[0].roles, ["gp"]);
    assert_eq!(vault.device_secret_kind(), DeviceSecretKind::PlainFile);
    assert!(!vault.is_empty());
    let empty = tempfile::tempdir().unwrap();
    assert!(open(empty.path()).is_empty());
}

#[test]
fn the_first_sign_in_takes_the_password_and_then_the_pin_is_enough() {
    let (folder, mut vault) = device();
    assert_eq!(code(vault.sign_in(GP, PIN, NOW)), "unlock.no_pin_yet");
    let first = vault
        .first_sign_in(GP, &password(GP), PIN, NOW, &mut bytes_from(3))
        .unwrap();
    assert_eq!(first.database_keys, [key(1)]);
    drop(vault);
    let mut vault = open(folder.path());
    let user = vault.sign_in(GP, PIN, NOW).unwrap();
    assert_eq!((user.staff, user.database_keys), (GP, vec![key(1)]));
    assert_eq!(user.key.public().unwrap(), first.key.public().unwrap());
    assert_eq!(code(vault.sign_in(NURSE, PIN, NOW)), "unlock.no_pin_yet");
    assert_eq!(
        code(vault.sign_in(PHARMACIST, PIN, NOW)),
        "unlock.unknown_staff"
    );
    assert_eq!(
        code(vault.sign_in_with_password(PHARMACIST, "x", NOW)),
        "unlock.unknown_staff"
    );
    assert_eq!(
        vault
            .sign_in_with_password(NURSE, &password(NURSE), NOW)
            .unwrap()
            .database_keys,
        [key(1)]
    );
    assert!(
        !vault.staff_tiles()[1].has_pin,
        "a password alone sets no PIN"
    );
}

#[test]
fn a_simple_pin_or_a_wrong_password_sets_nothing() {
    let (_folder, mut vault) = device();
    let random = &mut bytes_from(3);
    for pin in ["000000", "123456", "777777"] {
        let refused = vault.first_sign_in(GP, &password(GP), pin, NOW, random);
        assert_eq!(code(refused), "unlock.pin_too_simple");
    }
    let refused = vault.first_sign_in(GP, &password(GP), "1234", NOW, random);
    assert_eq!(code(refused), "unlock.pin_not_six_digits");
    let refused = vault.first_sign_in(GP, &password(NURSE), PIN, NOW, random);
    assert_eq!(code(refused), "unlock.wrong_password");
    assert!(!vault.staff_tiles()[0].has_pin);
}

#[test]
fn a_weak_password_never_becomes_a_record() {
    let refused = RoamingKey::make(GP, "password12", &[], KdfCost::CHEAP, &mut bytes_from(1));
    let error = UnlockError::from(refused.unwrap_err());
    assert_eq!(error.code(), "unlock.password_too_weak");
    assert_eq!(error.params(), serde_json::json!({ "why": "guessable" }));
}

#[test]
fn a_changed_pin_replaces_the_old_one() {
    let (folder, mut vault) = device_with_pin();
    let random = &mut bytes_from(4);
    assert_eq!(
        code(vault.change_pin(GP, WRONG, OTHER_PIN, NOW, random)),
        "unlock.wrong_pin"
    );
    assert_eq!(
        code(vault.change_pin(GP, PIN, "111111", NOW, random)),
        "unlock.pin_too_simple"
    );
    assert_eq!(
        code(vault.change_pin(GP, PIN, PIN, NOW, random)),
        "unlock.pin_unchanged"
    );
    vault.change_pin(GP, PIN, OTHER_PIN, NOW, random).unwrap();
    let mut vault = open(folder.path());
    assert_eq!(code(vault.sign_in(GP, PIN, NOW)), "unlock.wrong_pin");
    vault.sign_in(GP, OTHER_PIN, NOW).unwrap();
}

#[test]
fn slots_copied_to_another_device_open_by_password_only() {
    let (folder, _vault) = device_with_pin();
    let other = tempfile::tempdir().unwrap();
    fs::copy(folder.path().join("slots"), other.path().join("slots")).unwrap();
    let mut copied = open(other.path());
    assert!(!copied.staff_tiles()[0].has_pin);
    assert_eq!(code(copied.sign_in(GP, PIN, NOW)), "unlock.no_pin_yet");
    // With a secret of its own, made by somebody's first sign-in there, it is no different.
    copied
        .first_sign_in(NURSE, &password(NURSE), PIN, NOW, &mut bytes_from(5))
        .unwrap();
    assert_eq!(code(copied.sign_in(GP, PIN, NOW)), "unlock.no_pin_yet");
    copied
        .first_sign_in(GP, &password(GP), OTHER_PIN, NOW, &mut bytes_from(6))
        .unwrap();
    copied.sign_in(GP, OTHER_PIN, NOW).unwrap();
    copied.sign_in(NURSE, PIN, NOW).unwrap();
}

#[test]
fn a_damaged_device_secret_costs_the_pins_not_the_passwords() {
    let (folder, _vault) = device_with_pin();
    fs::write(folder.path().join(FileDeviceSecret::FILE), b"short").unwrap();
    let mut vault = open(folder.path());
    assert_eq!(code(vault.sign_in(GP, PIN, NOW)), "unlock.no_pin_yet");
    vault
        .first_sign_in(GP, &password(GP), PIN, NOW, &mut bytes_from(6))
        .unwrap();
    open(folder.path()).sign_in(GP, PIN, NOW).unwrap();
}

#[test]
fn new_staff_get_in_and_removed_staff_leave_no_trace() {
    let (folder, mut vault) = device_with_pin();
    let newcomer = entry(PHARMACIST, "赵药师", 3);
    let list = vec![entry(NURSE, "王护士", 2), newcomer];
    vault.reseal(&key(1), &list, &mut bytes_from(7)).unwrap();
    for name in ["slots", "slots.1"] {
        let text = fs::read_to_string(folder.path().join(name)).unwrap();
        assert!(
            !text.contains(&GP.to_string()) && !text.contains("李医生"),
            "{name}"
        );
        assert!(text.contains(&PHARMACIST.to_string()), "{name}");
    }
    let mut vault = open(folder.path());
    assert_eq!(code(vault.sign_in(GP, PIN, NOW)), "unlock.unknown_staff");
    let random = &mut bytes_from(8);
    let user = vault
        .first_sign_in(PHARMACIST, &password(PHARMACIST), PIN, NOW, random)
        .unwrap();
    assert_eq!(user.database_keys, [key(1)]);
    // Who comes back starts anew.
    let list = vec![entry(GP, "李医生", 1), entry(NURSE, "王护士", 2)];
    vault.reseal(&key(1), &list, random).unwrap();
    assert_eq!(code(vault.sign_in(GP, PIN, NOW)), "unlock.no_pin_yet");
}

#[test]
fn the_same_staff_list_writes_nothing() {
    let (folder, mut vault) = device_with_pin();
    let before = fs::read(folder.path().join("slots")).unwrap();
    vault
        .reseal(&key(1), &staff(), &mut bytes_from(99))
        .unwrap();
    assert_eq!(fs::read(folder.path().join("slots")).unwrap(), before);
}

#[test]
fn a_new_password_keeps_the_pin_and_a_new_key_voids_it() {
    let (_folder, mut vault) = device_with_pin();
    let user = vault.sign_in(GP, PIN, NOW).unwrap();
    let random = &mut bytes_from(20);
    let secret = "three goats cross the ford";
    let roaming = RoamingKey::wrap(GP, &user.key, secret, &[], KdfCost::CHEAP, random).unwrap();
    let changed = StaffEntry {
        roaming,
        ..entry(GP, "李大夫", 1)
    };
    vault.reseal(&key(1), &[changed], random).unwrap();
    vault.sign_in(GP, PIN, NOW).unwrap();
    assert_eq!(vault.staff_tiles()[0].name, "李大夫");
    assert_eq!(
        code(vault.sign_in_with_password(GP, &password(GP), NOW)),
        "unlock.wrong_password"
    );
    vault.sign_in_with_password(GP, secret, NOW).unwrap();

    // The admin re-wraps: a new key pair under a new password.
    vault
        .reseal(&key(1), &[entry(GP, "李大夫", 77)], random)
        .unwrap();
    assert_eq!(code(vault.sign_in(GP, PIN, NOW)), "unlock.no_pin_yet");
    let again = vault
        .first_sign_in(GP, &password(GP), PIN, NOW, random)
        .unwrap();
    assert_eq!(again.database_keys, [key(1)]);
}

#[test]
fn a_staff_list_that_would_lock_everybody_out_is_refused() {
    let (_folder, mut vault) = device_with_pin();
    let random = &mut bytes_from(7);
    assert_eq!(
        code(vault.reseal(&key(1), &[], random)),
        "unlock.bad_staff_list"
    );
    let twice = [entry(GP, "a", 1), entry(GP, "b", 2)];
    assert_eq!(
        code(vault.reseal(&key(1), &twice, random)),
        "unlock.bad_staff_list"
    );
    vault.sign_in(GP, PIN, NOW).unwrap();
}

#[test]
fn the_slot_file_shows_no_secret() {
    let (folder, mut vault) = device_with_pin();
    let user = vault.sign_in(GP, PIN, NOW).unwrap();
    let text = fs::read_to_string(folder.path().join("slots")).unwrap();
    let secret = fs::read(folder.path().join(FileDeviceSecret::FILE)).unwrap();
    let secret: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    for hidden in [key(1).to_hex().as_str(), &secret, PIN, &password(GP)] {
        assert!(!text.contains(hidden));
    }
    let shown = format!("{user:?} {vault:?}");
    assert!(
        !shown.contains("0101") && !shown.contains("1, 1, 1"),
        "{shown}"
    );
    #[cfg(unix)]
    for name in ["slots", "slots.1", FileDeviceSecret::FILE] {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(folder.path().join(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o077, 0, "{name}");
    }
}

/// Once at the cost that the product uses.
#[test]
fn production_cost_signs_in() {
    let folder = tempfile::tempdir().unwrap();
    let random = &mut bytes_from(1);
    let (roaming, _) = RoamingKey::make(GP, &password(GP), &[], KdfCost::ROAMING, random).unwrap();
    let list = [StaffEntry {
        name: "李医生".to_owned(),
        roles: vec![],
        roaming,
    }];
    let mut vault = Vault::open(folder.path(), UnlockPolicy::default()).unwrap();
    vault.reseal(&key(1), &list, random).unwrap();
    vault
        .first_sign_in(GP, &password(GP), PIN, NOW, random)
        .unwrap();
    let mut vault = Vault::open(folder.path(), UnlockPolicy::default()).unwrap();
    assert_eq!(code(vault.sign_in(GP, WRONG, NOW)), "unlock.wrong_pin");
    assert_eq!(vault.sign_in(GP, PIN, NOW).unwrap().database_keys, [key(1)]);
}
