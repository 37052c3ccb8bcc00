//! The slot file's bytes: torn, flipped, foreign, newer.

use std::fs;

use proptest::prelude::*;

use super::fixture::*;
use crate::unlock::{
    Vault,
    slots::{SlotFile, Unreadable},
};

#[test]
fn a_damaged_newest_file_falls_back_to_the_one_before() {
    let (folder, mut vault) = device_with_pin();
    // The write before the last one then holds the PIN as well.
    vault.sign_in(GP, PIN, NOW).unwrap();
    let newest = folder.path().join("slots");
    let whole = fs::read(&newest).unwrap();
    let mut flipped = whole.clone();
    let middle = whole.len() / 2;
    flipped[middle] ^= 4;
    let cases = [
        &whole[..whole.len() / 2],
        &[],
        &flipped,
        &vec![0; whole.len()],
    ];
    for (damaged, hour) in cases.into_iter().zip(0..) {
        fs::write(&newest, damaged).unwrap();
        // The generation before was written when the try was counted, before it was found right: each
        // fall back leaves one more counted, so time passes here.
        let now = NOW + hour * 3_600_000;
        let mut vault = open(folder.path());
        vault.sign_in_with_password(GP, &password(GP), now).unwrap();
        vault.sign_in(GP, PIN, now).unwrap();
        // Writing did not push the good generation out for the damaged one.
        for name in ["slots", "slots.1"] {
            let bytes = fs::read(folder.path().join(name)).unwrap();
            assert!(SlotFile::decode(&bytes).is_ok(), "{name}");
        }
    }
    fs::remove_file(&newest).unwrap();
    open(folder.path())
        .sign_in_with_password(GP, &password(GP), NOW + 10 * 3_600_000)
        .unwrap();
}

#[test]
fn two_damaged_generations_are_named_and_left_alone() {
    let (folder, vault) = device_with_pin();
    drop(vault);
    for name in ["slots", "slots.1"] {
        fs::write(folder.path().join(name), b"xunyi-slots 1 00\n{}").unwrap();
    }
    assert_eq!(
        code(Vault::open(folder.path(), POLICY)),
        "unlock.slots_damaged"
    );
    assert_eq!(
        fs::read(folder.path().join("slots")).unwrap(),
        b"xunyi-slots 1 00\n{}"
    );
}

/// Bytes with the header of any version around any body.
fn with_header(version: u32, body: &[u8]) -> Vec<u8> {
    use sha2::{Digest, Sha256};
    let sum = Sha256::new()
        .chain_update(format!("xunyi-slots {version}\n"))
        .chain_update(body);
    let sum: String = sum
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    [format!("xunyi-slots {version} {sum}\n").as_bytes(), body].concat()
}

#[test]
fn a_newer_file_is_refused_not_replaced_by_the_old_generation() {
    let (folder, vault) = device_with_pin();
    drop(vault);
    let newer = with_header(2, b"something else");
    fs::write(folder.path().join("slots"), &newer).unwrap();
    let error = Vault::open(folder.path(), POLICY).unwrap_err();
    assert_eq!(
        (error.code(), error.params()["found"].as_u64()),
        ("unlock.slots_newer", Some(2))
    );
    assert_eq!(fs::read(folder.path().join("slots")).unwrap(), newer);
}

#[test]
fn slots_that_contradict_themselves_are_damaged() {
    let (_folder, vault) = device_with_pin();
    let good = SlotFile {
        generation: 3,
        people: vault.file.people.clone(),
    };
    assert_eq!(SlotFile::decode(&good.encode().unwrap()), Ok(good.clone()));
    let mut unsealed = good.clone();
    unsealed.people[0].sealed.clear();
    let mut swapped = good.clone();
    swapped.people[0].roaming = good.people[1].roaming.clone();
    for bad in [unsealed, swapped] {
        assert_eq!(
            SlotFile::decode(&bad.encode().unwrap()),
            Err(Unreadable::Damaged)
        );
    }
    assert_eq!(
        SlotFile::decode(&with_header(0, b"{}")),
        Err(Unreadable::Damaged)
    );
    assert_eq!(
        SlotFile::decode(&vec![b'x'; 5 * 1024 * 1024]),
        Err(Unreadable::Damaged)
    );
}

/// Someone with access to the disk swaps their own record into a colleague's place.
#[test]
fn a_record_of_ones_own_in_a_colleagues_slot_opens_nothing() {
    let (folder, vault) = device();
    let forged = entry(GP, "李医生", 66);
    let mut file = SlotFile {
        generation: 9,
        people: vault.file.people.clone(),
    };
    file.people[0].roaming = forged.roaming;
    fs::write(folder.path().join("slots"), file.encode().unwrap()).unwrap();
    let answer = open(folder.path()).sign_in_with_password(GP, &password(GP), NOW);
    assert_eq!(code(answer), "unlock.slot_mismatch");
}

#[test]
fn a_write_cut_at_any_step_leaves_the_old_or_the_new_slots() {
    for steps in 0..=4 {
        let (folder, _vault) = device_with_pin();
        let mut list = staff();
        list.push(entry(PHARMACIST, "赵药师", 3));
        let mut cut = StoppingDisk::vault(folder.path(), steps);
        let result = cut.reseal(&key(1), &list, &mut bytes_from(6));
        assert_eq!(result.is_ok(), steps == 4, "{steps}");
        drop(cut);
        let mut vault = open(folder.path());
        let people = vault.staff_tiles().len();
        assert_eq!(people, if steps < 3 { 2 } else { 3 }, "{steps}");
        assert_eq!(
            vault.sign_in(GP, PIN, NOW).unwrap().database_keys,
            [key(1)],
            "{steps}"
        );
        // The next write goes through and leaves two whole generations.
        vault.reseal(&key(1), &list, &mut bytes_from(7)).unwrap();
        assert_eq!(open(folder.path()).staff_tiles().len(), 3, "{steps}");
    }
}

#[test]
fn removal_cut_between_its_two_writes_is_finished_by_the_next_write() {
    for steps in 0..=8 {
        let (folder, _vault) = device_with_pin();
        let list = vec![entry(NURSE, "王护士", 2)];
        let mut cut = StoppingDisk::vault(folder.path(), steps);
        let result = cut.reseal(&key(1), &list, &mut bytes_from(6));
        assert_eq!(result.is_ok(), steps == 8, "{steps}");
        drop(cut);
        let mut vault = open(folder.path());
        vault.reseal(&key(1), &list, &mut bytes_from(7)).unwrap();
        vault
            .sign_in_with_password(NURSE, &password(NURSE), NOW)
            .unwrap();
        assert_eq!(
            code(vault.sign_in(GP, PIN, NOW)),
            "unlock.unknown_staff",
            "{steps}"
        );
        for name in ["slots", "slots.1"] {
            let text = fs::read_to_string(folder.path().join(name)).unwrap();
            assert!(!text.contains(&GP.to_string()), "{steps} {name}");
        }
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_damaged_never_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert_eq!(SlotFile::decode(&bytes), Err(Unreadable::Damaged));
    }

    #[test]
    fn arbitrary_json_under_a_right_header_is_never_a_panic(
        version in 0u32..4,
        body in r#"(\{"generation":[0-9]{1,20},"people":\[(\{"staff":"[0-9a-f]{0,32}"\})?\]\}|.{0,60})"#,
    ) {
        let decoded = SlotFile::decode(&with_header(version, body.as_bytes()));
        match version {
            0 => prop_assert_eq!(decoded, Err(Unreadable::Damaged)),
            1 => prop_assert!(decoded.is_err() || decoded.is_ok_and(|file| file.people.is_empty())),
            newer => prop_assert_eq!(decoded, Err(Unreadable::Newer(newer))),
        }
    }

    #[test]
    fn any_flipped_bit_is_noticed(at in any::<usize>(), bit in 0u8..8) {
        let file = SlotFile { generation: 5, people: Vec::new() };
        let mut bytes = file.encode().unwrap();
        let at = at % bytes.len();
        bytes[at] ^= 1 << bit;
        prop_assert_eq!(SlotFile::decode(&bytes), Err(Unreadable::Damaged));
    }
}
