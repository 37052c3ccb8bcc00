//! The one error of the center: a stable code, values for its text, and the class that decides a command's exit
//! status and a request's status. Never holds patient data, a token or a password.

use serde_json::{Value, json};
use xunyi_journal::DecodeError;
use xunyi_ledger::{LedgerError, SqlError};
use xunyi_pki::PkiError;
use xunyi_record::RecordError;
use xunyi_store::StoreError;
use xunyi_vault::VaultError;

use crate::words::{Class, Code};

/// What went wrong at the center.
#[derive(Debug, thiserror::Error)]
pub enum CenterError {
    /// Something that the center itself refuses or lacks.
    #[error("{}", .0.as_str())]
    Said(Code, Value),
    /// The database.
    #[error(transparent)]
    Sql(#[from] SqlError),
    /// Journal, documents or projections.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The database file.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A certificate or a key.
    #[error(transparent)]
    Pki(#[from] PkiError),
    /// A staff key.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The file system, the network, the system's random source.
    #[error("system: {0}")]
    Io(#[from] std::io::Error),
    /// The database server does not answer.
    #[error("the database does not answer: {0}")]
    Unreachable(String),
}

impl CenterError {
    /// A code without values.
    pub fn code_only(code: Code) -> Self {
        Self::Said(code, json!({}))
    }

    /// A code with values (a JSON object).
    pub fn with(code: Code, params: Value) -> Self {
        Self::Said(code, params)
    }

    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Said(code, _) => code.as_str(),
            Self::Sql(e) | Self::Ledger(LedgerError::Sql(e)) => sql_code(e),
            Self::Ledger(LedgerError::Refused(refusal)) => refusal.code(),
            Self::Ledger(LedgerError::Stored(_)) => Code::Damaged.as_str(),
            Self::Ledger(LedgerError::Record(RecordError::ChangeTooLarge(_))) => {
                Code::RecordTooLarge.as_str()
            }
            Self::Ledger(_) => Code::Failed.as_str(),
            Self::Store(e) => e.code(),
            Self::Pki(PkiError::Issue(_)) => Code::NameUnusable.as_str(),
            Self::Pki(_) => Code::CertificateBad.as_str(),
            Self::Vault(e) => e.code(),
            Self::Io(_) => Code::System.as_str(),
            Self::Unreachable(_) => Code::Unreachable.as_str(),
        }
    }

    /// What a translated message needs, as a JSON object.
    pub fn params(&self) -> Value {
        match self {
            Self::Said(_, params) => params.clone(),
            Self::Store(e) => e.params(),
            Self::Vault(VaultError::PasswordTooWeak(why)) => json!({ "why": why.as_str() }),
            Self::Io(e) => json!({ "kind": e.kind().to_string() }),
            _ => json!({}),
        }
    }

    /// What kind of failure it is.
    pub fn class(&self) -> Class {
        match self {
            Self::Said(code, _) => code.class(),
            Self::Ledger(LedgerError::Refused(_)) | Self::Pki(_) => Class::Refused,
            Self::Vault(_) => Class::Refused,
            Self::Store(StoreError::WrongKey | StoreError::DatabaseNewer { .. }) => Class::SetUp,
            Self::Store(StoreError::FolderInUse) => Class::SetUp,
            Self::Store(StoreError::BackupExists) => Class::Refused,
            Self::Sql(_)
            | Self::Ledger(_)
            | Self::Store(_)
            | Self::Io(_)
            | Self::Unreachable(_) => Class::Storage,
        }
    }

    /// True when another transaction was in the way and the whole may be tried again.
    pub fn may_retry(&self) -> bool {
        matches!(
            self,
            Self::Sql(SqlError::Retry)
                | Self::Ledger(LedgerError::Sql(SqlError::Retry))
                | Self::Store(StoreError::Busy)
        )
    }
}

impl From<DecodeError> for CenterError {
    fn from(e: DecodeError) -> Self {
        Self::Ledger(LedgerError::Refused(e.into()))
    }
}

impl From<RecordError> for CenterError {
    fn from(e: RecordError) -> Self {
        Self::Ledger(e.into())
    }
}

fn sql_code(error: &SqlError) -> &'static str {
    match error {
        SqlError::DiskFull => "store.disk_full",
        SqlError::ReadOnly => "store.read_only",
        SqlError::Retry => "store.busy",
        SqlError::Lost => Code::Unreachable.as_str(),
        SqlError::Corrupt(_) => "store.damaged",
        SqlError::Other(_) => Code::Failed.as_str(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::words;

    #[test]
    fn whatever_goes_wrong_has_words_in_both_languages() {
        let failures = [
            CenterError::code_only(Code::EnrolCodeUnknown),
            SqlError::DiskFull.into(),
            SqlError::ReadOnly.into(),
            SqlError::Retry.into(),
            SqlError::Lost.into(),
            SqlError::Corrupt(String::new()).into(),
            SqlError::Other(String::new()).into(),
            LedgerError::NoFeed.into(),
            StoreError::WrongKey.into(),
            StoreError::FolderInUse.into(),
            StoreError::DatabaseNewer { found: 2, known: 1 }.into(),
            StoreError::BackupExists.into(),
            StoreError::BackupUnsound(String::new()).into(),
            StoreError::SqliteTooOld { found: 1 }.into(),
            PkiError::Issue(String::new()).into(),
            PkiError::WrongCa.into(),
            VaultError::PasswordTooWeak(xunyi_vault::PasswordWeakness::TooShort).into(),
            std::io::Error::other("x").into(),
            CenterError::Unreachable(String::new()),
        ];
        for failure in failures {
            let (zh, en) = words(failure.code());
            assert!(!zh.is_ascii() && en.is_ascii(), "{}", failure.code());
        }
    }

    #[test]
    fn only_what_another_transaction_caused_is_tried_again() {
        assert!(CenterError::from(SqlError::Retry).may_retry());
        assert!(CenterError::from(LedgerError::Sql(SqlError::Retry)).may_retry());
        assert!(!CenterError::from(SqlError::DiskFull).may_retry());
    }
}
