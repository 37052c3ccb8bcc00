//! The timeline of a chart: visits with their forms, signatures and corrections; dispensings; pressures.

use super::signed::{OneSignature, Signatures};
use crate::api::patient::{
    AddendumView, BpPoint, DispensingView, HandsBefore, SignedVersion, VisitVersion, VisitView,
};
use crate::ctx::chart;
use crate::prescription::allergy_of;
use crate::rows::Body;
use crate::{AppError, Ctx};
use std::collections::BTreeMap;
use xunyi_model::*;
use xunyi_record::patient::{
    HYPERTENSION, SignedRecords, encounter_of, form_of, typed, visit_snapshot,
};

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

pub(crate) fn named(names: &BTreeMap<String, String>, id: Option<&str>) -> String {
    id.and_then(|id| names.get(id)).cloned().unwrap_or_default()
}

/// Visits, newest first. What was signed leads, in the timeline and in all that is derived from it (the curve, due
/// dates, medicines told): a clinician answered for that, and nobody yet for what changed since. The changes are
/// shown beside it.
pub(crate) fn visits(
    ctx: &mut Ctx<'_, '_>,
    patient: PatientId,
) -> Result<Vec<VisitView>, AppError> {
    let doc = chart(patient);
    let names = staff_names(ctx)?;
    let forms = ctx.records(&doc, "form")?;
    let signatures = Signatures(ctx.records(&doc, "signature")?);
    let addenda: Vec<Addendum> = ctx
        .records(&doc, "addendum")?
        .iter()
        .filter_map(Body::typed)
        .collect();
    let mut visits = Vec::new();
    for body in ctx.records(&doc, "encounter")? {
        let own: Vec<&Body> = forms
            .iter()
            .filter(|f| f.text("encounter") == Some(body.record.as_str()))
            .collect();
        let Some(mut view) = visit(patient, &body, &own, &signatures, &names) else {
            continue;
        };
        view.addenda = addenda
            .iter()
            .filter(|a| a.encounter == view.encounter)
            .map(|a| AddendumView {
                text: a.text.clone(),
                at: a.at,
                by: named(&names, Some(&a.by.to_string())),
            })
            .collect();
        visits.push(view);
    }
    visits.sort_by_key(|v| std::cmp::Reverse(v.at));
    Ok(visits)
}

/// One visit, without its addenda; `None` where neither what stands nor anything signed can be read here.
fn visit(
    patient: PatientId,
    body: &Body,
    own: &[&Body],
    signatures: &Signatures,
    names: &BTreeMap<String, String>,
) -> Option<VisitView> {
    let encounter = body.id::<EncounterId>()?;
    let now = SignedRecords {
        encounter: body.fields.clone(),
        forms: own
            .iter()
            .map(|f| (f.record.clone(), f.fields.clone()))
            .collect(),
    };
    let mut signed: Vec<SignedVersion> = Vec::new();
    let all = signatures.of(encounter);
    for one in &all {
        signed.push(SignedVersion {
            by: named(names, Some(&one.signature.by.to_string())),
            at: one.signature.at,
            version: one.records.as_ref().and_then(|r| version(patient, r)),
        });
    }
    let leads = signed.iter().rposition(|s| s.version.is_some());
    let lead = leads.map(|at| signed.remove(at));
    let amended = is_amended(body, own, &now, &all);
    let stands = version(patient, &now);
    let (by, at) = lead.as_ref().map(|l| (l.by.clone(), l.at)).unzip();
    let signed_unread = lead.is_none() && !all.is_empty();
    let shown = match lead.and_then(|lead| lead.version) {
        Some(version) => version,
        None => stands.clone()?,
    };
    let by_record = leads
        .and_then(|at| all.get(at)?.records.as_ref()?.encounter.get("by")?.as_str())
        .or(body.text("by"));
    Some(VisitView {
        encounter,
        at: shown.content.opened_at,
        clinician: named(names, by_record),
        content: shown.content,
        hypertension: shown.hypertension,
        forms: shown.forms,
        signed: !all.is_empty(),
        signed_by: by,
        signed_at: at,
        signed_unread,
        amended_unsigned: amended,
        amended: stands.filter(|_| amended && !signed_unread),
        signatures: u32::try_from(all.len()).unwrap_or(u32::MAX),
        others: signed,
        addenda: Vec::new(),
    })
}

/// True when the visit as it stands says something that nobody signed.
fn is_amended(body: &Body, own: &[&Body], now: &SignedRecords, all: &[OneSignature]) -> bool {
    let parts: Vec<(&str, &serde_json::Map<String, serde_json::Value>)> =
        own.iter().map(|f| (f.record.as_str(), &f.fields)).collect();
    let current = visit_snapshot((&body.record, &body.fields), &parts);
    let snapshots: Vec<&str> = all.iter().map(|s| s.signature.snapshot.as_str()).collect();
    match AmendmentState::of(&snapshots, &current) {
        AmendmentState::Unsigned | AmendmentState::Signed => false,
        AmendmentState::AmendedUnsigned => true,
        // Two signed versions merge into one that equals neither; that alone is nobody's amendment.
        AmendmentState::SignaturesConflict => {
            let signed: Vec<&SignedRecords> =
                all.iter().filter_map(|s| s.records.as_ref()).collect();
            !is_made_of(now, &signed)
        }
    }
}

/// True when each field stands as one of these has it, and none of theirs is gone.
fn is_made_of(now: &SignedRecords, signed: &[&SignedRecords]) -> bool {
    let of = |records: &SignedRecords, form: &str, field: &str| {
        let fields = match form {
            "" => Some(&records.encounter),
            form => records
                .forms
                .iter()
                .find(|(id, _)| id == form)
                .map(|(_, fields)| fields),
        };
        fields.and_then(|fields| fields.get(field)).cloned()
    };
    let each = |records: &SignedRecords| -> Vec<(String, String)> {
        let own = records.encounter.keys().map(|f| (String::new(), f.clone()));
        let forms = records
            .forms
            .iter()
            .flat_map(|(id, fields)| fields.keys().map(move |f| (id.clone(), f.clone())));
        own.chain(forms).collect()
    };
    let known = |(form, field): &(String, String)| {
        let stands = of(now, form, field);
        stands.is_some() && signed.iter().any(|s| of(s, form, field) == stands)
    };
    each(now).iter().all(known) && signed.iter().all(|s| each(s).iter().all(known))
}

/// Records of a visit as the window shows them; `None` for what this version cannot read.
fn version(patient: PatientId, records: &SignedRecords) -> Option<VisitVersion> {
    let content = encounter_of(patient, &records.encounter)?;
    let template = |fields: &serde_json::Map<String, serde_json::Value>| {
        fields.get("template").and_then(|t| t.as_str()) == Some(HYPERTENSION)
    };
    let (own, other): (Vec<_>, Vec<_>) = records
        .forms
        .iter()
        .map(|(_, fields)| fields)
        .partition(|fields| template(fields));
    Some(VisitVersion {
        content,
        hypertension: own
            .first()
            .and_then(|fields| typed(serde_json::Value::Object((*fields).clone()))),
        forms: other.into_iter().map(form_of).collect(),
    })
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
    let listed = ctx.records(&chart(patient), "allergy")?;
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
            prescription: dispense.prescription,
            product: pick.lot.product.name.clone(),
            qty: u32::try_from(dispense.total()).unwrap_or(u32::MAX),
            unit: pick.lot.product.unit.clone(),
            by: named(&names, Some(&dispense.by.to_string())),
            receiver: dispense.receiver,
            staff: dispense.staff.map(|s| HandsBefore {
                reviewer: named(&names, Some(&s.reviewer.to_string())),
                picker: named(&names, Some(&s.picker.to_string())),
                checker: named(&names, Some(&s.checker.to_string())),
            }),
            despite: substances(&listed, &dispense.overridden_keys),
            override_reason: dispense.override_reason,
        });
    }
    views.sort_by_key(|v| std::cmp::Reverse(v.at));
    Ok(views)
}

/// Substances of the allergies that warnings were about, also of those that were taken back since.
fn substances(listed: &[Body], keys: &[String]) -> Vec<String> {
    let substance = |key: &String| {
        let about = allergy_of(key)?;
        let body = listed.iter().find(|body| body.id() == Some(about))?;
        body.text("substance").map(str::to_owned)
    };
    keys.iter().filter_map(substance).collect()
}
