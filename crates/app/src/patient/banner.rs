//! Who the patient is: what stays on screen on every page of theirs (ui.md, rule 8).

use super::search::hit;
use crate::api::patient::{AllergyView, Banner};
use crate::ctx::chart;
use crate::{AppError, Ctx};
use xunyi_model::*;

/// The banner of a person.
///
/// # Errors
/// `patient.unknown`.
pub(crate) fn banner(ctx: &mut Ctx<'_, '_>, patient: PatientId) -> Result<Banner, AppError> {
    let doc = chart(patient);
    let mut hit = hit(ctx, patient)?.ok_or_else(|| AppError::new("patient.unknown"))?;
    let listed: Vec<AllergyView> = ctx
        .records(&doc, "allergy")?
        .iter()
        .filter_map(|r| {
            Some(AllergyView {
                id: r.id()?,
                allergy: r.typed()?,
            })
        })
        .collect();
    let none_known: Option<NoneKnown> = ctx
        .records(&doc, "person")?
        .first()
        .and_then(|p| p.fields.get("no_known_allergies").cloned())
        .and_then(xunyi_record::patient::typed);
    let allergies = AllergyState::of(listed.iter().map(|v| &v.allergy), none_known);
    let mut tags: Vec<String> = ctx
        .records(&doc, "problem")?
        .iter()
        .filter_map(super::super::rows::Body::typed::<Problem>)
        .filter(|p| p.status == RecordStatus::Active)
        .map(|p| p.name)
        .collect();
    tags.dedup();
    let village = ctx
        .people
        .facts(&patient)
        .and_then(|f| f.village)
        .map(|v| v.to_string());
    let namesakes = ctx.ledger.namesakes(&doc, &hit.name, village.as_deref())?;
    hit.namesake = namesakes > 0;
    let conflicts = ctx.ledger.conflicts(Some(&doc))?.len();
    Ok(Banner {
        hit,
        allergies,
        listed: listed
            .into_iter()
            .filter(|v| AllergyState::of([&v.allergy], None) == AllergyState::Listed)
            .collect(),
        tags,
        conflicts: u32::try_from(conflicts).unwrap_or(u32::MAX),
        namesakes,
    })
}
