//! The raw 256-bit key of an encrypted database. It is random, never derived from what a person types,
//! never printed, and wiped from memory when dropped.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::{Random, hex, random};

/// Tells two database keys apart without telling anything about them: the first 8 bytes of
/// SHA-256("xunyi database key id v1" ‖ key).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct KeyId(#[serde(with = "crate::hex")] pub(crate) [u8; 8]);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}

/// A raw SQLCipher key.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct DatabaseKey([u8; 32]);

impl DatabaseKey {
    /// A new random key.
    #[must_use]
    pub fn generate(random: &mut Random<'_>) -> Self {
        Self(random::array(random))
    }

    /// A key that was kept elsewhere, for example in a center's key file.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The raw bytes, to be kept as carefully as the database itself.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// 64 hexadecimal digits, as SQLCipher's `x'…'` form wants them; wiped when dropped.
    #[must_use]
    pub fn to_hex(&self) -> Zeroizing<String> {
        Zeroizing::new(hex::encode(&self.0))
    }

    /// Which key this is, fit for logs and file headers.
    #[must_use]
    pub fn id(&self) -> KeyId {
        let digest = Sha256::new()
            .chain_update(b"xunyi database key id v1")
            .chain_update(self.0);
        let mut id = [0; 8];
        for (to, from) in id.iter_mut().zip(digest.finalize()) {
            *to = from;
        }
        KeyId(id)
    }
}

impl fmt::Debug for DatabaseKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseKey({})", self.id())
    }
}

impl PartialEq for DatabaseKey {
    /// Compares the ids, so that the time taken tells nothing about the bytes.
    fn eq(&self, other: &Self) -> bool {
        self.id() == other.id()
    }
}

impl Eq for DatabaseKey {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_holds_no_key_byte() {
        let key = DatabaseKey::from_bytes([0x5a; 32]);
        let shown = format!("{key:?}");
        assert!(
            !shown.contains("5a5a") && !shown.contains("90, 90"),
            "{shown}"
        );
        assert!(shown.contains(&key.id().to_string()));
        assert_ne!(key.id(), DatabaseKey::from_bytes([0x5b; 32]).id());
        assert_eq!(key.to_hex().as_str(), "5a".repeat(32));
    }
}
