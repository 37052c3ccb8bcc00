//! `demo`: fills a center with the site data of the made-up township, by the very functions that the commands use.
//! Its passwords stand in the program's text for everyone to read.

use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

use serde_json::{Value, json};
use xunyi_pki::SiteNumber;
use xunyi_township::workload::{read, site_needed};
use xunyi_township::{FORMULARY_JSON, SiteData, Size};
use xunyi_vault::KdfCost;

use super::staff::with_secrets;
use super::{Answer, init};
use crate::center::Center;
use crate::error::CenterError;
use crate::folder::Folder;
use crate::site::{places, staff, tables};
use crate::system;
use crate::words::Code;

/// Site data of the made-up township, or of its hamlet.
pub fn township(seed: u64, small: bool) -> SiteData {
    let size = if small { Size::small() } else { Size::demo() };
    SiteData::of(seed, &size)
}

/// Site data without which the events of these files can't be replayed.
///
/// # Errors
/// `demo.workload_unreadable`.
pub fn workload(files: &[PathBuf]) -> Result<SiteData, CenterError> {
    let mut events = Vec::new();
    for path in files {
        let unreadable = |why: String| {
            let file = path.display().to_string();
            CenterError::with(
                Code::WorkloadUnreadable,
                json!({ "file": file, "why": why }),
            )
        };
        let file = File::open(path).map_err(|e| unreadable(e.kind().to_string()))?;
        for event in read(BufReader::new(file)) {
            events.push(event.map_err(|e| unreadable(e.to_string()))?);
        }
    }
    Ok(site_needed(&events))
}

/// `xunyi-center demo`: makes the center when there is none; what is there already stays as it is. `cost` is what a
/// password costs to try.
///
/// # Errors
/// As `init`, and those of the store.
pub fn run(
    folder: &Folder,
    site: SiteNumber,
    data: &SiteData,
    cost: KdfCost,
) -> Result<Answer, CenterError> {
    let center = match folder.open() {
        Ok(center) => center,
        Err(CenterError::Said(Code::NoCenter, _)) => init::make(folder, site, &data.name)?,
        Err(e) => return Err(e),
    };
    fill(&center, data, cost)?;
    Ok(answer(&center, data))
}

fn fill(center: &Center, data: &SiteData, cost: KdfCost) -> Result<(), CenterError> {
    let known = center.read(staff::list)?;
    let mut keys = Vec::new();
    for demo in &data.staff {
        if known.iter().all(|one| one.id != demo.staff.id) {
            let roaming = staff::roaming(&demo.staff, demo.password, &data.name, cost)?;
            keys.push((&demo.staff, roaming));
        }
    }
    center.authored(system::now_ms(), |ledger, page| {
        for (member, roaming) in &keys {
            staff::add(page, member, roaming);
        }
        let villages = places::villages(ledger)?;
        for village in data.villages.iter().filter(|v| !villages.contains(v)) {
            places::add_village(page, village);
        }
        let vehicles = places::vehicles(ledger)?;
        for vehicle in data.vehicles.iter().filter(|v| !vehicles.contains(v)) {
            places::add_vehicle(page, vehicle);
        }
        tables::publish(ledger, page, FORMULARY_JSON)
    })
}

fn answer(center: &Center, data: &SiteData) -> Answer {
    let staff: Vec<Value> = data
        .staff
        .iter()
        .map(|demo| with_secrets(&demo.staff, demo.password, demo.pin))
        .collect();
    let lines: Vec<String> = data
        .staff
        .iter()
        .map(|demo| format!("{}  {}  {}", demo.staff.name, demo.password, demo.pin))
        .collect();
    Answer::new(
        json!({
            "site": center.site_number(),
            "site_name": center.name(),
            "villages": data.villages,
            "vehicles": data.vehicles,
            "staff": staff,
        }),
        format!("{}\n{}", center.name(), lines.join("\n")),
    )
}
