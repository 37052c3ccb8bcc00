//! Who a person is: name, sex, birth, phone, address.
//!
//! `parse` is the edge: it refuses. Deserialising trusts, because what is on record was parsed once by the version
//! that wrote it, and a reader never refuses a record.

use chrono::{Datelike, NaiveDate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

use crate::date::LunarDate;
use crate::error::Invalid;
use crate::identifiers::{HealthRecordNumber, IdNumber};
use crate::ids::VillageId;
use crate::text;

/// Longest name, in characters: the longest registered names of China have about 25.
pub const NAME_MAX: usize = 50;
/// Longest address below the village, in characters.
pub const ADDRESS_MAX: usize = 120;

coded! {
    /// Administrative sex (FHIR `gender`).
    #[derive(Default)]
    pub enum Sex {
        /// 男
        Male = "male",
        /// 女
        Female = "female",
        /// 未知
        #[default]
        Unknown = "unknown",
    }
}

coded! {
    /// Blood group, ABO with Rh where it is known.
    pub enum BloodGroup {
        /// A, Rh not known.
        A = "a",
        /// B, Rh not known.
        B = "b",
        /// AB, Rh not known.
        Ab = "ab",
        /// O, Rh not known.
        O = "o",
        /// A, Rh positive.
        APos = "a_pos",
        /// A, Rh negative.
        ANeg = "a_neg",
        /// B, Rh positive.
        BPos = "b_pos",
        /// B, Rh negative.
        BNeg = "b_neg",
        /// AB, Rh positive.
        AbPos = "ab_pos",
        /// AB, Rh negative.
        AbNeg = "ab_neg",
        /// O, Rh positive.
        OPos = "o_pos",
        /// O, Rh negative.
        ONeg = "o_neg",
    }
}

/// A person's name: 1 to 50 characters, no control characters, no emoji; the middle dot of minority names and rare
/// Han characters of all planes are fine.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct PersonName(String);

impl PersonName {
    /// Trims, folds runs of blanks to one and the many middle dots to `·`, then checks.
    pub fn parse(input: &str) -> Result<Self, Invalid> {
        let name = text::tidy_name(input);
        if name.is_empty() {
            return Err(Invalid::NameEmpty);
        }
        let found = name.chars().count();
        if found > NAME_MAX {
            return Err(Invalid::NameTooLong {
                max: NAME_MAX,
                found,
            });
        }
        match name.chars().find(|&c| !text::belongs_in_name(c)) {
            Some(character) => Err(Invalid::NameCharacter { character }),
            // Marks alone name nobody.
            None if !name.chars().any(char::is_alphanumeric) => Err(Invalid::NameEmpty),
            None => Ok(Self(name)),
        }
    }
    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Birth date in the civil calendar, with the lunar date it was told as, if so. One value: never merged in parts.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct BirthDate {
    /// Civil date.
    pub date: NaiveDate,
    /// The lunar date that the person told, when that is where it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lunar: Option<LunarDate>,
}

impl BirthDate {
    /// A civil date between 1900 and `today`.
    pub fn parse(
        date: NaiveDate,
        lunar: Option<LunarDate>,
        today: NaiveDate,
    ) -> Result<Self, Invalid> {
        if date > today {
            return Err(Invalid::BirthInFuture { today });
        }
        if date.year() < 1900 {
            return Err(Invalid::BirthTooEarly {
                earliest: NaiveDate::from_ymd_opt(1900, 1, 1).unwrap_or(NaiveDate::MIN),
            });
        }
        if let Some(lunar) = &lunar {
            lunar.check()?;
        }
        Ok(Self { date, lunar })
    }
}

impl From<NaiveDate> for BirthDate {
    /// For dates that were checked before; the edge is [`BirthDate::parse`].
    fn from(date: NaiveDate) -> Self {
        Self { date, lunar: None }
    }
}

/// Whole years lived on `today`; someone born on 29 February has a birthday on 1 March of other years.
/// 0 for a birth date after `today`.
pub fn age_in_years(birth: NaiveDate, today: NaiveDate) -> u16 {
    let had_birthday = (today.month(), today.day()) >= (birth.month(), birth.day());
    let years = today.year() - birth.year() - i32::from(!had_birthday);
    u16::try_from(years).unwrap_or(0)
}

/// A phone number: digits only, 5 to 20 of them, `+` in front allowed. Blanks and hyphens are dropped.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct Phone(String);

impl Phone {
    /// Takes what people type: full-width digits, blanks, hyphens, brackets.
    pub fn parse(input: &str) -> Result<Self, Invalid> {
        let mut number = String::with_capacity(input.len());
        for c in input.trim().chars().map(text::half_width) {
            match c {
                '0'..='9' => number.push(c),
                '+' if number.is_empty() => number.push(c),
                ' ' | '-' | '(' | ')' | '–' | '.' => {}
                _ => return Err(Invalid::PhoneMalformed),
            }
        }
        let digits = number.bytes().filter(u8::is_ascii_digit).count();
        if (5..=20).contains(&digits) {
            Ok(Self(number))
        } else {
            Err(Invalid::PhoneMalformed)
        }
    }
    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// The last four digits.
    pub fn tail4(&self) -> &str {
        text::tail(&self.0, 4)
    }
}

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Group and house number below the village; at most 120 characters on one line.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct Address(String);

impl Address {
    /// Trims, then checks length and control characters.
    pub fn parse(input: &str) -> Result<Self, Invalid> {
        text::line("address", input, ADDRESS_MAX).map(Self)
    }
    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What identifies and reaches a person. Each field is one value of the document.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Demographics {
    /// Name.
    pub name: PersonName,
    /// Sex.
    pub sex: Sex,
    /// Birth date; absent when unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birth_date: Option<BirthDate>,
    /// Resident ID.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_number: Option<IdNumber>,
    /// Health record number, issued by the health center only; absent while it is pending.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health_record_number: Option<HealthRecordNumber>,
    /// Phone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<Phone>,
    /// Village.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub village: Option<VillageId>,
    /// Group and house number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// Head of the household (户主).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub household_head: Option<PersonName>,
    /// Blood group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blood_group: Option<BloodGroup>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn names_are_tidied_and_kept_whole() {
        for (typed, kept) in [
            ("张三", "张三"),
            ("  张三　", "张三"),
            ("𬱖𫍯", "𬱖𫍯"),
            ("㛃䶮喆堃犇", "㛃䶮喆堃犇"),
            ("\u{30000}明", "\u{30000}明"),
            ("〇一", "〇一"),
            ("阿依古丽·买买提", "阿依古丽·买买提"),
            ("阿依古丽•买买提", "阿依古丽·买买提"),
            ("阿依古丽・买买提", "阿依古丽·买买提"),
            ("Maria   Li", "Maria Li"),
            ("Ｍａｒｉａ", "Maria"),
            ("O'Neil-Müller", "O'Neil-Müller"),
            ("བསྟན", "བསྟན"),
            ("\u{feff}张三\u{200b}", "张三"),
        ] {
            assert_eq!(PersonName::parse(typed).map(|n| n.0), Ok(kept.to_owned()));
        }
        assert!(PersonName::parse(&"张".repeat(50)).is_ok());
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for (typed, code) in [
            ("", "person.name_empty"),
            (" \u{3000}", "person.name_empty"),
            ("\u{200b}", "person.name_empty"),
            ("张😀三", "person.name_character"),
            ("张\u{2764}\u{fe0f}", "person.name_character"),
            ("张\n三", "person.name_character"),
            ("张\u{0}", "person.name_character"),
            ("张\u{202e}三", "person.name_character"),
            ("张三1", "person.name_character"),
            ("-", "person.name_empty"),
            ("...", "person.name_empty"),
            ("<b>张", "person.name_character"),
        ] {
            assert_eq!(
                PersonName::parse(typed).unwrap_err().code(),
                code,
                "{typed:?}"
            );
        }
        let long = PersonName::parse(&"张".repeat(200)).unwrap_err();
        assert_eq!(
            (long.code(), &long.params()["max"], &long.params()["found"]),
            ("person.name_too_long", &50.into(), &200.into())
        );
        assert_eq!(
            PersonName::parse("😀").unwrap_err().params()["character"],
            "U+1F600"
        );
    }

    #[test]
    fn birth_dates_lie_between_1900_and_today() {
        let today = day("2026-11-24");
        let lunar = |month, day| {
            Some(LunarDate {
                year: 1960,
                month,
                day,
                leap: false,
            })
        };
        for (date, lunar, code) in [
            ("2026-11-24", None, None),
            ("1900-01-01", None, None),
            ("1960-02-29", lunar(2, 3), None),
            ("2026-11-25", None, Some("person.birth_in_future")),
            ("1899-12-31", None, Some("person.birth_too_early")),
            ("1960-02-29", lunar(13, 1), Some("person.lunar_impossible")),
            ("1960-02-29", lunar(2, 31), Some("person.lunar_impossible")),
        ] {
            let parsed = BirthDate::parse(day(date), lunar, today);
            assert_eq!(parsed.err().map(|e| e.code()), code, "{date}");
        }
        let plain = serde_json::to_string(&BirthDate::from(day("1960-01-02"))).unwrap();
        assert_eq!(plain, r#"{"date":"1960-01-02"}"#);
    }

    #[test]
    fn age_counts_birthdays() {
        for (birth, today, age) in [
            ("1960-11-24", "2026-11-24", 66),
            ("1960-11-25", "2026-11-24", 65),
            ("1960-02-29", "2025-02-28", 64),
            ("1960-02-29", "2025-03-01", 65),
            ("2026-11-24", "2026-11-24", 0),
            ("2027-01-01", "2026-11-24", 0),
        ] {
            assert_eq!(age_in_years(day(birth), day(today)), age, "{birth} {today}");
        }
    }

    #[test]
    fn phones_and_addresses_are_parsed_at_the_edge() {
        assert_eq!(
            Phone::parse("138 0578-1234").unwrap().as_str(),
            "13805781234"
        );
        assert_eq!(
            Phone::parse("＋86（138）05781234").unwrap().as_str(),
            "+8613805781234"
        );
        assert_eq!(Phone::parse("13805781234").unwrap().tail4(), "1234");
        for bad in ["", "1234", "1380578123a", "138+05781234", &"1".repeat(21)] {
            assert_eq!(
                Phone::parse(bad).unwrap_err().code(),
                "person.phone_malformed",
                "{bad}"
            );
        }
        assert_eq!(
            Address::parse(" 石河村3组12号 ").unwrap().as_str(),
            "石河村3组12号"
        );
        assert_eq!(
            Address::parse(&"长".repeat(121)).unwrap_err().code(),
            "text.too_long"
        );
        assert_eq!(
            Address::parse("一\n二").unwrap_err().code(),
            "text.character"
        );
    }

    #[test]
    fn demographics_read_from_less_and_from_more_than_they_know() {
        let read: Demographics =
            serde_json::from_str(r#"{"name":"张三","nickname":"三儿"}"#).unwrap();
        assert_eq!((read.name.as_str(), &read.sex), ("张三", &Sex::Unknown));
        assert_eq!(
            serde_json::to_string(&read).unwrap(),
            r#"{"name":"张三","sex":"unknown"}"#
        );
    }

    proptest! {
        /// What was parsed parses again to itself.
        #[test]
        fn parsing_a_name_twice_changes_nothing(typed in any::<String>()) {
            if let Ok(name) = PersonName::parse(&typed) {
                prop_assert_eq!(PersonName::parse(name.as_str()), Ok(name));
            }
        }
    }
}
