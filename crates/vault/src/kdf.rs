//! Argon2id with its cost as data, so that a record says how it was made and a test can be cheap.

use argon2::{Algorithm, Argon2, Params, Version};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::VaultError;

/// Cost of one Argon2id derivation. Stored with each record; records of other versions or of a test
/// may be cheaper, records that ask for more than 512 MiB, 12 passes or 4 lanes are refused, so that a
/// hostile record cannot exhaust a tablet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KdfCost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory (t).
    pub passes: u32,
    /// Lanes (p).
    pub lanes: u32,
}

impl KdfCost {
    /// For the roaming password: 256 MiB, t=3, p=1 (architecture.md §8).
    pub const ROAMING: Self = Self {
        memory_kib: 256 * 1024,
        passes: 3,
        lanes: 1,
    };
    /// For the PIN: 64 MiB, t=3, p=1, about 0.3 s on a tablet (architecture.md §8).
    pub const PIN: Self = Self {
        memory_kib: 64 * 1024,
        passes: 3,
        lanes: 1,
    };
    /// For simulators and tests only: guards nothing.
    pub const CHEAP: Self = Self {
        memory_kib: 8,
        passes: 1,
        lanes: 1,
    };

    /// 32 bytes from a password or PIN.
    ///
    /// # Errors
    /// `CostOutOfRange` when the cost is outside the limits named above.
    pub(crate) fn derive(
        self,
        secret: &[u8],
        salt: &[u8; 16],
    ) -> Result<Zeroizing<[u8; 32]>, VaultError> {
        if self.memory_kib > 512 * 1024 || self.passes > 12 || self.lanes > 4 {
            return Err(VaultError::CostOutOfRange);
        }
        let params = Params::new(self.memory_kib, self.passes, self.lanes, Some(32))
            .map_err(|_| VaultError::CostOutOfRange)?;
        let mut out = Zeroizing::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(secret, salt, out.as_mut_slice())
            .map_err(|_| VaultError::CostOutOfRange)?;
        Ok(out)
    }

    /// The cost as authenticated data of a record.
    pub(crate) fn bytes(self) -> [u8; 12] {
        let mut out = [0; 12];
        for (place, value) in
            out.chunks_exact_mut(4)
                .zip([self.memory_kib, self.passes, self.lanes])
        {
            place.copy_from_slice(&value.to_be_bytes());
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derivation_matches_the_reference_implementation() {
        // `echo -n password | argon2 somesaltsomesalt -id -t 2 -k 256 -p 1 -l 32 -r` of the reference
        // command-line tool.
        let cost = KdfCost {
            memory_kib: 256,
            passes: 2,
            lanes: 1,
        };
        let key = cost.derive(b"password", b"somesaltsomesalt").unwrap();
        assert_eq!(
            crate::hex::encode(key.as_slice()),
            "cab746b4621993fdc91ec50787980b414a90a692f0bc68dfe19f9c25b3cba9ec"
        );
    }

    #[test]
    fn a_record_that_asks_too_much_is_refused_before_memory_is_taken() {
        for cost in [
            KdfCost {
                memory_kib: u32::MAX,
                passes: 1,
                lanes: 1,
            },
            KdfCost {
                memory_kib: 8,
                passes: 13,
                lanes: 1,
            },
            KdfCost {
                memory_kib: 64,
                passes: 1,
                lanes: 5,
            },
            KdfCost {
                memory_kib: 0,
                passes: 1,
                lanes: 1,
            },
            KdfCost {
                memory_kib: 8,
                passes: 0,
                lanes: 1,
            },
            KdfCost {
                memory_kib: 8,
                passes: 1,
                lanes: 0,
            },
        ] {
            assert_eq!(
                cost.derive(b"x", &[0; 16]),
                Err(VaultError::CostOutOfRange),
                "{cost:?}"
            );
        }
    }
}
