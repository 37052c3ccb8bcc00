//! What is wrong with a value that came in at the edge: one enum, each with a stable code that the UI translates.
//! Never holds patient data: parameters are limits and field names, at most a single offending character.

use chrono::NaiveDate;
use serde_json::{Map, Value, json};

/// Why a value was refused. `code()` is stable; `params()` fill the translated text.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Invalid {
    /// Not a UUID.
    #[error("not an identifier")]
    UuidMalformed,
    /// A name with nothing in it.
    #[error("the name is empty")]
    NameEmpty,
    /// A name beyond the limit, in characters.
    #[error("the name is longer than {max} characters")]
    NameTooLong {
        /// Longest that is accepted.
        max: usize,
        /// What came.
        found: usize,
    },
    /// A control character, an emoji or the like within a name.
    #[error("a name can't hold this character")]
    NameCharacter {
        /// Its code point, as in `U+1F600`.
        character: char,
    },
    /// Born after today.
    #[error("the birth date lies in the future")]
    BirthInFuture {
        /// Today.
        today: NaiveDate,
    },
    /// Born before any living person.
    #[error("the birth date lies before {earliest}")]
    BirthTooEarly {
        /// The earliest date accepted.
        earliest: NaiveDate,
    },
    /// No such lunar date.
    #[error("not a date of the lunar calendar")]
    LunarImpossible,
    /// Not a phone number.
    #[error("not a phone number")]
    PhoneMalformed,
    /// A text beyond its limit, in characters.
    #[error("{field} is longer than {max} characters")]
    TextTooLong {
        /// Field name.
        field: &'static str,
        /// Longest that is accepted.
        max: usize,
        /// What came.
        found: usize,
    },
    /// A text that must say something is empty.
    #[error("{field} is empty")]
    TextEmpty {
        /// Field name.
        field: &'static str,
    },
    /// A control character in a text.
    #[error("{field} holds a control character")]
    TextCharacter {
        /// Field name.
        field: &'static str,
    },
    /// Not a date, year-month or year.
    #[error("not a date")]
    DateMalformed,
    /// Neither 18 nor 15 characters.
    #[error("a resident ID has 18 characters, this has {found}")]
    IdLength {
        /// What came.
        found: usize,
    },
    /// Something other than digits, or an X not at the end.
    #[error("a resident ID is made of digits")]
    IdCharacter,
    /// The date within the number does not exist.
    #[error("the birth date within the resident ID does not exist")]
    IdBirthDate,
    /// The check digit does not fit: a digit was mistyped.
    #[error("the check digit of the resident ID is wrong")]
    IdCheckDigit,
    /// Not 17 digits.
    #[error("a health record number has 17 digits")]
    HealthRecordNumber,
    /// Not an ICD-10 code.
    #[error("not an ICD-10 code")]
    Icd10Malformed,
    /// A measured value that no living person has: hard limit of the ranges table.
    #[error("{vital} {value} lies outside {min} to {max}")]
    VitalImpossible {
        /// Which.
        vital: crate::vitals::VitalKind,
        /// What came, in the unit of the field.
        value: i64,
        /// Lowest possible.
        min: i64,
        /// Highest possible.
        max: i64,
    },
    /// More blood pressures than a visit has.
    #[error("too many blood pressures in one visit: at most {max}")]
    TooManyReadings {
        /// Most that are accepted.
        max: usize,
    },
    /// A proxy without a name.
    #[error("who came instead has no name")]
    ProxyUnnamed,
    /// Zero units.
    #[error("the quantity must be at least 1")]
    QuantityZero,
    /// More than anybody moves at once.
    #[error("the quantity is beyond {max}")]
    QuantityTooBig {
        /// Most that is accepted.
        max: u32,
    },
    /// This kind of movement does not go from there to there.
    #[error("{kind} does not go from {from} to {to}")]
    MovementRoute {
        /// Kind.
        kind: String,
        /// From.
        from: String,
        /// To.
        to: String,
    },
    /// This kind of movement needs a reason.
    #[error("this movement needs a reason")]
    MovementReason,
    /// This kind of movement needs a patient.
    #[error("this movement needs a patient")]
    MovementPatient,
    /// Days outside of what a prescription may cover.
    #[error("a prescription covers 1 to {max} days")]
    DaysOutOfRange {
        /// Longest.
        max: u16,
    },
    /// More lines than one visit's prescription may have.
    #[error("a prescription has at most {max} items")]
    TooManyItems {
        /// Most.
        max: usize,
    },
    /// Neither times of day nor a frequency.
    #[error("when to take it is missing")]
    TimingMissing,
    /// Not a queue number such as `A12`.
    #[error("not a queue number")]
    QueueNumber,
    /// A table file that can't be read as such.
    #[error("the table {name} can't be read: {detail}")]
    TableMalformed {
        /// Which.
        name: &'static str,
        /// Why.
        detail: String,
    },
    /// A table of a name that this version has no use for.
    #[error("no use for this table")]
    TableUnknown,
}

impl Invalid {
    /// The stable code, such as `person.name_too_long`.
    pub fn code(&self) -> &'static str {
        match self {
            Invalid::UuidMalformed => "id.malformed",
            Invalid::NameEmpty => "person.name_empty",
            Invalid::NameTooLong { .. } => "person.name_too_long",
            Invalid::NameCharacter { .. } => "person.name_character",
            Invalid::BirthInFuture { .. } => "person.birth_in_future",
            Invalid::BirthTooEarly { .. } => "person.birth_too_early",
            Invalid::LunarImpossible => "person.lunar_impossible",
            Invalid::PhoneMalformed => "person.phone_malformed",
            Invalid::TextTooLong { .. } => "text.too_long",
            Invalid::TextEmpty { .. } => "text.empty",
            Invalid::TextCharacter { .. } => "text.character",
            Invalid::DateMalformed => "date.malformed",
            Invalid::IdLength { .. } => "id.length",
            Invalid::IdCharacter => "id.character",
            Invalid::IdBirthDate => "id.birth_date",
            Invalid::IdCheckDigit => "id.check_digit",
            Invalid::HealthRecordNumber => "id.health_record_number",
            Invalid::Icd10Malformed => "problem.icd10_malformed",
            Invalid::VitalImpossible { vital, .. } => vital.impossible_code(),
            Invalid::TooManyReadings { .. } => "vitals.too_many_readings",
            Invalid::ProxyUnnamed => "encounter.proxy_unnamed",
            Invalid::QuantityZero => "stock.quantity_zero",
            Invalid::QuantityTooBig { .. } => "stock.quantity_too_big",
            Invalid::MovementRoute { .. } => "stock.movement_route",
            Invalid::MovementReason => "stock.movement_reason",
            Invalid::MovementPatient => "stock.movement_patient",
            Invalid::DaysOutOfRange { .. } => "prescription.days_out_of_range",
            Invalid::TooManyItems { .. } => "prescription.too_many_items",
            Invalid::TimingMissing => "prescription.timing_missing",
            Invalid::QueueNumber => "day.queue_number",
            Invalid::TableMalformed { .. } => "table.malformed",
            Invalid::TableUnknown => "table.unknown",
        }
    }

    /// Every code that `code()` can give: the UI's translations are checked against this list.
    pub const CODES: &'static [&'static str] = &[
        "id.malformed",
        "person.name_empty",
        "person.name_too_long",
        "person.name_character",
        "person.birth_in_future",
        "person.birth_too_early",
        "person.lunar_impossible",
        "person.phone_malformed",
        "text.too_long",
        "text.empty",
        "text.character",
        "date.malformed",
        "id.length",
        "id.character",
        "id.birth_date",
        "id.check_digit",
        "id.health_record_number",
        "problem.icd10_malformed",
        "vitals.systolic_impossible",
        "vitals.diastolic_impossible",
        "vitals.pulse_impossible",
        "vitals.temperature_impossible",
        "vitals.weight_impossible",
        "vitals.height_impossible",
        "vitals.waist_impossible",
        "vitals.glucose_impossible",
        "vitals.too_many_readings",
        "encounter.proxy_unnamed",
        "stock.quantity_zero",
        "stock.quantity_too_big",
        "stock.movement_route",
        "stock.movement_reason",
        "stock.movement_patient",
        "prescription.days_out_of_range",
        "prescription.too_many_items",
        "prescription.timing_missing",
        "day.queue_number",
        "table.malformed",
        "table.unknown",
    ];

    /// Values for the translated text. Holds no patient data but the refused number itself.
    pub fn params(&self) -> Map<String, Value> {
        let value = match self {
            Invalid::NameTooLong { max, found } => json!({"max": max, "found": found}),
            Invalid::NameCharacter { character } => {
                json!({"character": format!("U+{:04X}", u32::from(*character))})
            }
            Invalid::BirthInFuture { today } => json!({"today": today}),
            Invalid::BirthTooEarly { earliest } => json!({"earliest": earliest}),
            Invalid::TextTooLong { field, max, found } => {
                json!({"field": field, "max": max, "found": found})
            }
            Invalid::TextEmpty { field } | Invalid::TextCharacter { field } => {
                json!({"field": field})
            }
            Invalid::IdLength { found } => json!({"found": found}),
            Invalid::VitalImpossible {
                vital,
                value,
                min,
                max,
            } => {
                json!({"vital": vital.name(), "value": value, "min": min, "max": max})
            }
            Invalid::TooManyReadings { max } => json!({"max": max}),
            Invalid::QuantityTooBig { max } => json!({"max": max}),
            Invalid::MovementRoute { kind, from, to } => {
                json!({"kind": kind, "from": from, "to": to})
            }
            Invalid::DaysOutOfRange { max } => json!({"max": max}),
            Invalid::TooManyItems { max } => json!({"max": max}),
            Invalid::TableMalformed { name, detail } => json!({"name": name, "detail": detail}),
            _ => json!({}),
        };
        match value {
            Value::Object(map) => map,
            _ => Map::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vitals::VitalKind;

    #[test]
    fn every_code_is_listed_once_and_has_an_area() {
        let mut seen = std::collections::HashSet::new();
        for code in Invalid::CODES {
            assert!(seen.insert(code), "{code} twice");
            let (area, name) = code.split_once('.').unwrap();
            assert!(!area.is_empty() && !name.is_empty() && code.is_ascii());
        }
    }

    #[test]
    fn params_name_the_limits_that_the_text_needs() {
        let today = NaiveDate::from_ymd_opt(2026, 11, 24).unwrap();
        for (error, params) in [
            (Invalid::UuidMalformed, json!({})),
            (
                Invalid::BirthInFuture { today },
                json!({"today": "2026-11-24"}),
            ),
            (Invalid::IdLength { found: 17 }, json!({"found": 17})),
            (
                Invalid::VitalImpossible {
                    vital: VitalKind::Systolic,
                    value: 1520,
                    min: 40,
                    max: 300,
                },
                json!({"vital": "systolic", "value": 1520, "min": 40, "max": 300}),
            ),
            (
                Invalid::TextTooLong {
                    field: "note",
                    max: 9,
                    found: 10,
                },
                json!({"field": "note", "max": 9, "found": 10}),
            ),
        ] {
            assert_eq!(Value::Object(error.params()), params);
            assert!(Invalid::CODES.contains(&error.code()));
            assert!(!error.to_string().is_empty());
        }
    }
}
