//! What the center must author before a workload can be replayed: its villages, clinicians and vehicles.

use std::collections::BTreeSet;

use xunyi_model::{Role, Staff, Vehicle, Village};

use super::event::{Event, Record};
use crate::rng;
use crate::site::{DemoStaff, SiteData};

/// Names of the two who act where the workload names nobody.
pub(super) const NURSE: &str = "n1";
pub(super) const PHARMACIST: &str = "p1";
const TOWNSHIP: &str = "工作量镇";

/// Site data for these events (roster and days together): ids follow from the names, so that another run of another
/// part of the workload finds the same ones.
pub fn site_needed<'a>(events: impl IntoIterator<Item = &'a Event>) -> SiteData {
    let (mut villages, mut clinicians, mut vehicles) =
        (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for event in events {
        let Event::Put(put) = event else { continue };
        match &put.record {
            Record::Patient(body) => {
                villages.insert(body.village.as_str());
            }
            Record::Encounter(body) => {
                clinicians.insert(body.clinician.as_str());
            }
            Record::Movement(body) => {
                vehicles.insert(body.location.as_str());
            }
            Record::Form(_) | Record::Prescription(_) => {}
        }
    }
    // A roster alone names nobody and no vehicle: what the generator always names is there anyway.
    clinicians.extend(["c1", "c2", "c3", "c4"]);
    vehicles.insert("车01");
    let village = |name: &&str| Village {
        id: rng::id(0, name, 1).into(),
        name: (*name).to_owned(),
        township: TOWNSHIP.to_owned(),
        groups: None,
    };
    let vehicle = |name: &&str| Vehicle {
        id: rng::id(0, name, 2).into(),
        plate: (*name).to_owned(),
        name: (*name).to_owned(),
    };
    let mut staff: Vec<_> = clinicians
        .iter()
        .map(|name| member(name, Role::Gp))
        .collect();
    staff.push(member(NURSE, Role::Nurse));
    staff.push(member(PHARMACIST, Role::Pharmacist));
    SiteData {
        name: format!("{TOWNSHIP}卫生院"),
        villages: villages.iter().map(village).collect(),
        vehicles: vehicles.iter().map(vehicle).collect(),
        staff,
    }
}

fn member(name: &str, role: Role) -> DemoStaff {
    DemoStaff {
        staff: Staff {
            id: rng::id(0, name, 3).into(),
            name: name.to_owned(),
            roles: vec![role],
            title: None,
            left: false,
        },
        password: "workload-only-replay-2026",
        pin: "704251",
    }
}
