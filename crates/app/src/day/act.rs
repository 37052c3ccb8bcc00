//! What people do on a vehicle's day. Tablets out of each other's reach act alone: numbers carry the device's
//! letter, and a double call is shown.

use super::view::{CONFIRMED_DATE, clock_implausible, document, line, next_at, view};
use crate::api::day::{Arrive, CallNext, CheckIn, Close, DayView, Finish, Open};
use crate::{AppError, Ctx};
use chrono::{Days, NaiveDate};
use serde_json::json;
use std::collections::BTreeSet;
use xunyi_journal::{Action, DocId, DocType};
use xunyi_ledger::DocWrite;
use xunyi_model::*;
use xunyi_record::Write;
use xunyi_record::day::{happened, name};

/// Opens the day; again on another tablet is the same day.
pub(crate) fn open(ctx: &mut Ctx<'_, '_>, input: Open) -> Result<DayView, AppError> {
    if clock_implausible(ctx) {
        let date = input
            .date
            .ok_or_else(|| AppError::new("day.confirm_date"))?;
        possible(ctx, date)?;
        xunyi_store::local::put(
            ctx.ledger.sql(),
            CONFIRMED_DATE,
            date.to_string().as_bytes(),
        )?;
    }
    let (doc, date) = document(ctx)?;
    if line(ctx, &doc)?.is_open() {
        return view(ctx, None);
    }
    let vehicle = ctx
        .device
        .vehicle
        .as_ref()
        .ok_or_else(|| AppError::new("day.no_vehicle"))?
        .id;
    let at = next_at(ctx, &doc)?;
    let mut writes = name(vehicle, &date.to_string());
    writes.push(happened(
        ctx.id(),
        &DayEvent::Opened {
            at,
            by: ctx.user.staff,
            device: ctx.device.device,
            odometer_km: input.odometer_km,
        },
    ));
    save(ctx, doc, Action::DayOpened, writes)?;
    view(ctx, None)
}

/// Days that a clock may have stood still, at most.
const STOOD_STILL_MAX: u64 = 400;

/// A date that a person confirms is not before what this device has seen, nor a slip of years after it.
fn possible(ctx: &Ctx<'_, '_>, date: NaiveDate) -> Result<(), AppError> {
    let seen = ctx.today();
    if ctx.clock_behind && (date < seen || date > seen + Days::new(STOOD_STILL_MAX)) {
        return Err(AppError::with(
            "day.date_impossible",
            json!({ "seen": seen }),
        ));
    }
    Ok(())
}

/// The vehicle stands in a village.
pub(crate) fn arrive(ctx: &mut Ctx<'_, '_>, input: Arrive) -> Result<DayView, AppError> {
    let doc = open_day(ctx)?;
    crate::patient::known_village(ctx, Some(&input.village))?;
    let at = next_at(ctx, &doc)?;
    let event = DayEvent::Arrived {
        village: input.village,
        at,
        by: ctx.user.staff,
        odometer_km: input.odometer_km,
    };
    let writes = vec![happened(ctx.id(), &event)];
    save(ctx, doc, Action::DayArrived, writes)?;
    view(ctx, None)
}

/// Somebody joins the line.
pub(crate) fn check_in(ctx: &mut Ctx<'_, '_>, input: CheckIn) -> Result<DayView, AppError> {
    let doc = open_day(ctx)?;
    if ctx.people.facts(&input.patient).is_none() {
        return Err(AppError::new("patient.unknown"));
    }
    let line = line(ctx, &doc)?;
    let stands = line.entries.iter().any(|e| {
        e.entry.patient == input.patient
            && e.entry.station == input.station
            && matches!(e.state, QueueState::Waiting | QueueState::Called)
    });
    if stands {
        return Err(AppError::new("day.in_line_already"));
    }
    let at = next_at(ctx, &doc)?;
    let entry = QueueEntry {
        id: ctx.id(),
        patient: input.patient,
        number: line.next_number(&ctx.device.letter),
        reason: text::line("reason", &input.reason, text::LINE_MAX)?,
        station: input.station,
        at,
        by: ctx.user.staff,
        urgent: input.urgent,
    };
    let writes = vec![happened(ctx.id(), &DayEvent::CheckedIn(entry))];
    save(ctx, doc, Action::CheckedIn, writes)?;
    view(ctx, None)
}

/// Calls one person, or the first who waits.
pub(crate) fn call_next(ctx: &mut Ctx<'_, '_>, input: CallNext) -> Result<DayView, AppError> {
    let doc = open_day(ctx)?;
    let line = line(ctx, &doc)?;
    let entry = match input.entry {
        Some(id) => line.entries.iter().find(|e| e.entry.id == id),
        None => line.next(input.station.as_ref()),
    };
    let entry = entry.ok_or_else(|| AppError::new("day.nobody_waits"))?;
    if !matches!(entry.state, QueueState::Waiting | QueueState::Called) {
        return Err(AppError::new("day.turn_ended"));
    }
    let id = entry.entry.id;
    let at = next_at(ctx, &doc)?;
    let event = DayEvent::Called {
        call: ctx.id(),
        entry: id,
        by: ctx.user.staff,
        at,
        device: ctx.device.device,
    };
    let writes = vec![happened(ctx.id(), &event)];
    save(ctx, doc, Action::Called, writes)?;
    view(ctx, Some(id))
}

/// A turn ends without a visit.
pub(crate) fn finish(ctx: &mut Ctx<'_, '_>, input: Finish) -> Result<DayView, AppError> {
    let write = finished(ctx, input.entry, None, input.outcome)?;
    ctx.save(vec![write])?;
    view(ctx, None)
}

/// What ends a turn, for the commit of the act that ends it.
///
/// # Errors
/// `day.not_in_line`; `visit.entry_of_another` when it is not this patient's turn.
pub(crate) fn finished(
    ctx: &mut Ctx<'_, '_>,
    entry: QueueEntryId,
    of: Option<PatientId>,
    outcome: QueueOutcome,
) -> Result<DocWrite, AppError> {
    let (doc, _) = document(ctx)?;
    let line = line(ctx, &doc)?;
    let turn = line.entries.iter().find(|e| e.entry.id == entry);
    let whose = turn.ok_or_else(|| AppError::new("day.not_in_line"))?;
    if of.is_some_and(|patient| patient != whose.entry.patient) {
        return Err(AppError::new("visit.entry_of_another"));
    }
    let at = next_at(ctx, &doc)?;
    let event = DayEvent::Finished {
        entry,
        outcome,
        at,
        by: ctx.user.staff,
    };
    Ok(write(
        doc,
        Action::TurnFinished,
        vec![happened(ctx.id(), &event)],
    ))
}

/// Closes the day. Nobody may still wait; whose visit is not signed or not ended is named first.
pub(crate) fn close(ctx: &mut Ctx<'_, '_>, input: Close) -> Result<DayView, AppError> {
    let doc = open_day(ctx)?;
    let waiting = line(ctx, &doc)?.count(QueueState::Waiting);
    if waiting > 0 {
        return Err(AppError::with(
            "day.people_wait",
            json!({ "waiting": waiting }),
        ));
    }
    if !input.leave_unsigned {
        let names = unfinished(&view(ctx, None)?);
        if !names.is_empty() {
            return Err(AppError::with(
                "day.visits_unsigned",
                json!({ "count": names.len(), "names": names }),
            ));
        }
    }
    let at = next_at(ctx, &doc)?;
    let event = DayEvent::Closed {
        at,
        by: ctx.user.staff,
        odometer_km: input.odometer_km,
    };
    let writes = vec![happened(ctx.id(), &event)];
    save(ctx, doc, Action::DayClosed, writes)?;
    let closed = view(ctx, None)?;
    // The next day's date is asked for again.
    xunyi_store::local::put(ctx.ledger.sql(), CONFIRMED_DATE, b"")?;
    Ok(closed)
}

/// Whose visit of the day is not signed here, or was called and is not ended, here or on another tablet: by name, or
/// by number as long as nothing else is known.
fn unfinished(day: &DayView) -> Vec<String> {
    let called = day.line.iter().filter(|q| q.state == QueueState::Called);
    let mut names: Vec<String> = called
        .clone()
        .map(|q| q.hit.as_ref().map_or(&q.number, |hit| &hit.name).to_owned())
        .collect();
    let called: BTreeSet<PatientId> = called.map(|q| q.patient).collect();
    let begun = day.unsigned.iter().filter(|visit| visit.today);
    let others = begun.filter(|visit| !called.contains(&visit.patient));
    names.extend(others.map(|visit| {
        let name = visit.hit.as_ref().map(|hit| hit.name.clone());
        name.unwrap_or_else(|| visit.patient.to_string())
    }));
    names
}

fn open_day(ctx: &mut Ctx<'_, '_>) -> Result<DocId, AppError> {
    let (doc, _) = document(ctx)?;
    if line(ctx, &doc)?.is_open() {
        Ok(doc)
    } else {
        Err(AppError::new("day.not_open"))
    }
}

fn write(doc: DocId, action: Action, writes: Vec<Write>) -> DocWrite {
    // Events are new records: they need no form's heads.
    DocWrite {
        doc,
        doc_type: DocType::VehicleDay,
        action,
        heads: None,
        writes,
        settle: false,
    }
}

fn save(
    ctx: &mut Ctx<'_, '_>,
    doc: DocId,
    action: Action,
    writes: Vec<Write>,
) -> Result<(), AppError> {
    ctx.save(vec![write(doc, action, writes)]).map(|_| ())
}
