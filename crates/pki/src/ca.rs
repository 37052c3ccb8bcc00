//! The site's own authority: made once at `init`, it issues the certificates of the center and of the
//! site's devices. Deterministic: key, times and names come in, the same certificate comes out.

use std::net::IpAddr;

use rcgen::string::Ia5String;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyUsagePurpose, SanType, SerialNumber,
};
use rustls_pki_types::CertificateDer;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::cert::{CaCert, Role, SiteNumber, Subject};
use crate::error::PkiError;
use crate::key::{RawPublicKey, SigningSeed};
use crate::time::Validity;

/// How long an authority holds. Pins are replaced by rotation, not by this end.
const CA_DAYS: u32 = 30 * 365;

/// Longest name in a subject, in characters (X.520 upper bound of common and organisation name).
const NAME_MAX: usize = 64;

/// A site's authority with its private key.
#[derive(Debug, Clone)]
pub struct SiteCa {
    key: SigningSeed,
    cert: CaCert,
}

impl SiteCa {
    /// Makes the authority of a site. `seed`: 32 bytes of good randomness.
    ///
    /// # Errors
    /// `Issue` when the name is empty or over 64 characters.
    pub fn create(
        seed: &[u8; 32],
        site: SiteNumber,
        site_name: &str,
        now_ms: i64,
    ) -> Result<Self, PkiError> {
        let key = SigningSeed::from_bytes(seed);
        // The key's hash in the name keeps two authorities of one site (rotation) and two sites with
        // one number (a demo beside the real one) apart in every chain check.
        let tag: String = Sha256::digest(key.public_key())
            .iter()
            .take(4)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let mut params = params(
            &format!("Xunyi site {site} authority {tag}"),
            &Subject::Ca.to_uri(site),
            &key.public_key(),
            Validity::days(now_ms, CA_DAYS),
        )?;
        params
            .distinguished_name
            .push(DnType::OrganizationName, checked_name(site_name)?);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let cert = params.self_signed(&key).map_err(issue)?;
        let cert = CaCert::from_der(cert.der())?;
        Ok(Self { key, cert })
    }

    /// Restores an authority from what [`SiteCa::key_pkcs8`] and [`SiteCa::cert`] gave.
    ///
    /// # Errors
    /// `BadKey` or `BadCertificate`, also when the two do not belong together.
    pub fn restore(key_pkcs8: &[u8], cert_der: &[u8]) -> Result<Self, PkiError> {
        let key = SigningSeed::from_pkcs8(key_pkcs8)?;
        let cert = CaCert::from_der(cert_der)?;
        if *cert.public_key() != key.public_key() {
            return Err(PkiError::BadKey(
                "the certificate is for another key".into(),
            ));
        }
        Ok(Self { key, cert })
    }

    /// The authority's certificate: what devices pin.
    pub fn cert(&self) -> &CaCert {
        &self.cert
    }

    /// The private key to keep, PKCS#8 DER.
    pub fn key_pkcs8(&self) -> Zeroizing<Vec<u8>> {
        self.key.to_pkcs8()
    }

    /// Issues the center's certificate. `feed` is the journal feed that the center authors with the
    /// same key; `hosts` are DNS names and IP addresses, for other clients' sake: our own devices
    /// trust the role in the certificate, never a name.
    ///
    /// # Errors
    /// `Issue` for a host that is neither, an unusable name, or a window that ends before it begins.
    pub fn issue_center(
        &self,
        public_key: &[u8; 32],
        feed: &[u8; 16],
        name: &str,
        hosts: &[String],
        validity: Validity,
    ) -> Result<CertificateDer<'static>, PkiError> {
        let hosts = hosts.iter().map(|host| host_name(host));
        let hosts = hosts.collect::<Result<Vec<_>, _>>()?;
        self.issue(Role::Center, public_key, feed, name, hosts, validity)
    }

    /// Issues a device's certificate; it may be client to the center and server on the vehicle's LAN.
    ///
    /// # Errors
    /// `Issue` for an unusable name or a window that ends before it begins.
    pub fn issue_device(
        &self,
        public_key: &[u8; 32],
        feed: &[u8; 16],
        name: &str,
        validity: Validity,
    ) -> Result<CertificateDer<'static>, PkiError> {
        self.issue(Role::Device, public_key, feed, name, Vec::new(), validity)
    }

    fn issue(
        &self,
        role: Role,
        public_key: &[u8; 32],
        feed: &[u8; 16],
        name: &str,
        hosts: Vec<SanType>,
        validity: Validity,
    ) -> Result<CertificateDer<'static>, PkiError> {
        let uri = Subject::Peer(role, *feed).to_uri(self.cert.site());
        let mut params = params(name, &uri, public_key, validity)?;
        params.subject_alt_names.extend(hosts);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ClientAuth,
            ExtendedKeyUsagePurpose::ServerAuth,
        ];
        params.use_authority_key_identifier_extension = true;
        let issuer = Issuer::from_ca_cert_der(self.cert.der(), &self.key).map_err(issue)?;
        let cert = params
            .signed_by(&RawPublicKey(*public_key), &issuer)
            .map_err(issue)?;
        Ok(cert.der().clone())
    }
}

/// What all our certificates share.
fn params(
    name: &str,
    uri: &str,
    public_key: &[u8; 32],
    validity: Validity,
) -> Result<CertificateParams, PkiError> {
    let (not_before, not_after) = validity.to_x509()?;
    let mut params = CertificateParams::default();
    params.not_before = not_before;
    params.not_after = not_after;
    params.serial_number = Some(serial(uri, public_key, validity));
    let uri = Ia5String::try_from(uri).map_err(|error| PkiError::Issue(error.to_string()))?;
    params.subject_alt_names = vec![SanType::URI(uri)];
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, checked_name(name)?);
    Ok(params)
}

/// A serial from what the certificate says, so that none has to be drawn or counted.
fn serial(uri: &str, public_key: &[u8; 32], validity: Validity) -> SerialNumber {
    let mut hash = Sha256::new();
    hash.update(b"xunyi certificate serial");
    hash.update(public_key);
    hash.update(validity.not_before_ms.to_be_bytes());
    hash.update(validity.not_after_ms.to_be_bytes());
    hash.update(uri);
    let mut bytes: Vec<u8> = hash.finalize().iter().take(16).copied().collect();
    if let Some(first) = bytes.first_mut() {
        // Positive and of full length in DER.
        *first = (*first & 0x7f) | 0x40;
    }
    SerialNumber::from(bytes)
}

fn checked_name(name: &str) -> Result<String, PkiError> {
    let name = name.trim();
    let length = name.chars().count();
    if length == 0 || length > NAME_MAX || name.chars().any(char::is_control) {
        return Err(PkiError::Issue(format!(
            "a name has 1 to {NAME_MAX} characters without control characters"
        )));
    }
    Ok(name.to_owned())
}

fn host_name(host: &str) -> Result<SanType, PkiError> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(SanType::IpAddress(address));
    }
    rustls_pki_types::DnsName::try_from(host)
        .map_err(|_| PkiError::Issue(format!("not a host name: {host}")))?;
    let name = Ia5String::try_from(host).map_err(|error| PkiError::Issue(error.to_string()))?;
    Ok(SanType::DnsName(name))
}

fn issue(error: rcgen::Error) -> PkiError {
    PkiError::Issue(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cert::PeerIdentity;

    const NOW: i64 = 1_780_000_000_000;

    fn ca() -> SiteCa {
        SiteCa::create(&[1; 32], 7, "青山镇卫生院", NOW).unwrap()
    }

    #[test]
    fn authority_survives_being_stored() {
        let ca = ca();
        let back = SiteCa::restore(&ca.key_pkcs8(), ca.cert().der()).unwrap();
        assert_eq!(back.cert(), ca.cert());
        assert_eq!(back.cert().site(), 7);
        assert_eq!(back.cert().site_name(), "青山镇卫生院");
        let key = [9; 32];
        let issue = |ca: &SiteCa| ca.issue_device(&key, &[2; 16], "GP", Validity::days(NOW, 1));
        assert_eq!(issue(&back).unwrap(), issue(&ca).unwrap());
    }

    #[test]
    fn key_of_another_authority_is_refused() {
        let other = SiteCa::create(&[2; 32], 7, "x", NOW).unwrap();
        assert!(matches!(
            SiteCa::restore(&other.key_pkcs8(), ca().cert().der()),
            Err(PkiError::BadKey(_))
        ));
        assert!(matches!(
            SiteCa::restore(b"not a key", ca().cert().der()),
            Err(PkiError::BadKey(_))
        ));
    }

    #[test]
    fn device_certificate_says_who_it_is_for() {
        let key = SigningSeed::from_bytes(&[3; 32]);
        let validity = Validity::days(NOW, 365);
        let der = ca()
            .issue_device(&key.public_key(), &[0xAB; 16], "药房平板 1", validity)
            .unwrap();
        let identity = PeerIdentity::from_cert(&der).unwrap();
        assert_eq!(
            identity,
            PeerIdentity {
                site: 7,
                role: Role::Device,
                feed: [0xAB; 16],
                public_key: key.public_key(),
                name: "药房平板 1".into(),
                validity,
            }
        );
        assert!(!identity.expired(validity.not_after_ms));
        assert!(identity.expired(validity.not_after_ms + 1));
    }

    #[test]
    fn renewed_certificate_has_another_serial() {
        let one = ca().issue_device(&[3; 32], &[1; 16], "GP", Validity::days(NOW, 1));
        let two = ca().issue_device(&[3; 32], &[1; 16], "GP", Validity::days(NOW, 2));
        let serial = |der: &[u8]| {
            let (_, cert) = x509_parser::parse_x509_certificate(der).unwrap();
            cert.raw_serial().to_vec()
        };
        assert_ne!(serial(&one.unwrap()), serial(&two.unwrap()));
    }

    #[test]
    fn unusable_names_hosts_and_times_are_refused() {
        let ca = ca();
        let day = Validity::days(NOW, 1);
        let long = "长".repeat(65);
        for name in ["", "  ", "a\nb", long.as_str()] {
            let refused = ca.issue_device(&[3; 32], &[1; 16], name, day);
            assert!(matches!(refused, Err(PkiError::Issue(_))), "{name:?}");
        }
        let hosts = ["https://x".to_owned()];
        let refused = ca.issue_center(&[3; 32], &[1; 16], "center", &hosts, day);
        assert!(matches!(refused, Err(PkiError::Issue(_))));
        let refused = ca.issue_device(&[3; 32], &[1; 16], "GP", Validity::days(NOW, 0));
        assert!(matches!(refused, Err(PkiError::Issue(_))));
    }
}
