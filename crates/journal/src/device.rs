//! Entry 0 of a feed: the device, its certificate, and what feed it follows on.

use crate::{DecodeError, EntryHash, FeedId};
use minicbor::{Decoder, Encoder};

/// Longest device name, bytes.
const MAX_NAME: usize = 256;
/// Longest certificate, bytes.
const MAX_CERT: usize = 8 * 1024;

/// What entry 0 carries as its change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceRecord {
    /// Name given at enrolment.
    pub name: String,
    /// Ed25519 public key of the feed, for its whole life.
    pub public_key: [u8; 32],
    /// Random, so that one key can start a second feed after a restore.
    pub nonce: [u8; 16],
    /// X.509 certificate of the site's CA for this key, DER.
    pub certificate: Vec<u8>,
    /// The feed this one goes on from (after a restore), with the last place its author vouches for.
    pub follows: Option<(FeedId, u64, EntryHash)>,
}

/// `BLAKE3("feed" ‖ public key ‖ nonce)[..16]`.
pub fn feed_id(public_key: &[u8; 32], nonce: &[u8; 16]) -> FeedId {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"feed").update(public_key).update(nonce);
    let mut id = [0u8; 16];
    hasher.finalize_xof().fill(&mut id);
    FeedId(id)
}

/// The name of a fork's suffix, derived alike by every holder: `BLAKE3("fork" ‖ feed ‖ seq ‖ hash)[..16]` of the
/// entry that it begins with (`seq` as 8 bytes, big endian).
pub fn fork_id(feed: &FeedId, seq: u64, first: &EntryHash) -> FeedId {
    let mut hasher = blake3::Hasher::new();
    hasher
        .update(b"fork")
        .update(feed.as_bytes())
        .update(&seq.to_be_bytes())
        .update(first.as_bytes());
    let mut id = [0u8; 16];
    hasher.finalize_xof().fill(&mut id);
    FeedId(id)
}

impl DeviceRecord {
    /// The feed this record founds.
    pub fn feed(&self) -> FeedId {
        feed_id(&self.public_key, &self.nonce)
    }

    /// Canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut e = Encoder::new(&mut bytes);
        let mut written = e
            .array(5)
            .and_then(|e| e.str(&self.name))
            .and_then(|e| e.bytes(&self.public_key))
            .and_then(|e| e.bytes(&self.nonce))
            .and_then(|e| e.bytes(&self.certificate))
            .map(|_| ());
        written = written.and_then(|()| match &self.follows {
            None => e.null().map(|_| ()),
            Some((feed, seq, hash)) => e
                .array(3)
                .and_then(|e| e.bytes(feed.as_bytes()))
                .and_then(|e| e.u64(*seq))
                .and_then(|e| e.bytes(hash.as_bytes()))
                .map(|_| ()),
        });
        debug_assert!(written.is_ok());
        bytes
    }

    /// Reads entry 0's change.
    ///
    /// # Errors
    /// [`DecodeError`] when malformed, too large or not canonical.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut d = Decoder::new(bytes);
        if d.array()? != Some(5) {
            return Err(DecodeError::Malformed("device"));
        }
        let name = d.str()?.to_owned();
        let public_key = d
            .bytes()?
            .try_into()
            .map_err(|_| DecodeError::Malformed("public key"))?;
        let nonce = d
            .bytes()?
            .try_into()
            .map_err(|_| DecodeError::Malformed("nonce"))?;
        let certificate = d.bytes()?.to_vec();
        let follows = if d.datatype()? == minicbor::data::Type::Null {
            d.null()?;
            None
        } else {
            if d.array()? != Some(3) {
                return Err(DecodeError::Malformed("follows"));
            }
            let feed = FeedId::from_slice(d.bytes()?).ok_or(DecodeError::Malformed("follows"))?;
            let seq = d.u64()?;
            let hash =
                EntryHash::from_slice(d.bytes()?).ok_or(DecodeError::Malformed("follows"))?;
            Some((feed, seq, hash))
        };
        for (what, len, max) in [
            ("device name", name.len(), MAX_NAME),
            ("certificate", certificate.len(), MAX_CERT),
        ] {
            if len > max {
                return Err(DecodeError::TooLarge { what, len, max });
            }
        }
        let record = Self {
            name,
            public_key,
            nonce,
            certificate,
            follows,
        };
        if record.encode() != bytes {
            return Err(DecodeError::NotCanonical("device"));
        }
        Ok(record)
    }
}
