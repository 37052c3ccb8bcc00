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
        encode(
            self.0.len(),
            self.0.iter().map(|(feed, at)| (feed, Some(at))),
        )
    }

    /// Reads canonical bytes.
    ///
    /// # Errors
    /// [`DecodeError`] when malformed, too large or not canonical.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let all = decode(bytes)?.into_iter();
        let whole: Option<_> = all.map(|(feed, at)| Some((feed, at?))).collect();
        let vector = Self(whole.ok_or(DecodeError::Malformed("vector"))?);
        if vector.encode() == bytes {
            Ok(vector)
        } else {
            Err(DecodeError::NotCanonical("vector"))
        }
    }

    /// What differs here from `base`.
    pub fn delta_from(&self, base: &Self) -> VectorDelta {
        let mut delta = BTreeMap::new();
        for (feed, at) in &self.0 {
            if base.get(feed) != Some(*at) {
                delta.insert(*feed, Some(*at));
            }
        }
        for feed in base.0.keys().filter(|feed| self.get(feed).is_none()) {
            delta.insert(*feed, None);
        }
        VectorDelta(delta)
    }

    /// The vector that differs from this one so.
    pub fn with(&self, delta: &VectorDelta) -> Self {
        let mut vector = self.clone();
        for (feed, at) in &delta.0 {
            match at {
                Some(at) => vector.0.insert(*feed, *at),
                None => vector.0.remove(feed),
            };
        }
        vector
    }

    /// BLAKE3 of the canonical bytes: equal digests mean equal holdings.
    pub fn digest(&self) -> Digest {
        *blake3::hash(&self.encode()).as_bytes()
    }
}

/// How one vector differs from another: what it holds otherwise, and what it lacks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VectorDelta(BTreeMap<FeedId, Option<Position>>);

impl VectorDelta {
    /// True when there is no difference.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Canonical bytes: a map in order of feed ids, null for a feed that is lacking.
    pub fn encode(&self) -> Vec<u8> {
        encode(
            self.0.len(),
            self.0.iter().map(|(feed, at)| (feed, at.as_ref())),
        )
    }

    /// Reads canonical bytes.
    ///
    /// # Errors
    /// [`DecodeError`] when malformed, too large or not canonical.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let delta = Self(decode(bytes)?);
        if delta.encode() == bytes {
            Ok(delta)
        } else {
            Err(DecodeError::NotCanonical("vector"))
        }
    }
}

fn encode<'v>(
    count: usize,
    places: impl Iterator<Item = (&'v FeedId, Option<&'v Position>)>,
) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(count * 60 + 8);
    let mut e = Encoder::new(&mut bytes);
    let mut ok = e.map(count as u64).is_ok();
    for (feed, at) in places {
        ok &= e.bytes(feed.as_bytes()).is_ok();
        ok &= match at {
            Some(at) => e
                .array(2)
                .and_then(|e| e.u64(at.seq))
                .and_then(|e| e.bytes(at.hash.as_bytes()))
                .is_ok(),
            None => e.null().is_ok(),
        };
    }
    debug_assert!(ok);
    bytes
}

fn decode(bytes: &[u8]) -> Result<BTreeMap<FeedId, Option<Position>>, DecodeError> {
    let mut d = Decoder::new(bytes);
    let n = d.map()?.ok_or(DecodeError::NotCanonical("vector"))?;
    if n > MAX_FEEDS {
        return Err(DecodeError::Malformed("vector"));
    }
    let mut map = BTreeMap::new();
    for _ in 0..n {
        let feed = FeedId::from_slice(d.bytes()?).ok_or(DecodeError::Malformed("feed"))?;
        if d.datatype()? == minicbor::data::Type::Null {
            d.null()?;
            map.insert(feed, None);
            continue;
        }
        if d.array()? != Some(2) {
            return Err(DecodeError::Malformed("position"));
        }
        let seq = d.u64()?;
        let hash = EntryHash::from_slice(d.bytes()?).ok_or(DecodeError::Malformed("hash"))?;
        map.insert(feed, Some(Position { seq, hash }));
    }
    if d.position() == bytes.len() {
        Ok(map)
    } else {
        Err(DecodeError::NotCanonical("vector"))
    }
}

impl FromIterator<(FeedId, Position)> for Vector {
    fn from_iter<T: IntoIterator<Item = (FeedId, Position)>>(iter: T) -> Self {
        Self(iter.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn vector() -> impl Strategy<Value = Vector> {
        let place = (0..6_u8, 0..3_u64, 0..3_u8);
        proptest::collection::vec(place, 0..6).prop_map(|places| {
            let place = |(feed, seq, hash): (u8, u64, u8)| {
                let hash = EntryHash([hash; 32]);
                (FeedId([feed; 16]), Position { seq, hash })
            };
            places.into_iter().map(place).collect()
        })
    }

    proptest! {
        #[test]
        fn a_vector_comes_back_from_any_other_by_what_differs(own in vector(), base in vector()) {
            let delta = own.delta_from(&base);
            let sent = VectorDelta::decode(&delta.encode()).unwrap();
            prop_assert_eq!(base.with(&sent), own.clone());
            prop_assert_eq!(delta.is_empty(), own == base);
            prop_assert_eq!(Vector::decode(&own.encode()), Ok(own));
        }
    }

    #[test]
    fn a_vector_lacks_nothing_and_comes_in_one_form() {
        let lacking = Vector::new().delta_from(&Vector::from_iter([(
            FeedId([1; 16]),
            Position {
                seq: 3,
                hash: EntryHash([2; 32]),
            },
        )]));
        assert!(Vector::decode(&lacking.encode()).is_err());
        let mut longer = lacking.encode();
        longer.push(0);
        assert!(VectorDelta::decode(&longer).is_err());
    }
}
