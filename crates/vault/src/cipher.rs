//! ChaCha20-Poly1305 around a 32-byte private key: the one way in which roaming and PIN records wrap.

use chacha20poly1305::{
    ChaCha20Poly1305, Nonce,
    aead::{Aead, KeyInit, Payload},
};
use zeroize::Zeroizing;

use crate::VaultError;

/// Length of a wrapped 32-byte key with its tag.
pub(crate) const WRAPPED: usize = 48;

/// Wraps `secret` under `key`; `about` is authenticated, not hidden.
pub(crate) fn wrap(
    key: &[u8; 32],
    nonce: &[u8; 12],
    about: &[u8],
    secret: &[u8; 32],
) -> Result<[u8; WRAPPED], VaultError> {
    ChaCha20Poly1305::new(key.into())
        .encrypt(
            &Nonce::from(*nonce),
            Payload {
                msg: secret,
                aad: about,
            },
        )
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or(VaultError::BadRecord("wrapping failed"))
}

/// Reverses [`wrap`].
///
/// # Errors
/// `WrongSecret` when the key, the nonce, `about` or the wrapped bytes are not those of `wrap`.
pub(crate) fn unwrap(
    key: &[u8; 32],
    nonce: &[u8; 12],
    about: &[u8],
    wrapped: &[u8; WRAPPED],
) -> Result<Zeroizing<[u8; 32]>, VaultError> {
    let plain = ChaCha20Poly1305::new(key.into())
        .decrypt(
            &Nonce::from(*nonce),
            Payload {
                msg: wrapped,
                aad: about,
            },
        )
        .map(Zeroizing::new)
        .map_err(|_| VaultError::WrongSecret)?;
    let mut secret = Zeroizing::new([0; 32]);
    if plain.len() != secret.len() {
        return Err(VaultError::WrongSecret);
    }
    secret.copy_from_slice(&plain);
    Ok(secret)
}
