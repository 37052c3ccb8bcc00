//! `prescription.add` and `prescription.stop`: events that stand. A warning that interrupts is overridden with a
//! reason, and both are kept with the prescription.

use super::check::find;
use super::going_on::{REASON_MAX, Refusals, go_on};
use crate::api::Saved;
use crate::api::prescription::{Add, Added, Stop};
use crate::ctx::{chart, heads_in};
use crate::patient::current;
use crate::{AppError, Ctx};
use serde_json::json;
use xunyi_journal::{Action, DocType};
use xunyi_ledger::DocWrite;
use xunyi_model::*;
use xunyi_record::patient::{prescription, stop_prescription};
use xunyi_store::local;

/// Where a warning stands in the way.
const REFUSALS: &Refusals = &Refusals {
    needs_reason: "prescription.needs_reason",
    not_asked: "prescription.allergy_not_asked",
    changed: "prescription.warnings_changed",
};

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
        strength: strength(ctx, &input.order)?,
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
    let seen = (!ctx.importing).then_some(input.seen.as_slice());
    let went_on = go_on(&warnings, input.override_reason.as_deref(), seen, REFUSALS)?;
    let written = Prescription {
        encounter: input.encounter,
        order,
        by: ctx.user.staff,
        at: ctx.now,
        override_reason: went_on.reason,
        overridden: went_on.codes,
        overridden_keys: went_on.keys,
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

/// The formulary's strength of what is prescribed: one that was given says the same, or it is another product. An
/// import, and a product that the formulary lacks, keep what was written.
fn strength(ctx: &Ctx<'_, '_>, order: &PrescriptionOrder) -> Result<String, AppError> {
    let given = text::line("strength", &order.strength, text::LINE_MAX)?;
    if ctx.importing && !given.is_empty() || !ctx.in_formulary(&order.product) {
        return Ok(given);
    }
    let product = ctx.product(&order.product);
    if given.is_empty() || product.is_of_strength(&given) {
        return Ok(product.strength);
    }
    Err(AppError::with(
        "prescription.other_strength",
        json!({ "given": given, "strength": product.strength }),
    ))
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
