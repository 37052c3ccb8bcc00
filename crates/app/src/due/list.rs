//! The due list of hypertension: overdue is today minus the date that the last follow-up set.

use crate::api::patient::{Due, DueList, DueView};
use crate::patient::{LastOutcome, Signatures, current, hit, known_village, mark_namesakes};
use crate::rows::Body;
use crate::{AppError, Ctx, day};
use std::collections::{BTreeMap, BTreeSet};
use xunyi_journal::DocId;
use xunyi_model::*;
use xunyi_record::patient::{HYPERTENSION, encounter_of, patient_of};

/// People whose follow-up comes within so many days are listed too: the vehicle is not here every day.
const AHEAD_DAYS: i32 = 7;
/// Medicine that lasts at most so many days more is told.
const REFILL_DAYS: i32 = 7;
/// Visits and forms looked through for the last blood pressure and the last outcome.
const VISITS_BACK: u32 = 24;

/// Those of the village who are due, or whose medicine runs out.
pub(crate) fn list(ctx: &mut Ctx<'_, '_>, input: DueList) -> Result<Due, AppError> {
    let village = match input.village {
        Some(village) => {
            known_village(ctx, Some(&village))?;
            village
        }
        None => day::current_village(ctx)?.ok_or_else(|| AppError::new("due.no_stop"))?,
    };
    let village = village.to_string();
    let enrolled: BTreeMap<DocId, Enrolment> = ctx
        .ledger
        .enrolled(&village, Programme::Hypertension.code())?
        .iter()
        .filter_map(|row| Some((row.doc, Body::from(row).typed::<Enrolment>()?)))
        .filter(|(_, enrolment)| enrolment.status == RecordStatus::Active)
        .collect();
    let mut items = Vec::new();
    let mut pressures = BTreeMap::new();
    for (doc, enrolment) in &enrolled {
        // As in the chart, what was signed sets the date and the class.
        let signatures = Signatures::newest(ctx, doc, VISITS_BACK)?;
        let visits = Visits::of(ctx, doc, &signatures)?;
        let pressure = visits.last_pressure();
        let mut last = visits.last_outcome(ctx, &signatures)?;
        last.urgent |= pressure.as_ref().is_some_and(|p| p.severe);
        if let Some(item) = item(ctx, doc, enrolment, last)? {
            items.push(item);
        }
        if let Some(pressure) = pressure {
            pressures.insert(patient_of(doc), pressure.mean);
        }
    }
    xunyi_model::due::sort(&mut items);
    let in_line = day::standing(ctx)?;
    views(ctx, items, &pressures, &in_line)
}

/// How somebody stands; `None` when there is nothing to do for them this week.
fn item(
    ctx: &mut Ctx<'_, '_>,
    doc: &DocId,
    enrolment: &Enrolment,
    last: LastOutcome,
) -> Result<Option<DueItem>, AppError> {
    let patient = patient_of(doc);
    let due = DueItem::of(
        DueInput {
            patient,
            programme: Programme::Hypertension,
            due_date: last
                .next_visit
                .or(enrolment.first_due)
                .unwrap_or(enrolment.since),
            last_class: last.class,
            last_urgent: last.urgent,
        },
        ctx.today(),
    );
    if due.overdue_days >= -AHEAD_DAYS || due.urgency == Urgency::Emergency {
        return Ok(Some(due));
    }
    let left = days_of_medicine(ctx, patient)?;
    Ok(left
        .filter(|days| *days <= REFILL_DAYS)
        .map(|days| DueItem::refill(patient, Programme::Hypertension, days, ctx.today())))
}

/// The pressure of a visit in which one was taken.
#[derive(Clone, Copy)]
struct TakenPressure {
    mean: BloodPressure,
    /// The last reading or the mean is an emergency value.
    severe: bool,
}

/// The newest visits of a person, each with its pressure.
struct Visits<'d> {
    doc: &'d DocId,
    /// By record, newest first.
    pressures: Vec<(String, Option<TakenPressure>)>,
}

impl<'d> Visits<'d> {
    fn of(
        ctx: &mut Ctx<'_, '_>,
        doc: &'d DocId,
        signatures: &Signatures,
    ) -> Result<Self, AppError> {
        let severe = ctx.knowledge.tables.hypertension.body.severe;
        let of = |encounter: &Encounter| {
            let readings = &encounter.vitals.bp;
            let (mean, last) = (BloodPressure::mean(readings)?, readings.last()?);
            Some(TakenPressure {
                severe: severe.reached_by(last) || severe.reached_by(&mean),
                mean,
            })
        };
        let visits = ctx.ledger.newest("encounter", doc, VISITS_BACK)?;
        let pressure = |body: &Body| {
            let stands = encounter_of(patient_of(doc), &body.fields).and_then(|e| of(&e));
            let signed = body.id().and_then(|id| signatures.encounter(doc, id));
            let Some(signed) = signed.as_ref().and_then(of) else {
                return stands;
            };
            // An emergency value is followed up whether it was signed or came in a change since.
            Some(TakenPressure {
                severe: signed.severe || stands.is_some_and(|s| s.severe),
                ..signed
            })
        };
        let pressures = visits
            .iter()
            .map(Body::from)
            .map(|body| (body.record.clone(), pressure(&body)))
            .collect();
        Ok(Self { doc, pressures })
    }

    fn last_pressure(&self) -> Option<TakenPressure> {
        self.pressures.iter().find_map(|(_, pressure)| *pressure)
    }

    /// What the follow-ups stated last, each with the pressure of its visit.
    fn last_outcome(
        &self,
        ctx: &mut Ctx<'_, '_>,
        signatures: &Signatures,
    ) -> Result<LastOutcome, AppError> {
        let rows = ctx.ledger.newest("form", self.doc, VISITS_BACK)?;
        let forms = rows
            .iter()
            .map(Body::from)
            .filter(|form| form.text("template") == Some(HYPERTENSION))
            .filter_map(|form| {
                let visit = form.text("encounter").unwrap_or_default();
                let taken = self.pressures.iter().find(|(record, _)| record == visit);
                let severe = taken.and_then(|(_, p)| *p).is_some_and(|p| p.severe);
                Some((signatures.form(&form)?.0, severe))
            });
        Ok(LastOutcome::of(
            forms,
            &ctx.knowledge.tables.hypertension.body,
        ))
    }
}

/// Days until the first of the long-term medicines runs out. A short course that has ended is no refill.
fn days_of_medicine(ctx: &mut Ctx<'_, '_>, patient: PatientId) -> Result<Option<i32>, AppError> {
    let taken = current(ctx, patient)?;
    let rules = &ctx.knowledge.tables.prescription.body;
    let mut left: BTreeMap<String, i32> = BTreeMap::new();
    for medicine in taken {
        let order = &medicine.prescription.order;
        let (Some(days), true) = (medicine.days_left, rules.is_long(order.days, false)) else {
            continue;
        };
        let most = left.entry(order.product.key()).or_insert(days);
        *most = days.max(*most);
    }
    Ok(left.into_values().min())
}

fn views(
    ctx: &mut Ctx<'_, '_>,
    items: Vec<DueItem>,
    pressures: &BTreeMap<PatientId, BloodPressure>,
    in_line: &BTreeSet<PatientId>,
) -> Result<Due, AppError> {
    let mut people = Vec::with_capacity(items.len());
    let mut known = Vec::with_capacity(items.len());
    for due in items {
        if let Some(hit) = hit(ctx, due.patient)? {
            people.push(hit);
            known.push(due);
        }
    }
    mark_namesakes(&mut people);
    let views = people.into_iter().zip(known).map(|(hit, due)| DueView {
        phone: ctx.people.facts(&hit.patient).and_then(|f| f.phone.clone()),
        last_bp: pressures.get(&hit.patient).copied(),
        checked_in: in_line.contains(&hit.patient),
        hit,
        due,
    });
    Ok(Due {
        items: views.collect(),
    })
}
