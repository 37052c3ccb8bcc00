//! What opens a key and what does not.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;

/// A deterministic byte stream: tests need difference, not secrecy.
fn bytes_from(seed: u8) -> impl FnMut(&mut [u8]) {
    let mut state = u64::from(seed) + 1;
    move |out| {
        for byte in out {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            *byte = u8::try_from(state >> 56).unwrap();
        }
    }
}

const PASSWORD: &str = "river-lantern-42";
const GP: Uuid = Uuid::from_u128(7);

fn roaming(seed: u8) -> (RoamingKey, StaffKey) {
    RoamingKey::make(GP, PASSWORD, &[], KdfCost::CHEAP, &mut bytes_from(seed)).unwrap()
}

#[test]
fn a_sealed_key_opens_for_its_holder_and_its_purpose_only() {
    let mut random = bytes_from(1);
    let key = DatabaseKey::generate(&mut random);
    let (alice, bob) = (
        StaffKey::generate(&mut random),
        StaffKey::generate(&mut random),
    );
    let sealed = SealedKey::seal(&key, alice.public().unwrap(), b"alice", &mut random).unwrap();
    assert_eq!(sealed.key_id(), key.id());
    assert_eq!(
        sealed.open(&alice, b"alice").unwrap().as_bytes(),
        key.as_bytes()
    );
    assert_eq!(sealed.open(&bob, b"alice"), Err(VaultError::WrongSecret));
    assert_eq!(sealed.open(&alice, b"bob"), Err(VaultError::WrongSecret));
    let again = SealedKey::seal(&key, alice.public().unwrap(), b"alice", &mut random).unwrap();
    assert_ne!(sealed, again, "each sealing uses a fresh ephemeral key");
}

#[test]
fn the_all_zero_public_key_is_refused() {
    let key = DatabaseKey::from_bytes([1; 32]);
    let zero = StaffPublicKey::from_bytes([0; 32]);
    assert!(matches!(
        SealedKey::seal(&key, zero, b"", &mut bytes_from(1)),
        Err(VaultError::BadRecord(_))
    ));
}

#[test]
fn the_roaming_record_opens_with_its_password_on_any_device() {
    let (record, key) = roaming(1);
    let arrived = RoamingKey::from_bytes(&record.to_bytes().unwrap()).unwrap();
    assert_eq!(arrived, record);
    assert_eq!(arrived.open(PASSWORD).unwrap().as_bytes(), key.as_bytes());
    assert_eq!(
        arrived.open("ｒｉｖｅｒ－lantern-42").unwrap().as_bytes(),
        key.as_bytes()
    );
    assert_eq!(
        arrived.open("river-lantern-43").err(),
        Some(VaultError::WrongSecret)
    );
    assert!(record.to_bytes().unwrap().len() < 1024);
}

#[test]
fn a_changed_password_keeps_the_key_and_drops_the_old_password() {
    let (record, key) = roaming(1);
    let changed = RoamingKey::wrap(
        GP,
        &key,
        "three goats cross the ford",
        &[],
        KdfCost::CHEAP,
        &mut bytes_from(9),
    )
    .unwrap();
    assert_eq!(changed.public(), record.public());
    assert!(changed.open("three goats cross the ford").is_ok());
    assert_eq!(changed.open(PASSWORD).err(), Some(VaultError::WrongSecret));
}

#[test]
fn every_field_of_a_roaming_record_is_authenticated() {
    let (record, _) = roaming(1);
    let text = String::from_utf8(record.to_bytes().unwrap()).unwrap();
    let (other, _) = RoamingKey::make(
        Uuid::from_u128(8),
        PASSWORD,
        &[],
        KdfCost::CHEAP,
        &mut bytes_from(2),
    )
    .unwrap();
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let foreign: serde_json::Value = serde_json::from_slice(&other.to_bytes().unwrap()).unwrap();
    for field in ["staff", "public", "salt", "nonce", "wrapped"] {
        let mut altered = value.clone();
        altered[field] = foreign[field].clone();
        let altered = RoamingKey::from_bytes(altered.to_string().as_bytes()).unwrap();
        assert_eq!(
            altered.open(PASSWORD).err(),
            Some(VaultError::WrongSecret),
            "{field}"
        );
    }
    let mut cheaper = value.clone();
    cheaper["cost"]["passes"] = 2.into();
    let cheaper = RoamingKey::from_bytes(cheaper.to_string().as_bytes()).unwrap();
    assert_eq!(cheaper.open(PASSWORD).err(), Some(VaultError::WrongSecret));
}

#[test]
fn a_newer_roaming_record_is_named_as_such() {
    let newer = br#"{"version":2,"something":"else"}"#;
    assert_eq!(
        RoamingKey::from_bytes(newer),
        Err(VaultError::NewerRecord(2))
    );
    assert!(matches!(
        RoamingKey::from_bytes(b"{}"),
        Err(VaultError::BadRecord(_))
    ));
}

#[test]
fn a_pin_opens_with_its_device_only() {
    let (_, key) = roaming(1);
    let here = DeviceSecret::from_bytes([1; 32]);
    let elsewhere = DeviceSecret::from_bytes([2; 32]);
    let record = PinKey::make(
        GP,
        &key,
        "274951",
        &here,
        KdfCost::CHEAP,
        &mut bytes_from(3),
    )
    .unwrap();
    assert!(record.is_of(&here) && !record.is_of(&elsewhere));
    assert_eq!(
        record.open("274951", &here).unwrap().as_bytes(),
        key.as_bytes()
    );
    assert_eq!(
        record.open("274952", &here).err(),
        Some(VaultError::WrongSecret)
    );
    assert_eq!(
        record.open("274951", &elsewhere).err(),
        Some(VaultError::WrongSecret)
    );
    assert_eq!(
        record.open("27495", &here).err(),
        Some(VaultError::PinShape)
    );
}

#[test]
fn pins_that_are_tried_first_are_refused() {
    for pin in [
        "000000", "111111", "123456", "234567", "654321", "890123", "210987", "121212", "123123",
        "112233", "998877", "111222", "122221", "258369", "159753",
    ] {
        assert_eq!(check_new_pin(pin), Err(VaultError::PinTooSimple), "{pin}");
    }
    for pin in ["", "12345", "1234567", "12345a", "１２３４５６", "-12345"] {
        assert_eq!(check_new_pin(pin), Err(VaultError::PinShape), "{pin}");
    }
    for pin in ["274951", "903174", "660415", "135790"] {
        assert_eq!(check_new_pin(pin), Ok(()), "{pin}");
    }
    let refused = (0..1_000_000)
        .filter(|n| check_new_pin(&format!("{n:06}")).is_err())
        .count();
    assert!(
        (3_000..5_000).contains(&refused),
        "{refused} of a million refused"
    );
}

#[test]
fn secrets_are_not_shown_by_debug() {
    let (_, key) = roaming(1);
    assert_eq!(format!("{key:?}"), "StaffKey(..)");
    assert_eq!(
        format!("{:?}", DeviceSecret::from_bytes([7; 32])),
        "DeviceSecret(..)"
    );
}

/// The cost that the product uses, once: so that a mistake in the constants or in memory handling shows.
#[test]
fn production_cost_opens_what_it_wrapped() {
    const { assert!(KdfCost::ROAMING.memory_kib >= 256 * 1024 && KdfCost::ROAMING.passes >= 3) };
    const { assert!(KdfCost::PIN.memory_kib >= 64 * 1024 && KdfCost::PIN.passes >= 3) };
    let (record, key) =
        RoamingKey::make(GP, PASSWORD, &[], KdfCost::ROAMING, &mut bytes_from(1)).unwrap();
    assert_eq!(record.open(PASSWORD).unwrap().as_bytes(), key.as_bytes());
    let device = DeviceSecret::from_bytes([1; 32]);
    let pin = PinKey::make(
        GP,
        &key,
        "274951",
        &device,
        KdfCost::PIN,
        &mut bytes_from(3),
    )
    .unwrap();
    assert_eq!(
        pin.open("274951", &device).unwrap().as_bytes(),
        key.as_bytes()
    );
}

proptest! {
    #[test]
    fn arbitrary_roaming_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        prop_assert!(RoamingKey::from_bytes(&bytes).is_err());
    }

    #[test]
    fn a_bit_flipped_in_a_roaming_record_never_opens(at in 0usize..600, bit in 0u8..8) {
        let (record, _) = roaming(1);
        let mut bytes = record.to_bytes().unwrap();
        let at = at % bytes.len();
        bytes[at] ^= 1 << bit;
        // Some flips leave the JSON's meaning alone (the case of an escape, a space); all others fail.
        if let Ok(altered) = RoamingKey::from_bytes(&bytes) {
            prop_assert!(altered == record || altered.open(PASSWORD).is_err());
        }
    }

    #[test]
    fn any_text_gets_a_verdict(password in ".{0,40}", word in ".{0,12}") {
        let verdict = check_password(&password, &[&word]);
        if password.chars().count() < 5 {
            prop_assert!(verdict.is_err());
        }
    }
}
