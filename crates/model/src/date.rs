//! Dates as paper and boxes give them: with the day missing, or in the lunar calendar.
//! Never reads the clock; "today" comes in as an argument.

use chrono::{Datelike, NaiveDate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

use crate::error::Invalid;

/// A year, year and month, or full date (FHIR `date`): `2013`, `2013-07`, `2013-07-21`.
///
/// Deserialising trusts what is on record; [`FromStr`] is the edge.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct PartialDate(String);

impl PartialDate {
    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PartialDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<NaiveDate> for PartialDate {
    fn from(date: NaiveDate) -> Self {
        Self(date.to_string())
    }
}

impl FromStr for PartialDate {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        let padded = match text.len() {
            4 => format!("{text}-01-01"),
            7 => format!("{text}-01"),
            10 => text.to_owned(),
            _ => return Err(Invalid::DateMalformed),
        };
        let date = strict_date(&padded)?;
        if (1900..=2200).contains(&date.year()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Invalid::DateMalformed)
        }
    }
}

/// `YYYY-MM-DD` and nothing else; chrono alone also takes `2026-3-1` and `+2026-03-01`.
fn strict_date(text: &str) -> Result<NaiveDate, Invalid> {
    let shaped = text.len() == 10
        && text.bytes().enumerate().all(|(i, b)| {
            if matches!(i, 4 | 7) {
                b == b'-'
            } else {
                b.is_ascii_digit()
            }
        });
    if !shaped {
        return Err(Invalid::DateMalformed);
    }
    NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| Invalid::DateMalformed)
}

/// Expiry as printed on a box: a day, or a month, which means its last day. JSON `2027-05-31` or `2027-05`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Expiry {
    /// Good up to and including this day.
    Day(NaiveDate),
    /// Good up to and including the last day of this month.
    Month {
        /// Year.
        year: i32,
        /// Month, 1 to 12.
        month: u32,
    },
}

impl Expiry {
    /// The last day on which the goods may be handed out.
    pub fn last_day(&self) -> NaiveDate {
        match *self {
            Expiry::Day(date) => date,
            Expiry::Month { year, month } => {
                let (next_year, next_month) = if month >= 12 {
                    (year + 1, 1)
                } else {
                    (year, month + 1)
                };
                NaiveDate::from_ymd_opt(next_year, next_month, 1)
                    .and_then(|first| first.pred_opt())
                    .unwrap_or(NaiveDate::MIN)
            }
        }
    }

    /// True when `today` is past the last day.
    pub fn is_past(&self, today: NaiveDate) -> bool {
        today > self.last_day()
    }

    /// True when it is not past yet, but will be within `days`.
    pub fn within_days(&self, today: NaiveDate, days: i64) -> bool {
        let left = (self.last_day() - today).num_days();
        (0..=days).contains(&left)
    }
}

impl PartialOrd for Expiry {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Expiry {
    /// By last day; a month before the same day written out, so that the order is total.
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let rank = |e: &Expiry| (e.last_day(), matches!(e, Expiry::Day(_)));
        rank(self).cmp(&rank(other))
    }
}

impl fmt::Display for Expiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expiry::Day(date) => date.fmt(f),
            Expiry::Month { year, month } => write!(f, "{year:04}-{month:02}"),
        }
    }
}

impl fmt::Debug for Expiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Expiry({self})")
    }
}

impl FromStr for Expiry {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        let date = match text.len() {
            7 => strict_date(&format!("{text}-01"))?,
            _ => strict_date(text)?,
        };
        if !(2000..=2200).contains(&date.year()) {
            return Err(Invalid::DateMalformed);
        }
        Ok(if text.len() == 7 {
            Expiry::Month {
                year: date.year(),
                month: date.month(),
            }
        } else {
            Expiry::Day(date)
        })
    }
}

impl Serialize for Expiry {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Expiry {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Expiry {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Expiry".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^[0-9]{4}-[0-9]{2}(-[0-9]{2})?$",
            "description": "Expiry as printed: YYYY-MM-DD, or YYYY-MM for the last day of that month.",
        })
    }
}

/// A date of the lunar calendar as a villager tells it; kept beside the civil date, never used in arithmetic.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct LunarDate {
    /// Lunar year, by the civil year in which it began.
    pub year: i16,
    /// Month, 1 to 12.
    pub month: u8,
    /// Day, 1 to 30.
    pub day: u8,
    /// True in a leap month (闰月).
    #[serde(default)]
    pub leap: bool,
}

impl LunarDate {
    /// Refuses what no lunar calendar has: `person.lunar_impossible`. Whether that year had that leap month is not
    /// checked: a person's word is recorded, the civil date counts.
    pub fn check(&self) -> Result<(), Invalid> {
        let possible = (1890..=2200).contains(&self.year)
            && (1..=12).contains(&self.month)
            && (1..=30).contains(&self.day);
        if possible {
            Ok(())
        } else {
            Err(Invalid::LunarImpossible)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expiry_without_a_day_means_the_last_of_its_month() {
        for (text, last) in [
            ("2027-05", "2027-05-31"),
            ("2027-12", "2027-12-31"),
            ("2028-02", "2028-02-29"),
            ("2027-05-01", "2027-05-01"),
        ] {
            let expiry: Expiry = text.parse().unwrap();
            assert_eq!(expiry.last_day().to_string(), last);
            assert_eq!(
                serde_json::to_string(&expiry).unwrap(),
                format!("\"{text}\"")
            );
        }
        let may: Expiry = "2027-05".parse().unwrap();
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert!(!may.is_past(day("2027-05-31")) && may.is_past(day("2027-06-01")));
        assert!(may.within_days(day("2027-03-02"), 90) && !may.within_days(day("2027-03-01"), 90));
        assert!(!may.within_days(day("2027-06-01"), 90));
        assert!(may < "2027-06-01".parse().unwrap() && may > "2027-05-30".parse().unwrap());
    }

    #[test]
    fn dates_are_parsed_strictly() {
        for bad in [
            "",
            "2027",
            "2027-13",
            "2027-02-30",
            "27-05",
            "2027/05",
            "1999-12",
            "+2027-05",
            "2027-5-1",
        ] {
            assert_eq!(
                bad.parse::<Expiry>().unwrap_err().code(),
                "date.malformed",
                "{bad}"
            );
        }
        for good in ["2013", "2013-07", "2013-07-21"] {
            assert_eq!(good.parse::<PartialDate>().unwrap().as_str(), good);
        }
        for bad in [
            "",
            "13",
            "1899",
            "2013-00",
            "2013-7",
            "2013-07-32",
            "20130721",
        ] {
            assert_eq!(
                bad.parse::<PartialDate>().unwrap_err().code(),
                "date.malformed",
                "{bad}"
            );
        }
    }
}
