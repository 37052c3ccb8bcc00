//! Values in documents: plain scalars as they are, anything composite as the bytes of its canonical JSON, so
//! that a blood pressure or a dose is one value that is never merged into a reading nobody took.

use crate::canonical_json;
use automerge::ScalarValue;
use serde_json::Value;

/// To what a document stores.
pub(crate) fn to_scalar(value: &Value) -> ScalarValue {
    match value {
        Value::Null => ScalarValue::Null,
        Value::Bool(b) => ScalarValue::Boolean(*b),
        Value::Number(n) => match (n.as_i64(), n.as_f64()) {
            (Some(i), _) => ScalarValue::Int(i),
            (None, Some(f)) => ScalarValue::F64(f),
            (None, None) => ScalarValue::Null,
        },
        Value::String(s) => ScalarValue::Str(s.as_str().into()),
        composite => ScalarValue::Bytes(canonical_json(composite).into_bytes()),
    }
}

/// From what a document stores. What a newer version stored and this one cannot read shows as `null` here
/// and stays untouched in the document.
pub(crate) fn from_scalar(value: &ScalarValue) -> Value {
    match value {
        ScalarValue::Boolean(b) => Value::Bool(*b),
        ScalarValue::Int(i) | ScalarValue::Timestamp(i) => Value::from(*i),
        ScalarValue::Uint(u) => Value::from(*u),
        ScalarValue::F64(f) => Value::from(*f),
        ScalarValue::Str(s) => Value::String(s.to_string()),
        ScalarValue::Bytes(b) => serde_json::from_slice(b).unwrap_or(Value::Null),
        ScalarValue::Null | ScalarValue::Counter(_) | ScalarValue::Unknown { .. } => Value::Null,
    }
}
