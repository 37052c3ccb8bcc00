//! What a resident ID says of a person against what stands beside it. Either may be wrong, so neither is taken over
//! silently: somebody looks at both values and says that they are right, or nothing is saved.

use crate::api::patient::{IdClash, IdField};
use crate::{AppError, Ctx};
use serde_json::json;
use xunyi_model::*;

/// Refuses a contradiction that nobody confirmed in just these values. An import brings what stands elsewhere.
///
/// # Errors
/// `patient.id_contradicts` with every contradiction.
pub(super) fn confirmed(
    ctx: &Ctx<'_, '_>,
    person: &Demographics,
    said: &[IdClash],
) -> Result<(), AppError> {
    let clashes = clashes(person);
    if ctx.importing || clashes.iter().all(|clash| said.contains(clash)) {
        return Ok(());
    }
    Err(AppError::with(
        "patient.id_contradicts",
        json!({ "clashes": clashes }),
    ))
}

/// Sex and birth date that are otherwise than in the ID. What is unknown contradicts nothing.
fn clashes(person: &Demographics) -> Vec<IdClash> {
    let Some(id) = &person.id_number else {
        return Vec::new();
    };
    let clash = |field, of_id: Option<String>, stands: Option<String>| {
        let (of_id, stands) = (of_id?, stands?);
        (of_id != stands).then_some(IdClash {
            field,
            of_id,
            stands,
        })
    };
    let known = Some(&person.sex).filter(|sex| matches!(sex, Sex::Male | Sex::Female));
    let sex = clash(
        IdField::Sex,
        id.sex_hint().map(|sex| sex.code().to_owned()),
        known.map(|sex| sex.code().to_owned()),
    );
    let birth = clash(
        IdField::BirthDate,
        id.birth_hint().map(|date| date.to_string()),
        person.birth_date.map(|birth| birth.date.to_string()),
    );
    sex.into_iter().chain(birth).collect()
}
