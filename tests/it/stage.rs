//! Where a scenario plays: a folder, and a throwaway PostgreSQL where the scenario runs on one.

use serde_json::Value;
use std::net::SocketAddr;
use tempfile::TempDir;
use xunyi_tests::center::Center;
use xunyi_tests::postgres::Postgres;

use crate::device::{Device, now};

pub struct Stage {
    pub folder: TempDir,
    pub database: Option<String>,
    pub cluster: Option<Postgres>,
}

impl Stage {
    pub fn sqlite() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            database: None,
            cluster: None,
        }
    }

    pub fn postgres() -> Self {
        let cluster = Postgres::start().unwrap();
        Self {
            folder: tempfile::tempdir().unwrap(),
            database: Some(cluster.database("center").unwrap()),
            cluster: Some(cluster),
        }
    }

    /// A center that is not made yet.
    pub fn bare(&self) -> Center {
        Center::new(self.folder.path(), self.database.clone()).unwrap()
    }

    /// The demo hamlet's center, serving.
    pub fn demo(&self) -> Center {
        Center::demo(self.folder.path(), self.database.clone()).unwrap()
    }

    /// Changes the center's database behind its back.
    pub fn execute(&self, statement: &str) {
        if let (Some(cluster), Some(address)) = (&self.cluster, &self.database) {
            cluster.execute(address, statement).unwrap();
        } else {
            self.bare().execute(statement).unwrap();
        }
    }
}

/// A device of the center, enrolled.
pub async fn enrolled(center: &Center, name: &str) -> Device {
    enrolled_via(center, name, center.address()).await
}

/// A device that reaches the center over a link.
pub async fn enrolled_via(center: &Center, name: &str, address: SocketAddr) -> Device {
    Device::enrol(&center.code(name, address).unwrap()).await
}

/// What `verify` says: its findings, and what is held on the top level beside them.
pub fn verified(center: &Center) -> Value {
    let mut found = center.ask(&["verify"]).unwrap();
    if let Some(Value::Object(held)) = found.as_object_mut().unwrap().remove("holdings") {
        found.as_object_mut().unwrap().extend(held);
    }
    found
}

/// Waits until the worker has taken in all that is in the journal; answers what `verify` says then.
pub fn until_settled(center: &Center) -> Value {
    let deadline = now() + 60_000;
    loop {
        let found = verified(center);
        if found["waiting"] == 0 {
            return found;
        }
        assert!(now() < deadline, "documents do not catch up: {found}");
    }
}
