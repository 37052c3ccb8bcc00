//! `dispense.list`: who waits for medicine, with the lots to pick from, first expiry first.

use super::open::Open;
use crate::api::dispense::{DispenseItem, DispenseLine, HandedDespite, Lines, List, LotPick};
use crate::api::prescription::Warning;
use crate::ctx::{chart, heads_out};
use crate::patient::{banner, ends, staff_names};
use crate::prescription::allergy_warnings;
use crate::rows::Body;
use crate::stock::lots_here;
use crate::{AppError, Ctx, day_start};
use std::collections::BTreeMap;
use xunyi_journal::DocId;
use xunyi_ledger::RecordRow;
use xunyi_model::*;
use xunyi_record::patient::STOPPED;

/// Lots of one product as they lie here, by the product's key.
type Shelf = BTreeMap<String, Vec<(Lot, i64)>>;

/// Prescriptions that are valid today and of which something remains, longest waiting first; with them those that were
/// handed out twice, or stopped and handed out, which are on no other page of the pharmacist, while whoever has it can
/// still be reached.
pub(crate) fn list(ctx: &mut Ctx<'_, '_>, input: List) -> Result<Lines, AppError> {
    let rules = &ctx.knowledge.tables.prescription.body;
    let since = day_start(rules.valid_from(ctx.today()));
    let rows = match input.patient {
        Some(patient) => ctx
            .ledger
            .records_since("prescription", &chart(patient), since)?,
        None => ctx.ledger.prescribed_since(since)?,
    };
    let mut waiting: BTreeMap<DocId, Vec<Open>> = BTreeMap::new();
    for RecordRow { doc, .. } in &rows {
        waiting.entry(*doc).or_default();
    }
    for row in &rows {
        let Some(open) = Open::read(ctx, Body::from(row))? else {
            continue;
        };
        let told = open.stopped_in_hand() || (!open.stopped && open.over() > 0);
        if (open.waits() || told) && open.is_valid(ctx) {
            waiting.entry(row.doc).or_default().push(open);
        }
    }
    let names = staff_names(ctx)?;
    let mut shelf = Shelf::new();
    let mut lines = Vec::new();
    for (doc, open) in waiting {
        if let Some(line) = line(ctx, &doc, open, &names, &mut shelf)? {
            lines.push(line);
        }
    }
    lines.sort_by_key(|line| (line.since, line.banner.hit.patient));
    Ok(Lines { lines })
}

fn line(
    ctx: &mut Ctx<'_, '_>,
    doc: &DocId,
    open: Vec<Open>,
    names: &BTreeMap<String, String>,
    shelf: &mut Shelf,
) -> Result<Option<DispenseLine>, AppError> {
    // Who waits, waits since the first of what is still to be handed out.
    let first = |waits: bool| {
        let due = open.iter().filter(|o| o.waits() == waits);
        due.map(|o| o.prescription.at).min()
    };
    let Some(since) = first(true).or_else(|| first(false)) else {
        return Ok(None);
    };
    let patient = xunyi_record::patient::patient_of(doc);
    // Somebody registered on a tablet that has not been heard of yet: nothing to identify them by.
    if ctx.people.facts(&patient).is_none() {
        return Ok(None);
    }
    let mut items = Vec::with_capacity(open.len());
    for one in open {
        let product = &one.prescription.order.product;
        let lots = match shelf.get(&product.key()) {
            Some(lots) => lots,
            None => {
                let lots = lots_here(ctx, product)?;
                shelf.entry(product.key()).or_insert(lots)
            }
        };
        let warnings = allergy_warnings(ctx, patient, &one.prescription.order)?;
        items.push(item(one, warnings, lots, names, ctx.today()));
    }
    let heads = ctx.ledger.heads(doc)?.unwrap_or_default();
    Ok(Some(DispenseLine {
        banner: banner(ctx, patient)?,
        heads: heads_out(&heads),
        items,
        since,
    }))
}

fn item(
    open: Open,
    warnings: Vec<Warning>,
    lots: &[(Lot, i64)],
    names: &BTreeMap<String, String>,
    today: chrono::NaiveDate,
) -> DispenseItem {
    let remaining = open.remaining();
    let (picks, short) = if open.waits() {
        picks(lots, remaining.unwrap_or_default(), today)
    } else {
        Default::default()
    };
    let named = |staff: &StaffId| names.get(&staff.to_string()).cloned().unwrap_or_default();
    let despite = open.handed.iter().filter_map(|dispense| {
        Some(HandedDespite {
            by: named(&dispense.by),
            at: dispense.at,
            reason: dispense.override_reason.clone()?,
        })
    });
    DispenseItem {
        unseen: open.unseen(&warnings).map(|w| w.key.clone()).collect(),
        handed_despite: despite.collect(),
        warnings,
        dispensed: u32::try_from(open.dispensed()).unwrap_or(u32::MAX),
        over: open.over(),
        stopped: open.stopped,
        ends: ends(&open.body, STOPPED, names),
        prescription: open.id,
        at: open.prescription.at,
        prescriber: named(&open.prescription.by),
        order: open.prescription.order,
        override_reason: open.prescription.override_reason,
        remaining,
        picks,
        short,
    }
}

/// The lots proposed, then the others that lie here with nothing of them: one may be chosen instead.
fn picks(lots: &[(Lot, i64)], qty: u32, today: chrono::NaiveDate) -> (Vec<LotPick>, u32) {
    let proposed = propose_lots(lots.iter().map(|(lot, n)| (lot, *n)), qty, today);
    let pick = |lot: &Lot, qty: u32, on_hand: i64| LotPick {
        lot: lot.clone(),
        qty,
        on_hand,
        expired: lot.expiry.is_past(today),
    };
    let on_hand = |lot: &Lot| lots.iter().find(|(l, _)| l == lot).map_or(0, |(_, n)| *n);
    let mut picks: Vec<LotPick> = proposed
        .picks
        .iter()
        .map(|p| pick(&p.lot, p.qty, on_hand(&p.lot)))
        .collect();
    let mut others: Vec<LotPick> = lots
        .iter()
        .filter(|(lot, n)| *n > 0 && !proposed.picks.iter().any(|p| p.lot == *lot))
        .map(|(lot, n)| pick(lot, 0, *n))
        .collect();
    others.sort_by_key(|p| (p.expired, p.lot.expiry, p.lot.lot_number.clone()));
    picks.extend(others);
    (picks, proposed.short)
}
