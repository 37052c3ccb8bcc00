//! A small site, a device with a real folder, and a disk that stops at any step.

use std::{
    io,
    path::Path,
    sync::{Arc, Mutex},
};

use tempfile::TempDir;
use uuid::Uuid;
use xunyi_vault::{DatabaseKey, KdfCost, RoamingKey};

use crate::unlock::{
    FileDeviceSecret, FolderDisk, SlotDisk, StaffEntry, UnlockError, UnlockPolicy, Vault,
};

pub(super) const GP: Uuid = Uuid::from_u128(0x61);
pub(super) const NURSE: Uuid = Uuid::from_u128(0x62);
pub(super) const PHARMACIST: Uuid = Uuid::from_u128(0x63);
pub(super) const PIN: &str = "274951";
pub(super) const OTHER_PIN: &str = "903174";
pub(super) const WRONG: &str = "660415";
/// 2026-07-01, in ms since 1970.
pub(super) const NOW: i64 = 1_782_864_000_000;

pub(super) fn password(staff: Uuid) -> String {
    format!("river-lantern-{:x}", staff.as_u128())
}

/// A deterministic byte stream: tests need difference, not secrecy.
pub(super) fn bytes_from(seed: u64) -> impl FnMut(&mut [u8]) {
    let mut state = seed.wrapping_add(1);
    move |out| {
        for byte in out {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            *byte = u8::try_from(state >> 56).unwrap();
        }
    }
}

pub(super) fn entry(staff: Uuid, name: &str, seed: u64) -> StaffEntry {
    let random = &mut bytes_from(seed);
    let (roaming, _) =
        RoamingKey::make(staff, &password(staff), &[], KdfCost::CHEAP, random).unwrap();
    StaffEntry {
        name: name.to_owned(),
        roles: vec!["gp".to_owned()],
        roaming,
    }
}

pub(super) fn staff() -> Vec<StaffEntry> {
    vec![entry(GP, "李医生", 1), entry(NURSE, "王护士", 2)]
}

pub(super) fn key(byte: u8) -> DatabaseKey {
    DatabaseKey::from_bytes([byte; 32])
}

pub(super) const POLICY: UnlockPolicy = UnlockPolicy {
    pin_cost: KdfCost::CHEAP,
    lock_after: 10,
};

/// A folder with the slots of [`staff`] for key 1.
pub(super) fn device() -> (TempDir, Vault) {
    let folder = tempfile::tempdir().unwrap();
    let mut vault = open(folder.path());
    vault
        .reseal(&key(1), &staff(), &mut bytes_from(10))
        .unwrap();
    (folder, vault)
}

/// [`device`], with the GP's PIN set.
pub(super) fn device_with_pin() -> (TempDir, Vault) {
    let (folder, mut vault) = device();
    vault
        .first_sign_in(GP, &password(GP), PIN, NOW, &mut bytes_from(11))
        .unwrap();
    (folder, vault)
}

/// What a restart of the app does.
pub(super) fn open(folder: &Path) -> Vault {
    Vault::open(folder, POLICY).unwrap()
}

pub(super) fn code<T: std::fmt::Debug>(result: Result<T, UnlockError>) -> &'static str {
    result.unwrap_err().code()
}

/// A real folder that fails at one operation, and at all after it, as if the power had gone there. The
/// write at which it goes leaves half of its bytes.
#[derive(Debug, Clone)]
pub(super) struct StoppingDisk {
    folder: FolderDisk,
    left: Arc<Mutex<usize>>,
}

impl StoppingDisk {
    pub(super) fn new(folder: &Path, steps: usize) -> Self {
        Self {
            folder: FolderDisk::new(folder),
            left: Arc::new(Mutex::new(steps)),
        }
    }

    pub(super) fn vault(folder: &Path, steps: usize) -> Vault {
        let secrets = FileDeviceSecret::new(folder.join(FileDeviceSecret::FILE));
        Vault::open_on(
            Box::new(Self::new(folder, steps)),
            Box::new(secrets),
            POLICY,
        )
        .unwrap()
    }

    fn step(&self) -> io::Result<()> {
        let mut left = self.left.lock().unwrap();
        *left = left
            .checked_sub(1)
            .ok_or_else(|| io::Error::other("the power is gone"))?;
        Ok(())
    }
}

impl SlotDisk for StoppingDisk {
    fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        self.folder.read(name)
    }

    fn write_synced(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        if let Err(error) = self.step() {
            self.folder.write_synced(name, &bytes[..bytes.len() / 2])?;
            return Err(error);
        }
        self.folder.write_synced(name, bytes)
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        self.step()?;
        self.folder.rename(from, to)
    }

    fn sync_folder(&mut self) -> io::Result<()> {
        self.step()?;
        self.folder.sync_folder()
    }
}
