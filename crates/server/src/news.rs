//! Waiting devices: each is answered when the journal holds something else than it was told, or at its heartbeat.
//!
//! However many wait, one task looks, and only while anybody waits: a waiting device costs neither a thread nor a
//! connection to the database. It looks once a second, since another process may have stored frames, and at once
//! when this one has.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use xunyi_journal::Digest;

use crate::center::Center;

/// How often it looks without being told.
const LOOK: Duration = Duration::from_secs(1);

/// What a device that waited is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The journal holds something that it was not told.
    News,
    /// Nothing happened.
    Nothing,
}

/// What a look at the journal found.
#[derive(Clone, Copy, Debug, Default)]
struct Look {
    /// Looks are numbered as they begin.
    number: u64,
    /// None while the database cannot be read.
    holds: Option<Digest>,
}

/// The digest of what the journal holds, as far as this process has seen.
#[derive(Debug, Default)]
pub struct News {
    look: watch::Sender<Look>,
    begun: AtomicU64,
    grew: Notify,
}

impl News {
    /// The journal grew, here or, as somebody says, elsewhere: looked at without waiting for the second.
    pub fn ring(&self) {
        self.grew.notify_one();
    }

    /// Waits until the journal holds something else than `told`, or for `heartbeat`.
    pub async fn wait(&self, told: Digest, heartbeat: Duration) -> Heard {
        let mut looks = self.look.subscribe();
        // A look that began before may not have seen what this device has just been told.
        let before = self.begun.load(Ordering::SeqCst);
        self.grew.notify_one();
        let other = looks
            .wait_for(|look| look.number > before && look.holds.is_some_and(|holds| holds != told));
        match tokio::time::timeout(heartbeat, other).await {
            Ok(Ok(_)) => Heard::News,
            Ok(Err(_)) | Err(_) => Heard::Nothing,
        }
    }

    /// Looks for those who wait, until `stop` says so.
    pub(crate) async fn run(self: Arc<Self>, center: Arc<Center>, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            tokio::select! {
                () = self.grew.notified() => {}
                () = tokio::time::sleep(LOOK), if self.look.receiver_count() > 0 => {}
                _ = stop.changed() => return,
            }
            if self.look.receiver_count() == 0 {
                continue;
            }
            let number = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
            let center = Arc::clone(&center);
            let looked = tokio::task::spawn_blocking(move || {
                center.read(|ledger| Ok(ledger.vector()?.digest()))
            });
            let holds = match looked.await {
                Ok(Ok(digest)) => Some(digest),
                Ok(Err(error)) => {
                    // Those who wait go on waiting: an exchange would be refused all the same.
                    tracing::debug!(%error, "could not look for news");
                    None
                }
                Err(error) => {
                    tracing::error!(%error, "looking for news broke");
                    None
                }
            };
            self.look.send_replace(Look { number, holds });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::places;
    use crate::testing::{MORNING, place};
    use uuid::Uuid;

    /// Longer than any test lasts: what is answered before it is no heartbeat.
    const NEVER: Duration = Duration::from_secs(3600);

    fn held(center: &Center) -> Digest {
        center.read(|ledger| Ok(ledger.vector()?.digest())).unwrap()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn all_who_wait_hear_of_a_change_and_who_knows_it_waits_for_the_heartbeat() {
        let place = place();
        let (stop, stopped) = watch::channel(false);
        let news = Arc::new(News::default());
        let looking = tokio::spawn(Arc::clone(&news).run(Arc::clone(&place.center), stopped));
        let told = held(&place.center);
        let heartbeat = Duration::from_millis(1);
        assert_eq!(news.wait(told, heartbeat).await, Heard::Nothing);
        let waiting: Vec<_> = (0..192)
            .map(|_| {
                let news = Arc::clone(&news);
                tokio::spawn(async move { news.wait(told, NEVER).await })
            })
            .collect();
        // Nobody rings: as when another process has stored it.
        let vehicle = places::vehicle(Uuid::from_u128(10), "浙K·M1053", "4 号车").unwrap();
        place
            .center
            .authored(MORNING, |_, page| {
                places::add_vehicle(page, &vehicle);
                Ok(())
            })
            .unwrap();
        for waiting in waiting {
            assert_eq!(waiting.await.unwrap(), Heard::News);
        }
        // Who was told before the last look is answered by the next one, not by that.
        assert_eq!(
            news.wait(held(&place.center), heartbeat).await,
            Heard::Nothing
        );
        assert_eq!(news.wait(told, NEVER).await, Heard::News);
        stop.send_replace(true);
        looking.await.unwrap();
    }
}
