//! `patient.get`: the chart as one state of everything, with the heads that its forms are opened at.

use super::banner;
use super::visits::{dispensings, pressures, staff_names, visits};
use crate::api::patient::{Chart, EnrolmentView, Get, MedicineView, ProblemView, VisitView};
use crate::ctx::{self, heads_out};
use crate::{AppError, Ctx, local_date};
use xunyi_model::*;

/// Days a medicine stays on the list after it should have run out.
const KEPT_AFTER_END: i64 = 90;

/// The chart of a person, or `patient.unknown`.
pub(crate) fn get(ctx: &mut Ctx<'_, '_>, input: Get) -> Result<Chart, AppError> {
    let patient = input.patient;
    let doc = ctx::chart(patient);
    let banner = banner(ctx, patient)?;
    let heads = ctx.ledger.heads(&doc)?.unwrap_or_default();
    let demographics: Demographics = ctx
        .records(&doc, "person")?
        .first()
        .and_then(crate::rows::Body::typed)
        .ok_or_else(|| AppError::new("patient.unknown"))?;
    let visits = visits(ctx, patient)?;
    let enrolments = enrolments(ctx, patient, &visits)?;
    let target = enrolments
        .iter()
        .find(|e| e.enrolment.programme == Programme::Hypertension)
        .and_then(|e| e.enrolment.target.clone());
    Ok(Chart {
        banner,
        heads: heads_out(&heads),
        village: demographics.village,
        demographics,
        problems: ctx
            .records(&doc, "problem")?
            .iter()
            .filter_map(|r| {
                Some(ProblemView {
                    id: r.id()?,
                    problem: r.typed()?,
                })
            })
            .collect(),
        enrolments,
        medicines: medicines(ctx, patient)?,
        bp: pressures(&visits),
        visits,
        dispensings: dispensings(ctx, patient)?,
        target,
        conflicts: crate::conflict::conflicts_of(ctx, Some(&doc))?,
    })
}

fn enrolments(
    ctx: &mut Ctx<'_, '_>,
    patient: PatientId,
    visits: &[VisitView],
) -> Result<Vec<EnrolmentView>, AppError> {
    let last_due = visits
        .iter()
        .find_map(|v| v.hypertension.as_ref()?.next_visit);
    Ok(ctx
        .records(&ctx::chart(patient), "enrolment")?
        .iter()
        .filter_map(|r| {
            let enrolment: Enrolment = r.typed()?;
            let due = match enrolment.programme {
                Programme::Hypertension => {
                    last_due.or(enrolment.first_due).or(Some(enrolment.since))
                }
                _ => enrolment.first_due,
            };
            Some(EnrolmentView {
                id: r.id()?,
                enrolment,
                due,
            })
        })
        .collect())
}

/// What the person takes now: prescriptions that were not stopped and have not long run out.
fn medicines(ctx: &mut Ctx<'_, '_>, patient: PatientId) -> Result<Vec<MedicineView>, AppError> {
    let doc = ctx::chart(patient);
    let names = staff_names(ctx)?;
    let dispensed: Vec<Dispense> = ctx
        .records(&doc, "dispensing")?
        .iter()
        .filter_map(crate::rows::Body::typed)
        .collect();
    let today = ctx.today();
    let mut views = Vec::new();
    for body in ctx.records(&doc, "prescription")? {
        if body.text("status") == Some("stopped") {
            continue;
        }
        let (Some(id), Some(p)) = (body.id::<PrescriptionId>(), body.typed::<Prescription>())
        else {
            continue;
        };
        let given: Vec<&Dispense> = dispensed.iter().filter(|d| d.prescription == id).collect();
        let units: u64 = given.iter().map(|d| d.total()).sum();
        let ends = local_date(p.at) + chrono::Days::new(u64::from(p.order.days));
        if (today - ends).num_days() > KEPT_AFTER_END {
            continue;
        }
        views.push(MedicineView {
            prescription: id,
            days_left: days_left(&p.order, units, given.iter().map(|d| d.at).min(), today),
            order: p.order,
            at: p.at,
            prescriber: names.get(&p.by.to_string()).cloned().unwrap_or_default(),
            dispensed: u32::try_from(units).unwrap_or(u32::MAX),
        });
    }
    views.sort_by_key(|v| std::cmp::Reverse(v.at));
    Ok(views)
}

/// Days left by what was handed out and how it is taken; unknown where the schedule is words.
fn days_left(
    order: &PrescriptionOrder,
    units: u64,
    since: Option<i64>,
    today: chrono::NaiveDate,
) -> Option<i32> {
    let Timing::Schedule(schedule) = &order.timing else {
        return None;
    };
    let per_day = u64::from(schedule.quarters_per_day());
    let days = units.checked_mul(4)?.checked_div(per_day)?;
    let used = (today - local_date(since?)).num_days();
    i32::try_from(i64::try_from(days).ok()? - used).ok()
}
