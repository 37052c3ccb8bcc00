//! The side that answers: the center, or a device on the vehicle's network.

use crate::wire::negotiate;
use crate::{Hello, Message, PROTOCOL, Reader, Refused, WireError, encode};
use xunyi_journal::Vector;

/// What the host must do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResponderEffect {
    /// Store this frame in one transaction; call [`Responder::refused`] when it is refused.
    Store(Vec<u8>),
    /// The request is complete: answer with [`Responder::answer_head`], then the frames that a peer holding
    /// this vector lacks, then [`Message::End`].
    Answer(Vector),
}

/// Reads one request.
#[derive(Debug, Default)]
pub struct Responder {
    reader: Reader,
    peer: Option<Vector>,
    refused: Vec<Refused>,
    ended: bool,
}

impl Responder {
    /// A new request.
    pub fn new() -> Self {
        Self::default()
    }

    /// Bytes of the request.
    pub fn push(&mut self, bytes: &[u8]) {
        self.reader.push(bytes);
    }

    /// The next thing to do; `None`: more bytes are needed.
    ///
    /// # Errors
    /// [`WireError`]: the request must be dropped; frames stored so far stay.
    pub fn next_effect(&mut self) -> Result<Option<ResponderEffect>, WireError> {
        let Some(message) = self.reader.next_message()? else {
            return Ok(None);
        };
        if self.ended {
            return Err(WireError::OutOfTurn);
        }
        match message {
            Message::Hello(hello) if self.peer.is_none() => {
                negotiate(hello.protocol)?;
                self.peer = Some(hello.vector);
                self.next_effect()
            }
            Message::Frame(frame) if self.peer.is_some() => Ok(Some(ResponderEffect::Store(frame))),
            Message::End => {
                self.ended = true;
                let peer = self.peer.take().ok_or(WireError::OutOfTurn)?;
                Ok(Some(ResponderEffect::Answer(peer)))
            }
            Message::Hello(_) | Message::Frame(_) | Message::Refused(_) => {
                Err(WireError::OutOfTurn)
            }
        }
    }

    /// The host could not take the last frame.
    pub fn refused(&mut self, refused: Refused) {
        self.refused.push(refused);
    }

    /// True once the request is complete.
    pub fn is_complete(&self) -> bool {
        self.ended
    }

    /// What opens the answer: what was refused, and what is held now.
    pub fn answer_head(&mut self, vector: Vector) -> Vec<u8> {
        let mut bytes = Vec::new();
        for refused in self.refused.drain(..) {
            bytes.extend(encode(&Message::Refused(refused)));
        }
        bytes.extend(encode(&Message::Hello(Hello {
            protocol: PROTOCOL,
            vector,
        })));
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Initiator, InitiatorEffect, Outcome};

    #[test]
    fn a_request_cut_into_single_bytes_is_read_whole() {
        let mut request = encode(&Initiator::hello(Vector::new()));
        request.extend(encode(&Message::Frame(vec![1, 2, 3])));
        request.extend(encode(&Message::End));
        let mut responder = Responder::new();
        let mut effects = Vec::new();
        for byte in &request {
            responder.push(&[*byte]);
            while let Some(effect) = responder.next_effect().unwrap() {
                effects.push(effect);
            }
        }
        assert_eq!(
            effects,
            [
                ResponderEffect::Store(vec![1, 2, 3]),
                ResponderEffect::Answer(Vector::new())
            ]
        );
    }

    #[test]
    fn an_answer_without_its_end_was_cut() {
        let mut responder = Responder::new();
        let mut initiator = Initiator::new();
        initiator.push(&responder.answer_head(Vector::new()));
        assert_eq!(
            initiator.next_effect(),
            Ok(Some(InitiatorEffect::PeerHolds(Vector::new())))
        );
        assert_eq!(initiator.outcome(), Outcome::Cut);
        initiator.push(&encode(&Message::End));
        assert_eq!(initiator.next_effect(), Ok(Some(InitiatorEffect::Finished)));
        assert_eq!(initiator.outcome(), Outcome::Complete);
    }

    #[test]
    fn a_captive_portals_page_is_told_apart() {
        let mut initiator = Initiator::new();
        initiator.push(b"<!doctype html><html>");
        assert_eq!(initiator.next_effect(), Err(WireError::Foreign));
    }

    #[test]
    fn a_message_that_claims_to_be_huge_is_refused_before_it_is_read() {
        let mut responder = Responder::new();
        responder.push(&[0xD2, 0xFF, 0xFF, 0xFF, 0xFF]);
        assert!(matches!(
            responder.next_effect(),
            Err(WireError::TooLarge(_))
        ));
    }

    #[test]
    fn a_peer_without_a_common_protocol_is_told() {
        let mut responder = Responder::new();
        responder.push(&encode(&Message::Hello(Hello {
            protocol: (9, 9),
            vector: Vector::new(),
        })));
        assert_eq!(responder.next_effect(), Err(WireError::TooOld));
    }
}
