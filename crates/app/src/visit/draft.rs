//! `visit.start` and `visit.save_draft`: keystrokes live on this device until the visit is signed.

use crate::api::patient::Get;
use crate::api::visit::{OlderDraft, Ranges, SaveDraft, Start, Started};
use crate::api::{Done, Heads};
use crate::{AppError, Ctx, local_date, patient};
use serde_json::{Value, json};
use xunyi_model::{EncounterId, PatientId, StaffId};
use xunyi_store::local;

/// A draft at most, bytes.
const DRAFT_MAX: usize = 64 * 1024;

/// A fresh visit, or the one left open on this device with what was typed.
pub(crate) fn start(ctx: &mut Ctx<'_, '_>, input: Start) -> Result<Started, AppError> {
    let chart = patient::get(
        ctx,
        Get {
            patient: input.patient,
        },
    )?;
    // What was measured on another day is not today's: the visit is opened anew, and what was typed then is there to be
    // looked at, so that nothing typed is lost. Only who asks for that very visit goes on with it, on its own day.
    let today = ctx.today();
    let (ours, others): (Vec<_>, Vec<_>) =
        local::drafts_of(ctx.ledger.sql(), input.patient.as_bytes())?
            .into_iter()
            .partition(|draft| match input.encounter {
                _ if ctx.importing => false,
                Some(encounter) => draft.encounter == *encounter.as_bytes(),
                None => local_date(draft.opened_at) == today,
            });
    if input.encounter.is_some() && !ctx.importing && ours.is_empty() {
        return Err(AppError::new("input.own_id"));
    }
    let mut ours = ours.into_iter();
    let left = ours.next();
    let older = older(ctx, ours.chain(others))?;
    let table = &ctx.knowledge.tables.vital_ranges;
    let ranges = Ranges {
        body: table.body.clone(),
        version: table.version.clone(),
        sign_off: table.sign_off.clone(),
    };
    let (encounter, opened_at, heads, draft) = match left {
        Some(draft) => (
            EncounterId::from_bytes(draft.encounter),
            draft.opened_at,
            // The form goes on from where it was opened: what arrived since then is merged, not overwritten.
            serde_json::from_str::<Heads>(&draft.heads).unwrap_or_else(|_| chart.heads.clone()),
            serde_json::from_str(&draft.body)
                .ok()
                .filter(|typed: &Value| !typed.is_null()),
        ),
        None => {
            let encounter = input.encounter.unwrap_or_else(|| ctx.id());
            let heads = chart.heads.clone();
            keep(ctx, encounter, input.patient, ctx.now, &heads, &Value::Null)?;
            (encounter, ctx.now, heads, None)
        }
    };
    Ok(Started {
        encounter,
        opened_at,
        heads,
        draft,
        older,
        chart,
        ranges,
    })
}

/// Drafts of other days in which something was typed.
fn older(
    ctx: &mut Ctx<'_, '_>,
    drafts: impl Iterator<Item = local::Draft>,
) -> Result<Vec<OlderDraft>, AppError> {
    let mut drafts = drafts.peekable();
    if drafts.peek().is_none() {
        return Ok(Vec::new());
    }
    let names = patient::staff_names(ctx)?;
    let older = drafts.filter_map(|draft| {
        let typed: Value = serde_json::from_str(&draft.body).ok()?;
        let by = StaffId::from_bytes(draft.author).to_string();
        (!typed.is_null()).then(|| OlderDraft {
            opened_at: draft.opened_at,
            saved_at: draft.saved_at,
            by: names.get(&by).cloned().unwrap_or_default(),
            draft: typed,
        })
    });
    Ok(older.collect())
}

/// Remembers on this device that a visit is open, with what was typed.
fn keep(
    ctx: &mut Ctx<'_, '_>,
    encounter: EncounterId,
    patient: PatientId,
    opened_at: i64,
    heads: &Heads,
    typed: &Value,
) -> Result<(), AppError> {
    let draft = local::Draft {
        encounter: *encounter.as_bytes(),
        patient: *patient.as_bytes(),
        author: *ctx.user.staff.as_bytes(),
        opened_at,
        heads: json!(heads).to_string(),
        body: typed.to_string(),
        saved_at: ctx.now,
    };
    Ok(local::put_draft(ctx.ledger.sql(), &draft)?)
}

/// Keeps the form as typed so far.
pub(crate) fn save_draft(ctx: &mut Ctx<'_, '_>, input: SaveDraft) -> Result<Done, AppError> {
    let body = input.draft.to_string();
    if body.len() > DRAFT_MAX {
        return Err(AppError::with(
            "draft.too_large",
            json!({ "max": DRAFT_MAX, "found": body.len() }),
        ));
    }
    if ctx.people.facts(&input.patient).is_none() {
        return Err(AppError::new("patient.unknown"));
    }
    // Typed before the signature and kept after it, it would come back as another visit's.
    super::sign::not_signed(ctx, input.patient, input.encounter)?;
    keep(
        ctx,
        input.encounter,
        input.patient,
        input.opened_at,
        &input.heads,
        &input.draft,
    )?;
    Ok(Done { done: true })
}
