//! The day as it stands: stop, line, counts.

use super::unsigned::unsigned;
use crate::api::Nothing;
use crate::api::day::{DayView, QueueView, StopView};
use crate::patient::{hit, mark_namesakes, staff_names};
use crate::rows::Body;
use crate::{AppError, Ctx};
use chrono::{Datelike, NaiveDate};
use std::collections::{BTreeMap, BTreeSet};
use xunyi_journal::DocId;
use xunyi_ledger::Sql;
use xunyi_model::vehicle_day::Line;
use xunyi_model::*;
use xunyi_record::day::{EVENT_SECTIONS, document_id};

/// Clocks before this year have lost their battery: a person confirms the date.
const PLAUSIBLE_FROM: i32 = 2025;

/// `day.get`.
pub(crate) fn get(ctx: &mut Ctx<'_, '_>, _: Nothing) -> Result<DayView, AppError> {
    view(ctx, None)
}

/// The day's document, of the date that was opened last on this device or of today.
pub(super) fn document(ctx: &mut Ctx<'_, '_>) -> Result<(DocId, NaiveDate), AppError> {
    let vehicle = ctx
        .device
        .vehicle
        .as_ref()
        .ok_or_else(|| AppError::new("day.no_vehicle"))?
        .id;
    let date = confirmed_date(ctx)?.unwrap_or_else(|| ctx.today());
    Ok((document_id(vehicle, &date.to_string()), date))
}

/// The date that a person confirmed while the clock was implausible; not one that has passed since.
fn confirmed_date(ctx: &mut Ctx<'_, '_>) -> Result<Option<NaiveDate>, AppError> {
    if !clock_implausible(ctx) {
        return Ok(None);
    }
    let stored = stored_date(ctx.ledger.sql())?;
    let today = ctx.today();
    Ok(stored.filter(|date| *date >= today))
}

/// The date confirmed last on this device, taken back when that day was closed.
///
/// # Errors
/// [`AppError`] when the database cannot be read.
pub(crate) fn stored_date(sql: &mut dyn Sql) -> Result<Option<NaiveDate>, AppError> {
    let stored = xunyi_store::local::get(sql, CONFIRMED_DATE)?;
    Ok(stored.and_then(|bytes| String::from_utf8(bytes).ok()?.parse().ok()))
}

/// True on a vehicle's tablet whose clock cannot be right while nobody confirmed the date.
///
/// # Errors
/// [`AppError`] when the database cannot be read.
pub(crate) fn date_unconfirmed(ctx: &mut Ctx<'_, '_>) -> Result<bool, AppError> {
    Ok(ctx.device.vehicle.is_some() && clock_implausible(ctx) && confirmed_date(ctx)?.is_none())
}

/// Name of the confirmed date among what is local.
pub(super) const CONFIRMED_DATE: &str = "day.confirmed_date";

/// True when the clock cannot be right.
pub(super) fn clock_implausible(ctx: &Ctx<'_, '_>) -> bool {
    ctx.clock_behind || ctx.today().year() < PLAUSIBLE_FROM
}

/// What happened so far. An event of a newer version that this one cannot read stays in the document.
fn events(ctx: &mut Ctx<'_, '_>, doc: &DocId) -> Result<Vec<DayEvent>, AppError> {
    let mut events = Vec::new();
    for section in EVENT_SECTIONS {
        events.extend(ctx.records(doc, section)?.iter().filter_map(Body::typed));
    }
    Ok(events)
}

/// The line as it stands.
pub(super) fn line(ctx: &mut Ctx<'_, '_>, doc: &DocId) -> Result<Line, AppError> {
    Ok(Line::of(&events(ctx, doc)?))
}

/// The time of what happens now: after all that this device has seen of the day. Clocks of tablets differ, and an
/// arrival or an opening by a slow one would else count for nothing.
pub(super) fn next_at(ctx: &mut Ctx<'_, '_>, doc: &DocId) -> Result<i64, AppError> {
    let seen = events(ctx, doc)?.iter().map(DayEvent::at).max();
    Ok(seen.map_or(ctx.now, |at| ctx.now.max(at.saturating_add(1))))
}

/// The village of the current stop, for the visit's record; none at base.
///
/// # Errors
/// [`AppError`] when the database cannot be read.
pub(crate) fn current_village(ctx: &mut Ctx<'_, '_>) -> Result<Option<VillageId>, AppError> {
    if ctx.device.vehicle.is_none() {
        return Ok(None);
    }
    let (doc, _) = document(ctx)?;
    Ok(line(ctx, &doc)?.stop().map(|s| s.village))
}

/// Who stands in today's line, was called or has been seen; not those who left it. Nobody at base.
///
/// # Errors
/// [`AppError`] when the database cannot be read.
pub(crate) fn standing(ctx: &mut Ctx<'_, '_>) -> Result<BTreeSet<PatientId>, AppError> {
    if ctx.device.vehicle.is_none() {
        return Ok(BTreeSet::new());
    }
    let (doc, _) = document(ctx)?;
    let line = line(ctx, &doc)?;
    let there = line.entries.iter().filter(|e| e.state != QueueState::Left);
    Ok(there.map(|e| e.entry.patient).collect())
}

/// Names of the staff.
pub(super) struct Names(BTreeMap<String, String>);

impl Names {
    /// Somebody's name; empty when this device does not know them.
    pub(super) fn of(&self, staff: &StaffId) -> String {
        self.0.get(&staff.to_string()).cloned().unwrap_or_default()
    }
}

/// The day for the window.
pub(super) fn view(
    ctx: &mut Ctx<'_, '_>,
    called: Option<QueueEntryId>,
) -> Result<DayView, AppError> {
    let villages: Vec<Village> = ctx
        .all_records("village")?
        .iter()
        .filter_map(|r| {
            Some(Village {
                id: r.id()?,
                ..r.typed()?
            })
        })
        .collect();
    let clock_implausible = clock_implausible(ctx);
    let names = Names(staff_names(ctx)?);
    let Some(vehicle) = ctx.device.vehicle.clone() else {
        let date = ctx.today();
        return Ok(DayView {
            date,
            open: false,
            closed: false,
            vehicle: None,
            stop: None,
            line: Vec::new(),
            unsigned: unsigned(ctx, &names, date)?,
            seen: 0,
            waiting: 0,
            called: None,
            villages,
            clock_implausible,
        });
    };
    let (doc, date) = document(ctx)?;
    let line = line(ctx, &doc)?;
    let mut views = Vec::with_capacity(line.entries.len());
    for e in &line.entries {
        views.push(QueueView {
            entry: e.entry.id,
            number: e.entry.number.to_string(),
            patient: e.entry.patient,
            // Somebody registered on a tablet that has not been heard of yet: they stand in the line unnamed.
            hit: hit(ctx, e.entry.patient)?,
            reason: e.entry.reason.clone(),
            station: e.entry.station.clone(),
            urgent: e.entry.urgent,
            state: e.state,
            since: e.entry.at,
            called_by: e
                .calls
                .iter()
                .map(|c| names.of(&c.by))
                .filter(|name| !name.is_empty())
                .collect(),
            double_called: e.double_called,
        });
    }
    mark_namesakes(views.iter_mut().filter_map(|v| v.hit.as_mut()));
    let count = |state| u32::try_from(line.count(state)).unwrap_or(u32::MAX);
    Ok(DayView {
        date,
        open: line.is_open(),
        closed: line.closed_at.is_some(),
        vehicle: Some(vehicle),
        stop: line.stop().and_then(|stop| {
            Some(StopView {
                village: villages.iter().find(|v| v.id == stop.village).cloned()?,
                arrived_at: stop.at,
                odometer_km: stop.odometer_km,
            })
        }),
        line: views,
        unsigned: unsigned(ctx, &names, date)?,
        seen: count(QueueState::Done),
        waiting: count(QueueState::Waiting),
        called,
        villages,
        clock_implausible,
    })
}
