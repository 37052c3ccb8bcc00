//! Who the patient is: what stays on screen on every page of theirs (ui.md, rule 8).

use super::search::hit;
use crate::api::patient::{AllergyView, Banner};
use crate::ctx::chart;
use crate::rows::Body;
use crate::{AppError, Ctx};
use xunyi_model::*;

/// What is known about a person's allergies, and those that hold.
///
/// # Errors
/// [`AppError`] when the database cannot be read.
pub(crate) fn allergies(
    ctx: &mut Ctx<'_, '_>,
    patient: PatientId,
) -> Result<(AllergyState, Vec<AllergyView>), AppError> {
    let doc = chart(patient);
    let views = ctx.records(&doc, "allergy")?;
    let views = views.iter().filter_map(|r| {
        Some(AllergyView {
            id: r.id()?,
            allergy: r.typed()?,
        })
    });
    let listed: Vec<AllergyView> = views.filter(|v| v.allergy.holds()).collect();
    let none_known: Option<NoneKnown> = ctx
        .records(&doc, "person")?
        .first()
        .and_then(|p| p.fields.get("no_known_allergies").cloned())
        .and_then(xunyi_record::patient::typed);
    let state = AllergyState::of(listed.iter().map(|v| &v.allergy), none_known);
    Ok((state, listed))
}

/// The banner of a person.
///
/// # Errors
/// `patient.unknown`.
pub(crate) fn banner(ctx: &mut Ctx<'_, '_>, patient: PatientId) -> Result<Banner, AppError> {
    let doc = chart(patient);
    let mut hit = hit(ctx, patient)?.ok_or_else(|| AppError::new("patient.unknown"))?;
    let (allergies, listed) = allergies(ctx, patient)?;
    // Two tablets may each have listed the same problem: it is said once, where it stood first.
    let mut tags: Vec<String> = Vec::new();
    let problems = ctx.records(&doc, "problem")?;
    for problem in problems.iter().filter_map(Body::typed::<Problem>) {
        if problem.status == RecordStatus::Active && !tags.contains(&problem.name) {
            tags.push(problem.name);
        }
    }
    let namesakes = ctx.people.namesakes(&patient);
    hit.namesake = namesakes > 0;
    let conflicts = ctx.ledger.conflicts(Some(&doc))?.len();
    Ok(Banner {
        hit,
        allergies,
        listed,
        tags,
        conflicts: u32::try_from(conflicts).unwrap_or(u32::MAX),
        namesakes,
    })
}
