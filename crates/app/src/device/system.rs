//! The product's clock and randomness: the one place of this crate that asks the system for either.

use crate::{Clock, Ids};
use std::time::{SystemTime, UNIX_EPOCH};

/// The device's own clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the product's clock, handed on as an argument"
    )]
    fn now(&self) -> i64 {
        // Before 1970 a duration is an error that holds how long before.
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
            Err(before) => {
                i64::try_from(before.duration().as_millis()).map_or(i64::MIN, i64::wrapping_neg)
            }
        }
    }
}

/// The operating system's generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemIds;

impl Ids for SystemIds {
    fn fill(&self, bytes: &mut [u8]) {
        // Without randomness there is no key and no id that could be trusted: nothing may go on.
        #[expect(
            clippy::panic,
            reason = "a system without randomness can make no key; stopping loses nothing that was saved"
        )]
        if getrandom::fill(bytes).is_err() {
            panic!("the operating system gives no random bytes");
        }
    }
}
