//! The operations of a change as rows of its columns: key, action, and what kind of value of which length. Just
//! enough to tell what a visit recorded, without the library.

use crate::shape::Bytes;
use serde_json::Value;

/// Column of keys: text.
pub(super) const KEYS: u32 = 21;
/// Column of actions.
const ACTIONS: u32 = 66;
/// Column of kinds and lengths of values.
const KINDS: u32 = 86;
/// Column of the values' own bytes.
pub(super) const VALUES: u32 = 87;

/// A map is made.
pub(super) const MAKE: u64 = 0;
/// A field is set.
pub(super) const SET: u64 = 1;

const NULL: u64 = 0;
const FALSE: u64 = 1;
const TRUE: u64 = 2;
const UNSIGNED: u64 = 3;
const SIGNED: u64 = 4;
const FLOAT: u64 = 5;
const TEXT: u64 = 6;
/// The kind of a composite value: the bytes of its JSON.
pub(super) const JSON: u64 = 7;

/// An operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row<'b> {
    pub(super) key: &'b str,
    pub(super) action: u64,
    pub(super) kind: u64,
    pub(super) len: usize,
}

/// The rows of these columns; `None` where they are of another form.
pub(super) fn rows(columns: &[(u32, Vec<u8>)]) -> Option<Vec<Row<'_>>> {
    let column = |wanted: u32| {
        let mut found = columns.iter().filter(|(spec, _)| *spec == wanted);
        found.next().map(|(_, data)| data.as_slice())
    };
    let keys = runs(column(KEYS)?, |b| std::str::from_utf8(b.prefixed()?.0).ok())?;
    let actions = runs(column(ACTIONS)?, Bytes::unsigned)?;
    let kinds = runs(column(KINDS)?, Bytes::unsigned)?;
    if keys.len() != actions.len() || keys.len() != kinds.len() {
        return None;
    }
    let row = |((key, action), kind)| {
        let kind: u64 = kind;
        Some(Row {
            key,
            action,
            kind: kind & 15,
            len: usize::try_from(kind >> 4).ok()?,
        })
    };
    keys.into_iter().zip(actions).zip(kinds).map(row).collect()
}

/// Longest list of rows that is looked at.
const MAX_ROWS: usize = 4096;

fn runs<'b, T: Clone>(
    column: &'b [u8],
    mut value: impl FnMut(&mut Bytes<'b>) -> Option<T>,
) -> Option<Vec<T>> {
    let mut column = Bytes(column);
    let mut all = Vec::new();
    while !column.0.is_empty() {
        let run = column.signed()?;
        let count = usize::try_from(run.unsigned_abs()).ok()?;
        if run == 0 || all.len() + count > MAX_ROWS {
            return None;
        }
        if run > 0 {
            let repeated = value(&mut column)?;
            all.extend(std::iter::repeat_n(repeated, count));
        } else {
            for _ in 0..count {
                all.push(value(&mut column)?);
            }
        }
    }
    Some(all)
}

/// A value as JSON, as documents tell it.
pub(super) fn value_of(kind: u64, bytes: &[u8]) -> Option<Value> {
    let mut at = Bytes(bytes);
    Some(match kind {
        NULL => Value::Null,
        FALSE => Value::Bool(false),
        TRUE => Value::Bool(true),
        UNSIGNED => at.unsigned()?.into(),
        SIGNED => at.signed()?.into(),
        FLOAT => f64::from_le_bytes(bytes.try_into().ok()?).into(),
        TEXT => std::str::from_utf8(bytes).ok()?.into(),
        JSON => serde_json::from_slice(bytes).ok()?,
        _ => return None,
    })
}
