//! A tablet inside the test's own process: the real command table over a real database file, for tests
//! that look beneath it. Ids and clock come from a seed, so that a run can be told again.

use crate::Outcome;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use xunyi_app::{Clock, DeviceFacts, Ids, Knowledge, Parts, SignedIn, Workplace};
use xunyi_journal::{Author, DeviceRecord, PackedFrame, feed_id};
use xunyi_ledger::{FeedInfo, Ledger, LedgerError, PolicySource};
use xunyi_model::medication::Formulary;
use xunyi_model::tables::{Tables, demo_formulary};
use xunyi_model::{DeviceId, Role, StaffId, Vehicle, VehicleId};
use xunyi_store::Store;
use xunyi_vault::DatabaseKey;

/// The site that these tablets belong to.
pub const SITE: i64 = 1;
/// 2026-11-23 08:00 where the vehicle is.
const MORNING: i64 = 1_795_392_000_000;

/// A tablet with a GP signed in.
pub struct Tablet {
    /// The device at work.
    pub at: Workplace,
    user: SignedIn,
}

/// The key of a test's database: no secret.
pub fn key() -> DatabaseKey {
    DatabaseKey::from_bytes([7; 32])
}

impl Tablet {
    /// A new tablet, number `n` of the site, over a new database at `path`.
    ///
    /// # Errors
    /// When the database can't be made.
    pub fn make(path: &Path, n: u8, vfs: Option<&str>) -> Outcome<Self> {
        let (secret, nonce) = ([n; 32], [n; 16]);
        let public_key = Author::new(feed_id(&[0; 32], &nonce), &secret).public_key();
        let feed = feed_id(&public_key, &nonce);
        let record = DeviceRecord {
            name: format!("tablet {n}"),
            public_key,
            nonce,
            certificate: vec![n],
            follows: None,
        };
        let formulary = demo_formulary().map_err(|e| e.to_string())?;
        let knowledge = Knowledge {
            tables: Tables::shipped().map_err(|e| e.to_string())?,
            formulary_version: formulary.version.clone(),
            formulary_sign_off: formulary.sign_off.clone(),
            formulary: Formulary::new(formulary.body),
        };
        let vehicle = Vehicle {
            id: VehicleId::from_bytes([9; 16]),
            plate: "浙K·M1052".into(),
            name: "3 号车".into(),
        };
        let mut at = Workplace::new(Parts {
            store: Store::open(path, &key(), SITE, vfs)?,
            author: Author::new(feed, &secret),
            device: DeviceFacts {
                device: DeviceId::from_bytes(feed.0),
                name: record.name.clone(),
                letter: char::from(b'@'.saturating_add(n)).to_string(),
                vehicle: Some(vehicle),
            },
            knowledge,
            trust: Box::new(EverybodyIsADevice),
            clock: Arc::new(SteadyClock(AtomicI64::new(MORNING))),
            ids: Arc::new(SeededIds(AtomicU64::new(u64::from(n) << 32))),
        })?;
        at.open_feed(&record)?;
        let user = SignedIn {
            staff: StaffId::from_bytes([7; 16]),
            name: "陈立".into(),
            roles: vec![Role::Gp],
        };
        Ok(Self { at, user })
    }

    /// Runs a command.
    ///
    /// # Errors
    /// What the command is refused with.
    pub fn run(&mut self, command: &str, input: Value) -> Outcome<Value> {
        let answer = self.at.invoke(&self.user, command, input);
        answer.map_err(|e| format!("{command}: {}", e.to_json()).into())
    }

    /// Registers somebody; answers the id.
    ///
    /// # Errors
    /// What the command is refused with.
    pub fn register(&mut self, name: &str) -> Outcome<String> {
        let input = json!({ "name": name, "sex": "female", "birth_date": "1959-03-12", "not_a_duplicate": true });
        let answer = self.run("patient.register", input)?;
        let id = answer.get("patient").and_then(Value::as_str);
        Ok(id.ok_or("nobody was registered")?.to_owned())
    }

    /// Gives another tablet everything that it lacks, as bytes of frames.
    ///
    /// # Errors
    /// When a frame is refused.
    pub fn give(&mut self, other: &mut Self) -> Outcome {
        let held = other.at.vector()?;
        let mut walk = self.at.outgoing(&held)?;
        while let Some(sent) = self.at.next_packed(&mut walk)? {
            other.at.receive(&PackedFrame::read(&sent.bytes)?)?;
        }
        Ok(())
    }

    /// Signs a visit of this person with such a content; answers the encounter's id.
    ///
    /// # Errors
    /// What the commands are refused with.
    pub fn sign_visit(&mut self, patient: &str, content: &Value) -> Outcome<String> {
        let started = self.run("visit.start", json!({ "patient": patient }))?;
        let field = |name: &str| started.get(name).cloned().unwrap_or_default();
        let encounter = field("encounter");
        let sign = json!({
            "patient": patient,
            "encounter": encounter,
            "opened_at": field("opened_at"),
            "heads": field("heads"),
            "content": content,
        });
        self.run("visit.sign", sign)?;
        Ok(encounter.as_str().ok_or("no encounter")?.to_owned())
    }
}

/// Moves on by a millisecond each time it is asked, so that no two acts share one.
struct SteadyClock(AtomicI64);

impl Clock for SteadyClock {
    fn now(&self) -> i64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

struct SeededIds(AtomicU64);

impl Ids for SeededIds {
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

struct EverybodyIsADevice;

impl PolicySource for EverybodyIsADevice {
    fn is_center(&self, _: &FeedInfo) -> Option<bool> {
        Some(false)
    }
}

/// Every projected record and every conflict, by table: what must be found again in a database of any age.
///
/// # Errors
/// When the database can't be read.
pub fn rows(ledger: &mut Ledger<'_>) -> Result<Value, LedgerError> {
    let mut all = serde_json::Map::new();
    for table in xunyi_record::projection_tables() {
        let mut records = serde_json::Map::new();
        for row in ledger.records(table.name, None)? {
            let body = serde_json::from_str(&row.body).unwrap_or_default();
            records.insert(format!("{}/{}", row.doc, row.record), body);
        }
        if !records.is_empty() {
            all.insert(table.name.to_owned(), Value::Object(records));
        }
    }
    let conflict = |row: xunyi_ledger::ConflictRow| {
        let values = serde_json::from_str(&row.values).unwrap_or_default();
        (
            format!("{}/{}/{}/{}", row.doc, row.section, row.record, row.field),
            values,
        )
    };
    let conflicts = ledger.conflicts(None)?.into_iter().map(conflict).collect();
    all.insert("conflict".to_owned(), Value::Object(conflicts));
    Ok(Value::Object(all))
}
