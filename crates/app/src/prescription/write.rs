//! `prescription.add` and `prescription.stop`: events that stand. A warning that interrupts is overridden with a
//! reason, and both are kept with the prescription.

use super::check::find;
use crate::api::Saved;
use crate::api::prescription::{Add, Added, Stop, Warning};
use crate::ctx::{chart, heads_in};
use crate::patient::current;
use crate::{AppError, Ctx};
use serde_json::json;
use xunyi_journal::{Action, DocType};
use xunyi_ledger::DocWrite;
use xunyi_model::*;
use xunyi_record::patient::{prescription, stop_prescription};
use xunyi_store::local;

/// Characters of a reason at most.
const REASON_MAX: usize = text::LINE_MAX;

/// Checks the order, then prescribes it.
pub(crate) fn add(ctx: &mut Ctx<'_, '_>, input: Add) -> Result<Added, AppError> {
    let patient = input.patient;
    if ctx.people.facts(&patient).is_none() {
        return Err(AppError::new("patient.unknown"));
    }
    let rules = &ctx.knowledge.tables.prescription.body;
    input.order.check(rules)?;
    let order = PrescriptionOrder {
        product: ctx.product_ref(&input.order.product)?,
        ..input.order
    };
    let id = crate::ctx::own_id(ctx, input.prescription)?;
    if ctx
        .record(&chart(patient), "prescription", *id.as_uuid())?
        .is_some()
    {
        return Err(AppError::new("prescription.exists"));
    }
    // A prescription belongs to a visit of this person: one that is open here, or one that is signed.
    let open = local::draft(ctx.ledger.sql(), input.encounter.as_bytes())?;
    let open = open.is_some_and(|open| open.patient == *patient.as_bytes());
    if !open
        && ctx
            .record(&chart(patient), "encounter", *input.encounter.as_uuid())?
            .is_none()
    {
        return Err(AppError::new("visit.unknown"));
    }
    let taken = current(ctx, patient)?;
    let in_visit = taken
        .iter()
        .filter(|c| c.prescription.encounter == input.encounter)
        .count();
    rules.check_items(in_visit.saturating_add(1))?;
    let warnings = find(ctx, patient, &order, &taken)?.interrupting();
    let override_reason = reason(input.override_reason.as_deref(), &warnings)?;
    if !ctx.importing {
        all_seen(&warnings, &input.seen)?;
    }
    let written = Prescription {
        encounter: input.encounter,
        order,
        by: ctx.user.staff,
        at: ctx.now,
        override_reason,
        overridden: warnings.iter().map(|w| w.code.clone()).collect(),
        overridden_keys: warnings.into_iter().map(|w| w.key).collect(),
    };
    let heads = ctx.save(vec![DocWrite {
        doc: chart(patient),
        doc_type: DocType::Patient,
        action: Action::Prescribed,
        heads: Some(heads_in(&input.heads)?),
        writes: prescription(id, &written),
        settle: false,
    }])?;
    Ok(Added {
        prescription: id,
        saved: ctx.saved(&heads),
    })
}

/// A reason counts for what was shown; what came since is to be shown first.
fn all_seen(warnings: &[Warning], seen: &[String]) -> Result<(), AppError> {
    let new: Vec<&Warning> = warnings.iter().filter(|w| !seen.contains(&w.key)).collect();
    if new.is_empty() {
        return Ok(());
    }
    Err(AppError::with(
        "prescription.warnings_changed",
        json!({ "warnings": new }),
    ))
}

/// The reason for going on in spite of warnings; none where nothing interrupts.
fn reason(given: Option<&str>, warnings: &[Warning]) -> Result<Option<String>, AppError> {
    if warnings.is_empty() {
        return Ok(None);
    }
    let given = text::line("override_reason", given.unwrap_or_default(), REASON_MAX)?;
    if !given.is_empty() {
        return Ok(Some(given));
    }
    let codes: Vec<&str> = warnings.iter().map(|w| w.code.as_str()).collect();
    let only_unasked = codes.iter().all(|code| *code == "allergy.never_asked");
    let code = if only_unasked {
        "prescription.allergy_not_asked"
    } else {
        "prescription.needs_reason"
    };
    Err(AppError::with(code, json!({ "warnings": codes })))
}

/// Stops a prescription, with the reason.
pub(crate) fn stop(ctx: &mut Ctx<'_, '_>, input: Stop) -> Result<Saved, AppError> {
    let doc = chart(input.patient);
    let reason = text::required("reason", &input.reason, REASON_MAX)?;
    let body = ctx
        .record(&doc, "prescription", *input.prescription.as_uuid())?
        .ok_or_else(|| AppError::new("prescription.unknown"))?;
    if body.text("status") == Some("stopped") {
        return Err(AppError::new("prescription.stopped"));
    }
    let stop = PrescriptionStop {
        prescription: input.prescription,
        reason,
        by: ctx.user.staff,
        at: ctx.now,
    };
    let writes = stop_prescription(&stop, ctx.id());
    let heads = ctx.save(vec![DocWrite {
        doc,
        doc_type: DocType::Patient,
        action: Action::PrescriptionStopped,
        heads: Some(heads_in(&input.heads)?),
        writes,
        settle: false,
    }])?;
    Ok(ctx.saved(&heads))
}
