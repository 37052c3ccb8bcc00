//! A device of the tests: made from the same pieces as the app, in memory, enrolled and synced over real sockets.

use crate::client::{NoReply, Reply, request};
use hyper::Method;
use rustls::ClientConfig;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use xunyi_app::{Clock, DeviceFacts, Ids, Knowledge, Parts, SignedIn, Workplace};
use xunyi_journal::{Author, DeviceRecord, FeedId, Frame, PackedFrame, Receiver, Vector, feed_id};
use xunyi_ledger::{Holdings, pack};
use xunyi_model::medication::Formulary;
use xunyi_model::tables::{Tables, demo_formulary};
use xunyi_model::{DeviceId, Role, StaffId};
use xunyi_pki::{
    CaCert, EnrolAnswer, EnrolRequest, EnrolmentCode, FixedTime, PeerWanted, SigningSeed,
    TlsIdentity, client_config, enrolment_client_config,
};
use xunyi_store::{SiteTrust, Store};
use xunyi_sync::{Initiator, InitiatorEffect, Message, Outcome, Refused, encode};

struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> i64 {
        now()
    }
}

#[expect(clippy::disallowed_methods, reason = "a real device has a real clock")]
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

struct SystemIds;

impl Ids for SystemIds {
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).unwrap();
    }
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).unwrap();
    bytes
}

/// A key and a nonce that ask for a certificate, before they have one.
#[derive(Clone)]
pub struct Applicant {
    pub code: EnrolmentCode,
    pub key: SigningSeed,
    pub nonce: [u8; 16],
}

impl Applicant {
    pub fn new(code: &str) -> Self {
        Self {
            code: EnrolmentCode::parse(code).unwrap(),
            key: SigningSeed::from_bytes(&random()),
            nonce: random(),
        }
    }

    pub fn request(&self) -> EnrolRequest {
        EnrolRequest::new(&self.code, &self.key, self.nonce)
    }

    pub async fn ask(&self) -> Result<Reply, NoReply> {
        let body = serde_json::to_vec(&self.request()).unwrap();
        post_enrol(&self.code, body).await
    }
}

/// `POST /v1/enrol` with any body.
pub async fn post_enrol(code: &EnrolmentCode, body: Vec<u8>) -> Result<Reply, NoReply> {
    let tls = enrolment_client_config(code.fingerprint(), Arc::new(time())).unwrap();
    request(&code.url(), tls, Method::POST, "/v1/enrol", body).await
}

fn time() -> FixedTime {
    FixedTime {
        now_ms: now(),
        floor_ms: 0,
    }
}

/// What an exchange came to.
#[derive(Debug, Default)]
pub struct Exchanged {
    /// What the center holds, as it says.
    pub acknowledged: Option<Vector>,
    /// What it did not take.
    pub refused: Vec<Refused>,
    /// Commits that were taken in here.
    pub received: u64,
    /// Commits that are held here, among those.
    pub held: u64,
    /// True when the answer came to its end.
    pub whole: bool,
}

impl Exchanged {
    pub fn codes(&self) -> Vec<&str> {
        self.refused.iter().map(|r| r.code.as_str()).collect()
    }
}

/// What a device needs to reach the center.
#[derive(Clone)]
pub struct Line {
    pub address: String,
    key: SigningSeed,
    certificate: Vec<u8>,
    authority: CaCert,
}

impl Line {
    /// TLS with the device's certificate.
    pub fn tls(&self) -> ClientConfig {
        let certificate = self.certificate.clone().into();
        let identity = TlsIdentity::new(certificate, None, self.key.clone()).unwrap();
        let pins = [self.authority.clone()];
        client_config(&pins, Some(&identity), PeerWanted::Center, Arc::new(time())).unwrap()
    }

    /// TLS that knows the center and shows nothing.
    pub fn tls_without_certificate(&self) -> ClientConfig {
        let pins = [self.authority.clone()];
        client_config(&pins, None, PeerWanted::Center, Arc::new(time())).unwrap()
    }

    pub async fn get(&self, path: &str) -> Result<Reply, NoReply> {
        request(&self.address, self.tls(), Method::GET, path, Vec::new()).await
    }

    pub async fn post(&self, body: Vec<u8>) -> Result<Reply, NoReply> {
        request(&self.address, self.tls(), Method::POST, "/v1/sync", body).await
    }
}

pub struct Device {
    pub work: Workplace,
    pub answer: EnrolAnswer,
    pub key: SigningSeed,
    pub line: Line,
    user: SignedIn,
}

impl Device {
    /// Enrols with a code.
    pub async fn enrol(code: &str) -> Self {
        let applicant = Applicant::new(code);
        let reply = applicant.ask().await.unwrap();
        assert!(reply.status.is_success(), "{reply:?}");
        Self::with(&applicant, serde_json::from_slice(&reply.body).unwrap())
    }

    /// Works with what the center answered.
    pub fn with(applicant: &Applicant, answer: EnrolAnswer) -> Self {
        let authority = CaCert::from_der(&answer.authorities[0]).unwrap();
        let public_key = applicant.key.public_key();
        let feed = feed_id(&public_key, &applicant.nonce);
        let formulary = demo_formulary().unwrap();
        let vehicle = answer.vehicle.clone();
        let mut work = Workplace::new(Parts {
            store: Store::in_memory(i64::from(answer.site)).unwrap(),
            author: Author::new(feed, &applicant.key.seed()),
            device: DeviceFacts {
                device: DeviceId::from_bytes(feed.0),
                name: answer.device_name.clone(),
                letter: answer.letter.clone(),
                vehicle: vehicle.map(|v| serde_json::from_value(v).unwrap()),
            },
            knowledge: Knowledge {
                tables: Tables::shipped().unwrap(),
                formulary_version: formulary.version.clone(),
                formulary_sign_off: formulary.sign_off.clone(),
                formulary: Formulary::new(formulary.body),
            },
            trust: Box::new(SiteTrust::new(vec![authority.clone()])),
            clock: Arc::new(SystemClock),
            ids: Arc::new(SystemIds),
        })
        .unwrap();
        let record = DeviceRecord {
            name: answer.device_name.clone(),
            public_key,
            nonce: applicant.nonce,
            certificate: answer.certificate.clone(),
            follows: None,
        };
        work.open_feed(&record).unwrap();
        let user = SignedIn {
            staff: StaffId::from_bytes([7; 16]),
            name: "陈立".into(),
            roles: vec![Role::Gp],
        };
        Self {
            work,
            key: applicant.key.clone(),
            line: Line {
                address: applicant.code.url(),
                key: applicant.key.clone(),
                certificate: answer.certificate.clone(),
                authority,
            },
            user,
            answer,
        }
    }

    pub fn feed(&self) -> FeedId {
        FeedId(*self.work.device().device.as_bytes())
    }

    pub fn author(&self) -> Author {
        Author::new(self.feed(), &self.key.seed())
    }

    pub fn run(&mut self, command: &str, input: Value) -> Value {
        self.work
            .invoke(&self.user, command, input)
            .unwrap_or_else(|e| panic!("{command}: {e:?}"))
    }

    pub fn register(&mut self, name: &str) -> String {
        let input = json!({
            "name": name, "sex": "female", "birth_date": "1959-03-12", "not_a_duplicate": true
        });
        let answer = self.run("patient.register", input);
        answer["patient"].as_str().unwrap().to_owned()
    }

    pub fn finds(&mut self, query: &str) -> usize {
        let answer = self.run("patient.search", json!({ "query": query, "limit": 50 }));
        answer["hits"].as_array().unwrap().len()
    }

    pub fn vector(&mut self) -> Vector {
        self.work.vector().unwrap()
    }

    pub fn holdings(&mut self) -> Holdings {
        self.work.store().read(|ledger| ledger.holdings()).unwrap()
    }

    /// Commits held by policy here.
    pub fn held(&mut self) -> u64 {
        self.work.store().read(|ledger| ledger.held()).unwrap()
    }

    /// Every frame that a peer holding `held` lacks.
    pub fn frames(&mut self, held: &Vector) -> Vec<Frame> {
        let mut walk = self.work.outgoing(held).unwrap();
        let mut frames = Vec::new();
        while let Some(frame) = self.work.next_frame(&mut walk).unwrap() {
            frames.push(frame);
        }
        frames
    }

    /// A request with these frames.
    pub fn message(&mut self, frames: &[Frame]) -> Vec<u8> {
        let mut body = encode(&Initiator::default().hello(&self.vector()));
        for frame in frames {
            body.extend(encode(&Message::Frame(
                pack(frame, &Receiver::default()).unwrap(),
            )));
        }
        body.extend(encode(&Message::End));
        body
    }

    /// Sends these frames and takes in what comes back, also of an answer that was cut.
    pub async fn exchange(&mut self, frames: &[Frame]) -> Exchanged {
        let body = self.message(frames);
        let answer = match self.line.post(body).await {
            Ok(reply) => {
                assert!(reply.status.is_success(), "{reply:?}");
                reply.body.to_vec()
            }
            Err(NoReply::Link(part)) => part,
            Err(NoReply::Pki(error)) => panic!("{error}"),
        };
        self.take_in(&answer)
    }

    pub fn take_in(&mut self, answer: &[u8]) -> Exchanged {
        let mut initiator = Initiator::default();
        let mut exchanged = Exchanged::default();
        initiator.push(answer);
        while let Some(effect) = initiator.next_effect().unwrap() {
            match effect {
                InitiatorEffect::Store(bytes) => {
                    let packed = PackedFrame::read(&bytes).unwrap();
                    let received = self.work.receive(&packed).unwrap().received;
                    exchanged.received += received.commits;
                    exchanged.held += received.held;
                }
                InitiatorEffect::PeerHolds(vector) => exchanged.acknowledged = Some(vector),
                InitiatorEffect::PeerRefused(refused) => exchanged.refused.push(refused),
                InitiatorEffect::TellEverything => panic!("everything was told"),
                InitiatorEffect::Finished => {}
            }
        }
        exchanged.whole = initiator.outcome() == Outcome::Complete;
        exchanged
    }

    /// Sends what the center lacks, by what it said last (nothing yet: everything), and takes in the rest.
    pub async fn sync(&mut self, known: &Vector) -> Exchanged {
        let frames = self.frames(known);
        self.exchange(&frames).await
    }

    /// A whole exchange: asks what the center holds, then sends exactly what it lacks.
    pub async fn meet(&mut self) -> Exchanged {
        let first = self.exchange(&[]).await;
        let holds = first.acknowledged.unwrap_or_default();
        let mut second = self.sync(&holds).await;
        assert!(first.whole && second.whole, "{second:?}");
        assert!(second.refused.is_empty(), "{second:?}");
        second.received += first.received;
        second.held += first.held;
        second
    }
}
