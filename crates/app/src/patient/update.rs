//! `patient.update`: only the fields that a person touched, at the heads their form was opened at.

use super::id_clash::confirmed;
use super::register::{birth, known_village};
use crate::api::Saved;
use crate::api::patient::{ClearField, Retract, Update};
use crate::ctx::{chart, heads_in};
use crate::{AppError, Ctx};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;
use xunyi_journal::{Action, DocType};
use xunyi_ledger::DocWrite;
use xunyi_model::*;
use xunyi_record::{Write, patient as record};

/// Characters of a reason at most.
const REASON_MAX: usize = 200;

/// Checks what was touched and saves it as one commit.
pub(crate) fn update(ctx: &mut Ctx<'_, '_>, input: Update) -> Result<Saved, AppError> {
    if ctx.people.facts(&input.patient).is_none() {
        return Err(AppError::new("patient.unknown"));
    }
    let mut writes = demographics(ctx, &input)?;
    still_agrees(ctx, &input, &writes)?;
    let (by, at) = (ctx.user.staff, ctx.now);
    for allergy in &input.add_allergies {
        let substance = xunyi_model::text::required("substance", &allergy.substance, 100)?;
        text::line(
            "note",
            allergy.reaction.as_deref().unwrap_or_default(),
            REASON_MAX,
        )?;
        let allergy = Allergy {
            substance,
            ..allergy.clone()
        };
        writes.extend(record::allergy(ctx.id(), &allergy, by, at));
    }
    if input.no_known_allergies == Some(true) {
        if !input.add_allergies.is_empty() {
            return Err(AppError::new("allergy.listed_and_none"));
        }
        writes.push(record::no_known_allergies(by, at));
    }
    let mut active = active_codes(ctx, &input)?;
    for problem in &input.add_problems {
        let code = Icd10::parse(problem.code.as_str())?;
        if problem.status == RecordStatus::Active && !active.insert(code.clone()) && !ctx.importing
        {
            return Err(AppError::with(
                "problem.exists",
                json!({ "code": code.as_str() }),
            ));
        }
        let name = xunyi_model::text::required("name", &problem.name, 200)?;
        let problem = Problem {
            code,
            name,
            ..problem.clone()
        };
        writes.extend(record::problem(ctx.id(), &problem, by, at));
    }
    for enrolment in &input.add_enrolments {
        check_enrolment(ctx, input.patient, enrolment)?;
        writes.extend(record::enrolment(ctx.id(), enrolment, by, at));
    }
    for retracted in &input.retract_allergies {
        writes.extend(retract(
            ctx,
            input.patient,
            "allergy",
            *retracted.id.as_uuid(),
            retracted,
        )?);
    }
    for retracted in &input.retract_problems {
        writes.extend(retract(
            ctx,
            input.patient,
            "problem",
            *retracted.id.as_uuid(),
            retracted,
        )?);
    }
    if writes.is_empty() {
        return Err(AppError::new("form.nothing_changed"));
    }
    let heads = ctx.save(vec![DocWrite {
        doc: chart(input.patient),
        doc_type: DocType::Patient,
        action: Action::PatientUpdated,
        heads: Some(heads_in(&input.heads)?),
        writes,
        settle: false,
    }])?;
    ctx.touched_people.push(input.patient);
    Ok(ctx.saved(&heads))
}

/// Codes of the problems that hold, without those that this update takes back.
fn active_codes(ctx: &mut Ctx<'_, '_>, input: &Update) -> Result<BTreeSet<Icd10>, AppError> {
    let listed = ctx.records(&chart(input.patient), "problem")?;
    let holds = listed.iter().filter_map(|body| {
        let problem: Problem = body.typed()?;
        let ended = input
            .retract_problems
            .iter()
            .any(|r| body.record == xunyi_record::record_id(*r.id.as_uuid()));
        (problem.status == RecordStatus::Active && !ended).then_some(problem.code)
    });
    Ok(holds.collect())
}

/// Days ahead that a first follow-up may be set for, at most.
const FIRST_DUE_MAX: u64 = 400;

/// A programme is joined once, at a date that can be, with a target that a body can reach.
fn check_enrolment(
    ctx: &mut Ctx<'_, '_>,
    patient: PatientId,
    enrolment: &Enrolment,
) -> Result<(), AppError> {
    let today = ctx.today();
    let latest = today + chrono::Days::new(FIRST_DUE_MAX);
    if enrolment.since > today || enrolment.first_due.is_some_and(|date| date > latest) {
        return Err(AppError::new("enrolment.date"));
    }
    let vitals = &ctx.knowledge.tables.vital_ranges.body;
    if let Some(target) = &enrolment.target {
        let pressure = BloodPressure::new(target.sys_below.0, target.dia_below.0);
        if !vitals.check_bp(&pressure)?.is_empty() {
            return Err(AppError::new("enrolment.target"));
        }
    }
    let joined = ctx.records(&chart(patient), "enrolment")?;
    let mut joined = joined
        .iter()
        .filter_map(crate::rows::Body::typed::<Enrolment>);
    if joined.any(|e| e.programme == enrolment.programme && e.status == RecordStatus::Active) {
        return Err(AppError::new("enrolment.exists"));
    }
    Ok(())
}

/// A value for one field of a person, checked as [`update`] checks it.
///
/// # Errors
/// The field's own codes; `conflict.other_kind_of_value` for a value that no form of it makes.
pub(crate) fn person_field(
    ctx: &Ctx<'_, '_>,
    field: &str,
    value: &Value,
) -> Result<Value, AppError> {
    let other_kind = || AppError::new("conflict.other_kind_of_value");
    // A birth date stands as its date and how it was told; the form takes the two apart.
    let mut one = serde_json::Map::new();
    match (field, value) {
        ("birth_date", Value::Object(birth)) => {
            for (part, of) in [("date", "birth_date"), ("lunar", "birth_lunar")] {
                one.insert(of.to_owned(), birth.get(part).cloned().unwrap_or_default());
            }
        }
        (field, value) => {
            one.insert(field.to_owned(), value.clone());
        }
    }
    let input: Update = crate::command::parsed(&Value::Object(one)).map_err(|_| other_kind())?;
    let mut writes = demographics(ctx, &input)?.into_iter();
    writes
        .next()
        .map(|write| write.value)
        .ok_or_else(other_kind)
}

/// Where ID, sex or birth date are touched, they agree with what stands of the others, or somebody confirmed both.
fn still_agrees(ctx: &mut Ctx<'_, '_>, input: &Update, writes: &[Write]) -> Result<(), AppError> {
    let touched =
        |write: &Write| ["id_number", "sex", "birth_date"].contains(&write.field.as_str());
    if !writes.iter().any(touched) {
        return Ok(());
    }
    let stands = ctx.records(&chart(input.patient), "person")?;
    let mut fields = stands.into_iter().next().map(|body| body.fields);
    let fields = fields.get_or_insert_default();
    for write in writes {
        fields.insert(write.field.clone(), write.value.clone());
    }
    let person: Option<Demographics> = record::typed(Value::Object(std::mem::take(fields)));
    confirmed(ctx, &person.unwrap_or_default(), &input.confirmed)
}

fn demographics(ctx: &Ctx<'_, '_>, input: &Update) -> Result<Vec<Write>, AppError> {
    let mut writes = Vec::new();
    if let Some(name) = &input.name {
        writes.push(record::set("name", json!(PersonName::parse(name)?)));
    }
    if let Some(sex) = &input.sex {
        writes.push(record::set("sex", json!(sex)));
    }
    if let Some(birth) = birth(ctx, input.birth_date, input.birth_lunar)? {
        writes.push(record::set("birth_date", json!(birth)));
    }
    if let Some(village) = &input.village {
        known_village(ctx, Some(village))?;
        writes.push(record::set("village", json!(village)));
    }
    if let Some(group) = &input.blood_group {
        writes.push(record::set("blood_group", json!(group)));
    }
    // What is cleared is null in the record: a delete would leave no trace. An empty text clears.
    for field in &input.clear {
        let name = match field {
            ClearField::BirthDate => "birth_date",
            ClearField::Village => "village",
            ClearField::BloodGroup => "blood_group",
        };
        if writes.iter().any(|write| write.field == name) {
            return Err(AppError::with(
                "patient.set_and_cleared",
                json!({ "field": name }),
            ));
        }
        writes.push(record::set(name, Value::Null));
    }
    let mut text =
        |field: &str, given: &Option<String>, parse: &dyn Fn(&str) -> Result<Value, Invalid>| {
            if let Some(text) = given {
                let value = if text.trim().is_empty() {
                    Value::Null
                } else {
                    parse(text)?
                };
                writes.push(record::set(field, value));
            }
            Ok::<(), Invalid>(())
        };
    text("id_number", &input.id_number, &|t| {
        IdNumber::parse(t).map(|v| json!(v))
    })?;
    text("phone", &input.phone, &|t| {
        Phone::parse(t).map(|v| json!(v))
    })?;
    text("address", &input.address, &|t| {
        Address::parse(t).map(|v| json!(v))
    })?;
    text("household_head", &input.household_head, &|t| {
        PersonName::parse(t).map(|v| json!(v))
    })?;
    Ok(writes)
}

fn retract<Id>(
    ctx: &mut Ctx<'_, '_>,
    patient: PatientId,
    section: &str,
    id: Uuid,
    retracted: &Retract<Id>,
) -> Result<Vec<Write>, AppError> {
    let reason = xunyi_model::text::required("reason", &retracted.reason, REASON_MAX)?;
    let key = xunyi_record::record_id(id);
    if !ctx
        .records(&chart(patient), section)?
        .iter()
        .any(|r| r.record == key)
    {
        return Err(AppError::with(
            "record.unknown",
            json!({ "section": section }),
        ));
    }
    let to = record::Retraction {
        status: &retracted.status,
        reason: &reason,
        by: ctx.user.staff,
        at: ctx.now,
    };
    Ok(record::retract(section, id, &to, ctx.id()))
}
