//! `visit.sign` and `visit.addendum`: encounter, vitals and forms together, in one commit with the signature.

use crate::api::Saved;
use crate::api::visit::{AddAddendum, Sign, Signed, VisitContent};
use crate::ctx::{chart, heads_in};
use crate::{AppError, Ctx, day};
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
    let key = xunyi_record::record_id(*input.encounter.as_uuid());
    if ctx
        .records(&chart(input.patient), "encounter")?
        .iter()
        .any(|r| r.record == key)
    {
        return Err(AppError::new("visit.signed_already"));
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
        documents.push(day::finished(ctx, entry, QueueOutcome::Seen)?);
    }
    let heads = ctx.save(documents)?;
    local::drop_draft(ctx.ledger.sql(), input.encounter.as_bytes())?;
    Ok(Signed {
        signature,
        saved: ctx.saved(&heads),
    })
}

type Parsed = (Encounter, Option<HypertensionForm>, Vec<GenericForm>);

fn parse(ctx: &mut Ctx<'_, '_>, input: &Sign) -> Result<Parsed, AppError> {
    let c: &VisitContent = &input.content;
    ctx.knowledge.tables.vital_ranges.body.check(&c.vitals)?;
    for form in &c.forms {
        form.check()?;
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
    if c.next_visit.is_some_and(|date| date < ctx.today()) {
        return Err(AppError::new("visit.next_in_past"));
    }
    let encounter = Encounter {
        patient: input.patient,
        opened_at: input.opened_at,
        village: day::current_village(ctx)?,
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
