//! `patient.register`: a person joins the record, unless somebody there may be the same.

use super::id_clash::confirmed;
use super::search::{hit, mark_namesakes};
use crate::api::patient::{Register, Registered};
use crate::ctx::chart;
use crate::{AppError, Ctx};
use chrono::NaiveDate;
use serde_json::json;
use xunyi_journal::{Action, DocType};
use xunyi_ledger::DocWrite;
use xunyi_model::name_search::PersonFacts;
use xunyi_model::*;

/// Possible duplicates shown at most.
const DUPLICATES: usize = 5;

/// Checks every field, shows who it may be, and else saves.
pub(crate) fn register(ctx: &mut Ctx<'_, '_>, input: Register) -> Result<Registered, AppError> {
    let patient = crate::ctx::own_id(ctx, input.patient)?;
    let not_a_duplicate = input.not_a_duplicate;
    let said = input.confirmed.clone();
    let person = parse(ctx, input)?;
    if ctx.people.facts(&patient).is_some() {
        return Err(AppError::with("patient.exists", json!({})));
    }
    confirmed(ctx, &person, &said)?;
    if !not_a_duplicate {
        let found = ctx
            .people
            .duplicates(&PersonFacts::from(&person), DUPLICATES);
        let mut duplicates = Vec::new();
        for (id, _) in found.into_iter().filter(|(_, d)| d.proposes_merge()) {
            duplicates.extend(hit(ctx, id)?);
        }
        mark_namesakes(&mut duplicates);
        if !duplicates.is_empty() {
            return Ok(Registered {
                patient: None,
                saved: None,
                duplicates,
            });
        }
    }
    let writes = xunyi_record::patient::register(&person, ctx.user.staff, ctx.now);
    let heads = ctx.save(vec![DocWrite {
        doc: chart(patient),
        doc_type: DocType::Patient,
        action: Action::PatientRegistered,
        heads: None,
        writes,
        settle: false,
    }])?;
    ctx.touched_people.push(patient);
    Ok(Registered {
        patient: Some(patient),
        saved: Some(ctx.saved(&heads)),
        duplicates: Vec::new(),
    })
}

fn parse(ctx: &Ctx<'_, '_>, input: Register) -> Result<Demographics, AppError> {
    let given = |text: Option<String>| text.filter(|t| !t.trim().is_empty());
    let person = Demographics {
        name: PersonName::parse(&input.name)?,
        sex: input.sex,
        birth_date: birth(ctx, input.birth_date, input.birth_lunar)?,
        id_number: given(input.id_number)
            .map(|id| IdNumber::parse(&id))
            .transpose()?,
        health_record_number: None,
        phone: given(input.phone).map(|p| Phone::parse(&p)).transpose()?,
        village: input.village,
        address: given(input.address)
            .map(|a| Address::parse(&a))
            .transpose()?,
        household_head: given(input.household_head)
            .map(|n| PersonName::parse(&n))
            .transpose()?,
        blood_group: None,
    };
    known_village(ctx, person.village.as_ref())?;
    Ok(person)
}

/// A birth date with the lunar date that it was told as: never the latter alone.
///
/// # Errors
/// What [`BirthDate::parse`] refuses; `person.lunar_alone`.
pub(super) fn birth(
    ctx: &Ctx<'_, '_>,
    date: Option<NaiveDate>,
    lunar: Option<LunarDate>,
) -> Result<Option<BirthDate>, AppError> {
    match date {
        Some(date) => Ok(Some(BirthDate::parse(date, lunar, ctx.today())?)),
        None if lunar.is_some() => Err(AppError::new("person.lunar_alone")),
        None => Ok(None),
    }
}

/// A village of this site, or none.
///
/// # Errors
/// `village.unknown`.
pub(crate) fn known_village(
    ctx: &Ctx<'_, '_>,
    village: Option<&VillageId>,
) -> Result<(), AppError> {
    match village {
        Some(id) if ctx.people.village(id).is_none() => Err(AppError::new("village.unknown")),
        _ => Ok(()),
    }
}
