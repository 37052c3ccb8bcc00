//! The device secret moves into a keyring and is never lost on the way.

use std::{
    collections::BTreeMap,
    fs, io,
    path::Path,
    sync::{Arc, Mutex},
};

use xunyi_vault::DeviceSecret;
use zeroize::Zeroizing;

use super::fixture::*;
use crate::unlock::{
    DeviceSecretKind, DeviceSecretStore, FileDeviceSecret, FolderDisk, Keyring,
    KeyringDeviceSecret, Vault,
};

/// A keyring in memory that answers so many times, or forgets what it is given.
#[derive(Debug, Clone, Default)]
struct Kept {
    secrets: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
    answers: Arc<Mutex<usize>>,
    forgets: bool,
}

impl Kept {
    fn answering(times: usize) -> Self {
        let kept = Self::default();
        kept.answer(times);
        kept
    }

    fn answer(&self, times: usize) {
        *self.answers.lock().unwrap() = times;
    }

    fn asked(&self) -> io::Result<()> {
        let mut left = self.answers.lock().unwrap();
        *left = left.checked_sub(1).ok_or(io::ErrorKind::TimedOut)?;
        Ok(())
    }
}

impl Keyring for Kept {
    fn get(&self, account: &str) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
        self.asked()?;
        let secrets = self.secrets.lock().unwrap();
        Ok(secrets.get(account).cloned().map(Zeroizing::new))
    }

    fn set(&self, account: &str, secret: &[u8]) -> io::Result<()> {
        self.asked()?;
        if !self.forgets {
            let mut secrets = self.secrets.lock().unwrap();
            secrets.insert(account.to_owned(), secret.to_vec());
        }
        Ok(())
    }
}

const ALWAYS: usize = 1_000;

fn secret(byte: u8) -> DeviceSecret {
    DeviceSecret::from_bytes([byte; 32])
}

fn secrets(folder: &Path, keyring: &Kept) -> KeyringDeviceSecret {
    KeyringDeviceSecret::new(folder, Box::new(keyring.clone()))
}

fn held(store: &KeyringDeviceSecret) -> Option<[u8; 32]> {
    store.load().unwrap().map(|s| *s.as_bytes())
}

fn vault(folder: &Path, keyring: &Kept) -> Vault {
    let disk = Box::new(FolderDisk::new(folder));
    Vault::open_on(disk, Box::new(secrets(folder, keyring)), POLICY).unwrap()
}

#[test]
fn a_new_secret_goes_into_the_keyring_and_stays_in_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let keyring = Kept::answering(ALWAYS);
    let mut store = secrets(folder.path(), &keyring);
    assert_eq!(held(&store), None);
    store.save(&secret(5)).unwrap();
    assert_eq!(store.kind(), DeviceSecretKind::Keyring);
    assert_eq!(held(&secrets(folder.path(), &keyring)), Some([5; 32]));
    for file in fs::read_dir(folder.path()).unwrap() {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(32).any(|w| w == [5; 32]));
    }
}

#[test]
fn a_secret_in_a_file_moves_and_every_pin_goes_on_working() {
    let (folder, with_file) = device_with_pin();
    assert_eq!(with_file.device_secret_kind(), DeviceSecretKind::PlainFile);
    drop(with_file);
    let keyring = Kept::answering(ALWAYS);
    let mut moved = vault(folder.path(), &keyring);
    assert_eq!(moved.device_secret_kind(), DeviceSecretKind::Keyring);
    assert!(!folder.path().join(FileDeviceSecret::FILE).exists());
    moved.sign_in(GP, PIN, NOW).unwrap();
}

#[test]
fn a_keyring_that_stops_answering_at_any_point_of_the_move_loses_nothing() {
    for answers in 0..4 {
        let folder = tempfile::tempdir().unwrap();
        let mut file = FileDeviceSecret::new(folder.path().join(FileDeviceSecret::FILE));
        file.save(&secret(6)).unwrap();
        let keyring = Kept::answering(answers);
        let store = secrets(folder.path(), &keyring);
        keyring.answer(ALWAYS);
        assert_eq!(held(&store), Some([6; 32]), "{answers} answers");
        let again = secrets(folder.path(), &keyring);
        assert_eq!(held(&again), Some([6; 32]));
        assert_eq!(again.kind(), DeviceSecretKind::Keyring);
    }
    let folder = tempfile::tempdir().unwrap();
    let mut file = FileDeviceSecret::new(folder.path().join(FileDeviceSecret::FILE));
    file.save(&secret(6)).unwrap();
    let mut forgetful = Kept::answering(ALWAYS);
    forgetful.forgets = true;
    let store = secrets(folder.path(), &forgetful);
    assert_eq!(store.kind(), DeviceSecretKind::PlainFile);
    assert_eq!(held(&store), Some([6; 32]));
}

#[test]
fn a_move_cut_before_the_file_went_is_ended_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let keyring = Kept::answering(ALWAYS);
    let file = folder.path().join(FileDeviceSecret::FILE);
    secrets(folder.path(), &keyring).save(&secret(7)).unwrap();
    fs::write(&file, [7; 32]).unwrap();
    let store = secrets(folder.path(), &keyring);
    assert!(!file.exists());
    assert_eq!(held(&store), Some([7; 32]));
}

#[test]
fn without_a_keyring_a_file_serves_and_without_its_keyring_the_password_does() {
    let (folder, _) = device();
    let away = Kept::answering(0);
    let mut first = vault(folder.path(), &away);
    first
        .first_sign_in(GP, &password(GP), PIN, NOW, &mut bytes_from(3))
        .unwrap();
    assert_eq!(first.device_secret_kind(), DeviceSecretKind::PlainFile);
    vault(folder.path(), &away).sign_in(GP, PIN, NOW).unwrap();
    // It moves once there is one; when that is gone, the PIN asks for the password and is chosen anew.
    let keyring = Kept::answering(ALWAYS);
    vault(folder.path(), &keyring)
        .sign_in(GP, PIN, NOW)
        .unwrap();
    keyring.answer(0);
    let mut without = vault(folder.path(), &keyring);
    assert_eq!(code(without.sign_in(GP, PIN, NOW)), "unlock.no_pin_yet");
    without
        .first_sign_in(GP, &password(GP), OTHER_PIN, NOW, &mut bytes_from(4))
        .unwrap();
    // What was chosen last holds when the keyring is back.
    keyring.answer(ALWAYS);
    let mut back = vault(folder.path(), &keyring);
    assert_eq!(back.device_secret_kind(), DeviceSecretKind::Keyring);
    back.sign_in(GP, OTHER_PIN, NOW).unwrap();
}
