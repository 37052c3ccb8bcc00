//! Where a device keeps the secret that its PINs are bound to, and how well: the screen says so. A plain
//! file is better than nothing only against someone who copies the data folder without it.

use std::{fmt::Debug, fs, io, io::Write, path::PathBuf};

use serde::{Deserialize, Serialize};
use xunyi_vault::DeviceSecret;
use zeroize::Zeroizing;

use crate::files;

/// How the secret is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceSecretKind {
    /// In a TPM or secure element that does not give it away.
    Hardware,
    /// In the operating system's keyring, under the login of the system's user.
    Keyring,
    /// In a file: whoever copies the whole disk has it, and six digits fall within about a day.
    PlainFile,
}

/// A place for the device secret.
pub trait DeviceSecretStore: Debug + Send {
    /// How it is kept.
    fn kind(&self) -> DeviceSecretKind;

    /// The secret; none when there is none, or one that can't be used any more (PINs are then chosen
    /// anew after the password).
    ///
    /// # Errors
    /// The place can't be asked at the moment.
    fn load(&self) -> io::Result<Option<DeviceSecret>>;

    /// Keeps a new secret for good before it returns.
    ///
    /// # Errors
    /// It could not be kept.
    fn save(&mut self, secret: &DeviceSecret) -> io::Result<()>;
}

/// The secret as 32 bytes in a file of its own, readable by this user only.
#[derive(Debug, Clone)]
pub struct FileDeviceSecret {
    path: PathBuf,
}

impl FileDeviceSecret {
    /// Name of the file where it lies in the data folder.
    pub const FILE: &'static str = "device.secret";

    /// At `path`; its folder must exist. Outside the data folder it is not copied along with it.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }
}

impl DeviceSecretStore for FileDeviceSecret {
    fn kind(&self) -> DeviceSecretKind {
        DeviceSecretKind::PlainFile
    }

    fn load(&self) -> io::Result<Option<DeviceSecret>> {
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => Zeroizing::new(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        Ok(bytes
            .as_slice()
            .try_into()
            .ok()
            .map(DeviceSecret::from_bytes))
    }

    fn save(&mut self, secret: &DeviceSecret) -> io::Result<()> {
        let mut next = self.path.clone().into_os_string();
        next.push(".new");
        let mut file = files::private().create(true).truncate(true).open(&next)?;
        file.write_all(secret.as_bytes())?;
        file.sync_all()?;
        fs::rename(&next, &self.path)?;
        files::sync_folder(files::folder_of(&self.path))
    }
}
