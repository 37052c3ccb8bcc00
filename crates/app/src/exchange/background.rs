//! The exchange in the background: after a save at once, else every now and then, and after a failure ever
//! later, so that a dead link costs no battery.

use super::exchange;
use crate::{AppError, Device};
use parking_lot::{Condvar, Mutex, MutexGuard};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::runtime::Runtime;

/// With nothing to send, so often the center is asked for news.
const EVERY: Duration = Duration::from_secs(15);
/// The first wait after a failure; it doubles up to [`LONGEST`].
const FIRST: Duration = Duration::from_secs(2);
const LONGEST: Duration = Duration::from_secs(60);

/// A failure and when it was.
#[derive(Clone, Debug)]
pub(crate) struct Failed {
    pub(crate) error: AppError,
    pub(crate) at: i64,
}

/// Runs exchanges one at a time and knows how the last one went.
pub(crate) struct Exchanger {
    runtime: Runtime,
    turn: Mutex<()>,
    under_way: AtomicBool,
    failed: Mutex<Option<Failed>>,
    wish: Mutex<Wish>,
    wished: Condvar,
}

#[derive(Clone, Copy, Debug, Default)]
struct Wish {
    now: bool,
    end: bool,
}

impl Exchanger {
    pub(crate) fn new() -> Result<Self, AppError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("exchange")
            .enable_all()
            .build()
            .map_err(xunyi_store::StoreError::from)?;
        Ok(Self {
            runtime,
            turn: Mutex::default(),
            under_way: AtomicBool::default(),
            failed: Mutex::default(),
            wish: Mutex::default(),
            wished: Condvar::new(),
        })
    }

    pub(crate) fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// One exchange at a time.
    pub(super) fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock()
    }

    pub(super) fn begins(&self) {
        self.under_way.store(true, Ordering::Relaxed);
    }

    pub(super) fn ended(&self, at: i64, error: Option<AppError>) {
        self.under_way.store(false, Ordering::Relaxed);
        *self.failed.lock() = error.map(|error| Failed { error, at });
    }

    pub(super) fn is_under_way(&self) -> bool {
        self.under_way.load(Ordering::Relaxed)
    }

    /// How the last exchange failed, if it did.
    pub(super) fn failed(&self) -> Option<Failed> {
        self.failed.lock().clone()
    }

    /// There is something to send, or somebody to send it for.
    pub(crate) fn wake(&self) {
        self.wish.lock().now = true;
        self.wished.notify_all();
    }

    fn end(&self) {
        self.wish.lock().end = true;
        self.wished.notify_all();
    }

    /// Waits for a wish or for the time; answers false when the device closes. While a failure lasts, a save
    /// does not hurry it: the wait is what keeps a dead link cheap.
    fn wait(&self, wait: Duration) -> bool {
        let mut wish = self.wish.lock();
        while !(wish.end || (wish.now && self.failed().is_none())) {
            if self.wished.wait_for(&mut wish, wait).timed_out() {
                break;
            }
        }
        wish.now = false;
        !wish.end
    }
}

impl Device {
    /// Exchanges in the background from now on, until [`Device::stop`].
    ///
    /// # Errors
    /// `store.io` when the system gives no thread.
    pub fn exchange_in_background(&self) -> Result<(), AppError> {
        let device = self.clone();
        std::thread::Builder::new()
            .name("exchanges".to_owned())
            .spawn(move || device.keep_exchanging())
            .map(|_| ())
            .map_err(|e| xunyi_store::StoreError::from(e).into())
    }

    /// Ends the exchange in the background after the frame in flight.
    pub fn stop(&self) {
        self.shared.exchanger.end();
    }

    fn keep_exchanging(&self) {
        let exchanger = &self.shared.exchanger;
        let mut failures = 0;
        while exchanger.wait(pause(failures)) {
            if self.state().open.is_none() {
                continue;
            }
            match exchange(self) {
                Ok(_) => failures = 0,
                Err(error) => {
                    failures += 1;
                    tracing::info!(code = error.code, "exchange failed");
                }
            }
        }
    }
}

/// How long to wait after so many failures in a row.
fn pause(failures: u32) -> Duration {
    match failures.checked_sub(1) {
        None => EVERY,
        Some(again) => (FIRST * 2_u32.saturating_pow(again.min(10))).min(LONGEST),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dead_link_is_tried_ever_more_seldom_but_never_given_up() {
        assert_eq!(pause(0), EVERY);
        let pauses: Vec<_> = (1..40).map(pause).collect();
        assert_eq!(pauses[0], FIRST);
        assert!(pauses.is_sorted());
        assert_eq!(pauses.last(), Some(&LONGEST));
    }
}
