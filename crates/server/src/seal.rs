//! Seals the private keys that lie in the database (ChaCha20-Poly1305), so that neither a PostgreSQL server nor
//! its backups hold them in the open.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Nonce};
use zeroize::Zeroizing;

use crate::error::CenterError;
use crate::system;
use crate::words::Code;

const NONCE: usize = 12;

/// The sealing key; wiped when dropped.
pub struct Sealer(Zeroizing<[u8; 32]>);

impl Sealer {
    /// From 32 bytes derived for this alone.
    pub fn new(key: [u8; 32]) -> Self {
        Self(Zeroizing::new(key))
    }

    /// Seals `secret`; `about` says what it is and must be given again.
    ///
    /// # Errors
    /// When the system has no random bytes to give.
    pub fn seal(&self, about: &[u8], secret: &[u8]) -> Result<Vec<u8>, CenterError> {
        let nonce: [u8; NONCE] = system::random()?;
        let payload = Payload {
            msg: secret,
            aad: about,
        };
        let sealed = self
            .cipher()
            .encrypt(&Nonce::from(nonce), payload)
            .map_err(|_| CenterError::code_only(Code::KeyWrong))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Opens what [`Sealer::seal`] made.
    ///
    /// # Errors
    /// `key.wrong` for another key, another purpose, or altered bytes.
    pub fn open(&self, about: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, CenterError> {
        let wrong = || CenterError::code_only(Code::KeyWrong);
        let (nonce, msg) = sealed.split_first_chunk::<NONCE>().ok_or_else(wrong)?;
        let payload = Payload { msg, aad: about };
        self.cipher()
            .decrypt(&Nonce::from(*nonce), payload)
            .map(Zeroizing::new)
            .map_err(|_| wrong())
    }

    fn cipher(&self) -> ChaCha20Poly1305 {
        ChaCha20Poly1305::new((&*self.0).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_opens_with_its_key_for_its_purpose_only() {
        let sealer = Sealer::new([1; 32]);
        let sealed = sealer.seal(b"seed of 7", b"secret").unwrap();
        assert_eq!(
            sealer.open(b"seed of 7", &sealed).unwrap().as_slice(),
            b"secret"
        );
        assert!(sealer.open(b"seed of 8", &sealed).is_err());
        assert!(Sealer::new([2; 32]).open(b"seed of 7", &sealed).is_err());
        for at in 0..sealed.len() {
            let mut bad = sealed.clone();
            bad[at] ^= 1;
            assert!(sealer.open(b"seed of 7", &bad).is_err(), "byte {at}");
        }
        assert!(sealer.open(b"seed of 7", b"short").is_err());
    }

    #[test]
    fn the_same_secret_is_sealed_differently_each_time() {
        let sealer = Sealer::new([1; 32]);
        let twice = [0, 1].map(|_| sealer.seal(b"a", b"secret").unwrap());
        assert_ne!(twice[0], twice[1]);
    }
}
