//! The side that opens an exchange: a device towards the center, or towards another device.

use crate::wire::negotiate;
use crate::{Hello, Message, Reader, Refused, WireError};
use xunyi_journal::Vector;

/// What the host must do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InitiatorEffect {
    /// Store this frame in one transaction, then go on.
    Store(Vec<u8>),
    /// Remember what the peer holds.
    PeerHolds(Vector),
    /// The peer has forgotten what both knew: the next request must tell everything.
    TellEverything,
    /// The peer did not take something that was sent.
    PeerRefused(Refused),
    /// The exchange is complete.
    Finished,
}

/// How an exchange ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The peer's direction ended as it should.
    Complete,
    /// The link was cut; what was stored is stored.
    Cut,
}

/// Asks, and reads the answer to that request.
#[derive(Debug, Default)]
pub struct Initiator {
    base: Vector,
    reader: Reader,
    greeted: bool,
    ended: bool,
}

impl Initiator {
    /// A new exchange with a peer that told last that it holds `base`; empty to tell and be told everything.
    pub fn new(base: Vector) -> Self {
        Self {
            base,
            ..Self::default()
        }
    }

    /// What opens the request: what is held here. Frames and [`Message::End`] follow.
    pub fn hello(&self, vector: &Vector) -> Message {
        Message::Hello(Hello::new(vector, &self.base))
    }

    /// Bytes of the answer.
    pub fn push(&mut self, bytes: &[u8]) {
        self.reader.push(bytes);
    }

    /// The next thing to do; `None`: more bytes are needed.
    ///
    /// # Errors
    /// [`WireError`]: the link must be dropped.
    pub fn next_effect(&mut self) -> Result<Option<InitiatorEffect>, WireError> {
        let Some(message) = self.reader.next_message()? else {
            return Ok(None);
        };
        if self.ended {
            return Err(WireError::OutOfTurn);
        }
        Ok(Some(match message {
            Message::Hello(_) if self.greeted => return Err(WireError::OutOfTurn),
            Message::Hello(hello) => {
                negotiate(hello.protocol)?;
                self.greeted = true;
                let told = hello.vector(&self.base).ok_or(WireError::Malformed)?;
                InitiatorEffect::PeerHolds(told)
            }
            Message::NeedVector if self.base.is_empty() => return Err(WireError::OutOfTurn),
            Message::NeedVector => {
                self.greeted = true;
                InitiatorEffect::TellEverything
            }
            Message::Refused(refused) => InitiatorEffect::PeerRefused(refused),
            _ if !self.greeted => return Err(WireError::OutOfTurn),
            Message::Frame(frame) => InitiatorEffect::Store(frame),
            Message::End => {
                self.ended = true;
                InitiatorEffect::Finished
            }
        }))
    }

    /// The link ended.
    pub fn outcome(&self) -> Outcome {
        if self.ended {
            Outcome::Complete
        } else {
            Outcome::Cut
        }
    }
}
