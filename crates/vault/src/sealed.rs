//! A database key sealed to a public key by HPKE (RFC 9180, base mode, DHKEM(X25519, HKDF-SHA256),
//! HKDF-SHA256, ChaCha20-Poly1305). The same form seals a backup's key to the site's recovery key.

use hpke::{
    Deserializable, OpModeR, OpModeS, Serializable, aead::ChaCha20Poly1305, kdf::HkdfSha256,
    kem::X25519HkdfSha256, single_shot_open, single_shot_seal_with_rng,
};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{
    DatabaseKey, KeyId, Random, StaffKey, StaffPublicKey, VaultError, cipher::WRAPPED,
    random::CallerRng,
};

/// Separates these sealings from any other use of the same key pair.
const INFO: &[u8] = b"xunyi sealed database key v1";

/// A database key that only the holder of one private key can open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedKey {
    key_id: KeyId,
    #[serde(with = "crate::hex")]
    encapsulated: [u8; 32],
    #[serde(with = "crate::hex")]
    sealed: [u8; WRAPPED],
}

impl SealedKey {
    /// Seals `key` to `to`. `about` names what is sealed for whom (a staff id, a backup's name); the
    /// same bytes must be given to open it.
    ///
    /// # Errors
    /// `BadRecord` when `to` is no usable public key (for example the all-zero point).
    pub fn seal(
        key: &DatabaseKey,
        to: StaffPublicKey,
        about: &[u8],
        random: &mut Random<'_>,
    ) -> Result<Self, VaultError> {
        let key_id = key.id();
        let (encapsulated, sealed) =
            single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
                &OpModeS::Base,
                &to.to_kem()?,
                INFO,
                key.as_bytes(),
                &associated(key_id, about),
                &mut CallerRng(random),
            )
            .map_err(|_| VaultError::BadRecord("public key"))?;
        Ok(Self {
            key_id,
            encapsulated: encapsulated.to_bytes().into(),
            sealed: sealed
                .try_into()
                .map_err(|_| VaultError::BadRecord("sealed length"))?,
        })
    }

    /// Which database key is inside.
    #[must_use]
    pub fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// Opens it.
    ///
    /// # Errors
    /// `WrongSecret` when the private key, `about` or the record is not the one of sealing.
    pub fn open(&self, with: &StaffKey, about: &[u8]) -> Result<DatabaseKey, VaultError> {
        let encapsulated = Deserializable::from_bytes(&self.encapsulated)
            .map_err(|_| VaultError::BadRecord("encapsulated key"))?;
        let plain = single_shot_open::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
            &OpModeR::Base,
            &with.to_kem()?,
            &encapsulated,
            INFO,
            &self.sealed,
            &associated(self.key_id, about),
        )
        .map(Zeroizing::new)
        .map_err(|_| VaultError::WrongSecret)?;
        let bytes = plain
            .as_slice()
            .try_into()
            .map_err(|_| VaultError::WrongSecret)?;
        let key = DatabaseKey::from_bytes(bytes);
        if key.id() == self.key_id {
            Ok(key)
        } else {
            Err(VaultError::WrongSecret)
        }
    }
}

fn associated(key_id: KeyId, about: &[u8]) -> Vec<u8> {
    [&key_id.0, about].concat()
}
