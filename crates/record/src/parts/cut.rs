//! What a change repeats is cut out of its columns and put back: ids, which are counted instead, hashes of what the
//! change stands on, and the snapshot of a signature, which the visit's own records tell.
//!
//! A place is marked by `0xFF` and a byte that says of what kind; `0xFF` itself is doubled.

use super::rows::{JSON, KEYS, MAKE, Row, SET, VALUES, rows, value_of};
use crate::patient::visit_snapshot;
use crate::{record_id, uuid_of_record};
use serde_json::{Map, Value};
use std::str::FromStr;
use uuid::Uuid;
use xunyi_journal::ChangeHash;

const MARK: u8 = 0xFF;
/// A UUID in its usual form.
const PLAIN_ID: u8 = 1;
/// A UUID as the key of a record.
const RECORD_ID: u8 = 2;
/// A hash that the change stands on, in hexadecimal; its number follows.
const HASH: u8 = 3;
/// A signature's snapshot, as a JSON string.
const SNAPSHOT: u8 = 4;

const PLAIN_LEN: usize = 36;
const RECORD_LEN: usize = 22;
const HASH_LEN: usize = 64;
const SNAPSHOT_FIELD: &[u8] = b"\"snapshot\":";
/// The field that holds an event.
const EVENT: &str = crate::fields::EVENT;

/// A column without what can be put back; ids go to `ids` in their order. `before` are the columns before it, whole.
pub(super) fn cut(
    (spec, data): &(u32, Vec<u8>),
    before: &[(u32, Vec<u8>)],
    deps: &[ChangeHash],
    ids: &mut Vec<[u8; 16]>,
) -> Vec<u8> {
    if *spec != KEYS && *spec != VALUES {
        return data.clone();
    }
    let snapshot = if *spec == VALUES {
        snapshot_in(data, before)
    } else {
        None
    };
    let mut out = Vec::with_capacity(data.len());
    let mut rest = data.as_slice();
    while let Some((byte, after)) = rest.split_first() {
        let at = data.len() - rest.len();
        let taken = match &snapshot {
            Some((place, literal)) if *place == at => {
                out.extend([MARK, SNAPSHOT]);
                literal.len()
            }
            _ => named(
                rest,
                at.checked_sub(1).and_then(|at| data.get(at)),
                deps,
                ids,
                &mut out,
            ),
        };
        if taken > 0 {
            rest = rest.get(taken..).unwrap_or_default();
        } else {
            out.push(*byte);
            if *byte == MARK {
                out.push(MARK);
            }
            rest = after;
        }
    }
    out
}

/// An id or a hash at the beginning of `text`: its mark goes to `out`; answers how long it is, 0 for nothing.
fn named(
    text: &[u8],
    before: Option<&u8>,
    deps: &[ChangeHash],
    ids: &mut Vec<[u8; 16]>,
    out: &mut Vec<u8>,
) -> usize {
    if before.is_some_and(|b| is_digit(*b)) {
        return 0;
    }
    let run = text
        .iter()
        .take(HASH_LEN + 1)
        .take_while(|b| is_digit(**b))
        .count();
    let word = std::str::from_utf8(text.get(..run).unwrap_or_default()).unwrap_or_default();
    match run {
        PLAIN_LEN => {
            if let Some(id) = Uuid::from_str(word)
                .ok()
                .filter(|id| id.to_string() == word)
            {
                ids.push(id.into_bytes());
                out.extend([MARK, PLAIN_ID]);
                return run;
            }
        }
        RECORD_LEN => {
            if let Some(id) = uuid_of_record(word).filter(|id| record_id(*id) == word) {
                ids.push(id.into_bytes());
                out.extend([MARK, RECORD_ID]);
                return run;
            }
        }
        HASH_LEN => {
            let number = deps.iter().position(|dep| dep.to_hex() == word);
            if let Some(number) = number.and_then(|n| u8::try_from(n).ok()) {
                out.extend([MARK, HASH, number]);
                return run;
            }
        }
        _ => {}
    }
    0
}

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

/// A column whole again; `None` for one that [`cut`] never made.
pub(super) fn fill(
    (spec, data): &(u32, Vec<u8>),
    before: &[(u32, Vec<u8>)],
    deps: &[ChangeHash],
    ids: &mut std::slice::Iter<'_, [u8; 16]>,
) -> Option<Vec<u8>> {
    if *spec != KEYS && *spec != VALUES {
        return Some(data.clone());
    }
    let mut out: Vec<u8> = Vec::with_capacity(data.len());
    let mut bytes = data.iter();
    while let Some(byte) = bytes.next() {
        if *byte != MARK {
            out.push(*byte);
            continue;
        }
        match *bytes.next()? {
            MARK => out.push(MARK),
            PLAIN_ID => {
                let id = Uuid::from_bytes(*ids.next()?);
                out.extend(id.to_string().bytes());
            }
            RECORD_ID => out.extend(record_id(Uuid::from_bytes(*ids.next()?)).bytes()),
            HASH => out.extend(deps.get(usize::from(*bytes.next()?))?.to_hex().bytes()),
            SNAPSHOT => {
                let (_, literal) = snapshot_after(&rows(before)?, &out)?;
                out.extend(literal.bytes());
            }
            _ => return None,
        }
    }
    Some(out)
}

/// Where the values hold the snapshot that the records before it tell, and the snapshot as a JSON string.
fn snapshot_in(values: &[u8], before: &[(u32, Vec<u8>)]) -> Option<(usize, String)> {
    let rows = rows(before)?;
    let last = rows
        .last()
        .filter(|row| row.key == EVENT && row.kind == JSON)?;
    let start = values.len().checked_sub(last.len)?;
    let event = values.get(start..)?;
    let field = event
        .windows(SNAPSHOT_FIELD.len())
        .position(|window| window == SNAPSHOT_FIELD)?;
    let place = start + field + SNAPSHOT_FIELD.len();
    let (_, literal) = snapshot_after(&rows, values.get(..place)?)?;
    let stands = values.get(place..)?.starts_with(literal.as_bytes());
    stands.then_some((place, literal))
}

/// The snapshot of the visit whose records these rows make, told by as many of their values as are there.
fn snapshot_after(rows: &[Row<'_>], values: &[u8]) -> Option<(usize, String)> {
    let mut records: Vec<(&str, Map<String, Value>)> = Vec::new();
    let mut at: usize = 0;
    for row in rows {
        let bytes = values.get(at..at.checked_add(row.len)?);
        match (row.action, bytes) {
            (MAKE, _) => records.push((row.key, Map::new())),
            (SET, Some(bytes)) => {
                let (_, fields) = records.last_mut()?;
                let value = value_of(row.kind, bytes)?;
                // What a snapshot leaves out: a field that was cleared.
                if !value.is_null() {
                    fields.insert(row.key.to_owned(), value);
                }
                at += row.len;
            }
            // The event whose value is not whole yet: what was made before it is the visit.
            (SET, None) => break,
            _ => return None,
        }
    }
    // The last record is the signature's own, without a field so far.
    let (_, own) = records.pop()?;
    let ((encounter, fields), forms) = records.split_first()?;
    if !own.is_empty() {
        return None;
    }
    let forms: Vec<(&str, &Map<String, Value>)> =
        forms.iter().map(|(id, fields)| (*id, fields)).collect();
    let snapshot = visit_snapshot((encounter, fields), &forms);
    Some((at, Value::String(snapshot).to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn piece() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..12),
            any::<u128>().prop_map(|n| Uuid::from_u128(n).to_string().into_bytes()),
            any::<u128>().prop_map(|n| record_id(Uuid::from_u128(n)).into_bytes()),
            any::<u128>().prop_map(|n| Uuid::from_u128(n).to_string().to_uppercase().into_bytes()),
            Just(ChangeHash([7; 32]).to_hex().into_bytes()),
            Just(ChangeHash([8; 32]).to_hex().into_bytes()),
            Just(vec![MARK, SNAPSHOT]),
            Just(br#""snapshot":"{}""#.to_vec()),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn whatever_is_cut_out_is_put_back(
            pieces in proptest::collection::vec(piece(), 0..12),
            spec in prop_oneof![Just(KEYS), Just(VALUES), Just(1)],
        ) {
            let column = (spec, pieces.concat());
            let deps = [ChangeHash([7; 32])];
            let mut ids = Vec::new();
            let short = cut(&column, &[], &deps, &mut ids);
            let mut left = ids.iter();
            let whole = fill(&(spec, short), &[], &deps, &mut left);
            prop_assert_eq!(whole, Some(column.1));
            prop_assert!(left.next().is_none());
        }

        #[test]
        fn any_bytes_are_answered(
            data in proptest::collection::vec(any::<u8>(), 0..60),
            before in proptest::collection::vec((prop_oneof![Just(21_u32), Just(66), Just(86)], proptest::collection::vec(any::<u8>(), 0..20)), 0..4),
        ) {
            let ids = [[1; 16]];
            // Nothing to hold it against: it must only answer.
            let whole = fill(&(VALUES, data.clone()), &before, &[], &mut ids.iter());
            prop_assert!(whole.is_none_or(|whole| whole.len() < 4096));
        }
    }

    #[test]
    fn ids_hashes_and_nothing_else_are_cut_out() {
        let id = Uuid::from_u128(0x0193_5b6a_7c1e_7f00_8000_1234_5678_9abc);
        let text = format!(
            "{{\"by\":\"{id}\",\"heads\":[\"{}\"]}}",
            ChangeHash([7; 32])
        );
        let mut ids = Vec::new();
        let short = cut(
            &(VALUES, text.into_bytes()),
            &[],
            &[ChangeHash([7; 32])],
            &mut ids,
        );
        assert_eq!(ids, [id.into_bytes()]);
        assert_eq!(short, b"{\"by\":\"\xff\x01\",\"heads\":[\"\xff\x03\x00\"]}");
        let long = format!("x{id}");
        let same = cut(&(VALUES, long.clone().into_bytes()), &[], &[], &mut ids);
        assert_eq!(same, long.into_bytes());
    }
}
