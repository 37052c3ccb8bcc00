//! Vectors that this process told its devices lately: a device that comes back tells what it holds by what differs
//! from the one it was told. After a restart, or when another process told it, it tells everything once.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use xunyi_journal::{Digest, Vector};
use xunyi_sync::Hello;

/// Vectors kept; a site of 200 devices has some 10 kB each.
const KEPT: usize = 512;

/// The vectors that were told, the last at the end.
#[derive(Debug, Default)]
pub struct Told(Mutex<VecDeque<(Digest, Vector)>>);

impl Told {
    /// The vector that a device's hello stands on; the empty one where it tells everything.
    pub fn base_of(&self, hello: &Hello) -> Option<Vector> {
        let Some(digest) = hello.base else {
            return Some(Vector::new());
        };
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = kept.iter().rev().find(|(known, _)| *known == digest);
        known.map(|(_, vector)| vector.clone())
    }

    /// A device is told this one.
    pub fn remember(&self, vector: Vector) {
        let digest = vector.digest();
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = kept.iter().position(|(known, _)| *known == digest) {
            kept.remove(at);
        }
        if kept.len() >= KEPT {
            kept.pop_front();
        }
        kept.push_back((digest, vector));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use xunyi_journal::{EntryHash, FeedId, Position};

    #[test]
    fn the_last_told_are_known_and_the_oldest_are_forgotten() {
        let vector = |seq: usize| {
            let hash = EntryHash([1; 32]);
            let seq = seq as u64;
            Vector::from_iter([(FeedId([1; 16]), Position { seq, hash })])
        };
        let told = Told::default();
        for seq in 0..=KEPT {
            told.remember(vector(seq));
            // Told again and again, the first one stays.
            told.remember(vector(0));
        }
        let base_of = |seq| told.base_of(&Hello::new(&Vector::new(), &vector(seq)));
        assert_eq!(base_of(0), Some(vector(0)));
        assert_eq!(base_of(1), None);
        assert_eq!(base_of(KEPT), Some(vector(KEPT)));
        assert_eq!(
            told.base_of(&Hello::new(&vector(3), &Vector::new())),
            Some(Vector::new())
        );
    }
}
