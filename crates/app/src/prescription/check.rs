//! What the rule base finds about an order, and what it could not look at. It never says that all is clear.

use crate::api::prescription::{Check, Checked, Warning};
use crate::patient::{Current, allergies, current, told};
use crate::stock::units_here;
use crate::{AppError, Ctx, local_date};
use serde_json::{Map, Value, json};
use xunyi_model::allergy::groups;
use xunyi_model::*;

/// Checks that are not there yet, named so that nobody takes silence for safety.
pub(crate) const NOT_THERE: &[&str] = &[
    "interactions",
    "duplicates",
    "dose_limits",
    "contraindications",
    "renal",
    "pregnancy",
    "tcm",
    "antibiotic_tier",
    "skin_test",
];

/// What was found, and what could not be looked at.
pub(super) struct Found {
    pub warnings: Vec<Warning>,
    pub not_checked: Vec<String>,
}

impl Found {
    fn warn(&mut self, code: &str, interrupts: bool, params: Value) {
        self.warn_of(code, code.to_owned(), interrupts, params);
    }

    /// A warning of which there may be several of one code.
    fn warn_of(&mut self, code: &str, key: String, interrupts: bool, params: Value) {
        let params = match params {
            Value::Object(map) => map,
            _ => Map::new(),
        };
        self.warnings.push(Warning {
            code: code.to_owned(),
            key,
            interrupts,
            params,
        });
    }

    fn not_checked(&mut self, code: &str) {
        if !self.not_checked.iter().any(|known| known == code) {
            self.not_checked.push(code.to_owned());
        }
    }

    /// What needs a reason before going on.
    pub fn interrupting(self) -> Vec<Warning> {
        let all = self.warnings.into_iter();
        all.filter(|w| w.interrupts).collect()
    }
}

/// Runs as one types: the order may still be incomplete.
pub(crate) fn check(ctx: &mut Ctx<'_, '_>, input: Check) -> Result<Checked, AppError> {
    if ctx.people.facts(&input.patient).is_none() {
        return Err(AppError::new("patient.unknown"));
    }
    let order = input.order;
    let taken = current(ctx, input.patient)?;
    let mut found = find(ctx, input.patient, &order, &taken)?;
    if let Some(quantity) = order.quantity_due() {
        let on_hand = units_here(ctx, &order.product)?;
        if on_hand < i64::from(quantity.get()) {
            let params = json!({ "on_hand": on_hand, "unit": order.product.unit });
            found.warn("stock.short", false, params);
        }
    }
    let tables = &ctx.knowledge.tables;
    Ok(Checked {
        warnings: found.warnings,
        not_checked: found.not_checked,
        rules_version: versions(&tables.allergy_groups.version, &tables.prescription.version),
        sign_off: both(
            &tables.allergy_groups.sign_off,
            &tables.prescription.sign_off,
        ),
        quantity: order.computed_quantity().map(BaseUnits::get),
    })
}

/// What listed allergies say of an order now, at the counter: some may have become known since it was prescribed.
pub(crate) fn allergy_warnings(
    ctx: &mut Ctx<'_, '_>,
    patient: PatientId,
    order: &PrescriptionOrder,
) -> Result<Vec<Warning>, AppError> {
    let mut found = Found {
        warnings: Vec::new(),
        not_checked: Vec::new(),
    };
    allergy(ctx, patient, order, &mut found)?;
    Ok(found.warnings)
}

/// What the rules find about an order for a person who takes these medicines.
pub(super) fn find(
    ctx: &mut Ctx<'_, '_>,
    patient: PatientId,
    order: &PrescriptionOrder,
    taken: &[Current],
) -> Result<Found, AppError> {
    let mut found = Found {
        warnings: Vec::new(),
        not_checked: NOT_THERE.iter().map(|code| (*code).to_owned()).collect(),
    };
    allergy(ctx, patient, order, &mut found)?;
    same_product(ctx, patient, order, taken, &mut found)?;
    days(ctx, order, &mut found);
    Ok(found)
}

/// Listed allergies by substance, class and cross-reaction; and whether anybody ever asked.
fn allergy(
    ctx: &mut Ctx<'_, '_>,
    patient: PatientId,
    order: &PrescriptionOrder,
    found: &mut Found,
) -> Result<(), AppError> {
    let (state, listed) = allergies(ctx, patient)?;
    if state == AllergyState::NeverAsked {
        found.warn("allergy.never_asked", true, json!({}));
        found.not_checked("allergy.never_asked");
    }
    let table = &ctx.knowledge.tables.allergy_groups.body;
    let formulary = &ctx.knowledge.formulary;
    if !listed.is_empty() && !ctx.in_formulary(&order.product) {
        found.not_checked("allergy.product_not_in_formulary");
    }
    let product = ctx.product(&order.product);
    for view in &listed {
        if !table
            .iter()
            .any(|group| group.covers(&view.allergy, formulary))
        {
            found.not_checked("allergy.substance_not_in_table");
        }
        let Some(hit) = groups::matches(&view.allergy, &product, table, formulary) else {
            continue;
        };
        let code = if hit.cross {
            "allergy.cross"
        } else {
            "allergy.listed"
        };
        let params = json!({
            "substance": hit.substance,
            "group": hit.group,
            "level": hit.level,
            "note": hit.note,
        });
        let key = allergy_key(code, view.id, hit.level.code());
        found.warn_of(code, key, hit.level.interrupts(), params);
    }
    Ok(())
}

/// What tells a warning of an allergy from others: one that became worse since is another warning.
fn allergy_key(code: &str, allergy: AllergyId, level: &str) -> String {
    format!("{code}|{allergy}|{level}")
}

/// The allergy that a warning is about; `None` for a warning of anything else.
pub(crate) fn allergy_of(key: &str) -> Option<AllergyId> {
    key.split('|').nth(1)?.parse().ok()
}

/// The very product again: today is taken for a mistake, still having some is told in the margin. Two products of
/// one ingredient are not found here.
fn same_product(
    ctx: &mut Ctx<'_, '_>,
    patient: PatientId,
    order: &PrescriptionOrder,
    taken: &[Current],
    found: &mut Found,
) -> Result<(), AppError> {
    let key = order.product.key();
    let today = ctx.today();
    let same = taken
        .iter()
        .filter(|c| c.prescription.order.product.key() == key);
    let mut days_left = None;
    for medicine in same {
        if local_date(medicine.prescription.at) == today {
            found.warn("prescription.same_today", true, json!({}));
            return Ok(());
        }
        days_left = days_left.max(medicine.days_left);
    }
    if let Some(left) = days_left.filter(|left| *left > 0) {
        found.warn(
            "prescription.still_has",
            false,
            json!({ "days_left": left }),
        );
    }
    let name = order.product.name.trim();
    if told(ctx, patient, taken)?
        .iter()
        .any(|t| t.medicine.name == name)
    {
        found.warn("prescription.takes_from_elsewhere", false, json!({}));
    }
    Ok(())
}

/// Days beyond an ordinary prescription, or beyond those of a controlled product.
fn days(ctx: &Ctx<'_, '_>, order: &PrescriptionOrder, found: &mut Found) {
    let rules = &ctx.knowledge.tables.prescription.body;
    let controlled = ctx.product(&order.product).controlled;
    if controlled && rules.is_long(order.days, true) {
        let params = json!({ "max": rules.controlled_days });
        found.warn("prescription.controlled_days", true, params);
    } else if rules.is_long(order.days, controlled) {
        let params = json!({ "ordinary_days": rules.ordinary_days });
        found.warn("prescription.long_days", false, params);
        found.not_checked("long_prescription");
    }
}

fn versions(first: &str, second: &str) -> String {
    if first == second {
        first.to_owned()
    } else {
        format!("{first}, {second}")
    }
}

/// Signed only when both are.
fn both(first: &SignOff, second: &SignOff) -> SignOff {
    match (first, second) {
        (SignOff::Signed { .. }, SignOff::Signed { .. }) => first.clone(),
        _ => SignOff::Unsigned,
    }
}
