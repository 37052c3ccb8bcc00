//! What a peer holds, in one value: the tip of every feed.

use crate::{DecodeError, EntryHash, FeedId};
use minicbor::{Decoder, Encoder};
use std::collections::BTreeMap;

/// Feeds of one site at most.
const MAX_FEEDS: u64 = 100_000;

/// A place in a feed: the entry's number and its hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Number in the feed, from 0.
    pub seq: u64,
    /// Hash of that entry.
    pub hash: EntryHash,
}

/// BLAKE3 of the canonical vector.
pub type Digest = [u8; 32];

/// `{feed → (seq, hash)}`. What stands in it is stored, applied or not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vector(BTreeMap<FeedId, Position>);

impl Vector {
    /// Nothing held.
    pub fn new() -> Self {
        Self::default()
    }

    /// The tip of a feed.
    pub fn get(&self, feed: &FeedId) -> Option<Position> {
        self.0.get(feed).copied()
    }

    /// Sets the tip of a feed.
    pub fn set(&mut self, feed: FeedId, position: Position) {
        self.0.insert(feed, position);
    }

    /// All feeds, in order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = (&FeedId, &Position)> {
        self.0.iter()
    }

    /// How many feeds.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True when nothing is held.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Canonical bytes: a map in order of feed ids.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.0.len() * 60 + 8);
        let mut e = Encoder::new(&mut bytes);
        let mut ok = e.map(self.0.len() as u64).is_ok();
        for (feed, at) in &self.0 {
            ok &= e
                .bytes(feed.as_bytes())
                .and_then(|e| e.array(2))
                .and_then(|e| e.u64(at.seq))
                .and_then(|e| e.bytes(at.hash.as_bytes()))
                .is_ok();
        }
        debug_assert!(ok);
        bytes
    }

    /// Reads canonical bytes.
    ///
    /// # Errors
    /// [`DecodeError`] when malformed, too large or not canonical.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut d = Decoder::new(bytes);
        let n = d.map()?.ok_or(DecodeError::NotCanonical("vector"))?;
        if n > MAX_FEEDS {
            return Err(DecodeError::Malformed("vector"));
        }
        let mut map = BTreeMap::new();
        for _ in 0..n {
            let feed = FeedId::from_slice(d.bytes()?).ok_or(DecodeError::Malformed("feed"))?;
            if d.array()? != Some(2) {
                return Err(DecodeError::Malformed("position"));
            }
            let seq = d.u64()?;
            let hash = EntryHash::from_slice(d.bytes()?).ok_or(DecodeError::Malformed("hash"))?;
            map.insert(feed, Position { seq, hash });
        }
        let vector = Self(map);
        if d.position() != bytes.len() || vector.encode() != bytes {
            return Err(DecodeError::NotCanonical("vector"));
        }
        Ok(vector)
    }

    /// BLAKE3 of the canonical bytes: equal digests mean equal holdings.
    pub fn digest(&self) -> Digest {
        *blake3::hash(&self.encode()).as_bytes()
    }
}

impl FromIterator<(FeedId, Position)> for Vector {
    fn from_iter<T: IntoIterator<Item = (FeedId, Position)>>(iter: T) -> Self {
        Self(iter.into_iter().collect())
    }
}
