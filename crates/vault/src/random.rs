//! Randomness as an argument (Invariant A1): the caller's function fills bytes, and an adapter shows
//! it to the crates that want a generator. The product passes the operating system's generator.

use std::convert::Infallible;

use hpke::rand_core::{TryCryptoRng, TryRng};

/// Fills the slice with random bytes fit for keys. It must not fail: a caller whose source fails has
/// to stop before it calls.
pub type Random<'a> = dyn FnMut(&mut [u8]) + 'a;

/// The caller's function as a `rand_core` generator.
pub(crate) struct CallerRng<'a, 'b>(pub &'a mut Random<'b>);

impl TryRng for CallerRng<'_, '_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        (self.0)(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        (self.0)(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Infallible> {
        (self.0)(dst);
        Ok(())
    }
}

impl TryCryptoRng for CallerRng<'_, '_> {}

/// A fresh array of random bytes.
pub(crate) fn array<const N: usize>(random: &mut Random<'_>) -> [u8; N] {
    let mut bytes = [0; N];
    random(&mut bytes);
    bytes
}
