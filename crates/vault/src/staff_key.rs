//! A staff member's X25519 key pair. The public half stands in the site's staff list; the private half
//! exists only wrapped (roaming or PIN record) or, while the person is signed in, in memory.

use std::fmt;

use hpke::{Deserializable, Kem, Serializable, kem::X25519HkdfSha256};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{Random, VaultError, hex, random::CallerRng};

/// The public half: database keys are sealed to it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct StaffPublicKey(#[serde(with = "crate::hex")] pub(crate) [u8; 32]);

impl StaffPublicKey {
    /// From its 32 bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub(crate) fn to_kem(self) -> Result<<X25519HkdfSha256 as Kem>::PublicKey, VaultError> {
        Deserializable::from_bytes(&self.0).map_err(|_| VaultError::BadRecord("public key"))
    }
}

impl fmt::Debug for StaffPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StaffPublicKey({})", hex::encode(&self.0))
    }
}

/// The private half, wiped from memory when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct StaffKey([u8; 32]);

impl StaffKey {
    /// A new key pair.
    #[must_use]
    pub fn generate(random: &mut Random<'_>) -> Self {
        let (private, _) = X25519HkdfSha256::gen_keypair_with_rng(&mut CallerRng(random));
        let mut bytes = private.to_bytes();
        let key = Self(bytes.into());
        bytes.zeroize();
        key
    }

    pub(crate) fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(crate) fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub(crate) fn to_kem(&self) -> Result<<X25519HkdfSha256 as Kem>::PrivateKey, VaultError> {
        Deserializable::from_bytes(&self.0).map_err(|_| VaultError::BadRecord("private key"))
    }

    /// The public half.
    ///
    /// # Errors
    /// `BadRecord` when the bytes are no X25519 key.
    pub fn public(&self) -> Result<StaffPublicKey, VaultError> {
        Ok(StaffPublicKey(
            X25519HkdfSha256::sk_to_pk(&self.to_kem()?)
                .to_bytes()
                .into(),
        ))
    }
}

impl fmt::Debug for StaffKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StaffKey(..)")
    }
}
