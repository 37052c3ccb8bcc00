//! The client's side of TLS: connects only to a peer whose certificate a pinned authority issued for
//! the role that is wanted. Names and addresses play no part in trust.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ClientConfig, Resumption};
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::{DigitallySignedStruct, Error as TlsError, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use crate::cert::{CaCert, Fingerprint, Role};
use crate::chain::{self, Usage};
use crate::error::PkiError;
use crate::key::TlsIdentity;
use crate::time::{RustlsTime, TimeSource, bounded_time};

/// Whom the client means to reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeerWanted {
    /// The site's center.
    Center,
    /// A device of the site, on the vehicle's network.
    Device,
}

/// TLS of a client that has pinned its site's authority: `pins` holds the current one and, during a
/// rotation, the next.
///
/// # Errors
/// `BadKey` when rustls does not take the identity.
pub fn client_config(
    pins: &[CaCert],
    identity: Option<&TlsIdentity>,
    wanted: PeerWanted,
    time: Arc<dyn TimeSource>,
) -> Result<ClientConfig, PkiError> {
    build(Trust::Pinned(pins.to_vec()), identity, wanted, time)
}

/// TLS of a device that is about to enrol and knows only the first 16 bytes of the authority's
/// fingerprint, from the code. The center sends the authority's certificate along.
///
/// # Errors
/// `BadKey` when rustls does not take the configuration.
pub fn enrolment_client_config(
    fingerprint: [u8; 16],
    time: Arc<dyn TimeSource>,
) -> Result<ClientConfig, PkiError> {
    build(
        Trust::Fingerprint(fingerprint),
        None,
        PeerWanted::Center,
        time,
    )
}

fn build(
    trust: Trust,
    identity: Option<&TlsIdentity>,
    wanted: PeerWanted,
    time: Arc<dyn TimeSource>,
) -> Result<ClientConfig, PkiError> {
    let provider = Arc::new(chain::provider());
    let verifier = Verifier {
        algorithms: provider.signature_verification_algorithms,
        trust,
        wanted,
        time: Arc::clone(&time),
    };
    let builder = ClientConfig::builder_with_details(provider, Arc::new(RustlsTime(time)))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|error| PkiError::BadKey(error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let mut config = match identity {
        Some(identity) => builder
            .with_client_auth_cert(identity.chain(), identity.key_der())
            .map_err(|error| PkiError::BadKey(error.to_string()))?,
        None => builder.with_no_client_auth(),
    };
    // A resumed session would skip the certificates, and with them a rotation and a revocation.
    config.resumption = Resumption::disabled();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

#[derive(Debug)]
enum Trust {
    Pinned(Vec<CaCert>),
    Fingerprint([u8; 16]),
}

#[derive(Debug)]
struct Verifier {
    trust: Trust,
    wanted: PeerWanted,
    time: Arc<dyn TimeSource>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Verifier {
    fn check(&self, leaf: &[u8], rest: &[CertificateDer<'_>]) -> Result<(), PkiError> {
        let at = |window| bounded_time(self.time.now_ms(), self.time.floor_ms(), window);
        let identity = match &self.trust {
            Trust::Pinned(pins) => chain::verify(pins, leaf, Usage::Server, at)?,
            Trust::Fingerprint(short) => {
                let ca = rest
                    .iter()
                    .find(|der| Fingerprint::of(der).short() == *short)
                    .ok_or(PkiError::WrongCa)?;
                chain::verify(&[CaCert::from_der(ca)?], leaf, Usage::Server, at)?
            }
        };
        match (self.wanted, identity.role) {
            (PeerWanted::Center, Role::Center) | (PeerWanted::Device, Role::Device) => Ok(()),
            (PeerWanted::Center, Role::Device) => Err(PkiError::NotCenter),
            (PeerWanted::Device, Role::Center) => Err(PkiError::NotDevice),
        }
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        self.check(end_entity, intermediates)
            .map(|()| ServerCertVerified::assertion())
            .map_err(PkiError::into_tls)
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        Err(PkiError::NotOurPeer.into_tls())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        rustls::crypto::verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        // All of them, although ours are Ed25519: so a stranger shows its certificate and is told
        // apart from a peer that speaks no TLS.
        self.algorithms.supported_schemes()
    }
}
