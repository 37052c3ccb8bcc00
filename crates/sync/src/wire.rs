//! Messages on the wire: a tag, a length, a body. A reader takes bytes as they come and gives whole messages.

use crate::PROTOCOL;
use minicbor::{Decoder, Encoder};
use xunyi_journal::{Digest, FeedId, Vector, VectorDelta};

/// The largest message that is read, bytes.
pub const MESSAGE_MAX: usize = 20 * 1024 * 1024;

/// What opens each direction: what the sender holds, told by what differs from a vector that both know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hello {
    /// Oldest and newest protocol version spoken.
    pub protocol: (u16, u16),
    /// Digest of that vector; none when everything is told.
    pub base: Option<Digest>,
    /// What differs.
    pub delta: VectorDelta,
}

impl Hello {
    /// Tells `vector` to a peer that knows `base`; everything where that is empty.
    pub fn new(vector: &Vector, base: &Vector) -> Self {
        Hello {
            protocol: PROTOCOL,
            base: (!base.is_empty()).then(|| base.digest()),
            delta: vector.delta_from(base),
        }
    }

    /// The vector that is told, where `base` is the one that the sender means or none is needed.
    pub fn vector(&self, base: &Vector) -> Option<Vector> {
        match &self.base {
            None => Some(Vector::new().with(&self.delta)),
            Some(digest) => (base.digest() == *digest).then(|| base.with(&self.delta)),
        }
    }
}

/// Why a frame was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Stable code, such as `journal.gap`.
    pub code: String,
    /// Whose feed, where one is to blame.
    pub feed: Option<FeedId>,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// Opens a direction.
    Hello(Hello),
    /// A frame of the journal.
    Frame(Vec<u8>),
    /// A frame was not taken; the exchange goes on.
    Refused(Refused),
    /// What the peer told cannot be read without a vector that is not known here: it must tell everything.
    NeedVector,
    /// The direction is complete. A link that ends without it was cut.
    End,
}

/// Bytes that are no message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// Larger than is read.
    #[error("message of {0} bytes")]
    TooLarge(usize),
    /// Not a message of this protocol: a captive portal's page, perhaps.
    #[error("not this protocol")]
    Foreign,
    /// A message that cannot be read.
    #[error("malformed message")]
    Malformed,
    /// A message out of turn.
    #[error("message out of turn")]
    OutOfTurn,
    /// No protocol version in common.
    #[error("no protocol version in common")]
    TooOld,
}

impl From<minicbor::decode::Error> for WireError {
    fn from(_: minicbor::decode::Error) -> Self {
        Self::Malformed
    }
}

const HELLO: u8 = 0xD1;
const FRAME: u8 = 0xD2;
const REFUSED: u8 = 0xD3;
const END: u8 = 0xD4;
const NEED_VECTOR: u8 = 0xD5;

/// Bytes of a message.
pub fn encode(message: &Message) -> Vec<u8> {
    let (tag, body) = match message {
        Message::Hello(hello) => (HELLO, encode_hello(hello)),
        Message::Frame(frame) => (FRAME, frame.clone()),
        Message::Refused(refused) => (REFUSED, encode_refused(refused)),
        Message::NeedVector => (NEED_VECTOR, Vec::new()),
        Message::End => (END, Vec::new()),
    };
    let mut bytes = Vec::with_capacity(body.len() + 5);
    bytes.push(tag);
    bytes.extend_from_slice(&u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes());
    bytes.extend_from_slice(&body);
    bytes
}

fn encode_hello(hello: &Hello) -> Vec<u8> {
    let mut body = Vec::new();
    let written = Encoder::new(&mut body)
        .array(4)
        .and_then(|e| e.u16(hello.protocol.0))
        .and_then(|e| e.u16(hello.protocol.1))
        .and_then(|e| match &hello.base {
            Some(digest) => e.bytes(digest),
            None => e.null(),
        })
        .and_then(|e| e.bytes(&hello.delta.encode()))
        .is_ok();
    debug_assert!(written);
    body
}

fn decode_hello(body: &[u8]) -> Result<Hello, WireError> {
    let mut d = Decoder::new(body);
    if d.array()? != Some(4) {
        return Err(WireError::Malformed);
    }
    let protocol = (d.u16()?, d.u16()?);
    let base = if d.datatype()? == minicbor::data::Type::Null {
        d.null()?;
        None
    } else {
        let digest: Digest = d.bytes()?.try_into().map_err(|_| WireError::Malformed)?;
        Some(digest)
    };
    let delta = VectorDelta::decode(d.bytes()?).map_err(|_| WireError::Malformed)?;
    Ok(Hello {
        protocol,
        base,
        delta,
    })
}

fn encode_refused(refused: &Refused) -> Vec<u8> {
    let mut body = Vec::new();
    let mut e = Encoder::new(&mut body);
    let written = e.array(2).and_then(|e| e.str(&refused.code)).is_ok()
        && match &refused.feed {
            Some(feed) => e.bytes(feed.as_bytes()).is_ok(),
            None => e.null().is_ok(),
        };
    debug_assert!(written);
    body
}

fn decode_refused(body: &[u8]) -> Result<Refused, WireError> {
    let mut d = Decoder::new(body);
    if d.array()? != Some(2) {
        return Err(WireError::Malformed);
    }
    let code = d.str()?.chars().take(64).collect();
    let feed = match d.datatype()? {
        minicbor::data::Type::Null => None,
        _ => FeedId::from_slice(d.bytes()?),
    };
    Ok(Refused { code, feed })
}

/// Takes bytes as they come, gives messages as they are whole.
#[derive(Debug, Default)]
pub struct Reader {
    buffer: Vec<u8>,
}

impl Reader {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Bytes from the link.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole message.
    ///
    /// # Errors
    /// [`WireError`]; the link must be dropped then.
    pub fn next_message(&mut self) -> Result<Option<Message>, WireError> {
        if let Some(first) = self.buffer.first()
            && !(HELLO..=NEED_VECTOR).contains(first)
        {
            return Err(WireError::Foreign);
        }
        let Some((&[tag, a, b, c, d], rest)) = self.buffer.split_first_chunk::<5>() else {
            return Ok(None);
        };
        let len = u32::from_be_bytes([a, b, c, d]) as usize;
        if len > MESSAGE_MAX {
            return Err(WireError::TooLarge(len));
        }
        let Some(body) = rest.get(..len) else {
            return Ok(None);
        };
        let message = match tag {
            HELLO => Message::Hello(decode_hello(body)?),
            FRAME => Message::Frame(body.to_vec()),
            REFUSED => Message::Refused(decode_refused(body)?),
            END if len == 0 => Message::End,
            NEED_VECTOR if len == 0 => Message::NeedVector,
            _ => return Err(WireError::Malformed),
        };
        self.buffer.drain(..5 + len);
        Ok(Some(message))
    }
}

/// Checks that two protocol ranges meet.
pub(crate) fn negotiate(theirs: (u16, u16)) -> Result<(), WireError> {
    let (oldest, newest) = crate::PROTOCOL;
    if theirs.0.max(oldest) > theirs.1.min(newest) {
        Err(WireError::TooOld)
    } else {
        Ok(())
    }
}
