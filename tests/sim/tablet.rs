//! A device of the simulated site: the real workplace over SQLite in memory, with a clock that goes wrong and a
//! process that dies.

use crate::oracle::Entry;
use crate::rng::{Killed, SeededIds};
use serde_json::Value;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use xunyi_app::{AppError, Clock, DeviceFacts, Knowledge, Parts, SignedIn, Workplace};
use xunyi_journal::{DeviceRecord, FeedId, Vector, feed_id};
use xunyi_model::{DeviceId, Vehicle};
use xunyi_pki::{CaCert, PeerIdentity, SigningSeed, Validity};
use xunyi_server::Center;
use xunyi_store::{SiteTrust, Store};

/// The site's number.
pub const SITE: i64 = 7;
const CERTIFICATE_DAYS: u32 = 365;

/// The true time, and what this device makes of it.
pub struct TabletClock {
    truth: Arc<AtomicI64>,
    off_by: AtomicI64,
}

impl Clock for TabletClock {
    fn now(&self) -> i64 {
        // A millisecond passes each time, so that no two acts share one.
        self.truth.fetch_add(1, Ordering::Relaxed) + self.off_by.load(Ordering::Relaxed)
    }
}

/// How a command ended.
pub enum Outcome {
    /// On disk, and said so.
    Done(Value),
    /// Refused by its code; nothing was written.
    Refused(AppError),
    /// The process died in it; nothing was written.
    Died,
}

/// A device.
pub struct Tablet {
    work: Option<Workplace>,
    pub feed: FeedId,
    pub identity: PeerIdentity,
    pub clock: Arc<TabletClock>,
    pub ids: Arc<SeededIds>,
    facts: DeviceFacts,
    key: [u8; 32],
    authorities: Vec<CaCert>,
    /// It heard that it is revoked: nobody signs in any more.
    pub locked: bool,
    /// The last request that went up, for one that comes a second time.
    pub last_request: Vec<u8>,
    full: bool,
    /// An image of its disk, taken earlier.
    image: Option<Store>,
}

/// What a tablet is made with.
pub struct Made<'w> {
    pub center: &'w Center,
    pub truth: Arc<AtomicI64>,
    pub seed: u64,
    pub n: usize,
    pub vehicle: Option<Vehicle>,
    pub knowledge: Knowledge,
}

impl Tablet {
    /// Enrolled with a certificate of the center's authority.
    pub fn new(made: Made<'_>) -> Result<Self, String> {
        let ids = Arc::new(SeededIds::new(made.seed));
        let (mut key, mut nonce) = ([0; 32], [0; 16]);
        xunyi_app::Ids::fill(ids.as_ref(), &mut key);
        xunyi_app::Ids::fill(ids.as_ref(), &mut nonce);
        let public_key = SigningSeed::from_bytes(&key).public_key();
        let feed = feed_id(&public_key, &nonce);
        let name = format!("tablet {}", made.n);
        let now = made.truth.load(Ordering::Relaxed);
        let certificate = made
            .center
            .authority()
            .issue_device(
                &public_key,
                &feed.0,
                &name,
                Validity::days(now, CERTIFICATE_DAYS),
            )
            .map_err(|e| e.to_string())?;
        let letter = char::from(b'A' + u8::try_from(made.n).unwrap_or(0)).to_string();
        let mut tablet = Self {
            work: None,
            feed,
            identity: PeerIdentity::from_cert(&certificate).map_err(|e| e.to_string())?,
            clock: Arc::new(TabletClock {
                truth: made.truth,
                off_by: AtomicI64::new(0),
            }),
            ids,
            facts: DeviceFacts {
                device: DeviceId::from_bytes(feed.0),
                name: name.clone(),
                letter,
                vehicle: made.vehicle,
            },
            key,
            authorities: vec![made.center.authority().cert().clone()],
            locked: false,
            last_request: Vec::new(),
            full: false,
            image: None,
        };
        let store = Store::in_memory(SITE).map_err(|e| format!("{e:?}"))?;
        tablet.start(store, made.knowledge)?;
        let record = DeviceRecord {
            name,
            public_key,
            nonce,
            certificate: certificate.to_vec(),
            follows: None,
        };
        tablet
            .work()?
            .open_feed(&record)
            .map_err(|e| format!("{e:?}"))?;
        Ok(tablet)
    }

    fn start(&mut self, store: Store, knowledge: Knowledge) -> Result<(), String> {
        let mut store = store;
        let author = xunyi_app::author(&mut store, &self.key, self.feed);
        let work = Workplace::new(Parts {
            store,
            author: author.map_err(|e| format!("start: {e:?}"))?,
            device: self.facts.clone(),
            knowledge,
            trust: Box::new(SiteTrust::new(self.authorities.clone())),
            clock: Arc::clone(&self.clock) as Arc<dyn Clock>,
            ids: Arc::clone(&self.ids) as Arc<dyn xunyi_app::Ids>,
        });
        self.work = Some(work.map_err(|e| format!("start: {e:?}"))?);
        Ok(())
    }

    /// The process ends, at whatever point it was, and starts again over what is on the disk.
    pub fn restart(&mut self, knowledge: Knowledge) -> Result<(), String> {
        self.ids.die_in(0);
        let work = self.work.take().ok_or("a device that is not there")?;
        let mut store = work.into_store();
        store.forget();
        self.start(store, knowledge)
    }

    /// An image of the disk is put away.
    pub fn take_image(&mut self) -> Result<(), String> {
        let image = self.work()?.store().image();
        self.image = Some(image.map_err(|e| format!("{e:?}"))?);
        Ok(())
    }

    /// The image is put back over the disk; false where there is none.
    pub fn put_image_back(&mut self, knowledge: Knowledge) -> Result<bool, String> {
        let Some(image) = self.image.take() else {
            return Ok(false);
        };
        self.work = None;
        self.start(image, knowledge)?;
        Ok(true)
    }

    /// Another tablet with a copy of this one's disk.
    pub fn cloned(&mut self, seed: u64, knowledge: Knowledge) -> Result<Self, String> {
        let disk = self.work()?.store().image().map_err(|e| format!("{e:?}"))?;
        let mut other = Self {
            work: None,
            feed: self.feed,
            identity: self.identity.clone(),
            clock: Arc::new(TabletClock {
                truth: Arc::clone(&self.clock.truth),
                off_by: AtomicI64::new(0),
            }),
            ids: Arc::new(SeededIds::new(seed)),
            facts: self.facts.clone(),
            key: self.key,
            authorities: self.authorities.clone(),
            locked: false,
            last_request: Vec::new(),
            full: false,
            image: None,
        };
        other.start(disk, knowledge)?;
        Ok(other)
    }

    /// The feed that it writes now, and its last entry.
    pub fn last(&mut self) -> Result<Option<Entry>, String> {
        let feed = self.work()?.feed();
        let at = self.vector()?.get(&feed);
        Ok(at.map(|at| (feed, at.seq, at.hash)))
    }

    /// True where it holds this very entry.
    pub fn holds(&mut self, entry: &Entry) -> Result<bool, String> {
        let (feed, seq, hash) = entry;
        let store = self.work()?.store();
        let held = store.read(|ledger| Ok::<_, AppError>(ledger.holds(feed, *seq, hash)?));
        held.map_err(|e| format!("{e:?}"))
    }

    pub fn work(&mut self) -> Result<&mut Workplace, String> {
        self.work
            .as_mut()
            .ok_or_else(|| "a device that is not there".to_owned())
    }

    pub fn vector(&mut self) -> Result<Vector, String> {
        self.work()?.vector().map_err(|e| format!("{e:?}"))
    }

    /// Gives a command; the process may die in it, where that was set.
    pub fn ask(&mut self, user: &SignedIn, command: &str, input: Value) -> Result<Outcome, String> {
        let work = self.work()?;
        let asked = catch_unwind(AssertUnwindSafe(|| work.invoke(user, command, input)));
        Ok(match asked {
            Ok(Ok(output)) => Outcome::Done(output),
            Ok(Err(error)) => Outcome::Refused(error),
            Err(payload) if payload.is::<Killed>() => Outcome::Died,
            Err(payload) => std::panic::resume_unwind(payload),
        })
    }

    /// Lets the disk be full, or have room again.
    pub fn fill_disk(&mut self, full: bool) -> Result<(), String> {
        self.full = full;
        let database = self.work()?.store().database();
        let connection = database.connection();
        let pages: i64 = connection
            .query_row("PRAGMA page_count", [], |row| row.get(0))
            .map_err(|e| e.to_string())?;
        let most = if full { pages } else { 1 << 30 };
        connection
            .query_row(&format!("PRAGMA max_page_count = {most}"), [], |_| Ok(()))
            .map_err(|e| e.to_string())
    }

    /// True while its disk is full.
    pub fn is_full(&self) -> bool {
        self.full
    }

    /// The clock is wrong by so much from now on, ms.
    pub fn off_by(&self, ms: i64) {
        self.clock.off_by.store(ms, Ordering::Relaxed);
    }
}
