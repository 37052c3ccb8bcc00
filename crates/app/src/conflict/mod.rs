//! `conflict.*`: fields that hold two values, and the person's choice that settles them (Invariant R1).

use crate::api::Nothing;
use crate::api::Saved;
use crate::api::conflict::{ConflictValue, ConflictView, Conflicts, Resolve};
use crate::ctx::{heads_in, heads_out};
use crate::patient::hit;
use crate::{AppError, Ctx};
use serde_json::Value as Json;
use xunyi_journal::{Action, ChangeHash, DocId, DocType};
use xunyi_ledger::DocWrite;
use xunyi_model::{Allergy, Enrolment, HypertensionForm, PatientId, Problem, text};
use xunyi_record::patient::encounter_of;
use xunyi_record::{RecordKey, Write};

/// Every field in conflict.
pub(crate) fn list(ctx: &mut Ctx<'_, '_>, _: Nothing) -> Result<Conflicts, AppError> {
    Ok(Conflicts {
        conflicts: conflicts_of(ctx, None)?,
    })
}

/// Fields in conflict, of one document or of all.
pub(crate) fn conflicts_of(
    ctx: &mut Ctx<'_, '_>,
    doc: Option<&DocId>,
) -> Result<Vec<ConflictView>, AppError> {
    let rows = ctx.ledger.conflicts(doc)?;
    let names = crate::patient::staff_names(ctx)?;
    let devices: Vec<_> = ctx.ledger.feeds()?;
    let mut views = Vec::new();
    for row in rows {
        let (doc, doc_type) = (row.doc, row.doc_type);
        let mut values = Vec::new();
        for value in serde_json::from_str::<Vec<Json>>(&row.values).unwrap_or_default() {
            let change = value
                .get("change")
                .and_then(Json::as_str)
                .and_then(ChangeHash::from_hex);
            let origin = match change {
                Some(change) => ctx.ledger.origin(&change)?,
                None => None,
            };
            let staff = origin
                .as_ref()
                .map(|o| uuid::Uuid::from_bytes(o.user).to_string());
            values.push(ConflictValue {
                value: value.get("value").cloned().unwrap_or(Json::Null),
                by: staff.and_then(|id| names.get(&id).cloned()),
                device: origin
                    .as_ref()
                    .and_then(|o| devices.iter().find(|d| d.feed == o.feed))
                    .map(|d| d.name.clone()),
                at: origin.map(|o| o.at),
            });
        }
        let heads = ctx.ledger.heads(&doc)?.unwrap_or_default();
        let patient = match doc_type {
            DocType::Patient => hit(ctx, xunyi_record::patient::patient_of(&doc))?,
            _ => None,
        };
        views.push(ConflictView {
            doc: doc.to_hex(),
            doc_type: doc_type.name().to_owned(),
            patient,
            section: row.section,
            record: row.record,
            field: row.field,
            values,
            heads: heads_out(&heads),
        });
    }
    Ok(views)
}

/// A value of a clinician's own, as the form of that field would have taken it: never one that the record can't be
/// read with.
fn own_value(
    ctx: &mut Ctx<'_, '_>,
    conflict: &ConflictView,
    value: &Json,
) -> Result<Json, AppError> {
    let other_kind = || AppError::new("conflict.other_kind_of_value");
    let (section, field) = (conflict.section.as_str(), conflict.field.as_str());
    if section == "person" {
        return crate::patient::person_field(ctx, field, value);
    }
    let doc = DocId::from_hex(&conflict.doc).ok_or_else(|| AppError::new("record.unknown"))?;
    let row = ctx.ledger.record(section, &doc, &conflict.record)?;
    let row = row.as_ref().map(crate::rows::Body::from);
    let mut body = row.ok_or_else(|| AppError::new("record.unknown"))?;
    body.fields.insert(field.to_owned(), value.clone());
    let vitals = &ctx.knowledge.tables.vital_ranges.body;
    let readable = match section {
        "encounter" => match encounter_of(PatientId::from_bytes(doc.0), &body.fields) {
            Some(visit) => {
                vitals.check(&visit.vitals)?;
                text::note("note", &visit.note, text::NOTE_MAX)?;
                true
            }
            None => false,
        },
        "form" => body.typed::<HypertensionForm>().is_some(),
        "allergy" => body.typed::<Allergy>().is_some(),
        "problem" => body.typed::<Problem>().is_some(),
        "enrolment" => body.typed::<Enrolment>().is_some(),
        // What is not edited field by field is settled by picking one of the values.
        _ => false,
    };
    if readable && json_size(value) <= OWN_VALUE_MAX {
        Ok(value.clone())
    } else {
        Err(other_kind())
    }
}

/// Bytes of a value of a clinician's own at most: a note.
const OWN_VALUE_MAX: usize = 16 * 1024;

fn json_size(value: &Json) -> usize {
    value.to_string().len()
}

/// A person picks one of the values or writes another, at the heads that were shown.
pub(crate) fn resolve(ctx: &mut Ctx<'_, '_>, input: Resolve) -> Result<Saved, AppError> {
    let doc = DocId::from_hex(&input.doc).ok_or_else(|| AppError::new("record.unknown"))?;
    let shown = conflicts_of(ctx, Some(&doc))?;
    let found = shown
        .iter()
        .find(|c| c.section == input.section && c.record == input.record && c.field == input.field)
        .ok_or_else(|| AppError::new("conflict.settled_already"))?;
    let value = if found.values.iter().any(|shown| shown.value == input.value) {
        input.value
    } else {
        own_value(ctx, found, &input.value)?
    };
    let doc_type =
        DocType::from_name(&found.doc_type).ok_or_else(|| AppError::new("record.unknown"))?;
    let key = RecordKey {
        section: input.section,
        id: input.record,
    };
    let heads = ctx.save(vec![DocWrite {
        doc,
        doc_type,
        action: Action::ConflictResolved,
        heads: Some(heads_in(&input.heads)?),
        writes: vec![Write {
            key,
            field: input.field,
            value,
        }],
        settle: true,
    }])?;
    if doc_type == DocType::Patient {
        ctx.touched_people
            .push(xunyi_record::patient::patient_of(&doc));
    }
    Ok(ctx.saved(&heads))
}
