//! What a person takes now: what was prescribed here and has not long run out, and what they told of elsewhere.

use super::Signatures;
use crate::api::patient::ToldMedicine;
use crate::ctx::chart;
use crate::rows::Body;
use crate::{AppError, Ctx, local_date};
use chrono::{Days, NaiveDate};
use xunyi_model::*;
use xunyi_record::patient::HYPERTENSION;

/// Days a medicine stays on the list after it should have run out.
const KEPT_AFTER_END: u16 = 90;
/// Forms looked through for the last one that lists medicines.
const FORMS_BACK: u32 = 48;
const DAY_MS: i64 = 86_400_000;

/// A prescription that has not long run out.
pub(crate) struct Current {
    /// Which.
    pub id: PrescriptionId,
    /// What it says.
    pub prescription: Prescription,
    /// Base units handed out on it.
    pub dispensed: u64,
    /// Stopped by a clinician.
    stopped: bool,
    /// Days left by what was handed out; below zero when run out; unknown where the timing is in words.
    pub days_left: Option<i32>,
}

impl Current {
    /// True while, by the schedule, some of what was handed out is left; where the schedule is words, within the days
    /// it was prescribed for.
    fn is_in_hand(&self, today: NaiveDate) -> bool {
        let lasts = match self.days_left {
            Some(days) => days > 0,
            None => today < ends(&self.prescription, today),
        };
        self.dispensed > 0 && lasts
    }
}

/// Medicines prescribed here that the person takes now, newest first.
///
/// # Errors
/// [`AppError`] when the database cannot be read.
pub(crate) fn current(ctx: &mut Ctx<'_, '_>, patient: PatientId) -> Result<Vec<Current>, AppError> {
    Ok(current_and_stopped(ctx, patient)?.0)
}

/// As [`current`], and beside them the medicines that were stopped and that the person still holds, newest first: the
/// stop and the hand-over may not have known of one another.
///
/// # Errors
/// [`AppError`] when the database cannot be read.
pub(crate) fn current_and_stopped(
    ctx: &mut Ctx<'_, '_>,
    patient: PatientId,
) -> Result<(Vec<Current>, Vec<Current>), AppError> {
    let (mut stopped, current): (Vec<_>, Vec<_>) =
        recent(ctx, patient)?.into_iter().partition(|c| c.stopped);
    let today = ctx.today();
    stopped.retain(|c| c.is_in_hand(today));
    Ok((current, stopped))
}

/// The first day for which it was not prescribed.
fn ends(prescription: &Prescription, today: NaiveDate) -> NaiveDate {
    local_date(prescription.at)
        .checked_add_days(Days::new(u64::from(prescription.order.days)))
        .unwrap_or(today)
}

fn recent(ctx: &mut Ctx<'_, '_>, patient: PatientId) -> Result<Vec<Current>, AppError> {
    let doc = chart(patient);
    let longest = ctx.knowledge.tables.prescription.body.max_days;
    let since = ctx.now - i64::from(longest.saturating_add(KEPT_AFTER_END)) * DAY_MS;
    let dispensed: Vec<Dispense> = ctx
        .records_since(&doc, "dispensing", since)?
        .iter()
        .filter_map(Body::typed)
        .collect();
    let today = ctx.today();
    let mut found = Vec::new();
    for body in ctx.records_since(&doc, "prescription", since)? {
        let stopped = body.text("status") == Some("stopped");
        let (Some(id), Some(prescription)) = (body.id::<PrescriptionId>(), body.typed()) else {
            continue;
        };
        let prescription: Prescription = prescription;
        if (today - ends(&prescription, today)).num_days() > i64::from(KEPT_AFTER_END) {
            continue;
        }
        let given = dispensed.iter().filter(|d| d.prescription == id);
        let units = given.clone().map(Dispense::total).sum();
        let first = given.map(|d| d.at).min();
        found.push(Current {
            id,
            days_left: days_left(&prescription.order, units, first, today),
            prescription,
            dispensed: units,
            stopped,
        });
    }
    found.reverse();
    Ok(found)
}

/// Days left by what was handed out and how it is taken; unknown where the schedule is words.
fn days_left(
    order: &PrescriptionOrder,
    units: u64,
    since: Option<i64>,
    today: NaiveDate,
) -> Option<i32> {
    let Timing::Schedule(schedule) = &order.timing else {
        return None;
    };
    let per_day = u64::from(schedule.quarters_per_day());
    let days = units.checked_mul(4)?.checked_div(per_day)?;
    let used = (today - local_date(since?)).num_days();
    i32::try_from(i64::try_from(days).ok()? - used).ok()
}

/// What the last follow-up form that lists medicines lists, as it was signed, beside what is taken from here. A form
/// with no list says nothing: nobody asked.
///
/// # Errors
/// [`AppError`] when the database cannot be read.
pub(crate) fn told(
    ctx: &mut Ctx<'_, '_>,
    patient: PatientId,
    here: &[Current],
) -> Result<Vec<ToldMedicine>, AppError> {
    let forms = ctx.ledger.newest("form", &chart(patient), FORMS_BACK)?;
    let signatures = Signatures::of_chart(ctx, patient)?;
    let last = forms
        .iter()
        .map(Body::from)
        .filter(|f| f.text("template") == Some(HYPERTENSION))
        .filter_map(|f| signatures.form(&f))
        .find(|(form, _)| !form.medicines.is_empty());
    let Some((form, asked_at)) = last else {
        return Ok(Vec::new());
    };
    let is_here = |name: &str| {
        here.iter()
            .any(|c| c.prescription.order.product.name == name)
    };
    Ok(form
        .medicines
        .into_iter()
        .filter(|m| !is_here(&m.name))
        .map(|medicine| ToldMedicine { medicine, asked_at })
        .collect())
}
