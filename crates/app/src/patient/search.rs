//! `patient.search`, and how a person looks in every list.

use crate::api::patient::{PatientHit, Search, SearchResult};
use crate::ctx::chart;
use crate::{AppError, Ctx, local_date};
use xunyi_model::PatientId;
use xunyi_model::person::age_in_years;

/// Results when the window asks for no number.
const USUAL: u16 = 20;
/// Results at most.
const MOST: u16 = 100;
/// Characters of a query that count.
const QUERY_MAX: usize = 64;

/// Everybody whom the query finds, best first, namesakes marked.
pub(crate) fn search(ctx: &mut Ctx<'_, '_>, input: Search) -> Result<SearchResult, AppError> {
    let limit = usize::from(input.limit.unwrap_or(USUAL).clamp(1, MOST));
    let query: String = input.query.chars().take(QUERY_MAX).collect();
    let ids = ctx.people.search(&query, limit);
    let mut hits = Vec::with_capacity(ids.len());
    for id in ids {
        if let Some(found) = hit(ctx, id)? {
            hits.push(found);
        }
    }
    mark_namesakes(&mut hits);
    Ok(SearchResult { hits })
}

/// One person as lists show them; `None` for somebody not on board.
pub(crate) fn hit(ctx: &mut Ctx<'_, '_>, id: PatientId) -> Result<Option<PatientHit>, AppError> {
    let last = ctx.ledger.last_encounter(&chart(id))?;
    let Some(facts) = ctx.people.facts(&id) else {
        return Ok(None);
    };
    let tail = |text: &Option<String>| {
        let text = text.as_deref()?;
        let from = text.char_indices().rev().nth(3).map_or(0, |(i, _)| i);
        text.get(from..).map(str::to_owned)
    };
    Ok(Some(PatientHit {
        patient: id,
        name: facts.name.clone(),
        sex: facts.sex.clone(),
        age: facts.birth_date.map(|b| age_in_years(b, ctx.today())),
        birth_date: facts.birth_date,
        id_tail: tail(&facts.id_number),
        phone_tail: tail(&facts.phone),
        village: facts
            .village
            .and_then(|v| ctx.people.village(&v))
            .map(str::to_owned),
        household_head: facts.household_head.clone(),
        last_visit: last.map(local_date),
        namesake: false,
    }))
}

/// Marks those who share a name with somebody else of the list; who stands in it twice is no namesake of their own.
pub(crate) fn mark_namesakes<'h>(hits: impl IntoIterator<Item = &'h mut PatientHit>) {
    let hits: Vec<_> = hits.into_iter().collect();
    let people: Vec<_> = hits.iter().map(|h| (h.name.clone(), h.patient)).collect();
    for hit in hits {
        hit.namesake = people
            .iter()
            .any(|(name, patient)| *name == hit.name && *patient != hit.patient);
    }
}
