//! The timeline of a chart: visits with their forms, signatures and corrections; dispensings; pressures.

use crate::api::patient::{AddendumView, BpPoint, DispensingView, VisitView};
use crate::ctx::chart;
use crate::rows::Body;
use crate::{AppError, Ctx};
use std::collections::BTreeMap;
use xunyi_model::*;
use xunyi_record::patient::{HYPERTENSION, encounter_of, form_of, visit_snapshot};

/// Names of staff, by id.
pub(crate) fn staff_names(ctx: &mut Ctx<'_, '_>) -> Result<BTreeMap<String, String>, AppError> {
    Ok(ctx
        .all_records("staff")?
        .iter()
        .filter_map(|r| {
            let id: StaffId = r.id()?;
            Some((id.to_string(), r.text("name")?.to_owned()))
        })
        .collect())
}

fn named(names: &BTreeMap<String, String>, id: Option<&str>) -> String {
    id.and_then(|id| names.get(id)).cloned().unwrap_or_default()
}

/// Visits, newest first.
pub(crate) fn visits(
    ctx: &mut Ctx<'_, '_>,
    patient: PatientId,
) -> Result<Vec<VisitView>, AppError> {
    let doc = chart(patient);
    let names = staff_names(ctx)?;
    let forms = ctx.records(&doc, "form")?;
    let signatures: Vec<Signature> = ctx
        .records(&doc, "signature")?
        .iter()
        .filter_map(Body::typed)
        .collect();
    let addenda: Vec<Addendum> = ctx
        .records(&doc, "addendum")?
        .iter()
        .filter_map(Body::typed)
        .collect();
    let mut visits = Vec::new();
    for body in ctx.records(&doc, "encounter")? {
        let (Some(encounter), Some(content)) = (
            body.id::<EncounterId>(),
            encounter_of(patient, &body.fields),
        ) else {
            continue;
        };
        let own: Vec<&Body> = forms
            .iter()
            .filter(|f| f.text("encounter") == Some(body.record.as_str()))
            .collect();
        let signed: Vec<&str> = signatures
            .iter()
            .filter(|s| s.encounter == encounter)
            .map(|s| s.snapshot.as_str())
            .collect();
        let parts: Vec<(&str, &serde_json::Map<String, serde_json::Value>)> =
            own.iter().map(|f| (f.record.as_str(), &f.fields)).collect();
        let current = visit_snapshot((&body.record, &body.fields), &parts);
        let state = AmendmentState::of(&signed, &current);
        visits.push(VisitView {
            encounter,
            at: content.opened_at,
            clinician: named(&names, body.text("by")),
            content,
            hypertension: own
                .iter()
                .find(|f| f.text("template") == Some(HYPERTENSION))
                .and_then(|f| f.typed()),
            forms: own
                .iter()
                .filter(|f| f.text("template") != Some(HYPERTENSION))
                .map(|f| form_of(&f.fields))
                .collect(),
            signed: state != AmendmentState::Unsigned,
            amended_unsigned: state == AmendmentState::AmendedUnsigned,
            signatures: u32::try_from(signed.len()).unwrap_or(u32::MAX),
            addenda: addenda
                .iter()
                .filter(|a| a.encounter == encounter)
                .map(|a| AddendumView {
                    text: a.text.clone(),
                    at: a.at,
                    by: named(&names, Some(&a.by.to_string())),
                })
                .collect(),
        });
    }
    visits.sort_by_key(|v| std::cmp::Reverse(v.at));
    Ok(visits)
}

/// Blood pressures of the visits, oldest first: the mean of each visit's readings.
pub(crate) fn pressures(visits: &[VisitView]) -> Vec<BpPoint> {
    let mut points: Vec<BpPoint> = visits
        .iter()
        .filter_map(|v| {
            let mean = BloodPressure::mean(&v.content.vitals.bp)?;
            Some(BpPoint {
                at: v.at,
                sys: mean.sys.0,
                dia: mean.dia.0,
            })
        })
        .collect();
    points.sort_by_key(|p| p.at);
    points
}

/// Dispensings, newest first.
pub(crate) fn dispensings(
    ctx: &mut Ctx<'_, '_>,
    patient: PatientId,
) -> Result<Vec<DispensingView>, AppError> {
    let names = staff_names(ctx)?;
    let mut views = Vec::new();
    for body in ctx.records(&chart(patient), "dispensing")? {
        let Some(dispense) = body.typed::<Dispense>() else {
            continue;
        };
        let Some(pick) = dispense.picks.first() else {
            continue;
        };
        views.push(DispensingView {
            at: dispense.at,
            product: pick.lot.product.name.clone(),
            qty: u32::try_from(dispense.total()).unwrap_or(u32::MAX),
            unit: pick.lot.product.unit.clone(),
            by: named(&names, Some(&dispense.by.to_string())),
            receiver: dispense
                .receiver
                .name
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
        });
    }
    views.sort_by_key(|v| std::cmp::Reverse(v.at));
    Ok(views)
}
