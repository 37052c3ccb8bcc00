//! Single values between the workload's words and the model's: both ways, and nothing lost on either.

use chrono::{DateTime, FixedOffset};
use xunyi_model::{BloodPressure, Product, ProductRef, Route, Sex};

use crate::TownshipError;

/// Template of the form that keeps readings which no visit may record, by their place among the visit's readings.
pub(super) const DOUBTFUL: &str = "存疑血压";
/// Field of a kept form that holds its id: `visit.sign` takes none.
pub(super) const FORM_ID: &str = "id";
/// Why a check that interrupts is overridden in a replay.
pub(super) const REASON: &str = "workload";

const LOCAL_SECONDS: i32 = 8 * 3600;

/// `2026-03-02T08:03:04+08:00` as ms; whole seconds of UTC+8 only, because only those come back as they went.
pub(super) fn ms_of(at: &str) -> Result<i64, TownshipError> {
    let ms = DateTime::parse_from_rfc3339(at)
        .map_err(|_| TownshipError::Value("at"))?
        .timestamp_millis();
    if at_of(ms)? == at {
        Ok(ms)
    } else {
        Err(TownshipError::Value("at"))
    }
}

/// ms as the workload writes them.
pub(super) fn at_of(ms: i64) -> Result<String, TownshipError> {
    let local = FixedOffset::east_opt(LOCAL_SECONDS)
        .and_then(|offset| Some(DateTime::from_timestamp_millis(ms)?.with_timezone(&offset)))
        .ok_or(TownshipError::Value("at"))?;
    Ok(local.format("%Y-%m-%dT%H:%M:%S%:z").to_string())
}

pub(super) fn sex_of(word: &str) -> Result<Sex, TownshipError> {
    match word {
        "男" => Ok(Sex::Male),
        "女" => Ok(Sex::Female),
        _ => Err(TownshipError::Value("sex")),
    }
}

pub(super) fn sex_word(sex: &Sex) -> Result<&'static str, TownshipError> {
    match sex {
        Sex::Male => Ok("男"),
        Sex::Female => Ok("女"),
        Sex::Unknown | Sex::Other(_) => Err(TownshipError::Value("sex")),
    }
}

const ROUTES: [(&str, Route); 5] = [
    ("口服", Route::Oral),
    ("外用", Route::Topical),
    ("吸入", Route::Inhaled),
    ("滴眼", Route::Eye),
    ("舌下含服", Route::Sublingual),
];

/// The route of a word; a word that is not in the list is kept as it is.
pub(super) fn route_of(word: &str) -> Route {
    match ROUTES.iter().find(|(known, _)| *known == word) {
        Some((_, route)) => route.clone(),
        None => Route::from(word),
    }
}

pub(super) fn route_word(route: &Route) -> String {
    match ROUTES.iter().find(|(_, known)| known == route) {
        Some((word, _)) => (*word).to_owned(),
        None => route.code().to_owned(),
    }
}

/// Tenths or thousandths of a number with that many decimals.
pub(super) fn scaled(number: f64, by: u32) -> Result<u32, TownshipError> {
    let whole = (number * f64::from(by)).round();
    if !(0.0..=f64::from(u32::MAX)).contains(&whole) {
        return Err(TownshipError::Value("number"));
    }
    // In range and whole: the cast keeps it.
    let whole = whole as u32;
    if (unscaled(whole, by) - number).abs() < f64::EPSILON * number.abs().max(1.0) {
        Ok(whole)
    } else {
        Err(TownshipError::Value("number"))
    }
}

pub(super) fn unscaled(whole: u32, by: u32) -> f64 {
    f64::from(whole) / f64::from(by)
}

/// False for a pair that the generator drew with the diastolic not below the systolic: no visit may record that.
pub(super) fn can_be_recorded(bp: &BloodPressure) -> bool {
    bp.dia < bp.sys
}

/// The unit at the end of a dose: 片 of `0.5片`.
pub(super) fn unit_of_dose(dose: &str) -> &str {
    dose.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.')
}

/// The formulary's product where name and unit are the same to the letter, else a described one.
pub(super) fn product_of(products: &[Product], name: &str, unit: &str) -> ProductRef {
    match products
        .iter()
        .find(|product| product.generic_zh == name && product.base_unit == unit)
    {
        Some(product) => ProductRef::from(product),
        None => ProductRef {
            id: None,
            name: name.to_owned(),
            unit: unit.to_owned(),
        },
    }
}

/// The local day of a time.
pub(super) fn local_day(ms: i64) -> Result<chrono::NaiveDate, TownshipError> {
    let at = at_of(ms)?;
    at.get(..10)
        .and_then(|day| day.parse().ok())
        .ok_or(TownshipError::Value("at"))
}
