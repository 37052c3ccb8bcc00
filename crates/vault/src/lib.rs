//! Keys that people release: the staff member's key pair, its roaming copy under a password, its copy
//! on one device under a PIN, and the database key sealed to it (architecture.md §8, "Unlock").
//! Pure: no file, no clock, no random numbers of its own. Whoever calls brings the randomness and
//! keeps the records; attempts, delays and files are in `xunyi-store`'s `unlock`.
#![forbid(unsafe_code)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

mod cipher;
mod database_key;
mod error;
mod hex;
mod kdf;
mod password;
mod pin;
mod random;
mod roaming;
mod sealed;
mod staff_key;

pub use database_key::{DatabaseKey, KeyId};
pub use error::{PasswordWeakness, VaultError};
pub use kdf::KdfCost;
pub use password::check_password;
pub use pin::{DeviceSecret, PinKey, check_new_pin, check_pin_shape};
pub use random::Random;
pub use roaming::RoamingKey;
pub use sealed::SealedKey;
pub use staff_key::{StaffKey, StaffPublicKey};

#[cfg(test)]
mod tests;
