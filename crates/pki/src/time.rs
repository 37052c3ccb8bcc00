//! Time as certificates see it: validity windows, and the rule that a dead clock battery must not
//! lock a clinic out (architecture §5 "Time"). Never reads a clock itself.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use rustls::time_provider::TimeProvider;
use rustls_pki_types::UnixTime;
use time::OffsetDateTime;

use crate::error::PkiError;

/// One day in milliseconds.
const DAY_MS: i64 = 86_400_000;

/// Where the TLS verifiers get the time from.
pub trait TimeSource: Debug + Send + Sync {
    /// The local clock, Unix milliseconds; may be wrong.
    fn now_ms(&self) -> i64;
    /// The latest time that the center has signed and this device has seen, Unix milliseconds;
    /// 0 when there is none yet. The true time is never below it.
    fn floor_ms(&self) -> i64;
}

/// A time that stands still, for tests and for one-off checks.
#[derive(Debug, Clone, Copy)]
pub struct FixedTime {
    /// What the clock says, Unix milliseconds.
    pub now_ms: i64,
    /// The center's last signed time, Unix milliseconds.
    pub floor_ms: i64,
}

impl TimeSource for FixedTime {
    fn now_ms(&self) -> i64 {
        self.now_ms
    }

    fn floor_ms(&self) -> i64 {
        self.floor_ms
    }
}

/// The time to judge a certificate by: the local clock, moved into the certificate's window when it
/// lies outside (the pinned authority decides, not a bare clock), never below `floor_ms`.
pub fn bounded_time(now_ms: i64, floor_ms: i64, window: Validity) -> i64 {
    now_ms
        .min(window.not_after_ms)
        .max(window.not_before_ms)
        .max(floor_ms)
}

/// The window in which a certificate holds, Unix milliseconds, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// First moment.
    pub not_before_ms: i64,
    /// Last moment.
    pub not_after_ms: i64,
}

impl Validity {
    /// From `now_ms` on for a number of days.
    pub fn days(now_ms: i64, days: u32) -> Self {
        Self {
            not_before_ms: now_ms,
            not_after_ms: now_ms.saturating_add(i64::from(days).saturating_mul(DAY_MS)),
        }
    }

    /// True once `now_ms` has passed the end.
    pub fn is_over(&self, now_ms: i64) -> bool {
        now_ms > self.not_after_ms
    }

    pub(crate) fn to_x509(self) -> Result<(OffsetDateTime, OffsetDateTime), PkiError> {
        let at = |ms: i64| {
            OffsetDateTime::from_unix_timestamp(ms.div_euclid(1000))
                .map_err(|error| PkiError::Issue(error.to_string()))
        };
        if self.not_after_ms <= self.not_before_ms {
            return Err(PkiError::Issue("validity ends before it begins".into()));
        }
        Ok((at(self.not_before_ms)?, at(self.not_after_ms)?))
    }
}

/// A time in milliseconds as rustls and webpki want it; before 1970 counts as 1970.
pub(crate) fn unix_time(ms: i64) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_millis(u64::try_from(ms).unwrap_or(0)))
}

/// Lets rustls ask our time source.
#[derive(Debug)]
pub(crate) struct RustlsTime(pub(crate) Arc<dyn TimeSource>);

impl TimeProvider for RustlsTime {
    fn current_time(&self) -> Option<UnixTime> {
        Some(unix_time(self.0.now_ms().max(self.0.floor_ms())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Validity = Validity {
        not_before_ms: 1_000,
        not_after_ms: 2_000,
    };

    #[test]
    fn clock_inside_the_window_counts_as_it_is() {
        assert_eq!(bounded_time(1_500, 0, WINDOW), 1_500);
    }

    #[test]
    fn dead_battery_moves_to_the_start_or_to_the_last_signed_time() {
        assert_eq!(bounded_time(0, 0, WINDOW), 1_000);
        assert_eq!(bounded_time(0, 1_700, WINDOW), 1_700);
    }

    #[test]
    fn clock_far_ahead_moves_to_the_end() {
        assert_eq!(bounded_time(9_000, 1_700, WINDOW), 2_000);
    }

    #[test]
    fn signed_time_past_the_end_stands() {
        assert_eq!(bounded_time(1_500, 2_001, WINDOW), 2_001);
        assert!(WINDOW.is_over(2_001));
        assert!(!WINDOW.is_over(2_000));
    }
}
