//! What the rules propose for a hypertension follow-up, and the search for diagnoses.

use crate::api::patient::Get;
use crate::api::visit::{DiagnosisHits, DiagnosisSearch, Propose};
use crate::{AppError, Ctx, patient};
use xunyi_model::followup::hypertension::{HypertensionInput, PreviousFollowup, Proposal, propose};
use xunyi_model::{BloodPressure, Diagnosis, Encounter, Vitals};

/// Diagnoses listed at most.
const HITS: usize = 12;

/// Class, due date and referral as the site's table of rules has them.
pub(crate) fn hypertension(ctx: &mut Ctx<'_, '_>, input: Propose) -> Result<Proposal, AppError> {
    let tables = &ctx.knowledge.tables;
    tables.vital_ranges.body.check(&Vitals {
        bp: input.bp.clone(),
        ..Vitals::default()
    })?;
    let chart = patient::get(
        ctx,
        Get {
            patient: input.patient,
        },
    )?;
    let previous = chart.visits.iter().find_map(|visit| {
        let class = visit.hypertension.as_ref()?.class.clone()?;
        let mean = BloodPressure::mean(&visit.content.vitals.bp);
        let at_target = chart
            .target
            .as_ref()
            .zip(mean)
            .map(|(target, bp)| target.is_met(&bp));
        Some(PreviousFollowup { class, at_target })
    });
    let own = patient::own_target(&chart.enrolments);
    let visit = Encounter {
        attendee: input.attendee,
        channel: input.channel,
        ..Encounter::default()
    };
    Ok(propose(
        &HypertensionInput {
            readings: &input.bp,
            form: &input.form,
            age: chart.banner.hit.age,
            target: own,
            previous: previous.as_ref(),
            face_to_face: visit.is_face_to_face(),
            today: ctx.today(),
        },
        &ctx.knowledge.tables.hypertension,
    ))
}

/// Diagnoses by Chinese name, pinyin, initials, alias or code.
pub(crate) fn diagnosis_search(
    ctx: &mut Ctx<'_, '_>,
    input: DiagnosisSearch,
) -> Result<DiagnosisHits, AppError> {
    let query: String = input.query.chars().take(64).collect();
    let hits: Vec<Diagnosis> = ctx
        .knowledge
        .tables
        .icd10
        .body
        .search(&query, HITS)
        .into_iter()
        .map(|row| row.diagnosis.clone())
        .collect();
    Ok(DiagnosisHits { hits })
}
