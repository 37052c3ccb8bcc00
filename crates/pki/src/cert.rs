//! Reading certificates: who a peer is according to its certificate, and what an authority is.
//! Says nothing about trust; `chain` does.

use std::fmt;

use rustls_pki_types::CertificateDer;
use sha2::{Digest, Sha256};
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::error::PkiError;
use crate::time::Validity;

/// A site's number, unique among the sites that share a center.
pub type SiteNumber = u32;

/// Scheme of the URI in a certificate that says who it is for.
const URI_SCHEME: &str = "xunyi:site/";

/// What a certificate's holder may be taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// The site's center: authors staff, formulary and devices.
    Center,
    /// A tablet or PC of the site.
    Device,
}

/// Who a certificate says its holder is. Trustworthy only after a chain check or a TLS handshake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerIdentity {
    /// The site it belongs to.
    pub site: SiteNumber,
    /// Center or device.
    pub role: Role,
    /// The journal feed that the same key signs.
    pub feed: [u8; 16],
    /// Ed25519 public key.
    pub public_key: [u8; 32],
    /// The device's name, as people know it.
    pub name: String,
    /// When the certificate holds.
    pub validity: Validity,
}

impl PeerIdentity {
    /// Reads a center's or device's certificate.
    ///
    /// # Errors
    /// `BadCertificate` when it is not DER, not Ed25519, or does not carry our name exactly once.
    pub fn from_cert(der: &[u8]) -> Result<Self, PkiError> {
        let cert = parse(der)?;
        match Subject::from_cert(&cert)? {
            (site, Subject::Peer(role, feed)) => Ok(Self {
                site,
                role,
                feed,
                public_key: ed25519_key(&cert)?,
                name: common_name(&cert)?,
                validity: validity(&cert),
            }),
            (_, Subject::Ca) => Err(bad("an authority where a peer was expected")),
        }
    }

    /// Whether the certificate has ended by the caller's trustworthy clock. The holder may still
    /// connect to renew and to upload; it is the caller who decides.
    pub fn expired(&self, now_ms: i64) -> bool {
        self.validity.is_over(now_ms)
    }
}

/// SHA-256 of a certificate's DER; what a person compares and an enrolment code carries.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint(pub [u8; 32]);

impl Fingerprint {
    /// Of a certificate.
    pub fn of(der: &[u8]) -> Self {
        Self(Sha256::digest(der).into())
    }

    /// The first 16 bytes, as in an enrolment code.
    pub fn short(&self) -> [u8; 16] {
        let mut short = [0; 16];
        short.copy_from_slice(self.0.split_at(16).0);
        short
    }
}

impl fmt::Display for Fingerprint {
    /// The first 8 bytes in groups of four digits, for people: `1F0C 99A2 …`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, pair) in self.0.chunks(2).take(4).enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            for byte in pair {
                write!(f, "{byte:02X}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

/// The certificate of a site's authority, read once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaCert {
    der: CertificateDer<'static>,
    site: SiteNumber,
    site_name: String,
    public_key: [u8; 32],
}

impl CaCert {
    /// Reads an authority's certificate.
    ///
    /// # Errors
    /// `BadCertificate` when it is not the certificate of a site authority.
    pub fn from_der(der: &[u8]) -> Result<Self, PkiError> {
        let cert = parse(der)?;
        let (site, subject) = Subject::from_cert(&cert)?;
        if !matches!(subject, Subject::Ca) || !cert.is_ca() {
            return Err(bad("not a site authority"));
        }
        Ok(Self {
            site,
            site_name: organisation(&cert)?,
            public_key: ed25519_key(&cert)?,
            der: CertificateDer::from(der.to_vec()),
        })
    }

    /// The certificate's bytes.
    pub fn der(&self) -> &CertificateDer<'static> {
        &self.der
    }

    /// The only site that this authority speaks for.
    pub fn site(&self) -> SiteNumber {
        self.site
    }

    /// The site's name when the authority was made.
    pub fn site_name(&self) -> &str {
        &self.site_name
    }

    /// The authority's Ed25519 key.
    pub fn public_key(&self) -> &[u8; 32] {
        &self.public_key
    }

    /// Its fingerprint.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.der)
    }
}

/// The window of any X.509 certificate, ours or not.
pub(crate) fn validity_of(der: &[u8]) -> Result<Validity, PkiError> {
    parse(der).map(|cert| validity(&cert))
}

/// What the URI in a certificate says.
pub(crate) enum Subject {
    Ca,
    Peer(Role, [u8; 16]),
}

impl Subject {
    /// `xunyi:site/7/ca`, `xunyi:site/7/center/<feed>`, `xunyi:site/7/device/<feed>`.
    pub(crate) fn to_uri(&self, site: SiteNumber) -> String {
        match self {
            Self::Ca => format!("{URI_SCHEME}{site}/ca"),
            Self::Peer(role, feed) => {
                let role = match role {
                    Role::Center => "center",
                    Role::Device => "device",
                };
                format!(
                    "{URI_SCHEME}{site}/{role}/{:032x}",
                    u128::from_be_bytes(*feed)
                )
            }
        }
    }

    fn from_uri(uri: &str) -> Option<(SiteNumber, Self)> {
        let mut parts = uri.strip_prefix(URI_SCHEME)?.split('/');
        let site = parts.next()?.parse().ok()?;
        let subject = match (parts.next()?, parts.next()) {
            ("ca", None) => Self::Ca,
            ("center", Some(feed)) => Self::Peer(Role::Center, feed_from_hex(feed)?),
            ("device", Some(feed)) => Self::Peer(Role::Device, feed_from_hex(feed)?),
            _ => return None,
        };
        // Only the one spelling that we write, so that two texts never mean one peer.
        (parts.next().is_none() && subject.to_uri(site) == uri).then_some((site, subject))
    }

    fn from_cert(cert: &X509Certificate<'_>) -> Result<(SiteNumber, Self), PkiError> {
        let names = cert
            .subject_alternative_name()
            .map_err(|error| bad(&error.to_string()))?
            .ok_or_else(|| bad("no subject alternative name"))?;
        let mut uris = names
            .value
            .general_names
            .iter()
            .filter_map(|name| match name {
                GeneralName::URI(uri) if uri.starts_with(URI_SCHEME) => Some(*uri),
                _ => None,
            });
        let uri = uris.next().ok_or_else(|| bad("no site name"))?;
        if uris.next().is_some() {
            return Err(bad("more than one site name"));
        }
        Self::from_uri(uri).ok_or_else(|| bad("unreadable site name"))
    }
}

fn feed_from_hex(hex: &str) -> Option<[u8; 16]> {
    (hex.len() == 32)
        .then(|| u128::from_str_radix(hex, 16).ok())
        .flatten()
        .map(u128::to_be_bytes)
}

fn parse(der: &[u8]) -> Result<X509Certificate<'_>, PkiError> {
    match X509Certificate::from_der(der) {
        Ok(([], cert)) => Ok(cert),
        Ok(_) => Err(bad("bytes after the certificate")),
        Err(error) => Err(bad(&error.to_string())),
    }
}

fn ed25519_key(cert: &X509Certificate<'_>) -> Result<[u8; 32], PkiError> {
    let spki = cert.public_key();
    if spki.algorithm.algorithm != x509_parser::oid_registry::OID_SIG_ED25519 {
        return Err(bad("not an Ed25519 key"));
    }
    <[u8; 32]>::try_from(spki.subject_public_key.data.as_ref())
        .map_err(|_| bad("an Ed25519 key of the wrong length"))
}

fn common_name(cert: &X509Certificate<'_>) -> Result<String, PkiError> {
    text(cert.subject().iter_common_name().next())
}

fn organisation(cert: &X509Certificate<'_>) -> Result<String, PkiError> {
    text(cert.subject().iter_organization().next())
}

fn text(
    attribute: Option<&x509_parser::x509::AttributeTypeAndValue<'_>>,
) -> Result<String, PkiError> {
    attribute
        .and_then(|value| value.as_str().ok())
        .map(str::to_owned)
        .ok_or_else(|| bad("no name in the subject"))
}

fn validity(cert: &X509Certificate<'_>) -> Validity {
    let ms = |at: x509_parser::time::ASN1Time| at.timestamp().saturating_mul(1000);
    Validity {
        not_before_ms: ms(cert.validity().not_before),
        not_after_ms: ms(cert.validity().not_after),
    }
}

fn bad(reason: &str) -> PkiError {
    PkiError::BadCertificate(reason.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uri_reads_back_and_only_in_the_one_spelling() {
        let uri = Subject::Peer(Role::Device, [0xAB; 16]).to_uri(7);
        assert_eq!(uri, "xunyi:site/7/device/abababababababababababababababab");
        assert!(matches!(
            Subject::from_uri(&uri),
            Some((7, Subject::Peer(Role::Device, [0xAB, ..])))
        ));
        for other in [
            "xunyi:site/07/device/abababababababababababababababab",
            "xunyi:site/7/device/ABABABABABABABABABABABABABABABAB",
            "xunyi:site/7/device/abab",
            "xunyi:site/7/device/+bababababababababababababababab",
            "xunyi:site/7/device",
            "xunyi:site/7/ca/1",
            "xunyi:site/-1/ca",
            "xunyi:site/7/admin/abababababababababababababababab",
            "xunyi:site/7/ca/",
        ] {
            assert!(Subject::from_uri(other).is_none(), "{other}");
        }
    }

    #[test]
    fn fingerprint_is_shown_short() {
        assert_eq!(Fingerprint::of(b"").to_string(), "E3B0 C442 98FC 1C14");
    }

    #[test]
    fn nonsense_is_not_a_certificate() {
        assert!(matches!(
            PeerIdentity::from_cert(b"<html>"),
            Err(PkiError::BadCertificate(_))
        ));
    }
}
