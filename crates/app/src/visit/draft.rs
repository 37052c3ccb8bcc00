//! `visit.start` and `visit.save_draft`: keystrokes live on this device until the visit is signed.

use crate::api::patient::Get;
use crate::api::visit::{Ranges, SaveDraft, Start, Started};
use crate::api::{Done, Heads};
use crate::{AppError, Ctx, local_date, patient};
use serde_json::{Value, json};
use xunyi_model::{EncounterId, PatientId};
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
    if input.encounter.is_some() && !ctx.importing {
        return Err(AppError::new("input.own_id"));
    }
    let left = local::draft_of(ctx.ledger.sql(), input.patient.as_bytes())?;
    // What was measured on another day is not today's: it is opened anew, and the old draft goes when this is signed.
    let today = ctx.today();
    let left = left.filter(|draft| !ctx.importing && local_date(draft.opened_at) == today);
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
        chart,
        ranges,
    })
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
