//! Real TLS handshakes over loopback sockets: who is let in, who is refused, and as what.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;

use rustls::{ClientConfig, ServerConfig};
use rustls_pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, TlsConnector};
use xunyi_pki::{
    CaCert, FixedTime, PeerIdentity, PeerWanted, PkiError, Role, SigningSeed, SiteCa, TimeSource,
    TlsIdentity, Validity, client_config, enrolment_client_config, server_config,
};

const DAY: i64 = 86_400_000;
const YEAR: i64 = 365 * DAY;
const NOW: i64 = 1_780_000_000_000;
const CENTER_FEED: [u8; 16] = [0xCC; 16];
const DEVICE_FEED: [u8; 16] = [0xDD; 16];

fn ca(seed: u8) -> SiteCa {
    SiteCa::create(&[seed; 32], 7, "青山镇卫生院", NOW - YEAR).unwrap()
}

/// A center's identity, valid from one day ago for 100 days.
fn center(ca: &SiteCa) -> TlsIdentity {
    let key = SigningSeed::from_bytes(&[20; 32]);
    let hosts = ["center.example.cn".to_owned(), "127.0.0.1".to_owned()];
    let cert = ca
        .issue_center(&key.public_key(), &CENTER_FEED, "center", &hosts, window())
        .unwrap();
    TlsIdentity::new(cert, Some(ca.cert().der().clone()), key).unwrap()
}

fn device(ca: &SiteCa, validity: Validity) -> TlsIdentity {
    let key = SigningSeed::from_bytes(&[30; 32]);
    let cert = ca
        .issue_device(&key.public_key(), &DEVICE_FEED, "GP tablet", validity)
        .unwrap();
    TlsIdentity::new(cert, None, key).unwrap()
}

fn window() -> Validity {
    Validity::days(NOW - DAY, 100)
}

fn clock(now_ms: i64, floor_ms: i64) -> Arc<dyn TimeSource> {
    Arc::new(FixedTime { now_ms, floor_ms })
}

fn serve(identity: &TlsIdentity, cas: &[CaCert]) -> ServerConfig {
    server_config(identity, cas, clock(NOW, 0)).unwrap()
}

fn dial(pins: &[CaCert], identity: Option<&TlsIdentity>) -> ClientConfig {
    client_config(pins, identity, PeerWanted::Center, clock(NOW, NOW - DAY)).unwrap()
}

fn dial_at(pins: &[CaCert], now_ms: i64, floor_ms: i64) -> ClientConfig {
    client_config(pins, None, PeerWanted::Center, clock(now_ms, floor_ms)).unwrap()
}

/// Connects, sends a word both ways, and gives what the client saw go wrong, or whom the server saw.
async fn meet(
    server: ServerConfig,
    client: ClientConfig,
) -> Result<Option<PeerIdentity>, Option<PkiError>> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let accept = async {
        let (socket, _) = listener.accept().await.unwrap();
        let mut stream = TlsAcceptor::from(Arc::new(server))
            .accept(socket)
            .await
            .ok()?;
        let mut word = [0; 4];
        stream.read_exact(&mut word).await.ok()?;
        stream.write_all(b"pong").await.ok()?;
        stream.shutdown().await.ok()?;
        let certs = stream.get_ref().1.peer_certificates();
        Some(
            certs
                .and_then(|certs| certs.first())
                .map(|cert| PeerIdentity::from_cert(cert).unwrap()),
        )
    };
    let (seen, outcome) = tokio::join!(accept, talk(address.port(), client));
    outcome
        .map(|()| seen.expect("the server saw the handshake through"))
        .map_err(|error| PkiError::from_connection(&error))
}

async fn talk(port: u16, client: ClientConfig) -> std::io::Result<()> {
    let socket = TcpStream::connect(("127.0.0.1", port)).await?;
    // A name that is in no certificate: the role in it is what counts.
    let name = ServerName::try_from("anything.invalid").unwrap();
    let mut stream = TlsConnector::from(Arc::new(client))
        .connect(name, socket)
        .await?;
    stream.write_all(b"ping").await?;
    let mut word = [0; 4];
    stream.read_exact(&mut word).await?;
    assert_eq!(&word, b"pong");
    Ok(())
}

fn refused(outcome: Result<Option<PeerIdentity>, Option<PkiError>>) -> PkiError {
    outcome
        .unwrap_err()
        .expect("a reason of the peer's, not of the network's")
}

#[tokio::test]
async fn device_and_center_of_one_site_know_each_other() {
    let ca = ca(1);
    let pins = [ca.cert().clone()];
    let device = device(&ca, window());
    let seen = meet(serve(&center(&ca), &pins), dial(&pins, Some(&device))).await;
    let seen = seen.unwrap().expect("a client certificate");
    assert_eq!(
        (seen.site, seen.role, seen.feed),
        (7, Role::Device, DEVICE_FEED)
    );
    assert!(!seen.expired(NOW));
}

#[tokio::test]
async fn device_without_a_certificate_is_let_in_as_nobody() {
    let ca = ca(1);
    let pins = [ca.cert().clone()];
    assert_eq!(
        meet(serve(&center(&ca), &pins), dial(&pins, None)).await,
        Ok(None)
    );
}

#[tokio::test]
async fn center_of_another_authority_is_refused() {
    let (ours, theirs) = (ca(1), ca(2));
    let pins = [ours.cert().clone()];
    let outcome = meet(
        serve(&center(&theirs), &[theirs.cert().clone()]),
        dial(&pins, None),
    )
    .await;
    assert_eq!(refused(outcome), PkiError::WrongCa);
}

#[tokio::test]
async fn device_of_another_authority_is_refused_by_the_center() {
    let (ours, theirs) = (ca(1), ca(2));
    let pins = [ours.cert().clone()];
    let stranger = device(&theirs, window());
    let outcome = meet(serve(&center(&ours), &pins), dial(&pins, Some(&stranger))).await;
    assert!(matches!(refused(outcome), PkiError::RefusedByPeer(_)));
}

#[tokio::test]
async fn second_pin_reaches_a_center_after_rotation() {
    let (old, new) = (ca(1), ca(2));
    let pins = [old.cert().clone(), new.cert().clone()];
    for current in [&old, &new] {
        let outcome = meet(serve(&center(current), &pins), dial(&pins, None)).await;
        assert_eq!(outcome, Ok(None));
    }
}

#[tokio::test]
async fn center_takes_devices_of_both_authorities_during_rotation() {
    let (old, new) = (ca(1), ca(2));
    let pins = [old.cert().clone(), new.cert().clone()];
    for issuer in [&old, &new] {
        let device = device(issuer, window());
        let seen = meet(serve(&center(&new), &pins), dial(&pins, Some(&device))).await;
        assert!(seen.unwrap().is_some());
    }
}

#[tokio::test]
async fn device_certificate_is_no_center() {
    let ca = ca(1);
    let pins = [ca.cert().clone()];
    let outcome = meet(serve(&device(&ca, window()), &pins), dial(&pins, None)).await;
    assert_eq!(refused(outcome), PkiError::NotCenter);
}

#[tokio::test]
async fn tablet_finds_tablet_and_does_not_take_a_center_for_one() {
    let ca = ca(1);
    let pins = [ca.cert().clone()];
    let lan = || client_config(&pins, None, PeerWanted::Device, clock(NOW, 0)).unwrap();
    assert_eq!(
        meet(serve(&device(&ca, window()), &pins), lan()).await,
        Ok(None)
    );
    let outcome = meet(serve(&center(&ca), &pins), lan()).await;
    assert_eq!(refused(outcome), PkiError::NotDevice);
}

#[tokio::test]
async fn implausible_clock_does_not_lock_a_device_out() {
    let ca = ca(1);
    let pins = [ca.cert().clone()];
    for now in [
        0,
        NOW - 10 * YEAR,
        NOW + YEAR,
        NOW + 50 * YEAR,
        i64::MIN,
        i64::MAX,
    ] {
        let outcome = meet(serve(&center(&ca), &pins), dial_at(&pins, now, NOW)).await;
        assert_eq!(outcome, Ok(None), "clock at {now}");
    }
}

#[tokio::test]
async fn center_certificate_that_ended_before_the_last_signed_time_is_refused() {
    let ca = ca(1);
    let pins = [ca.cert().clone()];
    let end = window().not_after_ms;
    let outcome = meet(serve(&center(&ca), &pins), dial_at(&pins, 0, end + DAY)).await;
    let end = end / 1000 * 1000;
    assert_eq!(refused(outcome), PkiError::Expired { not_after_ms: end });
}

#[tokio::test]
async fn expired_device_is_let_in_and_known_as_expired() {
    let ca = ca(1);
    let pins = [ca.cert().clone()];
    let old = device(&ca, Validity::days(NOW - 400 * DAY, 365));
    let seen = meet(serve(&center(&ca), &pins), dial(&pins, Some(&old))).await;
    assert!(seen.unwrap().expect("a client certificate").expired(NOW));
}

#[tokio::test]
async fn enrolling_device_trusts_the_fingerprint_of_its_code_only() {
    let ours = ca(1);
    let pins = [ours.cert().clone()];
    let enrol = |fingerprint| enrolment_client_config(fingerprint, clock(0, 0)).unwrap();
    let good = ours.cert().fingerprint().short();
    assert_eq!(
        meet(serve(&center(&ours), &pins), enrol(good)).await,
        Ok(None)
    );
    let other = ca(2).cert().fingerprint().short();
    let outcome = meet(serve(&center(&ours), &pins), enrol(other)).await;
    assert_eq!(refused(outcome), PkiError::WrongCa);
}

#[tokio::test]
async fn enrolling_device_is_not_fooled_by_a_genuine_authority_beside_a_foreign_certificate() {
    let (ours, theirs) = (ca(1), ca(2));
    let key = SigningSeed::from_bytes(&[40; 32]);
    let cert = theirs
        .issue_center(&key.public_key(), &CENTER_FEED, "center", &[], window())
        .unwrap();
    let forged = TlsIdentity::new(cert, Some(ours.cert().der().clone()), key).unwrap();
    let config = enrolment_client_config(ours.cert().fingerprint().short(), clock(NOW, 0)).unwrap();
    let outcome = meet(serve(&forged, &[theirs.cert().clone()]), config).await;
    assert_eq!(refused(outcome), PkiError::WrongCa);
}

/// What a client makes of a server that is none of ours and answers with `reply`.
async fn answer_with(reply: &'static [u8]) -> Option<PkiError> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let pins = [ca(1).cert().clone()];
    let portal = async {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut hello = [0; 64];
        socket.read_exact(&mut hello).await.unwrap();
        socket.write_all(reply).await.unwrap();
        socket.shutdown().await.unwrap();
        // Until the client hangs up: closing with unread bytes would reset the connection.
        let mut rest = Vec::new();
        socket.read_to_end(&mut rest).await.ok();
    };
    let ((), outcome) = tokio::join!(portal, talk(port, dial(&pins, None)));
    PkiError::from_connection(&outcome.unwrap_err())
}

#[tokio::test]
async fn captive_portal_page_is_told_apart() {
    let page = b"HTTP/1.1 302 Found\r\nLocation: http://portal/login\r\n\r\n<html></html>";
    assert_eq!(answer_with(page).await, Some(PkiError::NotOurPeer));
}

#[tokio::test]
async fn cut_connection_is_not_blamed_on_the_peer() {
    assert_eq!(answer_with(b"").await, None);
}

#[tokio::test]
async fn tls_1_2_is_refused_on_both_sides() {
    let ca = ca(1);
    let pins = [ca.cert().clone()];
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = rcgen::KeyPair::generate().unwrap();
    let cert = rcgen::CertificateParams::new(vec!["x".to_owned()])
        .unwrap()
        .self_signed(&key)
        .unwrap();
    let old_server = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[&rustls::version::TLS12])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key.into())
        .unwrap();
    let outcome = meet(old_server, dial(&pins, None)).await;
    assert_eq!(refused(outcome), PkiError::NotOurPeer);

    let old_client = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS12])
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    let outcome = meet(serve(&center(&ca), &pins), old_client).await;
    assert_eq!(refused(outcome), PkiError::NotOurPeer);
}

#[tokio::test]
async fn certificate_of_the_open_web_is_refused_as_a_stranger() {
    let pins = [ca(1).cert().clone()];
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = rcgen::KeyPair::generate().unwrap();
    let cert = rcgen::CertificateParams::new(vec!["anything.invalid".to_owned()])
        .unwrap()
        .self_signed(&key)
        .unwrap();
    let stranger = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key.into())
        .unwrap();
    assert_eq!(
        refused(meet(stranger, dial(&pins, None)).await),
        PkiError::WrongCa
    );
}
