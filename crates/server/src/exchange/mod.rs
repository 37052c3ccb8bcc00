//! One exchange as the center leads it, without a network: bytes of a request are taken in as they come, each whole
//! frame in a transaction of its own; then the answer tells what is held, what was refused, and gives the frames that
//! the device lacks. The HTTP host drives it, and so does the simulator.

mod told;

use std::collections::BTreeSet;

use xunyi_journal::{FeedId, PackedFrame, Refusal, Vector};
use xunyi_ledger::{LedgerError, Outgoing, Received};
use xunyi_pki::PeerIdentity;
use xunyi_sync::{Hello, Message, Refused, Responder, ResponderEffect, WireError, encode};

pub use told::Told;

use crate::center::Center;
use crate::error::CenterError;
use crate::refill;
use crate::site::devices;
use crate::words::Code;

/// A device's request on its way in.
#[derive(Debug)]
pub struct Exchange {
    device: PeerIdentity,
    responder: Responder,
    hello: Option<Hello>,
    /// Refusals that the answer carries, each once.
    told: BTreeSet<(String, Option<FeedId>)>,
    counts: Counts,
}

/// What a request brought so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Frames stored.
    pub frames: u64,
    /// Frames refused.
    pub refused: u64,
    /// Commits stored.
    pub commits: u64,
    /// Commits held by policy, among those stored.
    pub held: u64,
}

/// An answer: bytes to send first, and the walk whose frames follow, where any do.
#[derive(Debug)]
pub struct Answer {
    /// What is sent first.
    pub head: Vec<u8>,
    /// Then its frames by [`next_piece`]; nothing more where there is none.
    pub walk: Option<Outgoing>,
    /// The code by which the device is given no data.
    pub no_data: Option<&'static str>,
}

impl Exchange {
    /// With the device that its certificate proved.
    pub fn new(device: PeerIdentity) -> Self {
        Self {
            device,
            responder: Responder::new(),
            hello: None,
            told: BTreeSet::new(),
            counts: Counts::default(),
        }
    }

    /// The device.
    pub fn device(&self) -> &PeerIdentity {
        &self.device
    }

    /// What it brought so far.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Takes bytes in; true when the request is complete.
    ///
    /// # Errors
    /// Bytes that are no request, or what the database says. The request must be dropped then; frames stored so far
    /// stay.
    pub fn take(&mut self, center: &Center, bytes: &[u8], now: i64) -> Result<bool, CenterError> {
        self.responder.push(bytes);
        while let Some(effect) = self.responder.next_effect().map_err(|e| wire(&e))? {
            match effect {
                ResponderEffect::Store(frame) => self.store(center, &frame, now)?,
                ResponderEffect::Answer(hello) => {
                    self.hello = Some(hello);
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    fn store(&mut self, center: &Center, bytes: &[u8], now: i64) -> Result<(), CenterError> {
        match receive(center, bytes, now) {
            Ok(received) => {
                self.counts.frames += 1;
                self.counts.commits += received.commits;
                self.counts.held += received.held;
                Ok(())
            }
            Err(CenterError::Ledger(LedgerError::Refused(refusal))) => {
                self.counts.refused += 1;
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

    /// Answers a complete request.
    ///
    /// # Errors
    /// `sync.malformed` for a request that is not complete; what the database says.
    pub fn answer(mut self, center: &Center, told: &Told, now: i64) -> Result<Answer, CenterError> {
        let malformed = || CenterError::code_only(Code::SyncMalformed);
        let hello = self.hello.take().ok_or_else(malformed)?;
        let Some(base) = told.base_of(&hello) else {
            return Ok(Answer {
                head: self.responder.ask_for_everything(),
                walk: None,
                no_data: None,
            });
        };
        let feed = FeedId(self.device.feed);
        let peer_holds = hello.vector(&base).ok_or_else(malformed)?;
        if center.read(|ledger| refill::concerns(ledger, &feed))? {
            refill::came(center, &self.device, &peer_holds, now)?;
        }
        let (vector, walk, revoked, own) = center.read(|ledger| {
            let (vector, site) = (ledger.vector()?, ledger.site());
            let all = ledger.feeds()?;
            let own = all.iter().filter(|of| center.trust().device_of(of) == feed);
            let own: BTreeSet<FeedId> = own.map(|of| of.feed).collect();
            let revoked = devices::is_revoked(ledger, &feed)?;
            let walk = Outgoing::new(ledger.sql(), site, &peer_holds)?;
            Ok((vector, walk, revoked, own))
        })?;
        let no_data = if revoked {
            Some(Code::DeviceRevoked)
        } else if self.device.expired(now) {
            Some(Code::CertificateExpired)
        } else {
            None
        };
        tracing::info!(
            device = self.device.name,
            commits = self.counts.commits,
            held = self.counts.held,
            refused = self.told.len(),
            no_data = no_data.map(Code::as_str),
            "exchange"
        );
        let Some(code) = no_data else {
            let head = self.responder.answer_head(&vector, &base);
            told.remember(vector);
            return Ok(Answer {
                head,
                walk: Some(walk),
                no_data: None,
            });
        };
        // It learns what has arrived of what it sent, and nothing more.
        self.refuse(code.as_str(), Some(feed));
        let acknowledged: Vector = vector
            .iter()
            .filter(|(of, _)| own.contains(of) || peer_holds.get(of).is_some())
            .map(|(of, at)| (*of, *at))
            .collect();
        let mut head = self.responder.answer_head(&acknowledged, &Vector::new());
        head.extend(encode(&Message::End));
        Ok(Answer {
            head,
            walk: None,
            no_data: Some(code.as_str()),
        })
    }
}

/// One frame, one transaction: judged, and in the journal when this answers.
fn receive(center: &Center, bytes: &[u8], now: i64) -> Result<Received, CenterError> {
    let packed = PackedFrame::read(bytes)?;
    center.write(|ledger| {
        ledger.lock_feeds(packed.feeds())?;
        let own = center.feed_now(ledger)?;
        let tip_before = match packed.feeds().contains(&own) {
            true => ledger.feed(&own)?.map(|feed| feed.tip),
            false => None,
        };
        let frame = ledger.unpack(&packed)?;
        let received = ledger.receive(frame, center.trust())?;
        if received.rejudge {
            ledger.rejudge(center.trust())?;
        }
        if let Some(tip) = tip_before {
            // What it wrote itself comes to it from others: its disk was put back, and nobody told it.
            let tip_now = ledger.feed(&own)?.map(|feed| feed.tip);
            if received.forked.contains(&own) || tip_now != Some(tip) {
                refill::begin(center, ledger, 0, now)?;
            }
        }
        Ok(received)
    })
}

/// The next bytes of an answer behind its head, and the walk that goes on from them; none after the end.
///
/// # Errors
/// What the database says; the link must be dropped then.
pub fn next_piece(
    center: &Center,
    mut walk: Outgoing,
) -> Result<(Vec<u8>, Option<Outgoing>), CenterError> {
    let packed = center.read(|ledger| Ok(walk.next_packed(ledger.sql())?))?;
    Ok(match packed {
        Some(packed) => (encode(&Message::Frame(packed.bytes)), Some(walk)),
        None => (encode(&Message::End), None),
    })
}

fn wire(error: &WireError) -> CenterError {
    CenterError::code_only(match error {
        WireError::TooLarge(_) => Code::SyncTooLarge,
        WireError::Foreign => Code::SyncForeign,
        WireError::Malformed => Code::SyncMalformed,
        WireError::OutOfTurn => Code::SyncOutOfTurn,
        WireError::TooOld => Code::SyncTooOld,
    })
}

fn feed_of(refusal: &Refusal) -> Option<FeedId> {
    match refusal {
        Refusal::Structure(_) => None,
        Refusal::BrokenChain { feed, .. }
        | Refusal::FalseSignature { feed, .. }
        | Refusal::WrongActor { feed, .. }
        | Refusal::Gap { feed, .. }
        | Refusal::Fork { feed, .. } => Some(*feed),
    }
}
