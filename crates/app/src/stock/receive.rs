//! `stock.receive` and `stock.load`: goods come in, goods go onto a vehicle. What happened is recorded even where
//! the count goes below zero by it.

use super::page::page_writes;
use crate::api::stock::{Load, Moved, Receive, StockLine};
use crate::{AppError, Ctx};
use serde_json::json;
use xunyi_journal::Action;
use xunyi_model::*;

/// Lines of one command at most: what one change of a page holds with room to spare.
const LINES_MAX: usize = 200;

/// From a supplier into the center's store, or straight onto this vehicle.
pub(crate) fn receive(ctx: &mut Ctx<'_, '_>, input: Receive) -> Result<Moved, AppError> {
    let to = if input.onto_vehicle {
        Place::Vehicle(own_vehicle(ctx)?)
    } else {
        Place::CenterStore
    };
    moved(
        ctx,
        &input.lines,
        MovementKind::Receive,
        (Place::Supplier, to),
        Action::StockReceived,
    )
}

/// From the center's store onto a vehicle.
pub(crate) fn load(ctx: &mut Ctx<'_, '_>, input: Load) -> Result<Moved, AppError> {
    let vehicle = match input.vehicle {
        Some(vehicle) => known_vehicle(ctx, vehicle)?,
        None => own_vehicle(ctx)?,
    };
    moved(
        ctx,
        &input.lines,
        MovementKind::Load,
        (Place::CenterStore, Place::Vehicle(vehicle)),
        Action::StockLoaded,
    )
}

fn moved(
    ctx: &mut Ctx<'_, '_>,
    lines: &[StockLine],
    kind: MovementKind,
    (from, to): (Place, Place),
    action: Action,
) -> Result<Moved, AppError> {
    if lines.is_empty() {
        return Err(AppError::new("stock.no_lines"));
    }
    if lines.len() > LINES_MAX {
        return Err(AppError::with(
            "stock.too_many_lines",
            json!({ "max": LINES_MAX, "found": lines.len() }),
        ));
    }
    let mut movements = Vec::with_capacity(lines.len());
    for line in lines {
        let movement = Movement {
            id: ctx.id(),
            kind: kind.clone(),
            lot: Lot {
                product: ctx.product_ref(&line.product)?,
                lot_number: line.lot_number.trim().to_owned(),
                expiry: line.expiry,
            },
            qty: BaseUnits::parse(line.qty)?,
            from: from.clone(),
            to: to.clone(),
            at: ctx.now,
            by: ctx.user.staff,
            prescription: None,
            patient: None,
            reason: None,
        };
        movement.check()?;
        movements.push(movement);
    }
    let documents = page_writes(ctx, action, &movements)?;
    let heads = ctx.save(documents)?;
    Ok(Moved {
        movements: movements.iter().map(|m| m.id).collect(),
        saved: ctx.saved(&heads),
    })
}

fn own_vehicle(ctx: &Ctx<'_, '_>) -> Result<VehicleId, AppError> {
    let vehicle = ctx.device.vehicle.as_ref();
    vehicle
        .map(|v| v.id)
        .ok_or_else(|| AppError::new("stock.no_vehicle"))
}

/// A vehicle of this site: this device's own, or one that the center wrote down.
fn known_vehicle(ctx: &mut Ctx<'_, '_>, vehicle: VehicleId) -> Result<VehicleId, AppError> {
    let own = ctx.device.vehicle.as_ref().is_some_and(|v| v.id == vehicle);
    let known = own
        || ctx
            .all_records("vehicle")?
            .iter()
            .any(|row| row.id::<VehicleId>() == Some(vehicle));
    if known {
        Ok(vehicle)
    } else {
        Err(AppError::new("stock.vehicle_unknown"))
    }
}
