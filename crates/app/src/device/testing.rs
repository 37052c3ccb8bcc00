//! A site for tests: its authority, three staff with passwords, and devices that were enrolled there, each
//! with a real folder and a clock that the test moves. No center answers: exchanges find nobody.

use crate::testing::{MORNING, TestClock, TestIds};
use crate::{Device, Settings};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64};
use tempfile::TempDir;
use uuid::Uuid;
use xunyi_pki::{EnrolAnswer, SigningSeed, SiteCa, Validity};
use xunyi_store::unlock::{SecretPlace, UnlockPolicy};
use xunyi_vault::{KdfCost, RoamingKey};

pub(crate) const GP: Uuid = Uuid::from_u128(0x61);
pub(crate) const PHARMACIST: Uuid = Uuid::from_u128(0x62);
pub(crate) const PIN: &str = "274951";

pub(crate) fn password(staff: Uuid) -> String {
    format!("river-lantern-{:x}", staff.as_u128())
}

/// A device with its folder.
pub(crate) struct Tablet {
    pub(crate) folder: TempDir,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) device: Device,
}

impl Tablet {
    /// A folder that no center knows.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(TestClock(AtomicI64::new(MORNING)));
        let device = Device::open(folder.path(), settings(&clock, 1)).unwrap();
        Self {
            folder,
            clock,
            device,
        }
    }

    /// A device of the test site, before anybody has signed in.
    pub(crate) fn enrolled() -> Self {
        let tablet = Self::new();
        let (seed, nonce) = ([5; 32], [6; 16]);
        let answer = answer(&seed, &nonce);
        crate::enrol::found(&tablet.device, &seed, nonce, &answer).unwrap();
        tablet.restarted(2)
    }

    /// Ends the program and starts it again on the same folder.
    pub(crate) fn restarted(self, run: u64) -> Self {
        let Self {
            folder,
            clock,
            device,
        } = self;
        drop(device);
        let device = Device::open(folder.path(), settings(&clock, run)).unwrap();
        Self {
            folder,
            clock,
            device,
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn run(&self, command: &str, input: Value) -> Value {
        self.device
            .invoke(command, input)
            .unwrap_or_else(|e| panic!("{command}: {e:?}"))
    }

    /// The code that a command is refused with.
    pub(crate) fn refused(&self, command: &str, input: Value) -> String {
        match self.device.invoke(command, input) {
            Ok(output) => panic!("{command} was not refused: {output}"),
            Err(e) => e.code,
        }
    }

    /// The first sign-in of somebody.
    pub(crate) fn first(&self, staff: Uuid) -> Value {
        let input = json!({ "staff": staff, "password": password(staff), "new_pin": PIN });
        self.run("session.first_sign_in", input)
    }
}

pub(crate) fn settings(clock: &Arc<TestClock>, run: u64) -> Settings {
    Settings {
        unlock: UnlockPolicy {
            pin_cost: KdfCost::CHEAP,
            lock_after: 5,
        },
        secret: SecretPlace::File,
        clock: Arc::<TestClock>::clone(clock),
        ids: Arc::new(TestIds(AtomicU64::new(run << 40))),
    }
}

/// What the test site's center answers to this key.
fn answer(seed: &[u8; 32], nonce: &[u8; 16]) -> EnrolAnswer {
    let ca = SiteCa::create(&[1; 32], 7, "青山镇中心卫生院", MORNING).unwrap();
    let key = SigningSeed::from_bytes(seed);
    let feed = xunyi_journal::feed_id(&key.public_key(), nonce);
    let validity = Validity::days(MORNING, 400);
    let certificate = ca
        .issue_device(&key.public_key(), &feed.0, "全科 1", validity)
        .unwrap();
    EnrolAnswer {
        site: 7,
        site_name: "青山镇中心卫生院".into(),
        device_name: "全科 1".into(),
        letter: "A".into(),
        vehicle: Some(json!({ "id": Uuid::from_u128(9), "plate": "浙K·M1052", "name": "3 号车" })),
        certificate: certificate.to_vec(),
        authorities: vec![ca.cert().der().to_vec()],
        // Nobody listens on the discard port: an exchange finds no center.
        addresses: vec!["https://127.0.0.1:9".into()],
        center_time_ms: MORNING,
        staff: vec![
            member(GP, "陈立", "gp"),
            member(PHARMACIST, "雷志强", "pharmacist"),
        ],
    }
}

fn member(staff: Uuid, name: &str, role: &str) -> Value {
    let mut n = staff.as_u128();
    let mut random = |bytes: &mut [u8]| {
        for byte in bytes {
            n = n.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            *byte = (n >> 57) as u8;
        }
    };
    let (roaming, _) =
        RoamingKey::make(staff, &password(staff), &[], KdfCost::CHEAP, &mut random).unwrap();
    json!({ "id": staff, "name": name, "roles": [role], "roaming": roaming })
}
