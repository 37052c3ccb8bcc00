//! The server's side of TLS: shows its own certificate, asks for the peer's and accepts none (a
//! device that enrols has none yet) or a genuine one. What a peer may do is for the caller to decide.

use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{NoServerSessionStorage, ServerConfig};
use rustls::{DigitallySignedStruct, DistinguishedName, Error as TlsError, SignatureScheme};
use rustls_pki_types::{CertificateDer, UnixTime};

use crate::cert::CaCert;
use crate::chain::{self, Usage};
use crate::error::PkiError;
use crate::key::TlsIdentity;
use crate::time::{RustlsTime, TimeSource};

/// TLS of a center, or of a device on the vehicle's network. `cas` are the authorities whose devices
/// may connect. A client certificate that has ended is let in: its holder may renew and upload, see
/// [`crate::PeerIdentity::expired`].
///
/// # Errors
/// `BadKey` when rustls does not take the identity.
pub fn server_config(
    identity: &TlsIdentity,
    cas: &[CaCert],
    time: Arc<dyn TimeSource>,
) -> Result<ServerConfig, PkiError> {
    let provider = Arc::new(chain::provider());
    let verifier = Verifier {
        algorithms: provider.signature_verification_algorithms,
        cas: cas.to_vec(),
    };
    let mut config = ServerConfig::builder_with_details(provider, Arc::new(RustlsTime(time)))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|error| PkiError::BadKey(error.to_string()))?
        .with_client_cert_verifier(Arc::new(verifier))
        .with_single_cert(identity.chain(), identity.key_der())
        .map_err(|error| PkiError::BadKey(error.to_string()))?;
    // No resumption: each connection shows its certificates again, and no ticket bytes are sent.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

#[derive(Debug)]
struct Verifier {
    cas: Vec<CaCert>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ClientCertVerifier for Verifier {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        // Our devices have one certificate to choose from; hints would only be bytes.
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, TlsError> {
        chain::verify(&self.cas, end_entity, Usage::Client, |window| {
            window.not_before_ms
        })
        .map(|_| ClientCertVerified::assertion())
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
        self.algorithms.supported_schemes()
    }
}
