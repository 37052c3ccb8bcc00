//! Devices for tests: in memory, with a seeded source of ids and a clock that the test moves.

use crate::workplace::{Parts, Workplace};
use crate::{AppError, Clock, DeviceFacts, Ids, Knowledge, SignedIn};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use xunyi_journal::{Action, ActorId, Author, DeviceRecord, DocType, UserId, feed_id};
use xunyi_ledger::{DocWrite, FeedInfo, PolicySource, WriteRequest};
use xunyi_model::medication::Formulary;
use xunyi_model::tables::{Tables, demo_formulary};
use xunyi_model::{DeviceId, Movement, Role, Staff, StaffId, Vehicle, VehicleId, Village};
use xunyi_record::{site, stock};
use xunyi_store::Store;

/// A clock that the test moves.
pub(crate) struct TestClock(pub(crate) AtomicI64);

impl Clock for TestClock {
    fn now(&self) -> i64 {
        // A millisecond passes each time, so that no two acts share one.
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

/// Ids from a seed.
pub(crate) struct TestIds(pub(crate) AtomicU64);

impl Ids for TestIds {
    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            // splitmix64
            let mut z = self.0.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            *byte = (z >> 56) as u8;
        }
    }
}

/// The site's authority vouches for everybody, and for one as the center.
struct CenterByName;

const CENTER: &str = "center";

impl PolicySource for CenterByName {
    fn is_center(&self, feed: &FeedInfo) -> Option<bool> {
        Some(feed.name == CENTER)
    }
}

/// 2026-11-23 08:00 where the vehicle is.
pub(crate) const MORNING: i64 = 1_795_392_000_000;

/// A tablet of a test, with a GP signed in.
pub(crate) struct Tablet {
    pub(crate) at: Workplace,
    pub(crate) user: SignedIn,
    pub(crate) clock: Arc<TestClock>,
    author: Author,
}

impl Tablet {
    /// A PC at base.
    pub(crate) fn new(n: u8) -> Self {
        Self::of(n, &format!("tablet {n}"), None)
    }

    /// Hears of these villages and vehicles from the site's center.
    pub(crate) fn hear_of(&mut self, villages: &[Village], vehicles: &[Vehicle]) {
        let mut center = Self::of(99, CENTER, None);
        // Who the center is comes first.
        center.give(self);
        let villages = villages
            .iter()
            .flat_map(|v| site::record("village", *v.id.as_uuid(), v));
        let vehicles = vehicles
            .iter()
            .flat_map(|v| site::record("vehicle", *v.id.as_uuid(), v));
        center.write(DocWrite {
            doc: site::document_id(1, site::topic::PLACES),
            doc_type: DocType::Site,
            action: Action::SiteWritten,
            heads: None,
            writes: villages.chain(vehicles).collect(),
            settle: false,
        });
        center.give(self);
    }

    /// Hears from the site's center who works here.
    pub(crate) fn hear_of_staff(&mut self, staff: &[Staff]) {
        let mut center = Self::of(99, CENTER, None);
        center.give(self);
        let records = staff
            .iter()
            .flat_map(|s| site::record("staff", *s.id.as_uuid(), s));
        center.write(DocWrite {
            doc: site::document_id(1, site::topic::STAFF),
            doc_type: DocType::Site,
            action: Action::SiteWritten,
            heads: None,
            writes: records.collect(),
            settle: false,
        });
        center.give(self);
    }

    /// Puts a movement on another page too, as a restored or cloned device might.
    pub(crate) fn write_movement_again(&mut self, movement: &Movement) {
        self.write(DocWrite {
            doc: stock::page_id([0x77; 16]),
            doc_type: DocType::StockPage,
            action: Action::StockReceived,
            heads: None,
            writes: vec![stock::movement(movement)],
            settle: false,
        });
    }

    /// Writes past the commands.
    pub(crate) fn write(&mut self, write: DocWrite) {
        let (author, at) = (&self.author, MORNING);
        let written = self.at.store().write(|ledger| {
            ledger.write(WriteRequest {
                author,
                actor: ActorId::new(author.feed(), [1; 6]),
                fork_actor: &mut || ActorId::new(author.feed(), [2; 6]),
                at,
                user: UserId::NOBODY,
                writes: vec![write],
            })
        });
        written.unwrap();
    }

    /// One that may write site data.
    pub(crate) fn center() -> Self {
        Self::of(98, CENTER, None)
    }

    /// A tablet on the one vehicle of these tests.
    pub(crate) fn on_vehicle(n: u8) -> Self {
        let vehicle = Vehicle {
            id: VehicleId::from_bytes([9; 16]),
            plate: "浙K·M1052".into(),
            name: "3 号车".into(),
        };
        Self::of_vehicle(n, vehicle)
    }

    /// A tablet on this vehicle.
    pub(crate) fn of_vehicle(n: u8, vehicle: Vehicle) -> Self {
        Self::of(n, &format!("tablet {n}"), Some(vehicle))
    }

    fn of(n: u8, name: &str, vehicle: Option<Vehicle>) -> Self {
        let (key, nonce) = ([n; 32], [n; 16]);
        let public_key = Author::new(feed_id(&[0; 32], &nonce), &key).public_key();
        let feed = feed_id(&public_key, &nonce);
        let record = DeviceRecord {
            name: name.to_owned(),
            public_key,
            nonce,
            certificate: vec![n],
            follows: None,
        };
        let formulary = demo_formulary().unwrap();
        let knowledge = Knowledge {
            tables: Tables::shipped().unwrap(),
            formulary_version: formulary.version.clone(),
            formulary_sign_off: formulary.sign_off.clone(),
            formulary: Formulary::new(formulary.body),
        };
        let clock = Arc::new(TestClock(AtomicI64::new(MORNING)));
        let mut at = Workplace::new(Parts {
            store: Store::in_memory(1).unwrap(),
            author: Author::new(feed, &key),
            device: DeviceFacts {
                device: DeviceId::from_bytes(feed.0),
                name: record.name.clone(),
                letter: char::from(b'@' + n % 26).to_string(),
                vehicle,
            },
            knowledge,
            trust: Box::new(CenterByName),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            ids: Arc::new(TestIds(AtomicU64::new(u64::from(n) << 32))),
        })
        .unwrap();
        at.open_feed(&record).unwrap();
        Self {
            at,
            user: person(Role::Gp),
            clock,
            author: Author::new(feed, &key),
        }
    }

    /// Signs in somebody of this role.
    pub(crate) fn sign_in(&mut self, role: Role) -> &mut Self {
        self.user = person(role);
        self
    }

    /// Lets time pass.
    pub(crate) fn wait(&self, ms: i64) {
        self.clock.0.fetch_add(ms, Ordering::Relaxed);
    }

    pub(crate) fn ask(&mut self, command: &str, input: Value) -> Result<Value, AppError> {
        self.at.invoke(&self.user, command, input)
    }

    pub(crate) fn run(&mut self, command: &str, input: Value) -> Value {
        self.ask(command, input)
            .unwrap_or_else(|e| panic!("{command}: {e:?}"))
    }

    /// The code that a command is refused with.
    pub(crate) fn refused(&mut self, command: &str, input: Value) -> String {
        match self.ask(command, input) {
            Ok(output) => panic!("{command} was not refused: {output}"),
            Err(e) => e.code,
        }
    }

    pub(crate) fn register(&mut self, name: &str) -> String {
        let input = json!({ "name": name, "sex": "female", "birth_date": "1959-03-12", "not_a_duplicate": true });
        self.run("patient.register", input)["patient"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// The visit of this person that is open here, by its id.
    pub(crate) fn open_visit(&mut self, patient: &str) -> Value {
        self.run("visit.start", json!({ "patient": patient }))["encounter"].clone()
    }

    /// As an import does: with ids of its own.
    pub(crate) fn import(&mut self, command: &str, input: Value) -> Result<Value, AppError> {
        self.at.import(&self.user, command, input)
    }

    /// Starts a visit and signs it with this content; answers the encounter.
    pub(crate) fn sign_visit(&mut self, patient: &str, content: Value) -> Result<String, AppError> {
        let started = self.run("visit.start", json!({ "patient": patient }));
        self.ask(
            "visit.sign",
            json!({
                "patient": patient,
                "encounter": started["encounter"],
                "opened_at": started["opened_at"],
                "heads": started["heads"],
                "content": content,
            }),
        )?;
        Ok(started["encounter"].as_str().unwrap().to_owned())
    }

    pub(crate) fn chart(&mut self, patient: &str) -> Value {
        self.run("patient.get", json!({ "patient": patient }))
    }

    /// Edits at the heads of the chart as it stands.
    pub(crate) fn update(&mut self, patient: &str, mut fields: Value) -> Result<Value, AppError> {
        let heads = self.chart(patient)["heads"].clone();
        fields["patient"] = json!(patient);
        fields["heads"] = heads;
        self.ask("patient.update", fields)
    }

    /// Gives `other` everything that it lacks.
    pub(crate) fn give(&mut self, other: &mut Tablet) {
        let held = other.at.vector().unwrap();
        let mut walk = self.at.outgoing(&held).unwrap();
        while let Some(sent) = self.at.next_packed(&mut walk).unwrap() {
            let packed = xunyi_journal::PackedFrame::read(&sent.bytes).unwrap();
            other.at.receive(&packed).unwrap();
        }
    }
}

/// Two tablets exchange everything.
pub(crate) fn meet(a: &mut Tablet, b: &mut Tablet) {
    a.give(b);
    b.give(a);
}

/// Somebody of this role.
pub(crate) fn person(role: Role) -> SignedIn {
    SignedIn {
        staff: StaffId::from_bytes([7; 16]),
        name: "陈立".into(),
        roles: vec![role],
    }
}
