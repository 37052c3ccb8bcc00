//! Ed25519 keys in the shapes that the others need: a 32-byte seed, PKCS#8 for rustls, a signer for
//! rcgen. A device has one key: it signs the journal and proves the device in TLS.

use ed25519_dalek::{Signer, SigningKey as DalekKey};
use rcgen::{PublicKeyData, SignatureAlgorithm, SigningKey};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use zeroize::Zeroizing;

use crate::cert::PeerIdentity;
use crate::error::PkiError;

/// PKCS#8 v1 header of an Ed25519 private key (RFC 8410 §7); the 32 bytes of the seed follow.
const PKCS8_HEADER: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// An Ed25519 private key, wiped from memory when dropped.
#[derive(Clone)]
pub struct SigningSeed {
    key: DalekKey,
    public: [u8; 32],
}

impl std::fmt::Debug for SigningSeed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The private half never reaches a log.
        f.debug_struct("SigningSeed").finish_non_exhaustive()
    }
}

impl SigningSeed {
    /// From 32 bytes of good randomness.
    pub fn from_bytes(seed: &[u8; 32]) -> Self {
        let key = DalekKey::from_bytes(seed);
        let public = key.verifying_key().to_bytes();
        Self { key, public }
    }

    /// From PKCS#8 as [`SigningSeed::to_pkcs8`] writes it.
    ///
    /// # Errors
    /// `BadKey` for anything else.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, PkiError> {
        let seed = der
            .strip_prefix(&PKCS8_HEADER)
            .and_then(|rest| <&[u8; 32]>::try_from(rest).ok())
            .ok_or_else(|| PkiError::BadKey("not a PKCS#8 v1 Ed25519 key".into()))?;
        Ok(Self::from_bytes(seed))
    }

    /// PKCS#8 v1 DER, 48 bytes.
    pub fn to_pkcs8(&self) -> Zeroizing<Vec<u8>> {
        let mut der = Zeroizing::new(Vec::with_capacity(PKCS8_HEADER.len() + 32));
        der.extend_from_slice(&PKCS8_HEADER);
        der.extend_from_slice(self.seed().as_slice());
        der
    }

    /// The 32 private bytes.
    pub fn seed(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.key.to_bytes())
    }

    /// The 32 public bytes.
    pub fn public_key(&self) -> [u8; 32] {
        self.public
    }

    /// Signs `message`; 64 bytes.
    pub fn sign_message(&self, message: &[u8]) -> [u8; 64] {
        self.key.sign(message).to_bytes()
    }
}

impl PublicKeyData for SigningSeed {
    fn der_bytes(&self) -> &[u8] {
        &self.public
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &rcgen::PKCS_ED25519
    }
}

impl SigningKey for SigningSeed {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        Ok(self.sign_message(message).to_vec())
    }
}

/// A raw Ed25519 public key, for issuing to a key whose private half is elsewhere.
pub(crate) struct RawPublicKey(pub(crate) [u8; 32]);

impl PublicKeyData for RawPublicKey {
    fn der_bytes(&self) -> &[u8] {
        &self.0
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &rcgen::PKCS_ED25519
    }
}

/// What an end of a connection proves itself with: certificate (and what it sends after it) and key.
#[derive(Debug, Clone)]
pub struct TlsIdentity {
    chain: Vec<CertificateDer<'static>>,
    key: SigningSeed,
}

impl TlsIdentity {
    /// `cert` must be for `key`. A center passes its authority's certificate as `then`, so that a
    /// device which knows only the fingerprint can enrol; a device passes none.
    ///
    /// # Errors
    /// `BadCertificate`, or `BadKey` when the two do not belong together.
    pub fn new(
        cert: CertificateDer<'static>,
        then: Option<CertificateDer<'static>>,
        key: SigningSeed,
    ) -> Result<Self, PkiError> {
        let identity = PeerIdentity::from_cert(&cert)?;
        if identity.public_key != key.public_key() {
            return Err(PkiError::BadKey(
                "the certificate is for another key".into(),
            ));
        }
        Ok(Self {
            chain: std::iter::once(cert).chain(then).collect(),
            key,
        })
    }

    pub(crate) fn chain(&self) -> Vec<CertificateDer<'static>> {
        self.chain.clone()
    }

    pub(crate) fn key_der(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.key.to_pkcs8().to_vec()))
    }
}
