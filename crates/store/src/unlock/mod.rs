//! Unlocking a device (architecture.md §8): a PIN or a password releases a key, it never sets a
//! boolean. The slot file beside the database holds, for each staff member, the database key sealed to
//! their public key, their roaming record, and after a first sign-in here their PIN record; also the
//! counted attempts and what the lock screen shows. It never holds patient data.

mod attempts;
mod device_secret;
mod disk;
mod error;
mod generations;
mod keyring;
mod reseal;
mod rotate;
mod sign_in;
mod slots;
#[cfg(test)]
mod tests;
mod vault;

pub use attempts::delay_ms;
pub use device_secret::{DeviceSecretKind, DeviceSecretStore, FileDeviceSecret};
pub use disk::{FolderDisk, SlotDisk};
pub use error::UnlockError;
pub use keyring::{Keyring, KeyringDeviceSecret, OsKeyring, SecretPlace, device_secret_in};
pub use reseal::StaffEntry;
pub use sign_in::UnlockedUser;
pub use vault::{StaffTile, UnlockPolicy, Vault};
