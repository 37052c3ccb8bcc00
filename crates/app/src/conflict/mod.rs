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

/// A person picks one of the values or writes another, at the heads that were shown.
pub(crate) fn resolve(ctx: &mut Ctx<'_, '_>, input: Resolve) -> Result<Saved, AppError> {
    let doc = DocId::from_hex(&input.doc).ok_or_else(|| AppError::new("record.unknown"))?;
    let shown = conflicts_of(ctx, Some(&doc))?;
    let found = shown
        .iter()
        .find(|c| c.section == input.section && c.record == input.record && c.field == input.field)
        .ok_or_else(|| AppError::new("conflict.settled_already"))?;
    // Any value of a clinician's own must still be one that the field can hold.
    let same_kind = found.values.iter().any(|v| {
        v.value.is_null()
            || std::mem::discriminant(&v.value) == std::mem::discriminant(&input.value)
    });
    if !same_kind && !input.value.is_null() {
        return Err(AppError::new("conflict.other_kind_of_value"));
    }
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
            value: input.value,
        }],
        settle: true,
    }])?;
    if doc_type == DocType::Patient {
        ctx.touched_people
            .push(xunyi_record::patient::patient_of(&doc));
    }
    Ok(ctx.saved(&heads))
}
