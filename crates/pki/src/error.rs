//! What can be wrong with a certificate, a TLS peer or an enrolment code, as kinds that a caller can
//! tell apart and put into words. Holds no text for users: they get a code and the UI translates.

use std::error::Error as StdError;
use std::io;
use std::sync::Arc;

use rustls::{AlertDescription, CertificateError, Error as TlsError, OtherError};

use crate::enrolment_code::CodeFault;

/// Why a certificate was not made, not accepted, or a connection not trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PkiError {
    /// The peer's certificate was not issued by an authority that is pinned here: another site, or
    /// somebody who intercepts HTTPS.
    #[error("the peer's certificate is not from a pinned site authority")]
    WrongCa,
    /// Issued by a pinned authority, but for another site than that authority's own.
    #[error("the certificate names a site that its authority does not speak for")]
    WrongSite,
    /// A center was wanted; the certificate is a device's.
    #[error("the peer is not a center")]
    NotCenter,
    /// A device was wanted; the certificate is a center's.
    #[error("the peer is not a device")]
    NotDevice,
    /// The certificate ended before the latest time that the center has signed.
    #[error("the certificate has expired")]
    Expired {
        /// End of the certificate's validity, Unix milliseconds.
        not_after_ms: i64,
    },
    /// The bytes are not a certificate of this system, or break its rules.
    #[error("malformed certificate: {0}")]
    BadCertificate(String),
    /// What answered does not speak our TLS: a captive portal's page, another service on the port,
    /// a server that knows only TLS 1.2.
    #[error("what answered does not speak our TLS")]
    NotOurPeer,
    /// The peer ended the handshake because of our own certificate or the lack of one.
    #[error("the peer refused our certificate: {0}")]
    RefusedByPeer(String),
    /// A key that cannot be read, or does not belong to the certificate.
    #[error("bad key: {0}")]
    BadKey(String),
    /// A certificate could not be made from these names or times.
    #[error("cannot issue: {0}")]
    Issue(String),
    /// An enrolment code that cannot be read.
    #[error("malformed enrolment code: {0:?}")]
    CodeMalformed(CodeFault),
}

impl PkiError {
    /// Finds in the error of a failed connection (of rustls, tokio, hyper or reqwest) what was wrong
    /// with the peer. `None` when the failure has nothing to do with TLS: refused, timed out, cut.
    pub fn from_connection(error: &(dyn StdError + 'static)) -> Option<Self> {
        let mut current = Some(error);
        while let Some(error) = current {
            if let Some(found) = error.downcast_ref::<Self>() {
                return Some(found.clone());
            }
            if let Some(tls) = error.downcast_ref::<TlsError>() {
                return Some(Self::from_tls(tls));
            }
            // An io::Error hides the error it wraps from `source`, which skips to the one beneath.
            if let Some(inner) = error
                .downcast_ref::<io::Error>()
                .and_then(io::Error::get_ref)
            {
                current = Some(inner);
            } else {
                current = error.source();
            }
        }
        None
    }

    /// The same for an error of rustls itself.
    pub fn from_tls(error: &TlsError) -> Self {
        match error {
            TlsError::InvalidCertificate(CertificateError::Other(OtherError(inner))) => inner
                .downcast_ref::<Self>()
                .cloned()
                .unwrap_or_else(|| Self::BadCertificate(inner.to_string())),
            TlsError::InvalidCertificate(other) => Self::BadCertificate(other.to_string()),
            TlsError::AlertReceived(alert) => Self::from_alert(*alert),
            _ => Self::NotOurPeer,
        }
    }

    fn from_alert(alert: AlertDescription) -> Self {
        match alert {
            AlertDescription::NoCertificate
            | AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied
            | AlertDescription::CertificateRequired => Self::RefusedByPeer(format!("{alert:?}")),
            _ => Self::NotOurPeer,
        }
    }

    /// As rustls wants it from a verifier; `from_tls` gets it back.
    pub(crate) fn into_tls(self) -> TlsError {
        TlsError::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(self))))
    }
}
