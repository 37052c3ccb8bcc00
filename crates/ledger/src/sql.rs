//! The few things asked of a database, so that statements are written once.

use xunyi_journal::schema::Value;

/// Which engine runs the statements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite (SQLCipher).
    Sqlite,
    /// PostgreSQL and what speaks its wire.
    Postgres,
}

/// What the engine answered that was no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SqlError {
    /// No room on the disk.
    #[error("disk full")]
    DiskFull,
    /// The database cannot be written.
    #[error("read only")]
    ReadOnly,
    /// Another transaction was in the way; the whole transaction may be tried again.
    #[error("serialization failure")]
    Retry,
    /// The database went away in the middle: what was asked may be done or not.
    #[error("connection lost")]
    Lost,
    /// The file is damaged.
    #[error("damaged database: {0}")]
    Corrupt(String),
    /// Anything else.
    #[error("database: {0}")]
    Other(String),
}

/// A row of an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct SqlRow(pub Vec<Value>);

impl SqlRow {
    /// A value as integer, 0 when NULL or of another type.
    pub fn int(&self, i: usize) -> i64 {
        match self.0.get(i) {
            Some(Value::Int(n)) => *n,
            _ => 0,
        }
    }

    /// A value as a count: 0 when below zero, NULL or of another type.
    pub fn count(&self, i: usize) -> u64 {
        u64::try_from(self.int(i)).unwrap_or(0)
    }

    /// A value as integer, `None` when NULL.
    pub fn opt_int(&self, i: usize) -> Option<i64> {
        match self.0.get(i) {
            Some(Value::Int(n)) => Some(*n),
            _ => None,
        }
    }

    /// A value as text, empty when NULL or of another type.
    pub fn text(&self, i: usize) -> &str {
        match self.0.get(i) {
            Some(Value::Text(t)) => t,
            _ => "",
        }
    }

    /// A value as text, `None` when NULL.
    pub fn opt_text(&self, i: usize) -> Option<&str> {
        match self.0.get(i) {
            Some(Value::Text(t)) => Some(t),
            _ => None,
        }
    }

    /// A value as bytes, empty when NULL or of another type.
    pub fn blob(&self, i: usize) -> &[u8] {
        match self.0.get(i) {
            Some(Value::Blob(b)) => b,
            _ => &[],
        }
    }

    /// A value as bytes, `None` when NULL.
    pub fn opt_blob(&self, i: usize) -> Option<&[u8]> {
        match self.0.get(i) {
            Some(Value::Blob(b)) => Some(b),
            _ => None,
        }
    }
}

/// An open transaction. Placeholders are `$1`, `$2`, …
pub trait Sql {
    /// Which engine.
    fn dialect(&self) -> Dialect;

    /// Runs a statement; answers how many rows it changed.
    ///
    /// # Errors
    /// [`SqlError`].
    fn execute(&mut self, statement: &str, params: &[Value]) -> Result<u64, SqlError>;

    /// Runs a query.
    ///
    /// # Errors
    /// [`SqlError`].
    fn query(&mut self, statement: &str, params: &[Value]) -> Result<Vec<SqlRow>, SqlError>;
}
