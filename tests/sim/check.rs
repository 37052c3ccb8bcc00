//! What must hold when the faults have stopped and everybody has exchanged: the invariants of the architecture.

use crate::link;
use crate::plan::DEVICES;
use crate::world::World;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use xunyi_app::{AppError, stock_sums};
use xunyi_ledger::{Finding, Holdings, Ledger, rebuild, verify};
use xunyi_model::Role;

/// Ends the day and checks everything.
pub fn check(world: &mut World<'_>) -> Result<(), String> {
    converge(world)?;
    let center = at_center(world, |ledger| Ok(ledger.holdings()?))?;
    for device in 0..DEVICES {
        if world.tablet(device)?.locked {
            continue;
        }
        let held = on_device(world, device, |ledger| Ok(ledger.holdings()?))?;
        same(&center, &held, device)?;
        let findings = on_device(world, device, |ledger| {
            let mut findings = verify(ledger)?;
            findings.push(stock_sums(ledger)?);
            Ok(findings)
        })?;
        clean(&findings, device)?;
    }
    clean(&at_center(world, |ledger| Ok(verify(ledger)?))?, DEVICES)?;
    promises(world)?;
    fields(world)?;
    handed_out_twice(world)?;
    disposable(world, &center)
}

/// Exchanges over good links at most, each of all devices.
const QUIET: usize = 8;

/// S1: quiet exchanges of each with the center until nothing new comes around. A device that asks first after a lost
/// answer sends in its next one, and an author that sees its fork opens a feed that has to come around again.
fn converge(world: &mut World<'_>) -> Result<(), String> {
    for device in 0..DEVICES {
        world.tablet(device)?.off_by(0);
    }
    let mut before = None;
    for _ in 0..QUIET {
        (0..DEVICES).try_for_each(|device| link::quiet(world, device))?;
        let held = at_center(world, |ledger| Ok(ledger.vector()?.digest()))?;
        if before.replace(held) == Some(held) {
            return world.work_all();
        }
    }
    Err("exchanges over good links never end".to_owned())
}

fn same(center: &Holdings, held: &Holdings, device: usize) -> Result<(), String> {
    if center == held {
        return Ok(());
    }
    Err(format!(
        "S1: tablet {device} holds {held:?}, the center {center:?}"
    ))
}

fn clean(findings: &[Finding], device: usize) -> Result<(), String> {
    let wrong = findings.iter().find(|f| !f.wrong.is_empty());
    wrong.map_or(Ok(()), |f| Err(format!("device {device}: {f:?}")))
}

/// J1, and every record that a command answered the id of.
fn promises(world: &mut World<'_>) -> Result<(), String> {
    let entries: Vec<_> = world.oracle.acknowledged().copied().collect();
    for device in 0..=DEVICES {
        if device < DEVICES && world.tablet(device)?.locked {
            continue;
        }
        for (feed, seq, hash) in &entries {
            if !ask(world, device, |ledger| ledger.holds(feed, *seq, hash))? {
                return Err(format!(
                    "J1: {feed}/{seq} was acknowledged as {hash}, device {device} lacks it"
                ));
            }
        }
    }
    let revoked = !world.oracle.doubtful.is_empty();
    let promised: Vec<_> = world.oracle.records().cloned().collect();
    let tables: BTreeSet<&'static str> = promised.iter().map(|(table, _)| *table).collect();
    for table in tables {
        let there = at_center(world, |ledger| Ok(ledger.records(table, None)?))?;
        let there: BTreeSet<String> = there
            .iter()
            .filter_map(|row| match table {
                "person" => Some(xunyi_record::patient::patient_of(&row.doc).to_string()),
                _ => xunyi_record::uuid_of_record(&row.record).map(|id| id.to_string()),
            })
            .collect();
        let of_table = promised.iter().filter(|(of, _)| *of == table);
        let lost: Vec<_> = of_table.filter(|(_, id)| !there.contains(id)).collect();
        if !lost.is_empty() && !revoked {
            return Err(format!("acknowledged and lost: {lost:?}"));
        }
    }
    Ok(())
}

/// Hand-overs of one prescription on two tablets: both happened, both stand.
fn handed_out_twice(world: &mut World<'_>) -> Result<(), String> {
    let rows = at_center(world, |ledger| Ok(ledger.records("dispensing", None)?))?;
    let mut once = BTreeSet::new();
    for row in rows {
        let body: Value = serde_json::from_str(&row.body).map_err(|e| e.to_string())?;
        if !once.insert(body["prescription"].to_string()) {
            world.counters.one("double dispensing");
        }
    }
    Ok(())
}

/// R1: every field shows the values that nobody who saw them wrote over, all of them and no others.
fn fields(world: &mut World<'_>) -> Result<(), String> {
    let Some(device) = first_open(world) else {
        return Ok(());
    };
    let user = crate::world::user(Role::Gp);
    let expected: Vec<_> = world
        .oracle
        .expected()
        .map(|(field, values)| {
            let values: BTreeSet<String> = values.iter().map(|v| (*v).to_owned()).collect();
            (field.clone(), values)
        })
        .collect();
    let mut two = 0;
    for ((patient, field), values) in expected {
        let work = world.tablet(device)?.work()?;
        let chart = work
            .invoke(&user, "patient.get", json!({ "patient": patient }))
            .map_err(|e| format!("{patient}: {e:?}"))?;
        let all = chart["conflicts"].as_array().cloned().unwrap_or_default();
        let conflict = all.iter().find(|c| c["field"] == field);
        let shown: BTreeSet<String> = match conflict {
            Some(conflict) => texts(&conflict["values"]),
            None => texts(&json!([{ "value": chart["demographics"][field] }])),
        };
        if shown != values {
            return Err(format!(
                "R1: {field} of {patient} shows {shown:?}, must show {values:?}"
            ));
        }
        two += u64::from(values.len() > 1);
    }
    world.counters.more("field with two values", two);
    Ok(())
}

fn texts(values: &Value) -> BTreeSet<String> {
    let all = values.as_array().into_iter().flatten();
    all.filter_map(|v| v["value"].as_str().map(str::to_owned))
        .collect()
}

/// J2: made anew from the journal, everything is as it was.
fn disposable(world: &mut World<'_>, center: &Holdings) -> Result<(), String> {
    let Some(device) = first_open(world) else {
        return Ok(());
    };
    let work = world.tablet(device)?.work()?;
    let again = work.store().write(|ledger| {
        rebuild(ledger)?;
        Ok::<_, AppError>(ledger.holdings()?)
    });
    let again = again.map_err(|e| format!("rebuild: {e:?}"))?;
    if again == *center {
        Ok(())
    } else {
        Err(format!("J2: rebuilt {again:?}, before {center:?}"))
    }
}

fn first_open(world: &World<'_>) -> Option<usize> {
    world.tablets.iter().position(|tablet| !tablet.locked)
}

fn on_device<T>(
    world: &mut World<'_>,
    device: usize,
    work: impl FnOnce(&mut Ledger<'_>) -> Result<T, AppError>,
) -> Result<T, String> {
    let read = world.tablet(device)?.work()?.store().read(work);
    read.map_err(|e| format!("device {device}: {e:?}"))
}

fn at_center<T>(
    world: &World<'_>,
    mut work: impl FnMut(&mut Ledger<'_>) -> Result<T, xunyi_server::CenterError>,
) -> Result<T, String> {
    let read = world.center.read(&mut work);
    read.map_err(|e| format!("center: {e}"))
}

fn ask<T>(
    world: &mut World<'_>,
    device: usize,
    mut work: impl FnMut(&mut Ledger<'_>) -> Result<T, xunyi_ledger::LedgerError>,
) -> Result<T, String> {
    if device < DEVICES {
        on_device(world, device, |ledger| Ok(work(ledger)?))
    } else {
        at_center(world, |ledger| Ok(work(ledger)?))
    }
}
