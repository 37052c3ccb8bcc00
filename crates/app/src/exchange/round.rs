//! One request and its answer: what the center is believed to lack goes up at once, what it says it lacks or
//! has comes back in the same exchange (architecture §5).

use super::client::{Center, next};
use super::{Moved, problem};
use crate::device::name;
use crate::{AppError, Device};
use bytes::Bytes;
use futures_util::stream;
use reqwest::{Body, Response};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use xunyi_journal::{PackedFrame, Vector};
use xunyi_ledger::Outgoing;
use xunyi_store::local;
use xunyi_sync::{Initiator, InitiatorEffect, Message, Outcome, encode};

/// A round that is about to go out.
pub(super) struct Round {
    device: Device,
    own: Vector,
    /// What the center told last: what is held here is told by what differs. Empty: everything is told.
    base: Vector,
    believed: Vector,
    sent: Arc<AtomicU64>,
}

/// How a round ended.
#[derive(Debug, Default)]
pub(super) struct Ended {
    pub(super) moved: Moved,
    /// The center holds all that this device held when the round began.
    pub(super) complete: bool,
    /// Records of the site changed.
    pub(super) site_changed: bool,
    /// The center has forgotten what it told: the next round tells everything.
    pub(super) tell_everything: bool,
}

impl Round {
    /// After a request that got no answer, and where everything is told, nothing is sent before the center has
    /// said what it holds.
    pub(super) fn begin(device: &Device, everything: bool) -> Result<Self, AppError> {
        let unanswered = device.shared.exchanger.set_unanswered(true);
        let (own, held) = device.background(|state| {
            let open = state.opened()?;
            Ok((open.work.vector()?, open.center_holds()?))
        })?;
        let (base, believed) = match (everything, unanswered) {
            (true, _) => (Vector::new(), own.clone()),
            (false, true) => (held, own.clone()),
            (false, false) => (held.clone(), held),
        };
        Ok(Self {
            device: device.clone(),
            own,
            base,
            believed,
            sent: Arc::default(),
        })
    }

    /// Sends, and takes in the answer as it comes.
    pub(super) async fn go(self, center: &Center) -> Result<Ended, AppError> {
        let progress = || self.sent.load(Ordering::Relaxed);
        let response = center.post("/v1/sync", || self.request(), progress).await?;
        self.device.shared.exchanger.set_unanswered(false);
        let mut ended = Ended::default();
        let outcome = self.answer(response, &mut ended).await;
        ended.moved.sent = self.sent.load(Ordering::Relaxed);
        outcome.map(|()| ended)
    }

    /// The request as a stream: a frame is read from the journal when the link has taken the one before.
    fn request(&self) -> Body {
        self.sent.store(0, Ordering::Relaxed);
        let walk = Walk {
            device: self.device.clone(),
            step: Step::Hello {
                hello: Initiator::new(self.base.clone()).hello(&self.own),
                believed: self.believed.clone(),
            },
            sent: Arc::clone(&self.sent),
        };
        Body::wrap_stream(stream::unfold(Some(walk), |walk| async {
            // Reading the journal waits for the database, never the network's own thread.
            let (piece, rest) = tokio::task::spawn_blocking(|| walk.and_then(Walk::next))
                .await
                .ok()??;
            Some((piece, rest))
        }))
    }

    async fn answer(&self, mut response: Response, ended: &mut Ended) -> Result<(), AppError> {
        let mut initiator = Initiator::new(self.base.clone());
        let mut refused = None;
        while let Some(bytes) = next(&mut response).await? {
            initiator.push(&bytes);
            while let Some(effect) = initiator.next_effect().map_err(|e| problem::of_wire(&e))? {
                match effect {
                    InitiatorEffect::PeerHolds(vector) => {
                        ended.complete = covers(&vector, &self.own);
                        self.peer_holds(vector).await?;
                    }
                    InitiatorEffect::Store(frame) => self.store(frame, ended).await?,
                    InitiatorEffect::TellEverything => ended.tell_everything = true,
                    InitiatorEffect::PeerRefused(why) => refused = Some(why.code),
                    InitiatorEffect::Finished => {}
                }
            }
        }
        match (initiator.outcome(), refused) {
            (_, Some(code)) => Err(AppError::with(
                if code == "device.revoked" {
                    "device.revoked"
                } else {
                    "sync.refused"
                },
                serde_json::json!({ "why": code }),
            )),
            (Outcome::Complete, None) => Ok(()),
            (Outcome::Cut, None) => Err(AppError::new("sync.cut")),
        }
    }

    async fn peer_holds(&self, vector: Vector) -> Result<(), AppError> {
        self.blocking(move |device| {
            device.background(|state| {
                state.opened()?.write_local(|ledger| {
                    Ok(local::put(
                        ledger.sql(),
                        name::CENTER_HOLDS,
                        &vector.encode(),
                    )?)
                })
            })
        })
        .await
    }

    async fn store(&self, frame: Vec<u8>, ended: &mut Ended) -> Result<(), AppError> {
        let taken = self
            .blocking(move |device| {
                let packed = PackedFrame::read(&frame).map_err(|_| AppError::new("sync.server"))?;
                device.background(|state| state.opened()?.work.receive(&packed))
            })
            .await?;
        ended.moved.received += taken.received.commits;
        ended.site_changed |= taken.site_changed;
        Ok(())
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Device) -> Result<T, AppError> + Send + 'static,
    ) -> Result<T, AppError> {
        let device = self.device.clone();
        tokio::task::spawn_blocking(move || work(&device))
            .await
            .unwrap_or_else(|_| Err(AppError::new("sync.interrupted")))
    }
}

/// True when everything of `own` is in `held`. Hashes are compared: a fork is not held.
fn covers(held: &Vector, own: &Vector) -> bool {
    own.iter().all(|(feed, at)| {
        held.get(feed)
            .is_some_and(|there| there.seq > at.seq || there == *at)
    })
}

/// Where the request stands.
struct Walk {
    device: Device,
    step: Step,
    sent: Arc<AtomicU64>,
}

enum Step {
    Hello { hello: Message, believed: Vector },
    Frames(Outgoing),
    Ended,
}

type Piece = Result<Bytes, std::io::Error>;

impl Walk {
    /// The next bytes and what follows them; `None` at the end.
    fn next(self) -> Option<(Piece, Option<Self>)> {
        let Self { device, step, sent } = self;
        let made = match step {
            Step::Hello { hello, believed } => device
                .background(|state| state.opened()?.work.outgoing(&believed))
                .map(|walk| (hello, Step::Frames(walk))),
            Step::Frames(mut walk) => device
                .background(|state| state.opened()?.work.next_packed(&mut walk))
                .map(|packed| match packed {
                    None => (Message::End, Step::Ended),
                    Some(packed) => {
                        sent.fetch_add(packed.commits, Ordering::Relaxed);
                        (Message::Frame(packed.bytes), Step::Frames(walk))
                    }
                }),
            Step::Ended => return None,
        };
        Some(match made {
            Ok((message, step)) => {
                let rest = Self { device, step, sent };
                (Ok(Bytes::from(encode(&message))), Some(rest))
            }
            // The link is dropped; what the center has stored it has stored.
            Err(error) => (Err(std::io::Error::other(error)), None),
        })
    }
}
