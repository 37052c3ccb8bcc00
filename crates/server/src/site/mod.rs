//! What the center authors: staff, villages and vehicles, devices, settings, reference tables. Each module reads its
//! records from the projections and writes them on a [`crate::center::Page`]; `init`, the commands and the demo
//! township all go through these functions.

pub mod devices;
pub mod places;
pub mod settings;
pub mod staff;
pub mod tables;

use serde_json::{Map, Value};
use uuid::Uuid;
use xunyi_ledger::Ledger;
use xunyi_record::uuid_of_record;

use crate::error::CenterError;
use crate::words::Code;

/// Longest name of anybody or anything, characters.
const NAME_MAX: usize = 64;

/// A name as it is stored: trimmed, 1 to 64 characters, no control characters.
///
/// # Errors
/// `name.unusable`.
pub fn name(text: &str) -> Result<String, CenterError> {
    let name = text.trim();
    let length = name.chars().count();
    if length == 0 || length > NAME_MAX || name.chars().any(char::is_control) {
        return Err(CenterError::code_only(Code::NameUnusable));
    }
    Ok(name.to_owned())
}

/// A record: its id and its fields.
type Record = (Uuid, Map<String, Value>);

/// Every record of a part of the site's documents, in the order of their keys.
fn records(ledger: &mut Ledger<'_>, table: &str) -> Result<Vec<Record>, CenterError> {
    Ok(ledger
        .records(table, None)?
        .into_iter()
        .filter_map(|row| {
            let body = serde_json::from_str(&row.body).ok()?;
            Some((uuid_of_record(&row.record)?, body))
        })
        .collect())
}

/// The records of a part as the model reads them; what it cannot read is left out.
fn read<T: serde::de::DeserializeOwned>(
    ledger: &mut Ledger<'_>,
    table: &str,
) -> Result<Vec<T>, CenterError> {
    Ok(records(ledger, table)?
        .into_iter()
        .filter_map(|(_, body)| serde_json::from_value(Value::Object(body)).ok())
        .collect())
}

/// The one of `all` that `wanted` names: by its id, else by a name that only it has.
fn pick<'a, T>(
    all: &'a [T],
    wanted: &str,
    id: impl Fn(&T) -> Uuid,
    named: impl Fn(&T) -> bool,
) -> Result<&'a T, CenterError> {
    if let Ok(wanted) = Uuid::parse_str(wanted.trim())
        && let Some(found) = all.iter().find(|one| id(one) == wanted)
    {
        return Ok(found);
    }
    let mut found = all.iter().filter(|one| named(one));
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (None, _) => Err(CenterError::code_only(Code::Unknown)),
        (Some(_), Some(_)) => Err(CenterError::code_only(Code::Ambiguous)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_tidied_and_bad_ones_refused() {
        assert_eq!(name("  药房平板 1 ").unwrap(), "药房平板 1");
        for bad in ["", "  ", "a\nb", "长".repeat(65).as_str()] {
            assert_eq!(name(bad).unwrap_err().code(), "name.unusable", "{bad:?}");
        }
    }

    #[test]
    fn one_is_picked_by_id_or_by_a_name_of_its_own() {
        let all = [
            (Uuid::from_u128(1), "a"),
            (Uuid::from_u128(2), "b"),
            (Uuid::from_u128(3), "b"),
        ];
        let find = |wanted: &str| pick(&all, wanted, |one| one.0, |one| one.1 == wanted);
        assert_eq!(find("a").unwrap().0, Uuid::from_u128(1));
        assert_eq!(find(&Uuid::from_u128(2).to_string()).unwrap().1, "b");
        assert_eq!(
            find(&Uuid::from_u128(3).simple().to_string()).unwrap().1,
            "b"
        );
        assert_eq!(find("b").unwrap_err().code(), "record.ambiguous");
        assert_eq!(find("c").unwrap_err().code(), "record.unknown");
    }
}
