//! Wrong tries of one person on one device and the delay they cost. Kept in the slot file, so that a
//! restart does not shorten it; a rollback of the whole disk does (docs/security.md).

use serde::{Deserialize, Serialize};

/// Delay after the first, second, … wrong try in a row, in seconds; the last repeats. Two slips of the
/// finger cost nothing.
const DELAYS_S: [i64; 9] = [0, 0, 5, 15, 30, 60, 300, 900, 1800];

/// How long the next try must wait after `failures` wrong ones in a row, in ms.
#[must_use]
pub fn delay_ms(failures: u32) -> i64 {
    let place = usize::try_from(failures)
        .unwrap_or(usize::MAX)
        .min(DELAYS_S.len());
    place
        .checked_sub(1)
        .and_then(|place| DELAYS_S.get(place))
        .map_or(0, |seconds| seconds * 1000)
}

/// Wrong tries in a row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Attempts {
    /// How many.
    pub(super) failures: u32,
    /// When the last one was counted, ms since 1970 by the clock of that moment.
    pub(super) last_at: i64,
}

impl Attempts {
    /// When the next try will be looked at.
    pub(super) fn next_at(self) -> i64 {
        self.last_at.saturating_add(delay_ms(self.failures))
    }

    /// Whether the wrong tries so far cost any delay.
    pub(super) fn waits(self) -> bool {
        delay_ms(self.failures) > 0
    }

    /// Whether a try may be looked at now; `Err` holds when.
    pub(super) fn allowed(self, now: i64) -> Result<(), i64> {
        if !self.waits() || now >= self.next_at() {
            Ok(())
        } else {
            Err(self.next_at())
        }
    }

    /// The clock stands before the last wrong try: it was put back, or that try happened under a clock
    /// that was ahead. The delay starts over from now, so putting the clock back gains nothing, and a
    /// year ahead by mistake does not lock anyone out for a year.
    pub(super) fn clock_went_back(self, now: i64) -> Option<Self> {
        (self.failures > 0 && now < self.last_at).then_some(Self {
            last_at: now,
            ..self
        })
    }

    /// One more wrong try.
    pub(super) fn failed(self, now: i64) -> Self {
        Self {
            failures: self.failures.saturating_add(1),
            last_at: now,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_never_shrink_and_stay_bounded() {
        assert_eq!(delay_ms(0), 0);
        let delays: Vec<_> = (0..40).map(delay_ms).collect();
        assert!(delays.is_sorted());
        assert_eq!(delay_ms(9), 1_800_000);
        assert_eq!(delay_ms(u32::MAX), 1_800_000);
    }

    #[test]
    fn times_at_the_edge_of_the_clock_do_not_overflow() {
        let late = Attempts {
            failures: 9,
            last_at: i64::MAX,
        };
        assert_eq!(late.next_at(), i64::MAX);
        assert_eq!(late.allowed(0), Err(i64::MAX));
        assert_eq!(late.clock_went_back(0).unwrap().next_at(), 1_800_000);
        let early = Attempts {
            failures: 9,
            last_at: i64::MIN,
        };
        assert_eq!(early.allowed(0), Ok(()));
        assert_eq!(early.clock_went_back(0), None);
    }
}
