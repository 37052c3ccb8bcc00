//! The roaming record: a staff member's private key under their password. It is made at the center,
//! travels with the staff list to every device of the site, and lets that person sign in, offline, on
//! any tablet that has synced since they were added. Nothing but the password stands before the key.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    KdfCost, Random, StaffKey, StaffPublicKey, VaultError,
    cipher::{self, WRAPPED},
    password::{check_password, normalized},
    random,
};

/// The version of record that this software writes, and the newest that it reads.
const VERSION: u32 = 1;
/// A record is far smaller; more is not ours.
const MAX_BYTES: usize = 4 * 1024;

/// A private key wrapped under Argon2id of a password. Staff id, public key, salt and cost are
/// authenticated with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoamingKey {
    version: u32,
    staff: Uuid,
    public: StaffPublicKey,
    cost: KdfCost,
    #[serde(with = "crate::hex")]
    salt: [u8; 16],
    #[serde(with = "crate::hex")]
    nonce: [u8; 12],
    #[serde(with = "crate::hex")]
    wrapped: [u8; WRAPPED],
}

impl RoamingKey {
    /// Makes a new key pair for `staff` under a new password. `personal` are words that the password
    /// must not lean on: name, pinyin, phone, ID number, the center's name.
    ///
    /// # Errors
    /// `PasswordTooWeak`, `CostOutOfRange`.
    pub fn make(
        staff: Uuid,
        password: &str,
        personal: &[&str],
        cost: KdfCost,
        random: &mut Random<'_>,
    ) -> Result<(Self, StaffKey), VaultError> {
        let key = StaffKey::generate(random);
        let record = Self::wrap(staff, &key, password, personal, cost, random)?;
        Ok((record, key))
    }

    /// Wraps an existing key anew, when a person who knows the old password changes it. Slots and PINs
    /// of that key stay good.
    ///
    /// # Errors
    /// `PasswordTooWeak`, `CostOutOfRange`.
    pub fn wrap(
        staff: Uuid,
        key: &StaffKey,
        password: &str,
        personal: &[&str],
        cost: KdfCost,
        random: &mut Random<'_>,
    ) -> Result<Self, VaultError> {
        check_password(password, personal)?;
        let salt = random::array(random);
        let nonce = random::array(random);
        let public = key.public()?;
        let wrapping = cost.derive(normalized(password).as_bytes(), &salt)?;
        let about = associated(staff, public, cost, &salt);
        let wrapped = cipher::wrap(&wrapping, &nonce, &about, key.as_bytes())?;
        Ok(Self {
            version: VERSION,
            staff,
            public,
            cost,
            salt,
            nonce,
            wrapped,
        })
    }

    /// Releases the private key. At [`KdfCost::ROAMING`] this takes about a second and 256 MiB.
    ///
    /// # Errors
    /// `WrongSecret` for a wrong password or an altered record, `NewerRecord`, `CostOutOfRange`.
    pub fn open(&self, password: &str) -> Result<StaffKey, VaultError> {
        self.check_version()?;
        let wrapping = self
            .cost
            .derive(normalized(password).as_bytes(), &self.salt)?;
        let about = associated(self.staff, self.public, self.cost, &self.salt);
        let secret = cipher::unwrap(&wrapping, &self.nonce, &about, &self.wrapped)?;
        let key = StaffKey::from_bytes(*secret);
        if key.public()? == self.public {
            Ok(key)
        } else {
            Err(VaultError::WrongSecret)
        }
    }

    /// Whose key it is.
    #[must_use]
    pub fn staff(&self) -> Uuid {
        self.staff
    }

    /// The public half of the wrapped key.
    #[must_use]
    pub fn public(&self) -> StaffPublicKey {
        self.public
    }

    /// The bytes that travel with the staff list (JSON, under 1 KiB).
    ///
    /// # Errors
    /// `BadRecord`; it can't happen for a record that was made here.
    pub fn to_bytes(&self) -> Result<Vec<u8>, VaultError> {
        serde_json::to_vec(self).map_err(|_| VaultError::BadRecord("roaming record"))
    }

    /// Reads what [`Self::to_bytes`] wrote; anything else is an error, never a panic.
    ///
    /// # Errors
    /// `BadRecord`, `NewerRecord`.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, VaultError> {
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        let bad = VaultError::BadRecord("roaming record");
        if bytes.len() > MAX_BYTES {
            return Err(bad);
        }
        let Version { version } = serde_json::from_slice(bytes).map_err(|_| bad.clone())?;
        if version > VERSION {
            return Err(VaultError::NewerRecord(version));
        }
        let record: Self = serde_json::from_slice(bytes).map_err(|_| bad)?;
        record.check_version()?;
        Ok(record)
    }

    fn check_version(&self) -> Result<(), VaultError> {
        match self.version {
            VERSION => Ok(()),
            0 => Err(VaultError::BadRecord("roaming record")),
            newer => Err(VaultError::NewerRecord(newer)),
        }
    }
}

fn associated(staff: Uuid, public: StaffPublicKey, cost: KdfCost, salt: &[u8; 16]) -> Vec<u8> {
    [
        b"xunyi roaming key v1".as_slice(),
        staff.as_bytes(),
        public.as_bytes(),
        &cost.bytes(),
        salt,
    ]
    .concat()
}
