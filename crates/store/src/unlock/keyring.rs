//! The device secret in the operating system's keyring (the Secret Service on Linux, Keychain, Windows'
//! Credential Manager), and in a file where there is none that answers.
//!
//! A secret is in the file before it goes to the keyring, and leaves the file only once the keyring gave it
//! back: cut anywhere, it is in one of them.

use std::{
    fmt::Debug,
    fs, io,
    path::{Path, PathBuf},
    sync::mpsc,
    thread,
    time::Duration,
};

use sha2::{Digest, Sha256};
use xunyi_vault::DeviceSecret;
use zeroize::Zeroizing;

use super::{DeviceSecretKind, DeviceSecretStore, FileDeviceSecret, FolderDisk, SlotDisk};
use crate::files;

/// Name under which the keyring lists our entries.
const SERVICE: &str = "xunyi";
/// How long a keyring may take: one that asks its owner something must not keep the program from starting.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where a device keeps its secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SecretPlace {
    /// In the operating system's keyring where one answers, else in a file.
    #[default]
    Keyring,
    /// In a file beside the slots, for tests and machines whose keyring is not to be touched.
    File,
}

/// The place for the secret of the device in this folder.
#[must_use]
pub fn device_secret_in(folder: &Path, place: SecretPlace) -> Box<dyn DeviceSecretStore> {
    match place {
        SecretPlace::Keyring => Box::new(KeyringDeviceSecret::new(folder, Box::new(OsKeyring))),
        SecretPlace::File => Box::new(FileDeviceSecret::new(folder.join(FileDeviceSecret::FILE))),
    }
}

/// A keyring: secrets by account.
pub trait Keyring: Debug + Send {
    /// The secret of an account, if it has one.
    ///
    /// # Errors
    /// There is no keyring, or it does not answer.
    fn get(&self, account: &str) -> io::Result<Option<Zeroizing<Vec<u8>>>>;

    /// Keeps a secret.
    ///
    /// # Errors
    /// As [`Self::get`].
    fn set(&self, account: &str, secret: &[u8]) -> io::Result<()>;
}

/// The operating system's.
#[derive(Debug, Clone, Copy)]
pub struct OsKeyring;

impl Keyring for OsKeyring {
    fn get(&self, account: &str) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
        let account = account.to_owned();
        asked(
            move || match keyring::Entry::new(SERVICE, &account)?.get_secret() {
                Ok(secret) => Ok(Some(Zeroizing::new(secret))),
                Err(keyring::Error::NoEntry) => Ok(None),
                Err(error) => Err(error),
            },
        )
    }

    fn set(&self, account: &str, secret: &[u8]) -> io::Result<()> {
        let (account, secret) = (account.to_owned(), Zeroizing::new(secret.to_vec()));
        asked(move || keyring::Entry::new(SERVICE, &account)?.set_secret(&secret))
    }
}

/// Asks on a thread of its own, which is left behind when the keyring does not answer in time.
fn asked<T: Send + 'static>(
    ask: impl FnOnce() -> keyring::Result<T> + Send + 'static,
) -> io::Result<T> {
    let (tell, hear) = mpsc::channel();
    thread::Builder::new()
        .name("keyring".to_owned())
        .spawn(move || {
            // Nobody hears an answer that comes too late.
            drop(tell.send(ask()));
        })?;
    match hear.recv_timeout(PATIENCE) {
        Ok(answer) => answer.map_err(|error| io::Error::other(error.to_string())),
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}

/// The secret in a keyring, or in a file until the keyring has it.
#[derive(Debug)]
pub struct KeyringDeviceSecret {
    folder: PathBuf,
    file: FileDeviceSecret,
    keyring: Box<dyn Keyring>,
}

impl KeyringDeviceSecret {
    /// Name of the file that says under which account the keyring has the secret; no secret itself.
    pub const ACCOUNT: &'static str = "keyring-account";

    /// For the device in this folder. A secret that lies in its file moves into the keyring now, if that
    /// answers.
    #[must_use]
    pub fn new(folder: &Path, keyring: Box<dyn Keyring>) -> Self {
        let mut secrets = Self {
            folder: folder.to_owned(),
            file: FileDeviceSecret::new(folder.join(FileDeviceSecret::FILE)),
            keyring,
        };
        secrets.move_if_it_can();
        secrets
    }

    fn account(&self) -> Option<String> {
        fs::read_to_string(self.folder.join(Self::ACCOUNT)).ok()
    }

    fn in_file(&self) -> bool {
        self.folder.join(FileDeviceSecret::FILE).exists()
    }

    /// Whatever goes wrong, the secret stays in its file and works from there.
    fn move_if_it_can(&mut self) {
        // `kind` tells the screen how it ended, which is where it matters.
        drop(self.move_in());
    }

    fn move_in(&mut self) -> io::Result<()> {
        let Some(secret) = self.file.load()? else {
            return Ok(());
        };
        let account = account_of(&secret);
        self.keyring.set(&account, secret.as_bytes())?;
        let kept = self.keyring.get(&account)?;
        if kept.is_none_or(|kept| kept.as_slice() != secret.as_bytes()) {
            return Err(io::Error::other("the keyring gave something else back"));
        }
        let mut disk = FolderDisk::new(&self.folder);
        let next = format!("{}.new", Self::ACCOUNT);
        disk.write_synced(&next, account.as_bytes())?;
        disk.rename(&next, Self::ACCOUNT)?;
        disk.sync_folder()?;
        fs::remove_file(self.folder.join(FileDeviceSecret::FILE))?;
        files::sync_folder(&self.folder)
    }
}

impl DeviceSecretStore for KeyringDeviceSecret {
    fn kind(&self) -> DeviceSecretKind {
        if self.account().is_some() && !self.in_file() {
            DeviceSecretKind::Keyring
        } else {
            DeviceSecretKind::PlainFile
        }
    }

    /// A file that is there is the newer one: it was written while the keyring did not answer. A keyring that
    /// does not answer now costs the PINs, not the passwords: there is no secret then.
    fn load(&self) -> io::Result<Option<DeviceSecret>> {
        if let Some(secret) = self.file.load()? {
            return Ok(Some(secret));
        }
        let Some(account) = self.account() else {
            return Ok(None);
        };
        let kept = self.keyring.get(&account).unwrap_or_default();
        Ok(kept
            .and_then(|kept| kept.as_slice().try_into().ok())
            .map(DeviceSecret::from_bytes))
    }

    fn save(&mut self, secret: &DeviceSecret) -> io::Result<()> {
        self.file.save(secret)?;
        self.move_if_it_can();
        Ok(())
    }
}

/// The account of a secret: every secret has its own, so that a new one never overwrites one that counts.
fn account_of(secret: &DeviceSecret) -> String {
    let digest = Sha256::new()
        .chain_update(b"xunyi device secret account v1")
        .chain_update(secret.as_bytes())
        .finalize();
    digest.iter().take(8).map(|b| format!("{b:02x}")).collect()
}
