//! The entry: one change of one document, in bytes that never change.
//!
//! `version` to `left` are the envelope, readable in every version to come, so that entries of an unknown
//! version can be chained, verified and carried without being understood.

use crate::{Action, DecodeError, DocId, DocType, EntryHash, FeedId, Signature, UserId};
use minicbor::{Decoder, Encoder};

/// The entry version that this program writes.
pub const ENTRY_VERSION: u16 = 1;
/// The largest change, bytes (architecture §3: "A change is at most 128 KiB").
pub const MAX_CHANGE: usize = 128 * 1024;
/// The largest entry of any version, bytes.
pub const MAX_ENTRY: usize = MAX_CHANGE + 4 * 1024;
/// The highest Lamport time: what every store can keep. Who comes to it stays there.
pub const MAX_LAMPORT: u64 = i64::MAX as u64;
/// Bytes of all changes of one commit at most: it must fit into a frame that peers read.
pub(crate) const MAX_COMMIT: usize = 8 * 1024 * 1024;
/// Entries of one commit at most: a command touches a few documents, never hundreds.
pub(crate) const MAX_LEFT: u32 = 1024;

const FIELDS: u64 = 12;

/// What every version of an entry begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// Version of the body.
    pub version: u16,
    /// Whose feed.
    pub feed: FeedId,
    /// Place in the feed, from 0.
    pub seq: u64,
    /// Hash of the entry before; zero for entry 0.
    pub prev: EntryHash,
    /// Lamport time of the commit: 1 + the highest seen.
    pub lamport: u64,
    /// Entries of the same commit that follow.
    pub left: u32,
}

/// An entry of version 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Chain and place.
    pub envelope: Envelope,
    /// Which document.
    pub doc: DocId,
    /// Its type.
    pub doc_type: DocType,
    /// The device's clock, ms since 1970.
    pub at: i64,
    /// Who acted.
    pub user: UserId,
    /// What they did.
    pub action: Action,
    /// The raw change, never deflated.
    pub change: Vec<u8>,
}

/// An entry as stored and sent: its bytes, their hash, and the parts that chaining needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// Readable in every version.
    pub envelope: Envelope,
    /// The body, when its version is known.
    pub entry: Option<Entry>,
    /// The frozen bytes.
    pub bytes: Vec<u8>,
    /// BLAKE3 of the bytes.
    pub hash: EntryHash,
}

/// The entries of one command. Never split: not in a frame, in holding, in applying.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// At least one; `left` counts down to 0.
    pub entries: Vec<Sealed>,
    /// Over the last entry. Absent where a later commit's signature vouches for this one through the chain.
    pub signature: Option<Signature>,
}

impl Entry {
    /// The frozen bytes: deterministic CBOR, one array of twelve.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.change.len() + 160);
        // Writing to a Vec cannot fail; the encoder's error type is uninhabited there.
        let mut e = Encoder::new(&mut bytes);
        let v = &self.envelope;
        let written = e
            .array(FIELDS)
            .and_then(|e| e.u16(v.version))
            .and_then(|e| e.bytes(v.feed.as_bytes()))
            .and_then(|e| e.u64(v.seq))
            .and_then(|e| e.bytes(v.prev.as_bytes()))
            .and_then(|e| e.u64(v.lamport))
            .and_then(|e| e.u32(v.left))
            .and_then(|e| e.bytes(self.doc.as_bytes()))
            .and_then(|e| e.u16(self.doc_type.code()))
            .and_then(|e| e.i64(self.at))
            .and_then(|e| e.bytes(self.user.as_bytes()))
            .and_then(|e| e.u16(self.action.code()))
            .and_then(|e| e.bytes(&self.change));
        debug_assert!(written.is_ok());
        bytes
    }

    fn decode_body(envelope: Envelope, d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let doc = DocId::from_slice(d.bytes()?).ok_or(DecodeError::Malformed("doc"))?;
        let doc_type = DocType::from_code(d.u16()?);
        let at = d.i64()?;
        let user = UserId::from_slice(d.bytes()?).ok_or(DecodeError::Malformed("user"))?;
        let action = Action::from_code(d.u16()?);
        let change = d.bytes()?;
        if change.len() > MAX_CHANGE {
            return Err(DecodeError::TooLarge {
                what: "change",
                len: change.len(),
                max: MAX_CHANGE,
            });
        }
        Ok(Self {
            envelope,
            doc,
            doc_type,
            at,
            user,
            action,
            change: change.to_vec(),
        })
    }
}

impl Envelope {
    fn decode(d: &mut Decoder<'_>) -> Result<(Self, u64), DecodeError> {
        let fields = d.array()?.ok_or(DecodeError::NotCanonical("entry"))?;
        if fields < 6 {
            return Err(DecodeError::Malformed("entry"));
        }
        let version = d.u16()?;
        let feed = FeedId::from_slice(d.bytes()?).ok_or(DecodeError::Malformed("feed"))?;
        let seq = d.u64()?;
        let prev = EntryHash::from_slice(d.bytes()?).ok_or(DecodeError::Malformed("prev"))?;
        let lamport = d.u64()?;
        let left = d.u32()?;
        if left > MAX_LEFT {
            return Err(DecodeError::Malformed("left"));
        }
        if lamport > MAX_LAMPORT {
            return Err(DecodeError::Malformed("lamport"));
        }
        if (seq == 0) != (prev == EntryHash::ZERO) {
            return Err(DecodeError::Malformed("prev"));
        }
        Ok((
            Self {
                version,
                feed,
                seq,
                prev,
                lamport,
                left,
            },
            fields,
        ))
    }
}

impl Sealed {
    /// Seals an entry of our own.
    pub fn seal(entry: Entry) -> Self {
        let bytes = entry.encode();
        let hash = hash_of(&bytes);
        Self {
            envelope: entry.envelope.clone(),
            entry: Some(entry),
            bytes,
            hash,
        }
    }

    /// Reads bytes from elsewhere. Version 1 must be in its one canonical form; an unknown version keeps
    /// its bytes and has no body here.
    ///
    /// # Errors
    /// [`DecodeError`] when too large, malformed or not canonical.
    pub fn read(bytes: Vec<u8>) -> Result<Self, DecodeError> {
        if bytes.len() > MAX_ENTRY {
            return Err(DecodeError::TooLarge {
                what: "entry",
                len: bytes.len(),
                max: MAX_ENTRY,
            });
        }
        let mut d = Decoder::new(&bytes);
        let (envelope, fields) = Envelope::decode(&mut d)?;
        let entry = if envelope.version == ENTRY_VERSION {
            if fields != FIELDS {
                return Err(DecodeError::Malformed("entry"));
            }
            let entry = Entry::decode_body(envelope.clone(), &mut d)?;
            if d.position() != bytes.len() || entry.encode() != bytes {
                return Err(DecodeError::NotCanonical("entry"));
            }
            Some(entry)
        } else {
            for _ in 6..fields {
                d.skip()?;
            }
            if d.position() != bytes.len() {
                return Err(DecodeError::NotCanonical("entry"));
            }
            None
        };
        let hash = hash_of(&bytes);
        Ok(Self {
            envelope,
            entry,
            bytes,
            hash,
        })
    }
}

impl Commit {
    /// The last entry, which the signature covers.
    pub fn last(&self) -> Option<&Sealed> {
        self.entries.last()
    }

    /// The feed, when there is an entry.
    pub fn feed(&self) -> Option<FeedId> {
        self.entries.first().map(|s| s.envelope.feed)
    }

    /// Bytes of all entries.
    pub fn size(&self) -> usize {
        self.entries.iter().map(|s| s.bytes.len()).sum()
    }
}

fn hash_of(bytes: &[u8]) -> EntryHash {
    EntryHash(*blake3::hash(bytes).as_bytes())
}
