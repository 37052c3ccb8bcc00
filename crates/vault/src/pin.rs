//! The PIN record: a staff member's private key on one device, under
//! HKDF-SHA256(Argon2id(PIN) ‖ device secret). Six digits alone would fall in a day to someone who
//! copied the disk; the device secret is what they must take as well. Counting tries is not done here.

use std::fmt;

use hkdf::Hkdf;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use uuid::Uuid;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::{
    KdfCost, Random, StaffKey, StaffPublicKey, VaultError,
    cipher::{self, WRAPPED},
    random,
};

/// 32 random bytes that one device keeps outside the slot file: in the keyring or TPM where there is
/// one, else in a file of its own.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct DeviceSecret([u8; 32]);

impl DeviceSecret {
    /// A new secret.
    #[must_use]
    pub fn generate(random: &mut Random<'_>) -> Self {
        Self(random::array(random))
    }

    /// A secret that was kept.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes, for whoever keeps it.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Tells whether a record was made with this secret, without the PIN. It gives nothing away: the
    /// secret has 256 bits.
    fn tag(&self, salt: &[u8; 16]) -> Result<[u8; 8], VaultError> {
        expand(&self.0, salt, b"xunyi pin device tag v1")
    }
}

impl fmt::Debug for DeviceSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceSecret(..)")
    }
}

/// A private key wrapped under a PIN and a device secret. Staff id, public key, salt and cost are
/// authenticated with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinKey {
    staff: Uuid,
    public: StaffPublicKey,
    cost: KdfCost,
    #[serde(with = "crate::hex")]
    salt: [u8; 16],
    #[serde(with = "crate::hex")]
    nonce: [u8; 12],
    #[serde(with = "crate::hex")]
    device_tag: [u8; 8],
    #[serde(with = "crate::hex")]
    wrapped: [u8; WRAPPED],
}

impl PinKey {
    /// Wraps the key of a person who has just signed in under a new PIN.
    ///
    /// # Errors
    /// `PinShape`, `PinTooSimple`, `CostOutOfRange`.
    pub fn make(
        staff: Uuid,
        key: &StaffKey,
        new_pin: &str,
        device: &DeviceSecret,
        cost: KdfCost,
        random: &mut Random<'_>,
    ) -> Result<Self, VaultError> {
        check_new_pin(new_pin)?;
        let salt = random::array(random);
        let nonce = random::array(random);
        let public = key.public()?;
        let wrapping = wrapping_key(new_pin, device, cost, &salt)?;
        let about = associated(staff, public, cost, &salt);
        let wrapped = cipher::wrap(&wrapping, &nonce, &about, key.as_bytes())?;
        Ok(Self {
            staff,
            public,
            cost,
            salt,
            nonce,
            device_tag: device.tag(&salt)?,
            wrapped,
        })
    }

    /// Whose key it is.
    #[must_use]
    pub fn staff(&self) -> Uuid {
        self.staff
    }

    /// The public half of the wrapped key: a record for another key than the staff list's is void.
    #[must_use]
    pub fn public(&self) -> StaffPublicKey {
        self.public
    }

    /// Whether this record was made with this device's secret. One copied from another device was not,
    /// and no PIN opens it here.
    #[must_use]
    pub fn is_of(&self, device: &DeviceSecret) -> bool {
        device
            .tag(&self.salt)
            .is_ok_and(|tag| tag == self.device_tag)
    }

    /// Releases the private key. At [`KdfCost::PIN`] this takes about 0.3 s and 64 MiB.
    ///
    /// # Errors
    /// `WrongSecret` for a wrong PIN, another device's secret or an altered record; `PinShape`.
    pub fn open(&self, pin: &str, device: &DeviceSecret) -> Result<StaffKey, VaultError> {
        check_pin_shape(pin)?;
        let wrapping = wrapping_key(pin, device, self.cost, &self.salt)?;
        let about = associated(self.staff, self.public, self.cost, &self.salt);
        let secret = cipher::unwrap(&wrapping, &self.nonce, &about, &self.wrapped)?;
        let key = StaffKey::from_bytes(*secret);
        if key.public()? == self.public {
            Ok(key)
        } else {
            Err(VaultError::WrongSecret)
        }
    }
}

fn wrapping_key(
    pin: &str,
    device: &DeviceSecret,
    cost: KdfCost,
    salt: &[u8; 16],
) -> Result<Zeroizing<[u8; 32]>, VaultError> {
    let stretched = cost.derive(pin.as_bytes(), salt)?;
    let mut both = Zeroizing::new([0; 64]);
    for (to, from) in both.iter_mut().zip(stretched.iter().chain(&device.0)) {
        *to = *from;
    }
    expand(both.as_slice(), salt, b"xunyi pin key v1").map(Zeroizing::new)
}

fn expand<const N: usize>(
    secret: &[u8],
    salt: &[u8; 16],
    info: &[u8],
) -> Result<[u8; N], VaultError> {
    let mut out = [0; N];
    Hkdf::<Sha256>::new(Some(salt), secret)
        .expand(info, &mut out)
        .map_err(|_| VaultError::BadRecord("key length"))?;
    Ok(out)
}

fn associated(staff: Uuid, public: StaffPublicKey, cost: KdfCost, salt: &[u8; 16]) -> Vec<u8> {
    [
        b"xunyi pin key v1".as_slice(),
        staff.as_bytes(),
        public.as_bytes(),
        &cost.bytes(),
        salt,
    ]
    .concat()
}

/// A PIN is six ASCII digits.
///
/// # Errors
/// `PinShape`.
pub fn check_pin_shape(pin: &str) -> Result<(), VaultError> {
    if pin.len() == 6 && pin.bytes().all(|c| c.is_ascii_digit()) {
        Ok(())
    } else {
        Err(VaultError::PinShape)
    }
}

/// PINs that are drawn on the number pad or said in a breath, beyond what the rules below catch.
const DRAWN: [&str; 12] = [
    "147258", "258369", "147369", "147852", "258147", "369258", "159357", "159753", "357159",
    "789456", "456123", "123789",
];

/// What a stranger would try first is no PIN: at most two different digits, a run up or down, a
/// repeated pair or triple, doubled digits in a run (112233), a figure on the pad.
///
/// # Errors
/// `PinShape`, `PinTooSimple`.
pub fn check_new_pin(pin: &str) -> Result<(), VaultError> {
    check_pin_shape(pin)?;
    let digits: Vec<i16> = pin.bytes().map(i16::from).collect();
    let mut distinct = digits.clone();
    distinct.sort_unstable();
    distinct.dedup();
    let steps_by = |digits: &[i16], step: i16| {
        digits
            .iter()
            .zip(digits.iter().skip(1))
            .all(|(a, b)| (b - a).rem_euclid(10) == step)
    };
    let is_run = |digits: &[i16]| steps_by(digits, 1) || steps_by(digits, 9);
    let repeats = |period: usize| {
        digits
            .iter()
            .zip(digits.iter().skip(period))
            .all(|(a, b)| a == b)
    };
    let mut halves = digits.clone();
    halves.dedup();
    let doubled_run = halves.len() == 3 && is_run(&halves);
    let simple = distinct.len() <= 2
        || is_run(&digits)
        || repeats(2)
        || repeats(3)
        || doubled_run
        || DRAWN.contains(&pin);
    if simple {
        Err(VaultError::PinTooSimple)
    } else {
        Ok(())
    }
}
