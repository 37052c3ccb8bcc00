//! An exchange as the device leads it, over a workplace and without a network: what goes up is given piece by piece,
//! what comes back is taken in piece by piece. A client over HTTPS drives it, and so does the simulator.

use super::problem;
use crate::device::name;
use crate::{AppError, Workplace};
#[cfg(feature = "mutants")]
use xunyi_journal::mutant::{self, Mutant};
use xunyi_journal::{PackedFrame, Vector};
use xunyi_ledger::Outgoing;
use xunyi_store::local;
use xunyi_sync::{Initiator, InitiatorEffect, Message, Outcome, encode};

/// One request and its answer.
#[derive(Clone, Debug)]
pub struct Session {
    own: Vector,
    /// What the center told last: what is held here is told by what differs. Empty: everything is told.
    base: Vector,
    /// What it is believed to hold: the rest goes up at once.
    believed: Vector,
    asks_first: bool,
}

/// What an exchange brought and what is to follow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ended {
    /// Commits that came.
    pub received: u64,
    /// The center holds all that this device held when the exchange began.
    pub complete: bool,
    /// Records of the site changed.
    pub site_changed: bool,
    /// The center has forgotten what it told: the next request tells everything.
    pub tell_everything: bool,
}

impl Session {
    /// Begins one. After a request that got no answer, and where everything is told, nothing is sent before the
    /// center has said what it holds.
    ///
    /// # Errors
    /// [`AppError`] when the database cannot be read.
    pub fn begin(work: &mut Workplace, everything: bool) -> Result<Self, AppError> {
        let unanswered = work.set_unanswered(true);
        let own = work.vector()?;
        let held = work.center_holds()?;
        let (base, believed) = match (everything, unanswered) {
            (true, _) => (Vector::new(), own.clone()),
            (false, true) => (held, own.clone()),
            (false, false) => (held.clone(), held),
        };
        Ok(Self {
            own,
            base,
            believed,
            asks_first: everything || unanswered,
        })
    }

    /// True where nothing is sent before the center has said what it holds.
    pub fn asks_first(&self) -> bool {
        self.asks_first
    }

    /// What goes up, from the beginning.
    pub fn request(&self) -> Request {
        Request {
            sent: 0,
            step: Step::Hello {
                hello: Initiator::new(self.base.clone()).hello(&self.own),
                believed: self.believed.clone(),
            },
        }
    }

    /// The answer, of which nothing has come yet.
    pub fn answer(self) -> Answer {
        Answer {
            initiator: Initiator::new(self.base),
            own: self.own,
            ended: Ended::default(),
            refused: None,
            gap: false,
            answered: false,
        }
    }
}

/// Where a request stands.
#[derive(Debug)]
pub struct Request {
    step: Step,
    sent: u64,
}

#[derive(Debug)]
enum Step {
    Hello { hello: Message, believed: Vector },
    Frames(Outgoing),
    Ended,
}

impl Request {
    /// The next bytes; `None` at the end. A frame is read from the journal when the link has taken the one before.
    ///
    /// # Errors
    /// [`AppError`] when the database cannot be read; the link must be dropped then.
    pub fn next(&mut self, work: &mut Workplace) -> Result<Option<Vec<u8>>, AppError> {
        let (message, step) = match std::mem::replace(&mut self.step, Step::Ended) {
            Step::Hello { hello, believed } => (hello, Step::Frames(work.outgoing(&believed)?)),
            Step::Frames(mut walk) => match work.next_packed(&mut walk)? {
                None => (Message::End, Step::Ended),
                Some(packed) => {
                    self.sent += packed.commits;
                    (Message::Frame(packed.bytes), Step::Frames(walk))
                }
            },
            Step::Ended => return Ok(None),
        };
        self.step = step;
        Ok(Some(encode(&message)))
    }

    /// Commits given so far.
    pub fn sent(&self) -> u64 {
        self.sent
    }
}

/// Where an answer stands.
#[derive(Debug)]
pub struct Answer {
    initiator: Initiator,
    own: Vector,
    ended: Ended,
    refused: Option<String>,
    gap: bool,
    answered: bool,
}

impl Answer {
    /// Takes bytes of it in; each whole frame is on disk when this answers.
    ///
    /// # Errors
    /// What cannot be read, or the database does; what came before is kept. The link must be dropped.
    pub fn take(&mut self, work: &mut Workplace, bytes: &[u8]) -> Result<(), AppError> {
        if !self.answered {
            work.set_unanswered(false);
            self.answered = true;
        }
        self.initiator.push(bytes);
        while let Some(effect) = self
            .initiator
            .next_effect()
            .map_err(|e| problem::of_wire(&e))?
        {
            match effect {
                InitiatorEffect::PeerHolds(vector) => {
                    self.ended.complete = !self.gap && covers(&vector, &self.own);
                    #[cfg(feature = "mutants")]
                    if mutant::is(Mutant::VectorBeforeEntries) {
                        let count = |ledger: &mut xunyi_ledger::Ledger<'_>| {
                            Ok::<_, AppError>(ledger.count_unseen(&vector)?)
                        };
                        work.store().write(count)?;
                    }
                    work.set_center_holds(&vector)?;
                }
                InitiatorEffect::Store(frame) => {
                    let packed =
                        PackedFrame::read(&frame).map_err(|_| AppError::new("sync.server"))?;
                    let taken = work.receive(&packed)?;
                    self.ended.received += taken.received.commits;
                    self.ended.site_changed |= taken.site_changed;
                }
                InitiatorEffect::TellEverything => self.ended.tell_everything = true,
                // The belief was wrong: the vector in this very answer says what is to be sent.
                InitiatorEffect::PeerRefused(why) if is_gap(&why.code) => self.gap = true,
                InitiatorEffect::PeerRefused(why) => self.refused = Some(why.code),
                InitiatorEffect::Finished => {}
            }
        }
        Ok(())
    }

    /// What it has brought so far.
    pub fn so_far(&self) -> &Ended {
        &self.ended
    }

    /// The link ended.
    ///
    /// # Errors
    /// `device.revoked`, `sync.refused`; `sync.cut` where the end is missing.
    pub fn end(self) -> Result<Ended, AppError> {
        match (self.initiator.outcome(), self.refused) {
            (_, Some(code)) => Err(AppError::with(
                if code == "device.revoked" {
                    "device.revoked"
                } else {
                    "sync.refused"
                },
                serde_json::json!({ "why": code }),
            )),
            (Outcome::Complete, None) => Ok(self.ended),
            (Outcome::Cut, None) => Err(AppError::new("sync.cut")),
        }
    }
}

fn is_gap(code: &str) -> bool {
    matches!(code, "journal.gap" | "journal.broken_chain")
}

/// True when everything of `own` is in `held`. Hashes are compared: a fork is not held.
fn covers(held: &Vector, own: &Vector) -> bool {
    own.iter().all(|(feed, at)| {
        held.get(feed)
            .is_some_and(|there| there.seq > at.seq || there == *at)
    })
}

impl Workplace {
    /// What the center last said that it holds; empty before the first exchange.
    ///
    /// # Errors
    /// [`AppError`] when the database cannot be read.
    pub(crate) fn center_holds(&mut self) -> Result<Vector, AppError> {
        let bytes = self
            .store()
            .read(|ledger| Ok::<_, AppError>(local::get(ledger.sql(), name::CENTER_HOLDS)?))?;
        Ok(bytes
            .and_then(|bytes| Vector::decode(&bytes).ok())
            .unwrap_or_default())
    }

    fn set_center_holds(&mut self, vector: &Vector) -> Result<(), AppError> {
        let bytes = vector.encode();
        let put = |ledger: &mut xunyi_ledger::Ledger<'_>| {
            Ok::<_, AppError>(local::put(ledger.sql(), name::CENTER_HOLDS, &bytes)?)
        };
        Ok(self.store().write(put)?)
    }
}
