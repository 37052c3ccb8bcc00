//! `patient.get`: the chart as one state of everything, with the heads that its forms are opened at.

use super::banner;
use super::ended::ended;
use super::medicines::{Current, current_and_stopped, told};
use super::outcome::LastOutcome;
use super::visits::{dispensings, pressures, staff_names, visits};
use crate::api::patient::{
    Banner, Chart, EnrolmentView, Get, MedicineView, ProblemView, VisitView,
};
use crate::ctx::{self, heads_out};
use crate::{AppError, Ctx};
use xunyi_model::followup::hypertension::target_of;
use xunyi_model::*;

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
    let target = target(ctx, &banner, &enrolments);
    let (taken, stopped) = current_and_stopped(ctx, patient)?;
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
        told: told(ctx, patient, &taken)?,
        medicines: medicines(ctx, taken)?,
        stopped_in_hand: medicines(ctx, stopped)?,
        ended: ended(ctx, patient)?,
        bp: pressures(&visits),
        visits,
        dispensings: dispensings(ctx, patient)?,
        target,
        conflicts: crate::conflict::conflicts_of(ctx, Some(&doc))?,
    })
}

/// The target set for this person in the hypertension programme.
pub(crate) fn own_target(enrolments: &[EnrolmentView]) -> Option<&BpTarget> {
    followed(enrolments).find_map(|e| e.target.as_ref())
}

fn followed(enrolments: &[EnrolmentView]) -> impl Iterator<Item = &Enrolment> {
    let all = enrolments.iter().map(|e| &e.enrolment);
    all.filter(|e| e.programme == Programme::Hypertension && e.status == RecordStatus::Active)
}

/// What somebody of the programme is to reach: their own target, else the table's by age.
fn target(ctx: &Ctx<'_, '_>, banner: &Banner, enrolments: &[EnrolmentView]) -> Option<BpTarget> {
    followed(enrolments).next()?;
    let table = &ctx.knowledge.tables.hypertension;
    Some(target_of(own_target(enrolments), banner.hit.age, table))
}

fn enrolments(
    ctx: &mut Ctx<'_, '_>,
    patient: PatientId,
    visits: &[VisitView],
) -> Result<Vec<EnrolmentView>, AppError> {
    let forms = visits.iter().filter_map(|v| v.hypertension.as_ref());
    let rules = &ctx.knowledge.tables.hypertension.body;
    let last_due = LastOutcome::of(forms.map(|form| (form, false)), rules).next_visit;
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

/// What the person takes now, newest first.
fn medicines(ctx: &mut Ctx<'_, '_>, taken: Vec<Current>) -> Result<Vec<MedicineView>, AppError> {
    let names = staff_names(ctx)?;
    Ok(taken
        .into_iter()
        .map(|c| MedicineView {
            over: c.prescription.order.over(c.dispensed),
            prescription: c.id,
            encounter: c.prescription.encounter,
            order: c.prescription.order,
            at: c.prescription.at,
            prescriber: names
                .get(&c.prescription.by.to_string())
                .cloned()
                .unwrap_or_default(),
            dispensed: u32::try_from(c.dispensed).unwrap_or(u32::MAX),
            days_left: c.days_left,
        })
        .collect())
}
