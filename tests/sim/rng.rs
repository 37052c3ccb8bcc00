//! Numbers from a seed: everything that a simulated day leaves to chance.

use std::sync::atomic::{AtomicU64, Ordering};
use xunyi_app::Ids;
use xunyi_server::{CenterError, Entropy};

/// splitmix64: small, and good enough to choose by.
#[derive(Clone, Debug)]
pub struct Rng(u64);

impl Rng {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.0)
    }

    /// Below `end`; 0 where that is 0.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next().checked_rem(end).unwrap_or(0)
    }

    /// An index into so many.
    pub fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.below(len as u64)).unwrap_or(0)
    }

    /// True `n` times in a hundred.
    pub fn percent(&mut self, n: u64) -> bool {
        self.below(100) < n
    }

    /// One of these.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        of.get(self.index(of.len()))
    }
}

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// What is thrown where a process is killed: caught by the simulator and by nobody else.
pub struct Killed;

/// Ids of one device: from a seed, and a place at which the process dies when one was set.
pub struct SeededIds {
    state: AtomicU64,
    /// Draws until the process is killed; 0: it lives.
    dies_in: AtomicU64,
}

impl SeededIds {
    pub fn new(seed: u64) -> Self {
        Self {
            state: AtomicU64::new(seed),
            dies_in: AtomicU64::new(0),
        }
    }

    /// The process dies at the `draws`th draw from here; 0: it lives on.
    pub fn die_in(&self, draws: u64) {
        self.dies_in.store(draws, Ordering::Relaxed);
    }

    fn draw(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let z = self
                .state
                .fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
            for (slot, byte) in chunk.iter_mut().zip(mix(z).to_le_bytes()) {
                *slot = byte;
            }
        }
    }
}

impl Ids for SeededIds {
    fn fill(&self, bytes: &mut [u8]) {
        match self.dies_in.load(Ordering::Relaxed) {
            0 => {}
            1 => {
                self.dies_in.store(0, Ordering::Relaxed);
                std::panic::resume_unwind(Box::new(Killed));
            }
            more => self.dies_in.store(more - 1, Ordering::Relaxed),
        }
        self.draw(bytes);
    }
}

impl Entropy for SeededIds {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), CenterError> {
        self.draw(bytes);
        Ok(())
    }
}
