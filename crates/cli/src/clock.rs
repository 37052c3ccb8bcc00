//! The system's clock, until a history is played: then the time at which each act happened.

use std::sync::atomic::{AtomicI64, Ordering};
use xunyi_app::{Clock, SystemClock};

/// The clock of this program's device.
#[derive(Debug, Default)]
pub struct PlayedClock(AtomicI64);

impl PlayedClock {
    /// From now on it is this time, ms since 1970.
    pub fn set(&self, at_ms: i64) {
        self.0.store(at_ms, Ordering::Relaxed);
    }

    /// It is what the system says again.
    pub fn reset(&self) {
        self.set(0);
    }
}

impl Clock for PlayedClock {
    fn now(&self) -> i64 {
        match self.0.load(Ordering::Relaxed) {
            0 => SystemClock.now(),
            at_ms => at_ms,
        }
    }
}
