//! Numbers that the state and the health center give to a person (GB 11643-1999; 居民健康档案编码).
//! Nothing is derived silently: birth date and sex within a number are hints that a person confirms.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

use crate::error::Invalid;
use crate::person::Sex;
use crate::text;

const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS: [u8; 11] = *b"10X98765432";

/// A resident ID number: 18 characters with a right check digit, or the old form of 15 digits.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct IdNumber(String);

/// Which form a resident ID has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdForm {
    /// 18 characters, GB 11643-1999.
    Resident18,
    /// 15 digits, as on papers from before 1999: no check digit, a mistyped digit goes unnoticed.
    Legacy15,
}

impl IdNumber {
    /// Takes blanks, full-width digits and a small x; refuses a wrong check digit and an impossible date.
    pub fn parse(input: &str) -> Result<Self, Invalid> {
        let number: String = input
            .chars()
            .map(text::half_width)
            .filter(|c| !c.is_whitespace() && *c != '-')
            .map(|c| c.to_ascii_uppercase())
            .collect();
        let found = number.chars().count();
        if found != 18 && found != 15 {
            return Err(Invalid::IdLength { found });
        }
        let digits = number.bytes().take_while(u8::is_ascii_digit).count();
        if digits != found && !(found == 18 && digits == 17 && number.ends_with('X')) {
            return Err(Invalid::IdCharacter);
        }
        let id = Self(number);
        if id.birth_hint().is_none() {
            return Err(Invalid::IdBirthDate);
        }
        if found == 18 && id.0.as_bytes().get(17).copied() != check_digit(id.0.as_bytes()) {
            return Err(Invalid::IdCheckDigit);
        }
        Ok(id)
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// 18 or 15.
    pub fn form(&self) -> IdForm {
        if self.0.len() == 15 {
            IdForm::Legacy15
        } else {
            IdForm::Resident18
        }
    }

    /// The last four characters, by which staff and patient confirm who it is.
    pub fn tail4(&self) -> &str {
        text::tail(&self.0, 4)
    }

    /// The birth date in the number: to be offered, never taken over silently.
    pub fn birth_hint(&self) -> Option<NaiveDate> {
        let date = match self.form() {
            IdForm::Resident18 => self.0.get(6..14)?.to_owned(),
            IdForm::Legacy15 => format!("19{}", self.0.get(6..12)?),
        };
        NaiveDate::parse_from_str(&date, "%Y%m%d")
            .ok()
            .filter(|_| date.len() == 8)
    }

    /// The sex in the number (odd sequence = male): to be offered, never taken over silently.
    pub fn sex_hint(&self) -> Option<Sex> {
        let digit = match self.form() {
            IdForm::Resident18 => self.0.get(16..17)?,
            IdForm::Legacy15 => self.0.get(14..15)?,
        };
        let odd = digit.parse::<u8>().ok()? % 2 == 1;
        Some(if odd { Sex::Male } else { Sex::Female })
    }
}

impl fmt::Display for IdNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The check character for the first 17 digits (ISO 7064 MOD 11-2, as GB 11643-1999 takes it).
pub fn check_digit(digits: &[u8]) -> Option<u8> {
    if digits.len() < 17 || !digits.iter().take(17).all(u8::is_ascii_digit) {
        return None;
    }
    let sum: u32 = digits
        .iter()
        .zip(WEIGHTS)
        .map(|(d, w)| u32::from(d - b'0') * w)
        .sum();
    usize::try_from(sum % 11)
        .ok()
        .and_then(|i| CHECKS.get(i))
        .copied()
}

/// 居民健康档案编码: 17 digits, issued by the health center; a tablet never invents one. It has no check digit.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct HealthRecordNumber(String);

impl HealthRecordNumber {
    /// Takes blanks, hyphens and full-width digits.
    pub fn parse(input: &str) -> Result<Self, Invalid> {
        let number: String = input
            .chars()
            .map(text::half_width)
            .filter(|c| !c.is_whitespace() && *c != '-')
            .collect();
        let fits = number.len() == 17 && number.bytes().all(|b| b.is_ascii_digit());
        if fits {
            Ok(Self(number))
        } else {
            Err(Invalid::HealthRecordNumber)
        }
    }
    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// The last eight digits as the forms print them: `□□□-□□□□□`.
    pub fn last8(&self) -> String {
        let tail = text::tail(&self.0, 8);
        match (tail.get(..3), tail.get(3..)) {
            (Some(village), Some(serial)) => format!("{village}-{serial}"),
            _ => tail.to_owned(),
        }
    }
}

impl fmt::Display for HealthRecordNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn resident_ids_are_checked_at_the_edge() {
        // The standard's own sample, then computed fictitious numbers (identifiers.md).
        for (id, birth, sex) in [
            ("11010519491231002X", "1949-12-31", Sex::Female),
            ("11010519491231002x", "1949-12-31", Sex::Female),
            (" 331102 19600102 0015 ", "1960-01-02", Sex::Male),
            (
                "３３１１０２１９５５１２３１００２８",
                "1955-12-31",
                Sex::Female,
            ),
            ("33112719480229003X", "1948-02-29", Sex::Male),
            ("33112119700815014X", "1970-08-15", Sex::Female),
            ("331181196207040156", "1962-07-04", Sex::Male),
            ("331102600102001", "1960-01-02", Sex::Male),
        ] {
            let id = IdNumber::parse(id).unwrap();
            assert_eq!(id.birth_hint().unwrap().to_string(), birth);
            assert_eq!(id.sex_hint(), Some(sex));
        }
        for (id, code) in [
            ("331102196001020016", "id.check_digit"),
            ("331102196001020025", "id.check_digit"),
            ("331102196002300010", "id.birth_date"),
            ("331102601302001", "id.birth_date"),
            ("33110219600102001", "id.length"),
            ("", "id.length"),
            ("3311021960010200155", "id.length"),
            ("33110219600102OO15", "id.character"),
            ("X31102196001020015", "id.character"),
            ("33110260010200X", "id.character"),
            ("三三一一〇二六〇〇一〇二〇〇一", "id.character"),
        ] {
            assert_eq!(IdNumber::parse(id).unwrap_err().code(), code, "{id}");
        }
        let id = IdNumber::parse("11010519491231002X").unwrap();
        assert_eq!((id.tail4(), id.form()), ("002X", IdForm::Resident18));
        assert_eq!(
            IdNumber::parse("331102600102001").unwrap().form(),
            IdForm::Legacy15
        );
    }

    #[test]
    fn health_record_numbers_have_17_digits() {
        let number = HealthRecordNumber::parse("331102-001-201-00042").unwrap();
        assert_eq!(
            (number.as_str(), number.last8().as_str()),
            ("33110200120100042", "201-00042")
        );
        for bad in [
            "",
            "3311020012010004",
            "331102001201000423",
            "3311020012010004x",
        ] {
            assert_eq!(
                HealthRecordNumber::parse(bad).unwrap_err().code(),
                "id.health_record_number"
            );
        }
    }

    proptest! {
        /// One digit mistyped is always noticed, and so is a pair of neighbours swapped (ISO 7064 MOD 11-2).
        #[test]
        fn a_slip_is_noticed(
            region in 110_000_u32..659_999,
            birth in (1900_u32..2026, 1_u32..13, 1_u32..29),
            serial in 0_u32..1000,
            at in 0_usize..17,
            other in 0_u8..10,
        ) {
            let (year, month, day) = birth;
            let digits = format!("{region}{year}{month:02}{day:02}{serial:03}");
            let id = format!("{digits}{}", char::from(check_digit(digits.as_bytes()).unwrap()));
            prop_assert!(IdNumber::parse(&id).is_ok());

            let mut mistyped = id.clone().into_bytes();
            mistyped[at] = b'0' + other;
            let mistyped = String::from_utf8(mistyped).unwrap();
            prop_assert_eq!(IdNumber::parse(&mistyped).is_ok(), mistyped == id);

            let mut swapped = id.clone().into_bytes();
            swapped.swap(at, at + 1);
            let swapped = String::from_utf8(swapped).unwrap();
            prop_assert_eq!(IdNumber::parse(&swapped).is_ok(), swapped == id);
        }

        #[test]
        fn any_text_is_answered(text in any::<String>()) {
            let answered = IdNumber::parse(&text).map(|id| IdNumber::parse(id.as_str()) == Ok(id.clone()));
            prop_assert!(answered.unwrap_or(true));
            prop_assert!(HealthRecordNumber::parse(&text).map_or(true, |n| n.as_str().len() == 17));
        }
    }
}
