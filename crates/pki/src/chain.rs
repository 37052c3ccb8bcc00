//! Trust: was this certificate issued by a pinned site authority, for that authority's own site?
//! Knows no connection; the TLS verifiers and the journal's certificate check stand on it.

use rustls::crypto::CryptoProvider;
use rustls_pki_types::{CertificateDer, UnixTime};
use webpki::{EndEntityCert, ExtendedKeyUsageValidator, KeyUsage};

use crate::cert::{CaCert, PeerIdentity, Role, validity_of};
use crate::error::PkiError;
use crate::time::{Validity, unix_time};

/// What the holder does with the certificate in this connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Usage {
    Server,
    Client,
}

/// Checks that a certificate found in a journal's entry 0 is a device's of this site. Its validity
/// is not held against the clock: a feed stays true after its certificate has ended.
///
/// # Errors
/// `WrongCa`, `WrongSite`, `NotDevice`, `BadCertificate`.
pub fn verify_device_cert(ca: &CaCert, der: &[u8]) -> Result<PeerIdentity, PkiError> {
    let identity = verify_peer_cert(std::slice::from_ref(ca), der)?;
    match identity.role {
        Role::Device => Ok(identity),
        Role::Center => Err(PkiError::NotDevice),
    }
}

/// The same for whoever the certificate is for, center or device, and under any of the site's
/// authorities: what tells whether a feed belongs here.
///
/// # Errors
/// `WrongCa`, `WrongSite`, `BadCertificate`.
pub fn verify_peer_cert(cas: &[CaCert], der: &[u8]) -> Result<PeerIdentity, PkiError> {
    verify(cas, der, Usage::Client, |window| window.not_before_ms)
}

/// Who stands behind a feed by the certificate in its entry 0. `None` when no authority of the site issued it, or when
/// it is for another key than the feed's. A device that went on from a fork in a new feed shows the certificate that
/// names its first one: the key makes them its own.
pub fn feed_author(cas: &[CaCert], der: &[u8], public_key: &[u8; 32]) -> Option<PeerIdentity> {
    let identity = verify_peer_cert(cas, der).ok()?;
    (identity.public_key == *public_key).then_some(identity)
}

/// Checks the chain to one of `cas` at the time that `at` chooses, given the certificate's window.
pub(crate) fn verify(
    cas: &[CaCert],
    der: &[u8],
    usage: Usage,
    at: impl FnOnce(Validity) -> i64,
) -> Result<PeerIdentity, PkiError> {
    let window = validity_of(der)?;
    let time = unix_time(at(window));
    let der = CertificateDer::from(der);
    let leaf = EndEntityCert::try_from(&der).map_err(malformed)?;
    let mut outcome = Err(PkiError::WrongCa);
    for ca in cas {
        outcome = issued_by(&leaf, ca, usage, time, window);
        // The other pin is asked only when this one did not issue it at all.
        if outcome != Err(PkiError::WrongCa) {
            return outcome.and_then(|()| identity_for(&der, ca));
        }
    }
    outcome.and(Err(PkiError::WrongCa))
}

fn identity_for(der: &[u8], ca: &CaCert) -> Result<PeerIdentity, PkiError> {
    let identity = PeerIdentity::from_cert(der)?;
    if identity.site == ca.site() {
        Ok(identity)
    } else {
        Err(PkiError::WrongSite)
    }
}

fn issued_by(
    leaf: &EndEntityCert<'_>,
    ca: &CaCert,
    usage: Usage,
    time: UnixTime,
    window: Validity,
) -> Result<(), PkiError> {
    match usage {
        Usage::Server => path(leaf, ca, time, window, KeyUsage::server_auth()),
        Usage::Client => path(leaf, ca, time, window, KeyUsage::client_auth()),
    }
}

fn path(
    leaf: &EndEntityCert<'_>,
    ca: &CaCert,
    time: UnixTime,
    window: Validity,
    usage: impl ExtendedKeyUsageValidator,
) -> Result<(), PkiError> {
    let anchor = webpki::anchor_from_trusted_cert(ca.der()).map_err(malformed)?;
    let algorithms = provider().signature_verification_algorithms.all;
    // No intermediates: an authority issues to its peers directly.
    leaf.verify_for_usage(algorithms, &[anchor], &[], time, usage, None, None)
        .map(|_| ())
        .map_err(|error| match error {
            webpki::Error::UnknownIssuer
            | webpki::Error::InvalidSignatureForPublicKey
            | webpki::Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => {
                PkiError::WrongCa
            }
            webpki::Error::CertExpired { .. } => PkiError::Expired {
                not_after_ms: window.not_after_ms,
            },
            other => malformed(other),
        })
}

fn malformed(error: webpki::Error) -> PkiError {
    PkiError::BadCertificate(error.to_string())
}

/// The cryptography that all our TLS uses, named here once and never taken from a process default.
pub(crate) fn provider() -> CryptoProvider {
    rustls::crypto::ring::default_provider()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ca::SiteCa;

    const NOW: i64 = 1_780_000_000_000;

    fn ca(seed: u8, site: u32) -> SiteCa {
        SiteCa::create(&[seed; 32], site, "site", NOW).unwrap()
    }

    fn device(ca: &SiteCa) -> CertificateDer<'static> {
        ca.issue_device(&[3; 32], &[4; 16], "GP", Validity::days(NOW, 1))
            .unwrap()
    }

    #[test]
    fn device_of_the_site_is_known_for_ever() {
        let ca = ca(1, 7);
        let identity = verify_device_cert(ca.cert(), &device(&ca)).unwrap();
        assert_eq!((identity.site, identity.feed), (7, [4; 16]));
    }

    #[test]
    fn device_of_another_authority_is_not() {
        assert_eq!(
            verify_device_cert(ca(1, 7).cert(), &device(&ca(2, 7))),
            Err(PkiError::WrongCa)
        );
    }

    #[test]
    fn center_is_no_device() {
        let ca = ca(1, 7);
        let center = ca
            .issue_center(&[3; 32], &[4; 16], "center", &[], Validity::days(NOW, 1))
            .unwrap();
        assert_eq!(
            verify_device_cert(ca.cert(), &center),
            Err(PkiError::NotDevice)
        );
    }

    #[test]
    fn one_flipped_bit_anywhere_is_refused() {
        let ca = ca(1, 7);
        let good = device(&ca);
        for byte in 0..good.len() {
            let mut bad = good.to_vec();
            bad[byte] ^= 1;
            assert!(verify_device_cert(ca.cert(), &bad).is_err(), "byte {byte}");
        }
    }

    #[test]
    fn authority_cannot_speak_for_another_site() {
        // The same key and name, so that the chain is sound, but another site's number in the pin.
        let seven = ca(1, 7);
        let leaf = device(&seven);
        let outcome = identity_for(&leaf, ca(1, 8).cert());
        assert_eq!(outcome, Err(PkiError::WrongSite));
    }
}
