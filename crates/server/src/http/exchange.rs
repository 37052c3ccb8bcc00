//! `POST /v1/sync`: one exchange. The device's frames are committed as they arrive, each in a transaction of its own;
//! then the answer tells what is held, what was refused, and streams the frames that the device lacks.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use http_body_util::BodyExt;
use xunyi_journal::{FeedId, PackedFrame, Refusal as JournalRefusal, Vector};
use xunyi_ledger::{LedgerError, Outgoing, Received};
use xunyi_pki::PeerIdentity;
use xunyi_sync::{Hello, Message, Refused, Responder, ResponderEffect, WireError, encode};

use super::answer::Refusal;
use super::{App, Peer, body};
use crate::center::Center;
use crate::error::CenterError;
use crate::site::devices;
use crate::system::now_ms;
use crate::words::Code;

/// A link that gives nothing for so long is given up; what it brought is stored.
const STALL: Duration = Duration::from_secs(60);

pub(super) async fn exchange(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    mut body: Body,
) -> Result<Response, Refusal> {
    let shared = Arc::clone(&app);
    // A task of its own: when the link breaks, hyper drops this request, but what has come whole is stored.
    let exchange = tokio::spawn(async move {
        let answered = answered(&app, &peer, &mut body).await;
        if answered.is_err() {
            body::rest(&mut body).await;
        }
        answered
    });
    let answer = exchange
        .await
        .unwrap_or_else(|broken| Err(CenterError::Io(std::io::Error::other(broken))))?;
    shared.metrics.answered.one();
    Ok(answer.into_response())
}

async fn answered(app: &Arc<App>, peer: &Peer, body: &mut Body) -> Result<Body, CenterError> {
    let device = peer.device()?.clone();
    app.metrics.exchanges.one();
    let mut exchange = Exchange {
        app: Arc::clone(app),
        device,
        responder: Responder::new(),
        told: BTreeSet::new(),
        commits: 0,
        held: 0,
    };
    let hello = exchange.take_in(body).await?;
    match app.told.base_of(&hello) {
        Some(base) => exchange.answer(&hello, &base).await,
        None => Ok(Body::from(exchange.responder.ask_for_everything())),
    }
}

struct Exchange {
    app: Arc<App>,
    device: PeerIdentity,
    responder: Responder,
    /// Refusals that the answer carries, each once.
    told: BTreeSet<(String, Option<FeedId>)>,
    commits: u64,
    held: u64,
}

impl Exchange {
    /// Reads the request to its end; answers how it told what the device holds.
    async fn take_in(&mut self, body: &mut Body) -> Result<Hello, CenterError> {
        loop {
            while let Some(effect) = self.responder.next_effect().map_err(wire)? {
                match effect {
                    ResponderEffect::Store(frame) => self.store(frame).await?,
                    ResponderEffect::Answer(hello) => return Ok(hello),
                }
            }
            let piece = tokio::time::timeout(STALL, body.frame())
                .await
                .map_err(|_| CenterError::code_only(Code::SyncStalled))?;
            match piece {
                Some(Ok(piece)) => {
                    if let Ok(bytes) = piece.into_data() {
                        self.responder.push(&bytes);
                    }
                }
                // Cut: nobody waits for the answer. What came whole is stored.
                Some(Err(_)) | None => return Err(CenterError::code_only(Code::SyncMalformed)),
            }
        }
    }

    async fn store(&mut self, bytes: Vec<u8>) -> Result<(), CenterError> {
        match self
            .app
            .blocking(move |center| receive(center, &bytes))
            .await
        {
            Ok(received) => {
                self.commits += received.commits;
                self.held += received.held;
                self.app.metrics.frames.one();
                self.app.metrics.commits.more(received.commits);
                self.app.bell.ring();
                Ok(())
            }
            Err(CenterError::Ledger(LedgerError::Refused(refusal))) => {
                self.app.metrics.refused.one();
                tracing::warn!(
                    device = self.device.name,
                    code = refusal.code(),
                    "frame refused"
                );
                self.refuse(refusal.code(), feed_of(&refusal));
                Ok(())
            }
            Err(other) => Err(other),
        }
    }

    fn refuse(&mut self, code: &str, feed: Option<FeedId>) {
        if self.told.insert((code.to_owned(), feed)) {
            self.responder.refused(Refused {
                code: code.to_owned(),
                feed,
            });
        }
    }

    async fn answer(mut self, hello: &Hello, base: &Vector) -> Result<Body, CenterError> {
        let feed = FeedId(self.device.feed);
        let peer_holds = hello.vector(base);
        let peer_holds = peer_holds.ok_or(CenterError::code_only(Code::SyncMalformed))?;
        let (vector, walk, revoked) = {
            let peer_holds = peer_holds.clone();
            self.app
                .blocking(move |center| {
                    center.read(|ledger| {
                        let (vector, site) = (ledger.vector()?, ledger.site());
                        let revoked = devices::is_revoked(ledger, &feed)?;
                        Ok((
                            vector,
                            Outgoing::new(ledger.sql(), site, &peer_holds)?,
                            revoked,
                        ))
                    })
                })
                .await?
        };
        let no_data = if revoked {
            Some(Code::DeviceRevoked)
        } else if self.device.expired(now_ms()) {
            Some(Code::CertificateExpired)
        } else {
            None
        };
        tracing::info!(
            device = self.device.name,
            commits = self.commits,
            held = self.held,
            refused = self.told.len(),
            no_data = no_data.map(Code::as_str),
            "exchange"
        );
        match no_data {
            None => {
                let head = self.responder.answer_head(&vector, base);
                self.app.told.remember(vector);
                Ok(stream_of(self.app, head, walk))
            }
            Some(code) => {
                // It learns what has arrived of what it sent, and nothing more.
                self.refuse(code.as_str(), Some(feed));
                let acknowledged: Vector = vector
                    .iter()
                    .filter(|(of, _)| **of == feed || peer_holds.get(of).is_some())
                    .map(|(of, at)| (*of, *at))
                    .collect();
                let mut head = self.responder.answer_head(&acknowledged, &Vector::new());
                head.extend(encode(&Message::End));
                Ok(Body::from(head))
            }
        }
    }
}

/// One frame, one transaction: judged, and in the journal when this answers.
fn receive(center: &Center, bytes: &[u8]) -> Result<Received, CenterError> {
    let packed = PackedFrame::read(bytes)?;
    center.write(|ledger| {
        ledger.lock_feeds(packed.feeds())?;
        let frame = ledger.unpack(&packed)?;
        Ok(ledger.receive(frame, center.trust())?)
    })
}

/// The head, then frame after frame as the link takes them, then the end.
fn stream_of(app: Arc<App>, head: Vec<u8>, walk: Outgoing) -> Body {
    let ready = VecDeque::from([head]);
    Body::from_stream(stream::try_unfold(
        (app, ready, Some(walk)),
        |(app, mut ready, walk)| async move {
            if let Some(bytes) = ready.pop_front() {
                return Ok(Some((Bytes::from(bytes), (app, ready, walk))));
            }
            let Some(walk) = walk else { return Ok(None) };
            let (walk, frame) = app.blocking(move |center| next_frame(center, walk)).await?;
            let (message, walk) = match frame {
                Some(frame) => (Message::Frame(frame), Some(walk)),
                None => (Message::End, None),
            };
            let bytes = Bytes::from(encode(&message));
            Ok::<_, CenterError>(Some((bytes, (app, ready, walk))))
        },
    ))
}

fn next_frame(
    center: &Center,
    mut walk: Outgoing,
) -> Result<(Outgoing, Option<Vec<u8>>), CenterError> {
    let packed = center.read(|ledger| Ok(walk.next_packed(ledger.sql())?))?;
    Ok((walk, packed.map(|packed| packed.bytes)))
}

fn wire(error: WireError) -> CenterError {
    CenterError::code_only(match error {
        WireError::TooLarge(_) => Code::SyncTooLarge,
        WireError::Foreign => Code::SyncForeign,
        WireError::Malformed => Code::SyncMalformed,
        WireError::OutOfTurn => Code::SyncOutOfTurn,
        WireError::TooOld => Code::SyncTooOld,
    })
}

fn feed_of(refusal: &JournalRefusal) -> Option<FeedId> {
    match refusal {
        JournalRefusal::Structure(_) => None,
        JournalRefusal::BrokenChain { feed, .. }
        | JournalRefusal::FalseSignature { feed, .. }
        | JournalRefusal::WrongActor { feed, .. }
        | JournalRefusal::Gap { feed, .. }
        | JournalRefusal::Fork { feed, .. } => Some(*feed),
    }
}
