//! The vault of one device: the slot file in memory, where it lies, and the policy for attempts.

use std::path::Path;

use serde::{Deserialize, Serialize};
use uuid::Uuid;
use xunyi_vault::{DeviceSecret, KdfCost, Random};

use super::{
    DeviceSecretKind, DeviceSecretStore, FileDeviceSecret, FolderDisk, SlotDisk, UnlockError,
    generations,
    slots::{PersonSlot, SlotFile},
};

/// What sign-in costs and allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnlockPolicy {
    /// Cost of new PIN records.
    pub pin_cost: KdfCost,
    /// Wrong PINs in a row after which only the password helps; at least 1.
    pub lock_after: u32,
}

impl Default for UnlockPolicy {
    fn default() -> Self {
        Self {
            pin_cost: KdfCost::PIN,
            lock_after: 10,
        }
    }
}

/// What the lock screen shows of one staff member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffTile {
    /// Staff id.
    pub id: Uuid,
    /// Name as the staff list has it.
    pub name: String,
    /// Role codes.
    pub roles: Vec<String>,
    /// Whether a PIN works here; if not, the password comes first (`first_sign_in`).
    pub has_pin: bool,
    /// Whether the PIN is locked after too many wrong ones, so that the password is needed.
    pub pin_locked: bool,
    /// Wrong tries since the last right one, of the secret that is asked for next.
    pub failures: u32,
    /// When the next try of it is looked at, ms since 1970; none when at once.
    pub next_at: Option<i64>,
}

/// The slot file of one device, open. One process at a time ([`crate::FolderLock`]).
#[derive(Debug)]
pub struct Vault {
    pub(super) disk: Box<dyn SlotDisk>,
    pub(super) policy: UnlockPolicy,
    pub(super) file: SlotFile,
    pub(super) device_secret: Option<DeviceSecret>,
    secrets: Box<dyn DeviceSecretStore>,
}

impl Vault {
    /// Opens the slot file in `folder` with the device secret in a file beside it. A folder without one
    /// is a device not yet enrolled: nobody is known until [`Vault::reseal`].
    ///
    /// # Errors
    /// `SlotsDamaged`, `SlotsNewer`, failures of the file system.
    pub fn open(folder: &Path, policy: UnlockPolicy) -> Result<Self, UnlockError> {
        let secrets = FileDeviceSecret::new(folder.join(FileDeviceSecret::FILE));
        Self::open_on(Box::new(FolderDisk::new(folder)), Box::new(secrets), policy)
    }

    /// Opens with another disk or another place for the device secret.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_on(
        disk: Box<dyn SlotDisk>,
        secrets: Box<dyn DeviceSecretStore>,
        policy: UnlockPolicy,
    ) -> Result<Self, UnlockError> {
        let file = generations::load(disk.as_ref())?;
        // A keyring that does not answer costs the PINs, not the passwords.
        let device_secret = secrets.load().unwrap_or_default();
        Ok(Self {
            disk,
            policy,
            file,
            device_secret,
            secrets,
        })
    }

    /// Whether no slot was ever written here.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.file.people.is_empty()
    }

    /// Everyone who may sign in here, in the order of the staff list.
    #[must_use]
    pub fn staff_tiles(&self) -> Vec<StaffTile> {
        let tile = |person: &PersonSlot| {
            let has_pin = self.usable_pin(person);
            let pin_locked = has_pin && self.is_locked(person);
            let asked = if has_pin && !pin_locked {
                person.pin_attempts
            } else {
                person.password_attempts
            };
            StaffTile {
                id: person.staff,
                name: person.name.clone(),
                roles: person.roles.clone(),
                has_pin,
                pin_locked,
                failures: asked.failures,
                next_at: asked.waits().then(|| asked.next_at()),
            }
        };
        self.file.people.iter().map(tile).collect()
    }

    /// How the device secret is kept, for the screen to say.
    #[must_use]
    pub fn device_secret_kind(&self) -> DeviceSecretKind {
        self.secrets.kind()
    }

    pub(super) fn usable_pin(&self, person: &PersonSlot) -> bool {
        let device = self.device_secret.as_ref();
        person
            .pin
            .as_ref()
            .zip(device)
            .is_some_and(|(pin, device)| pin.is_of(device))
    }

    pub(super) fn is_locked(&self, person: &PersonSlot) -> bool {
        person.pin_attempts.failures >= self.policy.lock_after.max(1)
    }

    /// Writes `next` and takes it over; after a failure the old state stays in memory.
    pub(super) fn save(&mut self, mut next: SlotFile) -> Result<(), UnlockError> {
        generations::save(self.disk.as_mut(), &mut next)?;
        self.file = next;
        Ok(())
    }

    /// Changes one person's slot on disk.
    pub(super) fn change(
        &mut self,
        staff: Uuid,
        change: impl FnOnce(&mut PersonSlot),
    ) -> Result<(), UnlockError> {
        let mut next = self.file.clone();
        change(next.person_mut(staff).ok_or(UnlockError::UnknownStaff)?);
        self.save(next)
    }

    /// The device secret; made and kept when there is none yet.
    pub(super) fn device_secret_or_new(
        &mut self,
        random: &mut Random<'_>,
    ) -> Result<DeviceSecret, UnlockError> {
        if let Some(secret) = &self.device_secret {
            return Ok(secret.clone());
        }
        let secret = match self.secrets.load().map_err(UnlockError::DeviceSecret)? {
            Some(secret) => secret,
            None => {
                let secret = DeviceSecret::generate(random);
                self.secrets
                    .save(&secret)
                    .map_err(UnlockError::DeviceSecret)?;
                secret
            }
        };
        self.device_secret = Some(secret.clone());
        Ok(secret)
    }
}
