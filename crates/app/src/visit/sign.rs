//! `visit.sign` and `visit.addendum`: encounter, vitals and forms together, in one commit with the signature.

use crate::api::Saved;
use crate::api::visit::{AddAddendum, Sign, Signed, VisitContent};
use crate::ctx::{chart, heads_in};
use crate::{AppError, Ctx, day, local_date};
use serde_json::json;
use xunyi_journal::{Action, DocType};
use xunyi_ledger::DocWrite;
use xunyi_model::*;
use xunyi_record::patient::{Visit, addendum as addendum_write};
use xunyi_store::local;

/// Diagnoses of one visit at most.
const DIAGNOSES_MAX: usize = 20;
/// Forms of one visit at most.
const FORMS_MAX: usize = 20;

/// Checks all that was recorded, then writes and signs it.
pub(crate) fn sign(ctx: &mut Ctx<'_, '_>, input: Sign) -> Result<Signed, AppError> {
    if ctx.people.facts(&input.patient).is_none() {
        return Err(AppError::new("patient.unknown"));
    }
    not_signed(ctx, input.patient, input.encounter)?;
    if !ctx.importing && day::date_unconfirmed(ctx)? {
        return Err(AppError::new("clock.confirm_date"));
    }
    // An id of another device's visit would hide one of the two: each signs what it opened itself.
    let open = local::draft(ctx.ledger.sql(), input.encounter.as_bytes())?;
    if !ctx.importing && open.is_none_or(|open| open.patient != *input.patient.as_bytes()) {
        return Err(AppError::new("visit.not_open"));
    }
    let (encounter, hypertension, forms) = parse(ctx, &input)?;
    let signature: SignatureId = ctx.id();
    let visit = Visit {
        id: input.encounter,
        encounter: &encounter,
        hypertension: hypertension.as_ref().map(|form| (ctx.id(), form)),
        forms: forms.iter().map(|form| (ctx.id(), form)).collect(),
    };
    let mut writes = visit.writes(ctx.user.staff);
    writes.push(visit.signature(signature, &input.heads, ctx.user.staff, ctx.now));
    let mut documents = vec![DocWrite {
        doc: chart(input.patient),
        doc_type: DocType::Patient,
        action: Action::VisitSigned,
        heads: Some(heads_in(&input.heads)?),
        writes,
        settle: false,
    }];
    if let Some(entry) = input.entry {
        // Past midnight, or after the day was closed elsewhere, there is no turn to end: the visit is signed all
        // the same.
        match day::finished(ctx, entry, Some(input.patient), QueueOutcome::Seen) {
            Ok(finished) => documents.push(finished),
            Err(error) if error.code.starts_with("day.") => {}
            Err(error) => return Err(error),
        }
    }
    let heads = ctx.save(documents)?;
    local::drop_draft(ctx.ledger.sql(), input.encounter.as_bytes())?;
    Ok(Signed {
        signature,
        saved: ctx.saved(&heads),
    })
}

/// # Errors
/// `visit.signed_already`.
pub(super) fn not_signed(
    ctx: &mut Ctx<'_, '_>,
    patient: PatientId,
    encounter: EncounterId,
) -> Result<(), AppError> {
    match ctx.record(&chart(patient), "encounter", *encounter.as_uuid())? {
        Some(_) => Err(AppError::new("visit.signed_already")),
        None => Ok(()),
    }
}

/// How long before its signature a visit may have been opened, and how far a clock may be set back meanwhile, ms.
const OPEN_BEFORE: i64 = 48 * 3_600_000;
const OPEN_AFTER: i64 = 10 * 60_000;

/// True as long as a visit opened then may still be signed.
pub(crate) fn may_sign(ctx: &Ctx<'_, '_>, opened_at: i64) -> bool {
    (ctx.now - OPEN_BEFORE..=ctx.now + OPEN_AFTER).contains(&opened_at)
}

type Parsed = (Encounter, Option<HypertensionForm>, Vec<GenericForm>);

fn parse(ctx: &mut Ctx<'_, '_>, input: &Sign) -> Result<Parsed, AppError> {
    let c: &VisitContent = &input.content;
    let unusual = ctx.knowledge.tables.vital_ranges.body.check(&c.vitals)?;
    let mut unasked: Vec<_> = unusual.into_iter().map(|u| u.vital).collect();
    unasked.retain(|vital| !input.confirmed_unusual.contains(vital));
    unasked.sort_unstable();
    unasked.dedup();
    // What was measured years ago can be asked about no more.
    if !unasked.is_empty() && !ctx.importing {
        return Err(AppError::with(
            "vitals.unusual",
            json!({ "fields": unasked }),
        ));
    }
    for form in &c.forms {
        form.check()?;
    }
    if let Some(form) = &c.hypertension {
        check_follow_up(ctx, form)?;
    }
    if !may_sign(ctx, input.opened_at) {
        return Err(AppError::new("visit.opened_at_other_time"));
    }
    for (what, found, max) in [
        ("diagnoses", c.diagnoses.len(), DIAGNOSES_MAX),
        ("forms", c.forms.len(), FORMS_MAX),
    ] {
        if found > max {
            return Err(AppError::with(
                "visit.too_many",
                json!({ "what": what, "max": max }),
            ));
        }
    }
    let mut diagnoses = Vec::with_capacity(c.diagnoses.len());
    for d in &c.diagnoses {
        let code = Icd10::parse(d.code.as_str())?;
        diagnoses.push(Diagnosis {
            code,
            name: text::required("name", &d.name, text::LINE_MAX)?,
        });
    }
    check_next_visit(ctx, c.next_visit)?;
    let says = [&c.reason, &c.findings, &c.note, &c.plan];
    let nothing = says.iter().all(|text| text.trim().is_empty())
        && c.vitals == Vitals::default()
        && c.diagnoses.is_empty()
        && c.forms.is_empty()
        && c.hypertension.is_none();
    if nothing {
        return Err(AppError::new("visit.empty"));
    }
    let encounter = Encounter {
        patient: input.patient,
        opened_at: input.opened_at,
        village: village(ctx, input.opened_at)?,
        attendee: c.attendee.parse()?,
        channel: c.channel.clone(),
        reason: text::note("reason", &c.reason, 500)?,
        vitals: c.vitals.clone(),
        findings: text::note("findings", &c.findings, text::NOTE_MAX)?,
        note: text::note("note", &c.note, text::NOTE_MAX)?,
        diagnoses,
        plan: text::note("plan", &c.plan, text::NOTE_MAX)?,
        next_visit: c.next_visit,
    };
    Ok((encounter, c.hypertension.clone(), c.forms.clone()))
}

/// Where the visit took place: one of an earlier day that is signed late stays in the village of that day.
fn village(ctx: &mut Ctx<'_, '_>, opened_at: i64) -> Result<Option<VillageId>, AppError> {
    if ctx.importing || local_date(opened_at) == ctx.today() {
        day::current_village(ctx)
    } else {
        day::village_at(ctx, opened_at)
    }
}

/// Days ahead that the next visit may be set for, at most.
const NEXT_VISIT_MAX: u64 = 400;
/// Medicines of a form at most.
const MEDICINES_MAX: usize = 40;

fn check_next_visit(ctx: &Ctx<'_, '_>, date: Option<chrono::NaiveDate>) -> Result<(), AppError> {
    let Some(date) = date else { return Ok(()) };
    if date < ctx.today() {
        return Err(AppError::new("visit.next_in_past"));
    }
    let latest = ctx.today() + chrono::Days::new(NEXT_VISIT_MAX);
    if date > latest {
        return Err(AppError::with(
            "visit.next_too_far",
            json!({ "days": NEXT_VISIT_MAX }),
        ));
    }
    Ok(())
}

/// The edge of the hypertension follow-up: dates that can be, texts within their limits, answers that do not
/// contradict one another.
fn check_follow_up(ctx: &Ctx<'_, '_>, form: &HypertensionForm) -> Result<(), AppError> {
    check_next_visit(ctx, form.next_visit)?;
    let adverse = form
        .adverse_reaction
        .as_ref()
        .and_then(|a| a.detail.as_ref());
    let complication = form.complication.as_ref().and_then(|c| c.detail.as_ref());
    for (field, given) in [
        ("symptoms", form.symptoms_other.as_ref()),
        ("findings", form.signs_other.as_ref()),
        ("examinations", form.examinations.as_ref()),
        ("detail", form.class_reason.as_ref()),
        ("adverse_reaction", adverse),
        ("complication", complication),
        ("detail", form.referral.as_ref().map(|r| &r.reason)),
        ("detail", form.referral.as_ref().map(|r| &r.to)),
    ] {
        text::note(field, given.map_or("", String::as_str), 1000)?;
    }
    for medicine in &form.medicines {
        text::line("product", &medicine.name, text::LINE_MAX)?;
        text::line("dose", &medicine.dose, 100)?;
    }
    if form.medicines.len() > MEDICINES_MAX {
        return Err(AppError::with(
            "visit.too_many",
            json!({ "what": "medicines", "max": MEDICINES_MAX }),
        ));
    }
    let symptoms = form.symptoms.as_deref().unwrap_or_default();
    if symptoms.len() > 1 && symptoms.contains(&Symptom::None) {
        return Err(AppError::new("visit.symptoms_and_none"));
    }
    Ok(())
}

/// Adds a correction to a signed visit; what was signed stays as it was.
pub(crate) fn addendum(ctx: &mut Ctx<'_, '_>, input: AddAddendum) -> Result<Saved, AppError> {
    let text = Addendum::parse_text(&input.text)?;
    let key = xunyi_record::record_id(*input.encounter.as_uuid());
    if !ctx
        .records(&chart(input.patient), "encounter")?
        .iter()
        .any(|r| r.record == key)
    {
        return Err(AppError::new("visit.unknown"));
    }
    let addendum = Addendum {
        encounter: input.encounter,
        text,
        by: ctx.user.staff,
        at: ctx.now,
    };
    let writes = vec![addendum_write(ctx.id(), &addendum)];
    let heads = ctx.save(vec![DocWrite {
        doc: chart(input.patient),
        doc_type: DocType::Patient,
        action: Action::AddendumAdded,
        heads: Some(heads_in(&input.heads)?),
        writes,
        settle: false,
    }])?;
    Ok(ctx.saved(&heads))
}
