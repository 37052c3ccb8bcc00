//! The small files beside the database: what the lock screen may know before anyone has signed in, and the
//! key of an enrolment that is under way. Neither holds anything of a patient.

use crate::AppError;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use xunyi_model::Vehicle;
use xunyi_pki::TOKEN_LEN;
use xunyi_store::StoreError;
use xunyi_store::unlock::{FolderDisk, SlotDisk};
use zeroize::Zeroizing;

const ABOUT: &str = "device.json";
const ENROLLING: &str = "enrolling.key";
const DATABASE: &str = "xunyi.db";

/// What this device is, as the center said when it enrolled.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct About {
    /// The site's number.
    pub site: i64,
    /// Name of the health center.
    pub site_name: String,
    /// Name given to this device.
    pub device_name: String,
    /// The letter before its queue numbers.
    pub letter: String,
    /// The vehicle it rides on.
    pub vehicle: Option<Vehicle>,
    /// The center has revoked this device: nobody signs in any more.
    pub revoked: bool,
}

/// The key of an enrolment whose answer has not been kept yet: asking again with it gives the same answer.
pub(crate) struct Enrolling {
    /// Of the code it was started with.
    pub token: [u8; TOKEN_LEN],
    /// Ed25519 seed of TLS and feed.
    pub seed: Zeroizing<[u8; 32]>,
    /// Makes the feed's id together with the key.
    pub nonce: [u8; 16],
}

/// A device's data folder.
#[derive(Clone, Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(path: &Path) -> Self {
        Self(path.to_path_buf())
    }

    /// Where the database lies.
    pub(crate) fn database(&self) -> PathBuf {
        self.0.join(DATABASE)
    }

    /// What the lock screen may know; `None` before the device has enrolled.
    pub(crate) fn about(&self) -> Result<Option<About>, AppError> {
        let bytes = self.disk().read(ABOUT).map_err(StoreError::from)?;
        Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
    }

    pub(crate) fn put_about(&self, about: &About) -> Result<(), AppError> {
        let bytes = serde_json::to_vec(about).map_err(|e| StoreError::Io(e.into()))?;
        self.put(ABOUT, &bytes)
    }

    /// The key of an enrolment with this token that was cut short.
    pub(crate) fn enrolling(&self, token: &[u8; TOKEN_LEN]) -> Result<Option<Enrolling>, AppError> {
        let bytes = self.disk().read(ENROLLING).map_err(StoreError::from)?;
        Ok(bytes.map(Zeroizing::new).and_then(|bytes| {
            let (held, rest) = bytes.split_first_chunk::<TOKEN_LEN>()?;
            let (seed, nonce) = rest.split_first_chunk::<32>()?;
            (held == token).then_some(Enrolling {
                token: *held,
                seed: Zeroizing::new(*seed),
                nonce: nonce.try_into().ok()?,
            })
        }))
    }

    pub(crate) fn put_enrolling(&self, enrolling: &Enrolling) -> Result<(), AppError> {
        let mut bytes = Zeroizing::new(enrolling.token.to_vec());
        bytes.extend_from_slice(enrolling.seed.as_slice());
        bytes.extend_from_slice(&enrolling.nonce);
        self.put(ENROLLING, &bytes)
    }

    /// Forgets the key once it stands in the encrypted database.
    pub(crate) fn drop_enrolling(&self) -> Result<(), AppError> {
        remove(&self.0.join(ENROLLING))
    }

    /// Takes away a database that was begun and that nobody has a key to.
    pub(crate) fn drop_database(&self) -> Result<(), AppError> {
        for suffix in ["", "-wal", "-shm", "-journal"] {
            remove(&self.0.join(format!("{DATABASE}{suffix}")))?;
        }
        Ok(())
    }

    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), AppError> {
        let mut disk = self.disk();
        let next = format!("{name}.new");
        disk.write_synced(&next, bytes)
            .and_then(|()| disk.rename(&next, name))
            .and_then(|()| disk.sync_folder())
            .map_err(|e| StoreError::from(e).into())
    }

    fn disk(&self) -> FolderDisk {
        FolderDisk::new(&self.0)
    }
}

fn remove(file: &Path) -> Result<(), AppError> {
    match std::fs::remove_file(file) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(StoreError::from(e).into()),
        _ => Ok(()),
    }
}
