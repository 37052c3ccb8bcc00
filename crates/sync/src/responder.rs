//! The side that answers: the center, or a device on the vehicle's network.

use crate::wire::negotiate;
use crate::{Hello, Message, Reader, Refused, WireError, encode};
use xunyi_journal::Vector;

/// What the host must do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResponderEffect {
    /// Store this frame in one transaction; call [`Responder::refused`] when it is refused.
    Store(Vec<u8>),
    /// The request is complete. Where the vector that it stands on is known: answer with
    /// [`Responder::answer_head`], then the frames that the peer lacks, then [`Message::End`]; else with
    /// [`Responder::ask_for_everything`].
    Answer(Hello),
}

/// Reads one request.
#[derive(Debug, Default)]
pub struct Responder {
    reader: Reader,
    peer: Option<Hello>,
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
                self.peer = Some(hello);
                self.next_effect()
            }
            Message::Frame(frame) if self.peer.is_some() => Ok(Some(ResponderEffect::Store(frame))),
            Message::End => {
                self.ended = true;
                let peer = self.peer.take().ok_or(WireError::OutOfTurn)?;
                Ok(Some(ResponderEffect::Answer(peer)))
            }
            Message::Hello(_) | Message::Frame(_) | Message::Refused(_) | Message::NeedVector => {
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

    /// What opens the answer: what was refused, and what is held now, told by what differs from the vector that
    /// the request stood on (empty: everything).
    pub fn answer_head(&mut self, vector: &Vector, base: &Vector) -> Vec<u8> {
        let mut bytes = self.refusals();
        bytes.extend(encode(&Message::Hello(Hello::new(vector, base))));
        bytes
    }

    /// The whole answer to a request that stands on a vector which is not known here.
    pub fn ask_for_everything(&mut self) -> Vec<u8> {
        let mut bytes = self.refusals();
        bytes.extend(encode(&Message::NeedVector));
        bytes.extend(encode(&Message::End));
        bytes
    }

    fn refusals(&mut self) -> Vec<u8> {
        let refused = self.refused.drain(..).map(Message::Refused);
        refused.flat_map(|message| encode(&message)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Initiator, InitiatorEffect, Outcome};
    use xunyi_journal::{EntryHash, FeedId, Position, VectorDelta};

    fn vector(places: &[(u8, u64)]) -> Vector {
        let place = |(feed, seq): &(u8, u64)| {
            let hash = EntryHash([*seq as u8; 32]);
            (FeedId([*feed; 16]), Position { seq: *seq, hash })
        };
        places.iter().map(place).collect()
    }

    /// What a responder makes of a request: its effects.
    fn asked(initiator: &Initiator, own: &Vector) -> Hello {
        let mut responder = Responder::new();
        responder.push(&encode(&initiator.hello(own)));
        responder.push(&encode(&Message::End));
        match responder.next_effect() {
            Ok(Some(ResponderEffect::Answer(hello))) => hello,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_both_know_is_not_told_again() {
        let (base, own) = (vector(&[(1, 5), (2, 9)]), vector(&[(1, 6), (2, 9), (3, 0)]));
        let mut initiator = Initiator::new(base.clone());
        let hello = asked(&initiator, &own);
        assert_eq!(hello.vector(&base), Some(own.clone()));
        assert_eq!(hello.vector(&own), None);
        let now = vector(&[(1, 6), (2, 10)]);
        initiator.push(&Responder::new().answer_head(&now, &base));
        assert_eq!(
            initiator.next_effect(),
            Ok(Some(InitiatorEffect::PeerHolds(now)))
        );
    }

    #[test]
    fn nothing_new_takes_few_bytes_however_much_is_held() {
        let held: Vec<(u8, u64)> = (0..200).map(|feed| (feed, 1000)).collect();
        let held = vector(&held);
        let request = encode(&Initiator::new(held.clone()).hello(&held));
        let answer = Responder::new().answer_head(&held, &held);
        assert!(
            request.len() + answer.len() < 100,
            "{} + {}",
            request.len(),
            answer.len()
        );
    }

    #[test]
    fn a_peer_that_forgot_what_both_knew_is_told_everything() {
        let mut initiator = Initiator::new(vector(&[(1, 5)]));
        initiator.push(&Responder::new().ask_for_everything());
        assert_eq!(
            initiator.next_effect(),
            Ok(Some(InitiatorEffect::TellEverything))
        );
        assert_eq!(initiator.next_effect(), Ok(Some(InitiatorEffect::Finished)));
        let own = vector(&[(1, 6)]);
        let again = Initiator::default();
        assert_eq!(asked(&again, &own).vector(&Vector::new()), Some(own));
        // Who was told everything has nothing more to ask for.
        let mut told = Initiator::default();
        told.push(&Responder::new().ask_for_everything());
        assert_eq!(told.next_effect(), Err(WireError::OutOfTurn));
    }

    #[test]
    fn a_request_cut_into_single_bytes_is_read_whole() {
        let mut request = encode(&Initiator::default().hello(&Vector::new()));
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
                ResponderEffect::Answer(Hello::new(&Vector::new(), &Vector::new()))
            ]
        );
    }

    #[test]
    fn an_answer_without_its_end_was_cut() {
        let mut responder = Responder::new();
        let mut initiator = Initiator::default();
        initiator.push(&responder.answer_head(&Vector::new(), &Vector::new()));
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
        let mut initiator = Initiator::default();
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
            base: None,
            delta: VectorDelta::default(),
        })));
        assert_eq!(responder.next_effect(), Err(WireError::TooOld));
    }
}
