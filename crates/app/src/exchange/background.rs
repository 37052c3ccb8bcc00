//! The exchange in the background: after a save at once, when the center has news at once, and after a failure ever
//! later, so that a dead link costs no battery. The policy decides; here is what waits and runs.

use super::client::Center;
use super::policy::{Decision, Event, Failure, Patience, Policy};
use super::{Moved, exchange};
use crate::{AppError, Device};
use parking_lot::{Mutex, MutexGuard};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::sync::Notify;

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
    wished: Notify,
    patience: Mutex<Patience>,
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
            wished: Notify::new(),
            patience: Mutex::new(Patience::new()),
        })
    }

    pub(crate) fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// What a silence means, as far as this link has shown.
    pub(super) fn patience(&self) -> &Mutex<Patience> {
        &self.patience
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
        self.wished.notify_waiters();
    }

    fn end(&self) {
        self.wish.lock().end = true;
        self.wished.notify_waiters();
    }

    /// Resolves at a wish, or when the device closes.
    async fn wished(&self) {
        loop {
            let rung = self.wished.notified();
            if self.is_wished() {
                return;
            }
            rung.await;
        }
    }

    fn is_wished(&self) -> bool {
        let wish = self.wish.lock();
        wish.now || wish.end
    }

    fn ends(&self) -> bool {
        self.wish.lock().end
    }

    async fn closing(&self) {
        loop {
            let rung = self.wished.notified();
            if self.ends() {
                return;
            }
            rung.await;
        }
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
        let mut seed = [0; 8];
        self.shared.settings.ids.fill(&mut seed);
        let mut policy = Policy::new(u64::from_le_bytes(seed));
        let mut decision = policy.begin();
        // Heartbeat after heartbeat over one connection.
        let mut kept = None;
        loop {
            let event = match decision {
                Decision::Exchange => self.exchanged(&mut kept),
                Decision::Wait(heartbeat) => exchanger.runtime.block_on(async {
                    tokio::select! {
                        () = exchanger.wished() => Event::Wish,
                        event = self.news(&mut kept, heartbeat) => event,
                    }
                }),
                Decision::Pause { lasts, wish, look } => {
                    exchanger.runtime.block_on(self.pause(lasts, wish, look))
                }
            };
            if exchanger.ends() {
                return;
            }
            decision = policy.after(event);
        }
    }

    /// One exchange, when somebody has signed in since the start.
    fn exchanged(&self, kept: &mut Option<Center>) -> Event {
        let exchanger = &self.shared.exchanger;
        if self.state().open.is_none() {
            exchanger.runtime.block_on(exchanger.wished());
        }
        exchanger.wish.lock().now = false;
        if self.state().open.is_none() {
            return Event::Wish;
        }
        match exchange(self) {
            Ok(moved) => Event::Exchanged {
                moved: moved != Moved::default(),
            },
            Err(error) => {
                tracing::info!(code = error.code, "exchange failed");
                *kept = None;
                Event::Failed(match error.code.as_str() {
                    "sync.unreachable" | "sync.no_network" => Failure::Unreached,
                    _ => Failure::Other,
                })
            }
        }
    }

    /// Waits at the center until it has news.
    async fn news(&self, kept: &mut Option<Center>, heartbeat: Duration) -> Event {
        let asked = self.background(|state| {
            let open = state.opened()?;
            let told = open.work.center_holds()?.digest();
            let center = match kept.take() {
                Some(center) => center,
                None => Center::of(self, open)?,
            };
            Ok((center, told))
        });
        let Ok((center, told)) = asked else {
            return Event::WaitLost;
        };
        let event = center.wait(told, heartbeat).await;
        if event == Event::Heartbeat {
            *kept = Some(center);
        }
        event
    }

    /// Leaves the link alone.
    async fn pause(&self, lasts: Duration, wish: bool, look: Option<Duration>) -> Event {
        let exchanger = &self.shared.exchanger;
        let found = async {
            let Some(every) = look else {
                return std::future::pending().await;
            };
            let Ok(center) = self.background(|state| Center::of(self, state.opened()?)) else {
                return std::future::pending().await;
            };
            loop {
                tokio::time::sleep(every).await;
                if center.takes_connections(every).await {
                    return;
                }
            }
        };
        tokio::select! {
            () = exchanger.wished(), if wish => Event::Wish,
            () = exchanger.closing() => Event::PauseOver,
            () = found => Event::LinkBack,
            () = tokio::time::sleep(lasts) => Event::PauseOver,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    #[test]
    fn a_save_in_a_rest_is_heard_beside_whoever_waits_for_the_end() {
        let exchanger = Exchanger::new().unwrap();
        let mut context = Context::from_waker(Waker::noop());
        // In a rest both wait, in either order.
        let mut closing = pin!(exchanger.closing());
        assert_eq!(closing.as_mut().poll(&mut context), Poll::Pending);
        let mut wished = pin!(exchanger.wished());
        assert_eq!(wished.as_mut().poll(&mut context), Poll::Pending);
        exchanger.wake();
        assert_eq!(closing.as_mut().poll(&mut context), Poll::Pending);
        assert_eq!(wished.as_mut().poll(&mut context), Poll::Ready(()));
        exchanger.end();
        assert_eq!(closing.as_mut().poll(&mut context), Poll::Ready(()));
    }
}
