//! Visits begun on this device and not signed: listed with their day until somebody signs them. It writes nothing.

use super::view::{Names, line};
use crate::api::day::UnsignedVisit;
use crate::patient::hit;
use crate::{AppError, Ctx, local_date, visit};
use chrono::NaiveDate;
use xunyi_model::*;
use xunyi_record::day::document_id;
use xunyi_store::local;

/// All of them, the oldest first.
pub(super) fn unsigned(
    ctx: &mut Ctx<'_, '_>,
    names: &Names,
    day: NaiveDate,
) -> Result<Vec<UnsignedVisit>, AppError> {
    let begun = local::begun(ctx.ledger.sql())?;
    let mut visits = Vec::with_capacity(begun.len());
    for draft in begun {
        let patient = PatientId::from_bytes(draft.patient);
        let date = local_date(draft.opened_at);
        let mut hit = hit(ctx, patient)?;
        if let Some(hit) = &mut hit {
            hit.namesake = ctx.people.namesakes(&patient) > 0;
        }
        let village = village_at(ctx, draft.opened_at)?;
        visits.push(UnsignedVisit {
            encounter: EncounterId::from_bytes(draft.encounter),
            patient,
            hit,
            date,
            today: date == day,
            opened_at: draft.opened_at,
            saved_at: draft.saved_at,
            village: village
                .and_then(|v| ctx.people.village(&v))
                .map(str::to_owned),
            by: names.of(&StaffId::from_bytes(draft.author)),
            may_sign: visit::may_sign(ctx, draft.opened_at),
        });
    }
    Ok(visits)
}

/// Where the vehicle stood at a time; none at base, and none before its first stop of that day.
///
/// # Errors
/// [`AppError`] when the database cannot be read.
pub(crate) fn village_at(ctx: &mut Ctx<'_, '_>, at: i64) -> Result<Option<VillageId>, AppError> {
    let Some(vehicle) = ctx.device.vehicle.as_ref().map(|v| v.id) else {
        return Ok(None);
    };
    let doc = document_id(vehicle, &local_date(at).to_string());
    Ok(line(ctx, &doc)?.stop_at(at).map(|stop| stop.village))
}
