//! Errors of unlocking with their stable codes. A message never holds a PIN, a password or a name.

use serde_json::{Value, json};
use thiserror::Error;
use xunyi_vault::VaultError;

use crate::StoreError;

/// Why a device, or one person on it, was not unlocked.
#[derive(Debug, Error)]
pub enum UnlockError {
    /// The PIN is wrong.
    #[error("wrong PIN")]
    WrongPin {
        /// Tries left before the PIN is locked and the password is needed.
        attempts_left: u32,
        /// Seconds before the next try is looked at.
        wait_s: u64,
    },
    /// The password is wrong.
    #[error("wrong password")]
    WrongPassword {
        /// Seconds before the next try is looked at.
        wait_s: u64,
    },
    /// Too early after wrong tries; this one was neither looked at nor counted.
    #[error("too early after wrong tries")]
    Wait {
        /// When the next try is looked at, in ms since 1970 by the clock that was passed in.
        until: i64,
    },
    /// Too many wrong PINs; only the password helps now.
    #[error("the PIN is locked")]
    PinLocked,
    /// This person has no PIN on this device: never signed in here, or the device's secret is gone.
    #[error("no PIN on this device")]
    NoPinYet,
    /// Nobody of that id works here (any more).
    #[error("unknown staff")]
    UnknownStaff,
    /// The new PIN is the old one.
    #[error("the new PIN is the old one")]
    PinUnchanged,
    /// A new password or PIN was refused, see [`VaultError`].
    #[error(transparent)]
    Refused(VaultError),
    /// The staff list has nobody in it, or one person twice.
    #[error("the staff list can't be sealed to")]
    BadStaffList,
    /// Neither generation of the slot file can be read. It was left as it is.
    #[error("the slot file is damaged")]
    SlotsDamaged,
    /// A newer version of the software wrote the slot file. It was left as it is.
    #[error("the slot file is of version {found}, newer than this software")]
    SlotsNewer {
        /// The file's version.
        found: u32,
    },
    /// What is sealed for this person does not open with their own key: the slot file was altered, or
    /// the staff list named a key that is not theirs.
    #[error("the slot does not belong to this key")]
    SlotMismatch,
    /// The store of the device secret failed (a keyring that is closed, for example).
    #[error("device secret: {0}")]
    DeviceSecret(std::io::Error),
    /// The file system or the database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UnlockError {
    /// Stable code, translated by the user interface.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::WrongPin { .. } => "unlock.wrong_pin",
            Self::WrongPassword { .. } => "unlock.wrong_password",
            Self::Wait { .. } => "unlock.wait",
            Self::PinLocked => "unlock.pin_locked",
            Self::NoPinYet => "unlock.no_pin_yet",
            Self::UnknownStaff => "unlock.unknown_staff",
            Self::PinUnchanged => "unlock.pin_unchanged",
            Self::Refused(error) => error.code(),
            Self::BadStaffList => "unlock.bad_staff_list",
            Self::SlotsDamaged => "unlock.slots_damaged",
            Self::SlotsNewer { .. } => "unlock.slots_newer",
            Self::SlotMismatch => "unlock.slot_mismatch",
            Self::DeviceSecret(_) => "unlock.device_secret",
            Self::Store(error) => error.code(),
        }
    }

    /// What the translated message needs, as a JSON object.
    #[must_use]
    pub fn params(&self) -> Value {
        match self {
            Self::WrongPin {
                attempts_left,
                wait_s,
            } => {
                json!({ "attempts_left": attempts_left, "wait_s": wait_s })
            }
            Self::WrongPassword { wait_s } => json!({ "wait_s": wait_s }),
            Self::Wait { until } => json!({ "until": until }),
            Self::Refused(VaultError::PasswordTooWeak(why)) => json!({ "why": why.as_str() }),
            Self::SlotsNewer { found } => json!({ "found": found }),
            Self::Store(error) => error.params(),
            _ => json!({}),
        }
    }
}

impl From<VaultError> for UnlockError {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::WrongSecret => Self::SlotMismatch,
            other => Self::Refused(other),
        }
    }
}

impl From<std::io::Error> for UnlockError {
    fn from(error: std::io::Error) -> Self {
        Self::Store(error.into())
    }
}
