//! The simulated site: a center, three tablets on one vehicle, a PC at base, and what everybody was promised.

use crate::counters::Counters;
use crate::oracle::{Entry, Oracle, Seen};
use crate::plan::{DEVICES, Kind, Step};
use crate::rng::{Rng, SeededIds};
use crate::tablet::{Made, SITE, Tablet};
use crate::{acts, link};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use xunyi_app::{Knowledge, SignedIn};
use xunyi_model::medication::Formulary;
use xunyi_model::tables::{Tables, demo_formulary};
use xunyi_model::{Role, StaffId};
use xunyi_server::exchange::Told;
use xunyi_server::site::{devices, places, settings};
use xunyi_server::store::SqliteStore;
use xunyi_server::worker::{Round, Worker};
use xunyi_server::{Center, Sealer};

/// 2026-11-23 08:00 where the vehicle is.
const MORNING: i64 = 1_795_392_000_000;
const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
const VEHICLE: u128 = 0x9000;
const VILLAGE: u128 = 0x7000;

/// What every device knows alike; made once for all days.
pub struct Shared {
    tables: Tables,
    formulary: Formulary,
    version: String,
    sign_off: xunyi_model::SignOff,
    /// Three products as orders and goods name them.
    pub products: Vec<Value>,
}

impl Shared {
    pub fn new() -> Result<Self, String> {
        let formulary = demo_formulary().map_err(|e| format!("{e:?}"))?;
        let product = |p: &xunyi_model::Product| json!({ "id": p.id, "name": p.generic_zh, "unit": p.base_unit });
        Ok(Self {
            products: formulary.body.iter().take(3).map(product).collect(),
            tables: Tables::shipped().map_err(|e| format!("{e:?}"))?,
            version: formulary.version.clone(),
            sign_off: formulary.sign_off.clone(),
            formulary: Formulary::new(formulary.body),
        })
    }

    pub fn knowledge(&self) -> Knowledge {
        Knowledge {
            tables: self.tables.clone(),
            formulary: self.formulary.clone(),
            formulary_version: self.version.clone(),
            formulary_sign_off: self.sign_off.clone(),
        }
    }
}

/// A form that somebody has open.
pub struct Form {
    pub device: usize,
    pub patient: String,
    pub heads: Value,
    pub fields: Vec<(&'static str, Seen)>,
    /// What the device held when it was opened, as a digest.
    pub held: [u8; 32],
}

/// The site.
pub struct World<'s> {
    pub shared: &'s Shared,
    pub center: Arc<Center>,
    pub told: Told,
    pub worker: Worker,
    pub tablets: Vec<Tablet>,
    pub truth: Arc<AtomicI64>,
    pub oracle: Oracle,
    pub counters: Counters,
    pub forms: Vec<Form>,
    /// Values of fields are all different: one number more for each.
    pub written: u64,
    pub villages: Vec<String>,
    pub acts: u64,
    /// A disk was put back or cloned: feeds may fork.
    pub forks: bool,
}

/// True where the center holds this very entry.
fn holds(center: &Center, entry: &Entry) -> Result<bool, String> {
    let (feed, seq, hash) = entry;
    let held = center.read(|ledger| Ok(ledger.holds(feed, *seq, hash)?));
    held.map_err(|e| format!("center: {e}"))
}

/// Somebody of this role.
pub fn user(role: Role) -> SignedIn {
    let n = match role {
        Role::Gp => 1,
        Role::Nurse => 2,
        Role::Pharmacist => 3,
        _ => 4,
    };
    SignedIn {
        staff: StaffId::from_bytes([n; 16]),
        name: "陈立".into(),
        roles: vec![role],
    }
}

impl<'s> World<'s> {
    /// The morning of a seed.
    pub fn new(shared: &'s Shared, seed: u64) -> Result<Self, String> {
        let truth = Arc::new(AtomicI64::new(MORNING));
        let store = Arc::new(SqliteStore::in_memory().map_err(|e| e.to_string())?);
        let entropy = Arc::new(SeededIds::new(seed ^ 0xCE17E4));
        let vehicle = places::vehicle(uuid::Uuid::from_u128(VEHICLE), "浙K·M1052", "3 号车")
            .map_err(|e| e.to_string())?;
        let site = u32::try_from(SITE).unwrap_or_default();
        let mut villages = Vec::new();
        for (n, name) in ["下坑村", "上垟村", "大畈村"].into_iter().enumerate() {
            let id = uuid::Uuid::from_u128(VILLAGE + n as u128);
            villages.push(places::village(id, name, "云和镇", None).map_err(|e| e.to_string())?);
        }
        let center = Center::found_by(
            entropy,
            store,
            &Sealer::new([2; 32]),
            site,
            "卫生院",
            MORNING,
            |_, page| {
                settings::first(page, "卫生院");
                places::add_vehicle(page, &vehicle);
                villages
                    .iter()
                    .for_each(|village| places::add_village(page, village));
                Ok(())
            },
        );
        let center = Arc::new(center.map_err(|e| e.to_string())?);
        let mut tablets = Vec::new();
        for n in 0..DEVICES {
            tablets.push(Tablet::new(Made {
                center: &center,
                truth: Arc::clone(&truth),
                seed: seed.wrapping_mul(1_000_003).wrapping_add(n as u64),
                n,
                vehicle: (n + 1 < DEVICES).then(|| vehicle.clone()),
                knowledge: shared.knowledge(),
            })?);
        }
        center
            .authored(MORNING, |_, page| {
                for tablet in &tablets {
                    devices::enrol(
                        page,
                        &devices::Device {
                            feed: tablet.feed,
                            name: tablet.identity.name.clone(),
                            letter: "A".into(),
                            vehicle: Some(vehicle.id.to_string()),
                            revoked: false,
                            enrolled_at: MORNING,
                        },
                    );
                }
                Ok(())
            })
            .map_err(|e| e.to_string())?;
        let mut world = Self {
            shared,
            worker: Worker::new(Arc::clone(&center), [3; 16]),
            center,
            told: Told::default(),
            tablets,
            truth,
            oracle: Oracle::default(),
            counters: Counters::default(),
            forms: Vec::new(),
            written: 0,
            villages: villages.iter().map(|v| v.id.to_string()).collect(),
            acts: 0,
            forks: false,
        };
        for device in 0..DEVICES {
            link::quiet(&mut world, device)?;
        }
        Ok(world)
    }

    pub fn tablet(&mut self, device: usize) -> Result<&mut Tablet, String> {
        self.tablets
            .get_mut(device)
            .ok_or_else(|| "a device that is not there".to_owned())
    }

    pub fn now(&self) -> i64 {
        self.truth.load(Ordering::Relaxed)
    }

    /// Plays a step.
    pub fn play(&mut self, step: &Step) -> Result<(), String> {
        let mut rng = Rng::new(step.pick);
        self.truth.fetch_add(
            20_000 + i64::try_from(rng.below(120_000)).unwrap_or(0),
            Ordering::Relaxed,
        );
        match step.kind {
            Kind::Act(act) => acts::act(self, step.device, act, &mut rng),
            Kind::Exchange(how) => link::exchange(self, step.device, how, &mut rng),
            Kind::Replayed => link::replay(self, step.device),
            Kind::Worker => self.work(),
            Kind::CenterRestarts => {
                self.counters.one("process: center restarted");
                self.told = Told::default();
                self.worker = Worker::new(Arc::clone(&self.center), [4; 16]);
                // Its lease runs out.
                self.truth.fetch_add(10_000, Ordering::Relaxed);
                Ok(())
            }
            Kind::Killed => self.kill(step.device, &mut rng),
            Kind::DiskFull => {
                self.counters.one("disk: full");
                self.tablet(step.device)?.fill_disk(true)?;
                let acted = acts::any(self, step.device, &mut rng);
                self.tablet(step.device)?.fill_disk(false)?;
                acted
            }
            Kind::Clock => self.set_clock(step.device, &mut rng),
            Kind::Revoked => self.revoke(step.device, &mut rng),
            Kind::Image => self.tablet(step.device)?.take_image(),
            Kind::Restored => self.restore(step.device),
            Kind::Cloned => self.clone_disk(step.device),
        }
    }

    /// The process dies in a command, or after one, before anybody heard how it ended.
    fn kill(&mut self, device: usize, rng: &mut Rng) -> Result<(), String> {
        if rng.percent(60) {
            self.tablet(device)?.ids.die_in(1 + rng.below(6));
        }
        acts::any(self, device, rng)?;
        let knowledge = self.shared.knowledge();
        self.tablet(device)?.restart(knowledge)?;
        self.counters.one("process: killed after a commit");
        self.still_there(device)
    }

    /// Nothing that was acknowledged is lost by what just happened to a device.
    pub fn still_there(&mut self, device: usize) -> Result<(), String> {
        let tablet = self
            .tablets
            .get_mut(device)
            .ok_or("a device that is not there")?;
        for entry in self.oracle.on(device) {
            if !tablet.holds(entry)? {
                return Err(format!("J1: {entry:?} was acknowledged and is gone"));
            }
        }
        Ok(())
    }

    /// An old image is put back over a disk. What was on that disk alone is gone, as the operator wanted.
    fn restore(&mut self, device: usize) -> Result<(), String> {
        let knowledge = self.shared.knowledge();
        if !self.tablet(device)?.put_image_back(knowledge)? {
            return Ok(());
        }
        self.counters.one("operator: disk put back from an image");
        self.forks = true;
        let mut gone = Vec::new();
        for entry in self.oracle.acknowledged() {
            let mut held = holds(&self.center, entry)?;
            for tablet in &mut self.tablets {
                held = held || tablet.holds(entry)?;
            }
            if !held {
                gone.push(*entry);
            }
        }
        self.oracle.went(gone);
        self.oracle.other_disk(device);
        // A form that was open on the old disk is open no more.
        self.forms.retain(|form| form.device != device);
        Ok(())
    }

    /// The PC at base is replaced by a tablet with a copy of another's disk.
    fn clone_disk(&mut self, device: usize) -> Result<(), String> {
        let last = DEVICES - 1;
        let any_locked = self.tablets.iter().any(|tablet| tablet.locked);
        if device == last || any_locked || !self.oracle.doubtful.is_empty() {
            return Ok(());
        }
        // What the PC holds has gone to the center before it goes.
        link::quiet(self, last)?;
        let seed = 0xC104E + self.acts;
        let knowledge = self.shared.knowledge();
        let copy = self.tablet(device)?.cloned(seed, knowledge)?;
        *self.tablet(last)? = copy;
        self.oracle.other_disk(last);
        self.forms.retain(|form| form.device != last);
        self.forks = true;
        self.counters.one("operator: disk cloned");
        Ok(())
    }

    fn set_clock(&mut self, device: usize, rng: &mut Rng) -> Result<(), String> {
        let now = self.now();
        let (name, off) = match rng.below(6) {
            0 => ("clock: stuck in 1970", -now),
            1 => ("clock: a year ahead", 365 * DAY),
            2 | 3 => (
                "clock: hours off",
                i64::try_from(rng.below(20)).unwrap_or(0) * HOUR - 10 * HOUR,
            ),
            _ => ("clock: right again", 0),
        };
        self.counters.one(name);
        self.tablet(device)?.off_by(off);
        Ok(())
    }

    /// At most one device of a day, and none of those by which the day would end.
    fn revoke(&mut self, device: usize, rng: &mut Rng) -> Result<(), String> {
        if !self.oracle.doubtful.is_empty() || rng.percent(50) {
            return Ok(());
        }
        let feed = self.tablet(device)?.feed;
        let now = self.now();
        let revoked = self
            .center
            .authored_about([feed].into(), now, |ledger, page| {
                let all = devices::list(ledger)?;
                if let Some(one) = all.iter().find(|one| one.feed == feed) {
                    devices::revoke(ledger, page, one, self.center.trust())?;
                }
                Ok(())
            });
        revoked.map_err(|e| format!("revoke: {e}"))?;
        self.counters.one("operator: device revoked");
        self.oracle.doubtful.insert(feed);
        Ok(())
    }

    /// A round of the worker.
    pub fn work(&mut self) -> Result<(), String> {
        self.counters.one("worker: documents late");
        let now = self.now();
        self.worker
            .round(now)
            .map(|_| ())
            .map_err(|e| format!("worker: {e}"))
    }

    /// The worker until nothing waits.
    pub fn work_all(&mut self) -> Result<(), String> {
        for _ in 0..10_000 {
            let now = self.truth.fetch_add(5_000, Ordering::Relaxed);
            match self.worker.round(now) {
                Ok(Round::Idle) => return Ok(()),
                Ok(_) => {}
                Err(e) => return Err(format!("worker: {e}")),
            }
        }
        Err("the worker never ends".to_owned())
    }
}
