//! `village add|list`, `vehicle add|list`, `table list|publish`.

use std::path::Path;

use serde_json::{Value, json};

use super::Answer;
use crate::center::Center;
use crate::error::CenterError;
use crate::site::{places, tables};
use crate::system;
use crate::words::Code;

/// A table is at most so large, bytes.
const TABLE_MAX: u64 = 16 * 1024 * 1024;

/// `village add`.
///
/// # Errors
/// `name.unusable`.
pub fn add_village(
    center: &Center,
    name: &str,
    township: &str,
    groups: Option<u16>,
) -> Result<Answer, CenterError> {
    let now = system::now_ms();
    let village = places::village(system::uuid(now)?, name, township, groups)?;
    center.authored(now, |_, page| {
        places::add_village(page, &village);
        Ok(())
    })?;
    Ok(Answer::new(
        json!(village),
        format!("{}  {}", village.id, village.name),
    ))
}

/// `village list`.
///
/// # Errors
/// Those of the store.
pub fn villages(center: &Center) -> Result<Answer, CenterError> {
    let all = center.read(places::villages)?;
    let lines: Vec<_> = all
        .iter()
        .map(|v| format!("{}  {}  {}", v.id, v.name, v.township))
        .collect();
    Ok(Answer::new(json!(all), lines.join("\n")))
}

/// `vehicle add`.
///
/// # Errors
/// `name.unusable`.
pub fn add_vehicle(center: &Center, plate: &str, name: &str) -> Result<Answer, CenterError> {
    let now = system::now_ms();
    let vehicle = places::vehicle(system::uuid(now)?, plate, name)?;
    center.authored(now, |_, page| {
        places::add_vehicle(page, &vehicle);
        Ok(())
    })?;
    Ok(Answer::new(
        json!(vehicle),
        format!("{}  {}  {}", vehicle.id, vehicle.plate, vehicle.name),
    ))
}

/// `vehicle list`.
///
/// # Errors
/// Those of the store.
pub fn vehicles(center: &Center) -> Result<Answer, CenterError> {
    let all = center.read(places::vehicles)?;
    let lines: Vec<_> = all
        .iter()
        .map(|v| format!("{}  {}  {}", v.id, v.plate, v.name))
        .collect();
    Ok(Answer::new(json!(all), lines.join("\n")))
}

/// `table list`.
///
/// # Errors
/// Those of the store.
pub fn tables(center: &Center) -> Result<Answer, CenterError> {
    let all = center.read(tables::list)?;
    Ok(Answer::new(json!(all), lines_of(&all)))
}

/// `table publish`: puts a table file of the site's own in force.
///
/// # Errors
/// `table.malformed`, those of the file system.
pub fn publish(center: &Center, file: &Path) -> Result<Answer, CenterError> {
    let malformed = || CenterError::code_only(Code::TableMalformed);
    if std::fs::metadata(file)?.len() > TABLE_MAX {
        return Err(malformed());
    }
    let text = String::from_utf8(std::fs::read(file)?).map_err(|_| malformed())?;
    let about = tables::about(&text)?;
    center.authored(system::now_ms(), |ledger, page| {
        tables::publish(ledger, page, &text)
    })?;
    let all = center.read(tables::list)?;
    let now: Vec<Value> = all
        .into_iter()
        .filter(|table| table.get("name") == Some(&json!(about.name)))
        .collect();
    Ok(Answer::new(json!(now), lines_of(&now)))
}

fn lines_of(tables: &[Value]) -> String {
    let text = |table: &Value, field: &str| {
        table
            .get(field)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let lines: Vec<_> = tables
        .iter()
        .map(|t| {
            format!(
                "{}  {}  {}",
                text(t, "name"),
                text(t, "version"),
                text(t, "hash")
            )
        })
        .collect();
    lines.join("\n")
}
