//! Who the patient is: what stays on screen on every page of theirs (ui.md, rule 8).

use super::search::hit;
use crate::api::patient::{AllergyView, Banner};
use crate::ctx::chart;
use crate::{AppError, Ctx};
use xunyi_journal::schema::Value;
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
    let namesakes = namesakes(ctx, &hit.name, patient)?;
    hit.namesake = namesakes > 0;
    let site = ctx.ledger.site();
    let conflicts = ctx.ledger.sql().query(
        "SELECT COUNT(*) FROM conflict WHERE site = $1 AND doc = $2",
        &[site.into(), Value::from(doc.as_bytes())],
    )?;
    Ok(Banner {
        hit,
        allergies,
        listed: listed
            .into_iter()
            .filter(|v| AllergyState::of([&v.allergy], None) == AllergyState::Listed)
            .collect(),
        tags,
        conflicts: conflicts
            .first()
            .map_or(0, |r| u32::try_from(r.int(0)).unwrap_or(u32::MAX)),
        namesakes,
    })
}

/// Others with the same name in the same village.
fn namesakes(ctx: &mut Ctx<'_, '_>, name: &str, patient: PatientId) -> Result<u32, AppError> {
    let village = ctx.people.facts(&patient).and_then(|f| f.village);
    let site = ctx.ledger.site();
    let rows = ctx.ledger.sql().query(
        "SELECT COUNT(*) FROM person WHERE site = $1 AND village = $2 AND name = $3 AND doc <> $4",
        &[
            site.into(),
            village.map(|v| v.to_string()).into(),
            name.into(),
            Value::from(&patient.as_bytes()[..]),
        ],
    )?;
    Ok(rows
        .first()
        .map_or(0, |r| u32::try_from(r.int(0)).unwrap_or(u32::MAX)))
}
