//! What holds no more and is kept with its reason: stopped prescriptions, allergies and problems that were taken back
//! or are over.

use super::visits::{named, staff_names};
use crate::api::patient::{EndedBy, EndedView, EndedWhat};
use crate::ctx::chart;
use crate::rows::Body;
use crate::{AppError, Ctx};
use serde_json::Value;
use std::collections::BTreeMap;
use xunyi_model::*;
use xunyi_record::patient::{RETRACTED, STOPPED, typed};

/// All of it, what ended last first; what ended at a time that nobody recorded comes at the end.
///
/// # Errors
/// [`AppError`] when the database cannot be read.
pub(crate) fn ended(ctx: &mut Ctx<'_, '_>, patient: PatientId) -> Result<Vec<EndedView>, AppError> {
    let doc = chart(patient);
    let names = staff_names(ctx)?;
    let mut views = Vec::new();
    for body in ctx.records(&doc, "prescription")? {
        if body.text("status") != Some(RecordStatus::Stopped.code()) {
            continue;
        }
        let Some(Prescription { order, at, .. }) = body.typed() else {
            continue;
        };
        views.push(EndedView {
            what: EndedWhat::Prescription { order },
            status: RecordStatus::Stopped,
            recorded_at: Some(at),
            ends: ends(&body, STOPPED, &names),
        });
    }
    for body in ctx.records(&doc, "allergy")? {
        if let Some(allergy) = body.typed::<Allergy>().filter(|a| !a.holds()) {
            let (status, reason) = (allergy.status.clone(), allergy.status_reason.clone());
            views.push(taken_back(
                &body,
                EndedWhat::Allergy { allergy },
                status,
                reason,
                &names,
            ));
        }
    }
    for body in ctx.records(&doc, "problem")? {
        let problem = body.typed::<Problem>();
        // A status of a newer version stands on no list of what holds: here it is at least told.
        if let Some(problem) = problem.filter(|p| p.status != RecordStatus::Active) {
            let (status, reason) = (problem.status.clone(), problem.status_reason.clone());
            views.push(taken_back(
                &body,
                EndedWhat::Problem { problem },
                status,
                reason,
                &names,
            ));
        }
    }
    views.sort_by_key(|v| std::cmp::Reverse(v.ends.iter().filter_map(|e| e.at).max()));
    Ok(views)
}

fn taken_back(
    body: &Body,
    what: EndedWhat,
    status: RecordStatus,
    reason: Option<String>,
    names: &BTreeMap<String, String>,
) -> EndedView {
    let mut ends = ends(body, RETRACTED, names);
    // Taken back by a version that recorded why and nothing more.
    if let Some(reason) = reason.filter(|r| !ends.iter().any(|e| e.reason == *r)) {
        ends.push(EndedBy {
            reason,
            by: String::new(),
            at: None,
        });
    }
    let recorded = body.fields.get("recorded").and_then(|r| r.get("at"));
    EndedView {
        what,
        status,
        recorded_at: recorded.and_then(Value::as_i64),
        ends,
    }
}

/// Who ended it, each with the reason given, oldest first.
pub(crate) fn ends(body: &Body, events: &str, names: &BTreeMap<String, String>) -> Vec<EndedBy> {
    #[derive(serde::Deserialize)]
    struct End {
        #[serde(default)]
        reason: String,
        by: Option<StaffId>,
        at: Option<i64>,
    }
    let mut ends: Vec<EndedBy> = body
        .fields
        .iter()
        .filter(|(name, _)| name.starts_with(events))
        .filter_map(|(_, value)| typed::<End>(value.clone()))
        .map(|end| EndedBy {
            reason: end.reason,
            by: named(names, end.by.map(|id| id.to_string()).as_deref()),
            at: end.at,
        })
        .collect();
    ends.sort_by_key(|end| end.at);
    ends
}
