//! The worker: takes the journal's pending entries into documents and projections, a few documents a transaction.
//! One at a time per site: each of its transactions takes the lease first. A document that cannot be taken in is set
//! aside and tried again later; it holds up neither the others nor any exchange.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use xunyi_journal::DocId;

use crate::center::Center;
use crate::error::CenterError;
use crate::store::{release_lease, take_lease};
use crate::system;

const LEASE: &str = "documents";
/// A worker that was killed keeps others waiting so long. Short, since a transaction that lasts longer still keeps
/// them out by its lock on the row.
const LEASE_MS: i64 = 3_000;
/// Documents of one transaction.
const BATCH: usize = 16;
/// How often the worker looks without being woken: another process may have stored frames.
const TICK: Duration = Duration::from_secs(1);
/// A document that could not be taken in is tried again after so long.
const RETRY_MS: i64 = 60_000;

/// How far documents are behind the journal, as this process has seen it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lag {
    /// Since nothing was waiting, ms.
    pub behind_for_ms: i64,
    /// Documents set aside.
    pub stuck: i64,
}

impl Lag {
    /// In seconds; none while no document waits.
    pub fn seconds(self, waiting: i64) -> i64 {
        if waiting == 0 {
            0
        } else {
            self.behind_for_ms / 1000
        }
    }
}

/// What the rest of the process may ask of its worker.
#[derive(Debug)]
pub(crate) struct WorkerBell {
    wake: Notify,
    caught_up_at: AtomicI64,
    stuck: AtomicI64,
}

impl WorkerBell {
    /// For a worker that starts now.
    pub fn new() -> Self {
        Self {
            wake: Notify::new(),
            caught_up_at: AtomicI64::new(system::now_ms()),
            stuck: AtomicI64::new(0),
        }
    }

    /// A frame was stored.
    pub fn ring(&self) {
        self.wake.notify_one();
    }

    /// How far behind.
    pub fn lag(&self) -> Lag {
        let since = system::now_ms() - self.caught_up_at.load(Ordering::Relaxed);
        Lag {
            behind_for_ms: since.max(0),
            stuck: self.stuck.load(Ordering::Relaxed),
        }
    }

    /// Nothing waits.
    pub fn caught_up(&self) {
        self.caught_up_at.store(system::now_ms(), Ordering::Relaxed);
    }
}

/// What a round found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Round {
    /// Another process has the lease.
    Elsewhere,
    /// Nothing waits.
    Idle,
    /// Some were taken in; there may be more.
    More,
}

/// Runs until `stop` says so, then lets go of the lease.
pub(crate) async fn run(
    center: Arc<Center>,
    bell: Arc<WorkerBell>,
    mut stop: watch::Receiver<bool>,
) {
    let Ok(holder) = system::random() else {
        tracing::error!("no random bytes: documents are not kept by this process");
        return;
    };
    let mut worker = Worker::new(center, holder);
    while !*stop.borrow() {
        let ended = tokio::task::spawn_blocking(move || {
            let round = worker.round(system::now_ms());
            (worker, round)
        });
        let round = match ended.await {
            Ok((back, round)) => {
                worker = back;
                round
            }
            Err(error) => {
                tracing::error!(%error, "the worker ended");
                return;
            }
        };
        let stuck = i64::try_from(worker.aside.len()).unwrap_or(i64::MAX);
        bell.stuck.store(stuck, Ordering::Relaxed);
        match round {
            Ok(Round::More) => continue,
            Ok(Round::Idle) => bell.caught_up(),
            Ok(Round::Elsewhere) => {}
            Err(error) => tracing::warn!(%error, "documents could not be taken in now"),
        }
        tokio::select! {
            () = bell.wake.notified() => {}
            () = tokio::time::sleep(TICK) => {}
            _ = stop.changed() => {}
        }
    }
    let released = tokio::task::spawn_blocking(move || worker.release()).await;
    if !matches!(released, Ok(Ok(()))) {
        tracing::warn!("the lease was left to end by itself");
    }
}

/// Takes documents in, round by round.
pub struct Worker {
    center: Arc<Center>,
    holder: [u8; 16],
    /// Documents that could not be taken in, and when to try again.
    aside: BTreeMap<DocId, i64>,
}

impl Worker {
    /// For a center, under a name of its own for the lease.
    pub fn new(center: Arc<Center>, holder: [u8; 16]) -> Self {
        Self {
            center,
            holder,
            aside: BTreeMap::new(),
        }
    }

    /// Takes some of the documents in that wait.
    ///
    /// # Errors
    /// What keeps all of them from being taken in now.
    pub fn round(&mut self, now: i64) -> Result<Round, CenterError> {
        self.aside.retain(|_, again| *again > now);
        let look = u32::try_from(BATCH + self.aside.len()).unwrap_or(u32::MAX);
        // Looking needs no lease, so that a center at rest writes nothing.
        let waiting = self.center.read(|ledger| Ok(ledger.pending(look)?))?;
        let batch: BTreeSet<DocId> = waiting
            .into_iter()
            .filter(|doc| !self.aside.contains_key(doc))
            .take(BATCH)
            .collect();
        if batch.is_empty() {
            return Ok(Round::Idle);
        }
        match self.settle(&batch, now) {
            Ok(true) => Ok(Round::More),
            Ok(false) => Ok(Round::Elsewhere),
            // The database's fault, not a document's: all wait.
            Err(error) if is_outage(&error) => Err(error),
            Err(_) => self.one_by_one(batch, now),
        }
    }

    /// One of the batch is at fault: found by taking each alone.
    fn one_by_one(&mut self, batch: BTreeSet<DocId>, now: i64) -> Result<Round, CenterError> {
        for doc in batch {
            match self.settle(&BTreeSet::from([doc]), now) {
                Ok(true) => {}
                Ok(false) => return Ok(Round::Elsewhere),
                Err(error) if is_outage(&error) => return Err(error),
                Err(error) => {
                    tracing::error!(document = %doc, code = error.code(), "set aside");
                    self.aside.insert(doc, now + RETRY_MS);
                }
            }
        }
        Ok(Round::More)
    }

    /// False when the lease is another's.
    fn settle(&self, batch: &BTreeSet<DocId>, now: i64) -> Result<bool, CenterError> {
        let center = &self.center;
        let own = BTreeSet::from([center.feed()]);
        let site_data = xunyi_record::site::document_ids(center.site());
        let worked = catch_unwind(AssertUnwindSafe(|| {
            self.with_lease(now, |ledger| {
                // Site data is also written by whoever authors.
                if !site_data.is_disjoint(batch) {
                    ledger.lock_feeds(&own)?;
                }
                let settled = ledger.settle(batch)?;
                if settled.site_changed {
                    ledger.rejudge(center.trust())?;
                }
                Ok(())
            })
        }));
        match worked {
            Ok(done) => done.map(|done| done.is_some()),
            Err(_) => Err(CenterError::Io(std::io::Error::other("panic"))),
        }
    }

    /// Runs `work` in a transaction under the lease; `None` while another holds it.
    fn with_lease<T>(
        &self,
        now: i64,
        mut work: impl FnMut(&mut xunyi_ledger::Ledger<'_>) -> Result<T, CenterError>,
    ) -> Result<Option<T>, CenterError> {
        self.center.write(|ledger| {
            let site = ledger.site();
            let until = now + LEASE_MS;
            if !take_lease(ledger.sql(), site, LEASE, &self.holder, now, until)? {
                return Ok(None);
            }
            work(ledger).map(Some)
        })
    }

    fn release(&self) -> Result<(), CenterError> {
        let site = self.center.site();
        self.center
            .write(|ledger| Ok(release_lease(ledger.sql(), site, LEASE, &self.holder)?))
    }
}

fn is_outage(error: &CenterError) -> bool {
    error.may_retry()
        || matches!(
            error.code(),
            "store.unreachable" | "store.disk_full" | "store.read_only"
        )
}
