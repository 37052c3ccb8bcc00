//! Whether two records may be of one person. Proposes, never merges.

use chrono::{Datelike, NaiveDate};

use crate::identifiers::{IdNumber, check_digit};
use crate::ids::VillageId;
use crate::person::{Demographics, Sex};
use crate::romanise;

/// What people are found by and told apart by.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PersonFacts {
    /// Name.
    pub name: String,
    /// Sex.
    pub sex: Sex,
    /// Civil birth date.
    pub birth_date: Option<NaiveDate>,
    /// Resident ID.
    pub id_number: Option<String>,
    /// Health record number.
    pub health_record_number: Option<String>,
    /// Phone.
    pub phone: Option<String>,
    /// Village.
    pub village: Option<VillageId>,
    /// Head of the household.
    pub household_head: Option<String>,
}

impl From<&Demographics> for PersonFacts {
    fn from(person: &Demographics) -> Self {
        Self {
            name: person.name.as_str().to_owned(),
            sex: person.sex.clone(),
            birth_date: person.birth_date.map(|birth| birth.date),
            id_number: person.id_number.as_ref().map(ToString::to_string),
            health_record_number: person
                .health_record_number
                .as_ref()
                .map(ToString::to_string),
            phone: person.phone.as_ref().map(ToString::to_string),
            village: person.village,
            household_head: person.household_head.as_ref().map(ToString::to_string),
        }
    }
}

/// How much speaks for one person behind two records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Duplicate {
    /// Points: name 3/2/1, birth date 3/2/1, sex 1, village 1, phone 2, head of household 1.
    pub score: u8,
    /// What the resident IDs say.
    pub id: IdVerdict,
}

/// What the resident IDs of two records say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdVerdict {
    /// Equal (also a 15-digit number and its 18-digit form).
    Same,
    /// One digit apart, and one of them fails its check digit: a slip of the pen.
    Suspect,
    /// Both right, and different.
    Different,
    /// One is missing.
    Unknown,
}

impl Duplicate {
    /// Points from which a merge is proposed.
    pub const PROPOSE_FROM: u8 = 7;

    /// True when somebody should look. Two right and different IDs are two people, however alike (twins).
    pub fn proposes_merge(&self) -> bool {
        match self.id {
            IdVerdict::Same | IdVerdict::Suspect => true,
            IdVerdict::Different => false,
            IdVerdict::Unknown => self.score >= Self::PROPOSE_FROM,
        }
    }

    pub(super) fn weight(&self) -> (bool, bool, u8) {
        (
            self.id == IdVerdict::Same,
            self.id == IdVerdict::Suspect,
            self.score,
        )
    }
}

/// Compares two records, in either order.
pub fn duplicate_score(a: &PersonFacts, b: &PersonFacts) -> Duplicate {
    let both = |x: &Option<String>, y: &Option<String>| {
        x.as_deref()
            .zip(y.as_deref())
            .is_some_and(|(x, y)| !x.is_empty() && x == y)
    };
    let sex = u8::from(a.sex == b.sex && a.sex != Sex::Unknown);
    let village = u8::from(a.village.is_some() && a.village == b.village);
    let phone = if both(&a.phone, &b.phone) { 2 } else { 0 };
    let head = u8::from(both(&a.household_head, &b.household_head));
    Duplicate {
        score: name_points(&a.name, &b.name)
            + birth_points(a.birth_date, b.birth_date)
            + sex
            + village
            + phone
            + head,
        id: compare_ids(a.id_number.as_deref(), b.id_number.as_deref()),
    }
}

/// Exact 3, same in some reading 2, one character added, dropped or changed 1.
fn name_points(a: &str, b: &str) -> u8 {
    if a.is_empty() || b.is_empty() {
        return 0;
    }
    if a == b {
        return 3;
    }
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let sounds_alike = |(x, y): (&char, &char)| {
        let other = romanise::readings(*y);
        x == y
            || romanise::readings(*x)
                .iter()
                .any(|reading| other.contains(reading))
    };
    if a.len() == b.len() && a.iter().zip(&b).all(sounds_alike) {
        return 2;
    }
    // A surname in common is no likeness: one character of two would make everybody kin.
    u8::from(a.len().max(b.len()) >= 3 && one_edit_apart(&a, &b))
}

fn one_edit_apart(a: &[char], b: &[char]) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if long.len() - short.len() > 1 {
        return false;
    }
    let same_head = short.iter().zip(long).take_while(|(x, y)| x == y).count();
    let same_tail = short
        .iter()
        .rev()
        .zip(long.iter().rev())
        .take_while(|(x, y)| x == y)
        .count();
    same_head + same_tail + 1 >= long.len()
}

/// Exact 3; same year and month, or day and month swapped 2; at most 60 days apart (lunar against civil) 1.
fn birth_points(a: Option<NaiveDate>, b: Option<NaiveDate>) -> u8 {
    let Some((a, b)) = a.zip(b) else { return 0 };
    let swapped = a.year() == b.year() && (a.month(), a.day()) == (b.day(), b.month());
    if a == b {
        3
    } else if (a.year(), a.month()) == (b.year(), b.month()) || swapped {
        2
    } else {
        u8::from((a - b).num_days().abs() <= 60)
    }
}

fn compare_ids(a: Option<&str>, b: Option<&str>) -> IdVerdict {
    let (Some(a), Some(b)) = (a.filter(|id| !id.is_empty()), b.filter(|id| !id.is_empty())) else {
        return IdVerdict::Unknown;
    };
    if a == b || widened(a).as_deref() == Some(b) || widened(b).as_deref() == Some(a) {
        return IdVerdict::Same;
    }
    let apart = a.bytes().zip(b.bytes()).filter(|(x, y)| x != y).count();
    let slip = a.len() == b.len() && apart == 1;
    if slip && (IdNumber::parse(a).is_err() || IdNumber::parse(b).is_err()) {
        IdVerdict::Suspect
    } else {
        IdVerdict::Different
    }
}

/// A 15-digit number in its 18-digit form.
fn widened(id: &str) -> Option<String> {
    if id.len() != 15 {
        return None;
    }
    let (region, rest) = id.split_at_checked(6)?;
    let digits = format!("{region}19{rest}");
    let check = char::from(check_digit(digits.as_bytes())?);
    Some(format!("{digits}{check}"))
}
