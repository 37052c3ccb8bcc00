//! Villages and vehicles.

use serde_json::{Value, json};
use uuid::Uuid;
use xunyi_ledger::Ledger;
use xunyi_model::{Vehicle, Village};
use xunyi_record::site::{record, topic};

use super::{name, pick, read};
use crate::center::Page;
use crate::error::CenterError;

/// A new village.
///
/// # Errors
/// `name.unusable`.
pub fn village(
    id: Uuid,
    named: &str,
    township: &str,
    groups: Option<u16>,
) -> Result<Village, CenterError> {
    Ok(Village {
        id: id.into(),
        name: name(named)?,
        township: name(township)?,
        groups,
    })
}

/// A new vehicle.
///
/// # Errors
/// `name.unusable`.
pub fn vehicle(id: Uuid, plate: &str, named: &str) -> Result<Vehicle, CenterError> {
    Ok(Vehicle {
        id: id.into(),
        plate: name(plate)?,
        name: name(named)?,
    })
}

/// Writes a village.
pub fn add_village(page: &mut Page, village: &Village) {
    let id = *village.id.as_uuid();
    page.put(topic::PLACES, record("village", id, village));
}

/// Writes a vehicle.
pub fn add_vehicle(page: &mut Page, vehicle: &Vehicle) {
    let id = *vehicle.id.as_uuid();
    page.put(topic::PLACES, record("vehicle", id, vehicle));
}

/// All villages.
///
/// # Errors
/// Those of the store.
pub fn villages(ledger: &mut Ledger<'_>) -> Result<Vec<Village>, CenterError> {
    read(ledger, "village")
}

/// All vehicles.
///
/// # Errors
/// Those of the store.
pub fn vehicles(ledger: &mut Ledger<'_>) -> Result<Vec<Vehicle>, CenterError> {
    read(ledger, "vehicle")
}

/// The vehicle that is meant, by id, plate or name.
///
/// # Errors
/// `record.unknown`, `record.ambiguous`.
pub fn find_vehicle(ledger: &mut Ledger<'_>, wanted: &str) -> Result<Vehicle, CenterError> {
    let all = vehicles(ledger)?;
    let wanted = wanted.trim();
    let named = |one: &Vehicle| one.plate == wanted || one.name == wanted;
    pick(&all, wanted, |one| *one.id.as_uuid(), named).cloned()
}

/// A vehicle as a new device takes it along.
pub fn for_a_new_device(vehicle: &Vehicle) -> Value {
    json!(vehicle)
}
