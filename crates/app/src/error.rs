//! The one error that leaves this crate: a stable code and its values, which the window puts into words.

use serde_json::{Map, Value, json};
use xunyi_ledger::{LedgerError, SqlError};
use xunyi_model::Invalid;
use xunyi_record::RecordError;
use xunyi_store::unlock::UnlockError;
use xunyi_store::{StoreError, WriteError};

/// What went wrong, in a form that stays the same from version to version. Nothing was written.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{code}")]
pub struct AppError {
    /// Stable code, such as `person.name_too_long`.
    pub code: String,
    /// Values for the text; never a patient's data in a log.
    pub params: Map<String, Value>,
}

impl AppError {
    /// A code without values.
    pub fn new(code: &str) -> Self {
        Self {
            code: code.to_owned(),
            params: Map::new(),
        }
    }

    /// A code with values (a JSON object).
    pub fn with(code: &str, params: Value) -> Self {
        let params = match params {
            Value::Object(map) => map,
            _ => Map::new(),
        };
        Self {
            code: code.to_owned(),
            params,
        }
    }

    /// As the window takes it.
    pub fn to_json(&self) -> Value {
        json!({ "code": self.code, "params": self.params })
    }
}

impl From<Invalid> for AppError {
    fn from(e: Invalid) -> Self {
        Self {
            code: e.code().to_owned(),
            params: e.params(),
        }
    }
}

impl From<StoreError> for AppError {
    fn from(e: StoreError) -> Self {
        Self::with(e.code(), e.params())
    }
}

impl From<UnlockError> for AppError {
    fn from(e: UnlockError) -> Self {
        Self::with(e.code(), e.params())
    }
}

impl From<SqlError> for AppError {
    fn from(e: SqlError) -> Self {
        Self::new(match e {
            SqlError::DiskFull => "store.disk_full",
            SqlError::ReadOnly => "store.read_only",
            SqlError::Retry | SqlError::Lost => "store.busy",
            SqlError::Corrupt(_) => "store.damaged",
            SqlError::Other(_) => "store.failed",
        })
    }
}

impl From<RecordError> for AppError {
    fn from(e: RecordError) -> Self {
        match e {
            RecordError::InConflict { key, field } => Self::with(
                "conflict.unsettled",
                json!({ "section": key.section, "record": key.id, "field": field }),
            ),
            RecordError::UnknownHeads => Self::new("form.stale"),
            RecordError::ChangeTooLarge(bytes) => {
                Self::with("record.too_large", json!({ "bytes": bytes }))
            }
            RecordError::Unreadable(_) => Self::new("record.unreadable"),
            RecordError::UnknownSection(_) | RecordError::Failed(_) => Self::new("record.failed"),
        }
    }
}

impl From<LedgerError> for AppError {
    fn from(e: LedgerError) -> Self {
        match e {
            LedgerError::Sql(e) => e.into(),
            LedgerError::Record(e) => e.into(),
            LedgerError::Refused(refusal) => Self::new(refusal.code()),
            LedgerError::Stored(_) => Self::new("journal.unreadable"),
            LedgerError::NoDocument => Self::new("record.unknown"),
            LedgerError::NoFeed => Self::new("device.not_enrolled"),
        }
    }
}

impl From<WriteError<AppError>> for AppError {
    fn from(e: WriteError<AppError>) -> Self {
        match e {
            WriteError::Store(e) => e.into(),
            WriteError::Work(e) => e,
        }
    }
}
