//! Wrong enrolment codes from one address are counted, so that nobody tries codes by the thousand. Per process and
//! forgotten with it: the token's 128 bits are what stands against guessing, this only keeps the log readable.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// Wrong codes that are answered in one window.
const ALLOWED: u32 = 10;
/// Length of a window, ms.
const WINDOW_MS: i64 = 60_000;
/// Addresses kept.
const KEPT: usize = 10_000;

/// Counts per address.
#[derive(Debug, Default)]
pub(super) struct Limiter(Mutex<HashMap<IpAddr, (i64, u32)>>);

impl Limiter {
    /// True while this address may try.
    pub(super) fn allows(&self, address: IpAddr, now: i64) -> bool {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts
            .get(&address)
            .is_none_or(|(began, count)| now - began >= WINDOW_MS || *count < ALLOWED)
    }

    /// Counts a wrong code.
    pub(super) fn failed(&self, address: IpAddr, now: i64) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= KEPT {
            counts.retain(|_, (began, _)| now - *began < WINDOW_MS);
        }
        if counts.len() >= KEPT {
            counts.clear();
        }
        let count = counts.entry(address).or_insert((now, 0));
        if now - count.0 >= WINDOW_MS {
            *count = (now, 0);
        }
        count.1 = count.1.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_ten_wrong_codes_an_address_waits_and_others_do_not() {
        let limiter = Limiter::default();
        let [here, there] = [[10, 0, 0, 1], [10, 0, 0, 2]].map(IpAddr::from);
        for at in 0..10 {
            assert!(limiter.allows(here, at));
            limiter.failed(here, at);
        }
        assert!(!limiter.allows(here, 10));
        assert!(limiter.allows(there, 10));
        assert!(limiter.allows(here, WINDOW_MS));
        limiter.failed(here, WINDOW_MS);
        assert!(limiter.allows(here, WINDOW_MS + 1));
    }
}
