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
