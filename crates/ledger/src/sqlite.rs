//! [`Sql`] on an open rusqlite transaction (or connection).

use crate::{Dialect, Sql, SqlError, SqlRow};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode};
use xunyi_journal::schema::Value;

/// A transaction of SQLite. Statements are prepared once and cached by the connection.
pub struct SqliteTx<'c>(pub &'c Connection);

struct Param<'v>(&'v Value);

impl rusqlite::ToSql for Param<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            Value::Null => ValueRef::Null,
            Value::Int(n) => ValueRef::Integer(*n),
            Value::Real(x) => ValueRef::Real(*x),
            Value::Text(t) => ValueRef::Text(t.as_bytes()),
            Value::Blob(b) => ValueRef::Blob(b),
        }))
    }
}

/// SQLite numbers its placeholders with a question mark.
fn placeholders(statement: &str) -> String {
    statement.replace('$', "?")
}

impl From<rusqlite::Error> for SqlError {
    fn from(e: rusqlite::Error) -> Self {
        match e.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull,
            Some(ErrorCode::ReadOnly) => Self::ReadOnly,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Retry,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Corrupt(e.to_string())
            }
            _ => Self::Other(e.to_string()),
        }
    }
}

impl Sql for SqliteTx<'_> {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn execute(&mut self, statement: &str, params: &[Value]) -> Result<u64, SqlError> {
        let mut prepared = self.0.prepare_cached(&placeholders(statement))?;
        let changed = prepared.execute(rusqlite::params_from_iter(params.iter().map(Param)))?;
        Ok(changed as u64)
    }

    fn query(&mut self, statement: &str, params: &[Value]) -> Result<Vec<SqlRow>, SqlError> {
        let mut prepared = self.0.prepare_cached(&placeholders(statement))?;
        let width = prepared.column_count();
        let mut rows = prepared.query(rusqlite::params_from_iter(params.iter().map(Param)))?;
        let mut out = Vec::new();
        while let Some(row) = rows.next()? {
            let mut values = Vec::with_capacity(width);
            for i in 0..width {
                values.push(match row.get_ref(i)? {
                    ValueRef::Null => Value::Null,
                    ValueRef::Integer(n) => Value::Int(n),
                    ValueRef::Real(x) => Value::Real(x),
                    ValueRef::Text(t) => Value::Text(String::from_utf8_lossy(t).into_owned()),
                    ValueRef::Blob(b) => Value::Blob(b.to_vec()),
                });
            }
            out.push(SqlRow(values));
        }
        Ok(out)
    }
}
