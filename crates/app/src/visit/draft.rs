//! `visit.start` and `visit.save_draft`: keystrokes live on this device until the visit is signed.

use crate::api::patient::Get;
use crate::api::visit::{Ranges, SaveDraft, Start, Started};
use crate::api::{Done, Heads};
use crate::{AppError, Ctx, patient};
use serde_json::json;
use xunyi_model::EncounterId;
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
    let left = local::draft_of(ctx.ledger.sql(), input.patient.as_bytes())?;
    let left = left.filter(|d| input.encounter.is_none_or(|e| *e.as_bytes() == d.encounter));
    let table = &ctx.knowledge.tables.vital_ranges;
    let ranges = Ranges {
        body: table.body.clone(),
        version: table.version.clone(),
        sign_off: table.sign_off.clone(),
    };
    Ok(match left {
        Some(draft) => Started {
            encounter: EncounterId::from_bytes(draft.encounter),
            opened_at: draft.opened_at,
            // The form goes on from where it was opened: what arrived since then is merged, not overwritten.
            heads: serde_json::from_str::<Heads>(&draft.heads)
                .unwrap_or_else(|_| chart.heads.clone()),
            draft: serde_json::from_str(&draft.body).ok(),
            chart,
            ranges,
        },
        None => Started {
            encounter: input.encounter.unwrap_or_else(|| ctx.id()),
            opened_at: ctx.now,
            heads: chart.heads.clone(),
            draft: None,
            chart,
            ranges,
        },
    })
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
    let draft = local::Draft {
        encounter: *input.encounter.as_bytes(),
        patient: *input.patient.as_bytes(),
        author: *ctx.user.staff.as_bytes(),
        opened_at: input.opened_at,
        heads: json!(input.heads).to_string(),
        body,
        saved_at: ctx.now,
    };
    local::put_draft(ctx.ledger.sql(), &draft)?;
    Ok(Done { done: true })
}
