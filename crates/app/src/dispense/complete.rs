//! `dispense.complete`: who received what of which lot, and the movements that took it off the shelf, in one commit.

use super::open::Open;
use crate::api::dispense::{Complete, Completed, Handed, Picked};
use crate::api::prescription::Warning;
use crate::ctx::{chart, heads_in};
use crate::prescription::{Refusals, WentOn, allergy_warnings, go_on};
use crate::stock::{here, lots_here, page_writes};
use crate::{AppError, Ctx};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use xunyi_journal::{Action, DocType};
use xunyi_ledger::DocWrite;
use xunyi_model::*;
use xunyi_record::patient::dispensing;

/// Lots of one command at most: what one change holds with room to spare.
const PICKS_MAX: usize = 100;

/// Where a warning stands in the way.
const REFUSALS: &Refusals = &Refusals {
    needs_reason: "dispense.needs_reason",
    not_asked: "dispense.needs_reason",
    changed: "dispense.warnings_changed",
};

/// Checks what is handed out against what was prescribed, and records it.
pub(crate) fn complete(ctx: &mut Ctx<'_, '_>, input: Complete) -> Result<Completed, AppError> {
    if ctx.people.facts(&input.patient).is_none() {
        return Err(AppError::new("patient.unknown"));
    }
    check_shape(&input)?;
    let receiver = input.identity.receiver.parse()?;
    let staff = staff(ctx, &input)?;
    let mut counter = Counter::default();
    for handed in &input.items {
        let dispense = counter.hand_out(ctx, &input, handed, (&receiver, &staff))?;
        counter.dispenses.push((ctx.id(), dispense));
    }
    let mut documents = vec![DocWrite {
        doc: chart(input.patient),
        doc_type: DocType::Patient,
        action: Action::Dispensed,
        heads: Some(heads_in(&input.heads)?),
        writes: counter
            .dispenses
            .iter()
            .map(|(id, dispense)| dispensing(*id, dispense))
            .collect(),
        settle: false,
    }];
    documents.extend(page_writes(ctx, Action::Dispensed, &counter.movements)?);
    let heads = ctx.save(documents)?;
    Ok(Completed {
        dispenses: counter.dispenses.iter().map(|(id, _)| *id).collect(),
        saved: ctx.saved(&heads),
        below_zero: below_zero(ctx, &counter.movements)?,
    })
}

/// Something is handed out, not too much at once, and somebody was identified in a way that this version knows.
fn check_shape(input: &Complete) -> Result<(), AppError> {
    let picks: usize = input.items.iter().map(|item| item.picks.len()).sum();
    if input.items.is_empty() || input.items.iter().any(|item| item.picks.is_empty()) {
        return Err(AppError::new("dispense.nothing"));
    }
    if picks > PICKS_MAX {
        return Err(AppError::with(
            "dispense.too_many_lots",
            json!({ "max": PICKS_MAX, "found": picks }),
        ));
    }
    if input.identity.confirmed_by.is_known() {
        Ok(())
    } else {
        Err(AppError::new("dispense.identity_unknown"))
    }
}

/// Who reviewed, picked and checked: whoever hands over, where nobody else is named. Who is named works here.
fn staff(ctx: &mut Ctx<'_, '_>, input: &Complete) -> Result<CounterStaff, AppError> {
    let own = ctx.user.staff;
    let named = [input.reviewer, input.picker, input.checker];
    let others: Vec<StaffId> = named.into_iter().flatten().filter(|s| *s != own).collect();
    if !others.is_empty() {
        let members = ctx.all_records("staff")?;
        let works = |id: &StaffId| {
            let member = members.iter().find(|body| body.id() == Some(*id));
            member
                .and_then(crate::rows::Body::typed::<Staff>)
                .is_some_and(|member| !member.left)
        };
        if !others.iter().all(works) {
            return Err(AppError::new("dispense.staff_unknown"));
        }
    }
    let or_own = |given: Option<StaffId>| given.unwrap_or(own);
    Ok(CounterStaff {
        reviewer: or_own(input.reviewer),
        picker: or_own(input.picker),
        checker: or_own(input.checker),
    })
}

/// What this command hands out so far.
#[derive(Default)]
struct Counter {
    dispenses: Vec<(DispenseId, Dispense)>,
    movements: Vec<Movement>,
    /// Units by prescription, where one comes twice.
    units: BTreeMap<PrescriptionId, u64>,
}

impl Counter {
    fn hand_out(
        &mut self,
        ctx: &mut Ctx<'_, '_>,
        input: &Complete,
        handed: &Handed,
        (receiver, staff): (&Attendee, &CounterStaff),
    ) -> Result<Dispense, AppError> {
        let open = open(ctx, input.patient, handed.prescription)?;
        let went_on = in_spite(ctx, input.patient, &open, handed)?;
        let mut picks = Vec::with_capacity(handed.picks.len());
        for picked in &handed.picks {
            let pick = self.pick(ctx, &open, picked, staff)?;
            self.movements.push(Movement {
                id: pick.movement,
                kind: MovementKind::Dispense,
                lot: pick.lot.clone(),
                qty: pick.qty,
                from: here(ctx),
                to: Place::Patient,
                at: ctx.now,
                by: ctx.user.staff,
                prescription: Some(handed.prescription),
                patient: Some(input.patient),
                reason: pick.reason.clone(),
            });
            picks.push(pick);
        }
        for movement in &self.movements {
            movement.check()?;
        }
        let dispense = Dispense {
            prescription: handed.prescription,
            picks,
            receiver: receiver.clone(),
            confirmed_by: input.identity.confirmed_by.clone(),
            by: ctx.user.staff,
            staff: Some(staff.clone()),
            at: ctx.now,
            overridden: went_on.codes,
            overridden_keys: went_on.keys,
            override_reason: went_on.reason,
        };
        let units = self.units.entry(handed.prescription).or_default();
        *units = units.saturating_add(dispense.total());
        match open.remaining() {
            Some(remaining) if *units > u64::from(remaining) => Err(AppError::with(
                "dispense.too_many",
                json!({ "remaining": remaining, "found": units }),
            )),
            _ => Ok(dispense),
        }
    }

    fn pick(
        &self,
        ctx: &mut Ctx<'_, '_>,
        open: &Open,
        picked: &Picked,
        staff: &CounterStaff,
    ) -> Result<DispensePick, AppError> {
        let lot = Lot {
            product: ctx.product_ref(&picked.lot.product)?,
            lot_number: picked.lot.lot_number.trim().to_owned(),
            expiry: picked.lot.expiry,
        };
        if lot.product.key() != open.prescription.order.product.key() {
            return Err(AppError::new("dispense.other_product"));
        }
        let reason = picked.reason.as_deref().unwrap_or_default();
        let reason = text::line("reason", reason, text::LINE_MAX)?;
        if lot.expiry.is_past(ctx.today()) && reason.is_empty() {
            return Err(AppError::with(
                "dispense.expired_needs_reason",
                json!({ "lot_number": lot.lot_number, "expiry": lot.expiry }),
            ));
        }
        // Two people look at what is past its date. An import brings what was done elsewhere.
        let alone = staff.checker == ctx.user.staff && !ctx.importing;
        if lot.expiry.is_past(ctx.today()) && alone {
            return Err(AppError::with(
                "dispense.expired_needs_second",
                json!({ "lot_number": lot.lot_number, "expiry": lot.expiry }),
            ));
        }
        let movement = crate::ctx::own_id(ctx, picked.movement)?;
        let known = |pick: &DispensePick| pick.movement == movement;
        let recorded = open.handed.iter().flat_map(|d| &d.picks).any(known)
            || self.movements.iter().any(|m| m.id == movement);
        if recorded {
            return Err(AppError::new("stock.movement_exists"));
        }
        Ok(DispensePick {
            lot,
            qty: BaseUnits::parse(picked.qty)?,
            movement,
            reason: (!reason.is_empty()).then_some(reason),
        })
    }
}

/// A prescription of this person that may be handed out today.
fn open(ctx: &mut Ctx<'_, '_>, patient: PatientId, id: PrescriptionId) -> Result<Open, AppError> {
    let unknown = || AppError::new("prescription.unknown");
    let body = ctx
        .record(&chart(patient), "prescription", *id.as_uuid())?
        .ok_or_else(unknown)?;
    let open = Open::read(ctx, body)?.ok_or_else(unknown)?;
    if open.stopped {
        return Err(AppError::new("dispense.stopped"));
    }
    if !open.is_valid(ctx) {
        let days = ctx.knowledge.tables.prescription.body.valid_days;
        return Err(AppError::with(
            "dispense.no_longer_valid",
            json!({ "days": days }),
        ));
    }
    Ok(open)
}

/// What became known after it was prescribed: it is handed out for a reason only, by somebody who was shown all of it.
fn in_spite(
    ctx: &mut Ctx<'_, '_>,
    patient: PatientId,
    open: &Open,
    handed: &Handed,
) -> Result<WentOn, AppError> {
    let warnings = allergy_warnings(ctx, patient, &open.prescription.order)?;
    let unseen: Vec<Warning> = open.unseen(&warnings).cloned().collect();
    let seen = (!ctx.importing).then_some(handed.seen.as_slice());
    go_on(&unseen, handed.override_reason.as_deref(), seen, REFUSALS)
}

/// Names of products of which a lot that was just handed out now counts below zero here.
fn below_zero(ctx: &mut Ctx<'_, '_>, movements: &[Movement]) -> Result<Vec<String>, AppError> {
    let mut names = BTreeSet::new();
    for movement in movements {
        let lots = lots_here(ctx, &movement.lot.product)?;
        let key = movement.lot.key();
        if lots.iter().any(|(lot, n)| *n < 0 && lot.key() == key) {
            names.insert(movement.lot.product.name.clone());
        }
    }
    Ok(names.into_iter().collect())
}
