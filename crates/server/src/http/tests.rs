//! Requests straight to the router, from peers whose certificates a real handshake would take long to come by.

use super::*;
use crate::testing::{MORNING, Place, place};
use axum::Extension;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use http_body_util::BodyExt;
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use serde_json::Value;
use xunyi_journal::{
    Action, Author, DeviceRecord, DocId, DocType, Draft, FeedId, Frame, Receiver, UserId, Vector,
    feed_id,
};
use xunyi_ledger::pack;
use xunyi_pki::{SigningSeed, Validity};
use xunyi_sync::{Initiator, InitiatorEffect, Message, encode};

const DAY_MS: i64 = 86_400_000;

struct Device {
    identity: PeerIdentity,
    feed: FeedId,
    frames: Vec<Frame>,
}

/// A device with nothing but its entry 0, its certificate valid so.
fn device(place: &Place, validity: Validity) -> Device {
    let key = SigningSeed::from_bytes(&[5; 32]);
    let feed = feed_id(&key.public_key(), &[6; 16]);
    let certificate = place
        .center
        .authority()
        .issue_device(&key.public_key(), &feed.0, "GP", validity)
        .unwrap();
    let record = DeviceRecord {
        name: "GP".into(),
        public_key: key.public_key(),
        nonce: [6; 16],
        certificate: certificate.to_vec(),
        follows: None,
    };
    let joined = Draft {
        doc: DocId(feed.0),
        doc_type: DocType::Feed,
        action: Action::DeviceJoined,
        change: record.encode(),
    };
    let commit = Author::new(feed, &key.seed())
        .commit(None, 1, MORNING, UserId::NOBODY, vec![joined])
        .unwrap();
    Device {
        identity: PeerIdentity::from_cert(&certificate).unwrap(),
        feed,
        frames: vec![Frame {
            commits: vec![commit],
        }],
    }
}

fn app(place: &Place) -> Arc<App> {
    Arc::new(App {
        center: Arc::clone(&place.center),
        bell: Arc::new(WorkerBell::new()),
        metrics: Metrics::default(),
        wrong_codes: Limiter::default(),
        told: Told::default(),
        news: Arc::default(),
        stopped: watch::channel(false).1,
    })
}

async fn ask(
    app: &Arc<App>,
    identity: Option<PeerIdentity>,
    method: Method,
    path: &str,
    body: Vec<u8>,
) -> (StatusCode, Vec<u8>) {
    let peer = Peer {
        address: [127, 0, 0, 1].into(),
        identity,
    };
    let service = TowerToHyperService::new(router(Arc::clone(app)).layer(Extension(peer)));
    let request = Request::builder().method(method).uri(path);
    let request = request.body(Body::from(body)).unwrap();
    let reply = service.call(request).await.unwrap();
    let status = reply.status();
    let body = reply.into_body().collect().await.unwrap().to_bytes();
    (status, body.to_vec())
}

fn message(device: &Device) -> Vec<u8> {
    let mut body = encode(&Initiator::default().hello(&Vector::new()));
    for frame in &device.frames {
        body.extend(encode(&Message::Frame(
            pack(frame, &Receiver::default()).unwrap(),
        )));
    }
    body.extend(encode(&Message::End));
    body
}

fn effects(answer: &[u8]) -> Vec<InitiatorEffect> {
    let mut initiator = Initiator::default();
    initiator.push(answer);
    std::iter::from_fn(|| initiator.next_effect().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_whose_certificate_has_ended_uploads_and_gets_no_data() {
    let place = place();
    let app = app(&place);
    let ended = Validity {
        not_before_ms: MORNING - 20 * DAY_MS,
        not_after_ms: MORNING - 10 * DAY_MS,
    };
    let device = device(&place, ended);
    let identity = || Some(device.identity.clone());
    let (status, answer) = ask(&app, identity(), Method::POST, "/v1/sync", message(&device)).await;
    assert_eq!(status, StatusCode::OK);
    let effects = effects(&answer);
    let [
        InitiatorEffect::PeerRefused(refused),
        InitiatorEffect::PeerHolds(holds),
        InitiatorEffect::Finished,
    ] = effects.as_slice()
    else {
        panic!("{effects:?}");
    };
    assert_eq!(refused.code, "device.certificate_expired");
    assert_eq!(holds.len(), 1);
    assert_eq!(holds.get(&device.feed).unwrap().seq, 0);
    let table = format!("/v1/tables/{}", "0".repeat(64));
    let (status, body) = ask(&app, identity(), Method::GET, &table, vec![]).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(body["code"], "device.certificate_expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_gets_what_it_lacks_and_a_center_is_no_device() {
    let place = place();
    let app = app(&place);
    let now = crate::system::now_ms();
    let device = device(&place, Validity::days(now - DAY_MS, 30));
    let identity = Some(device.identity.clone());
    let (_, answer) = ask(&app, identity, Method::POST, "/v1/sync", message(&device)).await;
    let effects = effects(&answer);
    assert!(matches!(effects.first(), Some(InitiatorEffect::PeerHolds(v)) if v.len() == 2));
    assert!(
        effects
            .iter()
            .any(|e| matches!(e, InitiatorEffect::Store(_)))
    );
    assert_eq!(effects.last(), Some(&InitiatorEffect::Finished));
    let center = PeerIdentity {
        role: Role::Center,
        ..device.identity.clone()
    };
    for identity in [None, Some(center)] {
        let (status, _) = ask(&app, identity, Method::POST, "/v1/sync", message(&device)).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
    }
}
