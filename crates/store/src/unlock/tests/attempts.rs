//! Wrong tries: counted before they are answered, dearer each time, kept over restarts.

use std::fs;

use super::fixture::*;
use crate::unlock::{UnlockError, Vault, delay_ms};

const HOUR: i64 = 3_600_000;

/// Tries a wrong PIN and gives what is left and the seconds to wait.
fn miss(vault: &mut Vault, now: i64) -> (u32, u64) {
    match vault.sign_in(GP, WRONG, now) {
        Err(UnlockError::WrongPin {
            attempts_left,
            wait_s,
        }) => (attempts_left, wait_s),
        other => panic!("{other:?}"),
    }
}

#[test]
fn delays_grow_and_the_tenth_wrong_pin_locks_it() {
    let (folder, mut vault) = device_with_pin();
    let mut now = NOW;
    let mut answers = Vec::new();
    for _ in 0..10 {
        let (left, wait) = miss(&mut vault, now);
        answers.push((left, wait));
        now += i64::try_from(wait).unwrap() * 1000;
    }
    assert_eq!(
        answers,
        [
            (9, 0),
            (8, 0),
            (7, 5),
            (6, 15),
            (5, 30),
            (4, 60),
            (3, 300),
            (2, 900),
            (1, 1800),
            (0, 1800)
        ]
    );
    for mut vault in [vault, open(folder.path())] {
        assert_eq!(
            code(vault.sign_in(GP, PIN, now + HOUR)),
            "unlock.pin_locked"
        );
        assert!(vault.staff_tiles()[0].pin_locked);
    }
    let mut vault = open(folder.path());
    let random = &mut bytes_from(5);
    vault
        .first_sign_in(GP, &password(GP), OTHER_PIN, now, random)
        .unwrap();
    vault.sign_in(GP, OTHER_PIN, now).unwrap();
    assert!(!vault.staff_tiles()[0].pin_locked);
}

#[test]
fn a_try_that_comes_too_early_is_not_looked_at_and_not_counted() {
    let (_folder, mut vault) = device_with_pin();
    for _ in 0..3 {
        miss(&mut vault, NOW);
    }
    for early in [NOW, NOW + 4_999] {
        match vault.sign_in(GP, PIN, early) {
            Err(UnlockError::Wait { until }) => assert_eq!(until, NOW + 5_000),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(miss(&mut vault, NOW + 5_000), (6, 15));
}

#[test]
fn a_restart_keeps_count_and_delay() {
    let (folder, mut vault) = device_with_pin();
    for _ in 0..3 {
        miss(&mut vault, NOW);
    }
    drop(vault);
    let mut vault = open(folder.path());
    assert_eq!(code(vault.sign_in(GP, PIN, NOW + 4_000)), "unlock.wait");
    assert_eq!(miss(&mut vault, NOW + 5_000), (6, 15));
}

#[test]
fn a_right_pin_clears_the_count_for_good() {
    let (folder, mut vault) = device_with_pin();
    miss(&mut vault, NOW);
    miss(&mut vault, NOW);
    vault.sign_in(GP, PIN, NOW).unwrap();
    assert_eq!(miss(&mut open(folder.path()), NOW), (9, 0));
}

#[test]
fn one_persons_mistakes_do_not_lock_a_colleague() {
    let (_folder, mut vault) = device_with_pin();
    vault
        .first_sign_in(NURSE, &password(NURSE), OTHER_PIN, NOW, &mut bytes_from(5))
        .unwrap();
    for _ in 0..3 {
        miss(&mut vault, NOW);
    }
    vault.sign_in(NURSE, OTHER_PIN, NOW).unwrap();
    assert_eq!(code(vault.sign_in(GP, PIN, NOW)), "unlock.wait");
}

/// The app is killed at each step of a try, over and over: tries that may have been answered are never
/// more than those counted.
#[test]
fn killing_the_app_gives_no_free_tries() {
    for steps in 0..4 {
        let (folder, _vault) = device_with_pin();
        let mut killed = StoppingDisk::vault(folder.path(), steps);
        let answer = killed.sign_in(GP, PIN, NOW);
        assert_eq!(
            code(answer),
            "store.io",
            "no answer before the count is on disk"
        );
        drop(killed);
        open(folder.path()).sign_in(GP, PIN, NOW).unwrap();
    }
    // Killed after the count was written: four steps write it, the next ones would take it back.
    let (folder, _vault) = device_with_pin();
    for tries in 1..=2 {
        let mut killed = StoppingDisk::vault(folder.path(), 4);
        assert_eq!(code(killed.sign_in(GP, PIN, NOW)), "store.io");
        drop(killed);
        assert_eq!(
            open(folder.path())
                .file
                .person(GP)
                .unwrap()
                .pin_attempts
                .failures,
            tries
        );
    }
}

#[test]
fn a_try_that_cannot_be_counted_is_not_answered() {
    let (folder, _vault) = device_with_pin();
    let mut full = StoppingDisk::vault(folder.path(), 0);
    assert_eq!(code(full.sign_in(GP, WRONG, NOW)), "store.io");
    assert_eq!(code(full.sign_in(GP, PIN, NOW)), "store.io");
    assert_eq!(
        code(full.sign_in_with_password(GP, &password(GP), NOW)),
        "store.io"
    );
}

#[test]
fn putting_the_clock_back_starts_the_delay_over() {
    let (folder, mut vault) = device_with_pin();
    for _ in 0..3 {
        miss(&mut vault, NOW);
    }
    let back = NOW - 24 * HOUR;
    for mut vault in [open(folder.path()), open(folder.path())] {
        match vault.sign_in(GP, PIN, back) {
            Err(UnlockError::Wait { until }) => assert_eq!(until, back + delay_ms(3)),
            other => panic!("{other:?}"),
        }
    }
    // Back and forth again: still a whole delay after the moment it was put back.
    let mut vault = open(folder.path());
    assert_eq!(code(vault.sign_in(GP, PIN, back + 4_999)), "unlock.wait");
    vault.sign_in(GP, PIN, back + 5_000).unwrap();
}

#[test]
fn a_clock_that_was_a_year_ahead_locks_nobody_out_for_a_year() {
    let (_folder, mut vault) = device_with_pin();
    let ahead = NOW + 365 * 24 * HOUR;
    for _ in 0..3 {
        miss(&mut vault, ahead);
    }
    assert_eq!(code(vault.sign_in(GP, PIN, NOW)), "unlock.wait");
    vault.sign_in(GP, PIN, NOW + 5_000).unwrap();
}

#[test]
fn wrong_passwords_wait_too_but_never_lock() {
    let (folder, mut vault) = device();
    let mut now = NOW;
    let mut waits = Vec::new();
    for _ in 0..12 {
        match vault.sign_in_with_password(GP, "not the password", now) {
            Err(UnlockError::WrongPassword { wait_s }) => {
                waits.push(wait_s);
                now += i64::try_from(wait_s).unwrap() * 1000;
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(
        waits,
        [0, 0, 5, 15, 30, 60, 300, 900, 1800, 1800, 1800, 1800]
    );
    let mut vault = open(folder.path());
    assert_eq!(
        code(vault.sign_in_with_password(GP, &password(GP), now - 1)),
        "unlock.wait"
    );
    vault.sign_in_with_password(GP, &password(GP), now).unwrap();
    vault.sign_in_with_password(GP, &password(GP), now).unwrap();
}

#[test]
fn a_staff_change_does_not_clear_the_count() {
    let (folder, mut vault) = device_with_pin();
    for _ in 0..3 {
        miss(&mut vault, NOW);
    }
    let mut list = staff();
    list.push(entry(PHARMACIST, "赵药师", 3));
    vault.reseal(&key(1), &list, &mut bytes_from(6)).unwrap();
    assert_eq!(code(vault.sign_in(GP, PIN, NOW)), "unlock.wait");
    assert!(
        fs::read_to_string(folder.path().join("slots"))
            .unwrap()
            .contains("\"failures\":3")
    );
}
