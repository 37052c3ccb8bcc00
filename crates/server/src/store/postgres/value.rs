//! Values of the ledger to and from PostgreSQL's binary form.

use bytes::BytesMut;
use tokio_postgres::Row;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use xunyi_journal::schema::Value;
use xunyi_ledger::{SqlError, SqlRow};

type Failure = Box<dyn std::error::Error + Sync + Send>;

/// A parameter.
#[derive(Debug)]
pub(super) struct Param<'v>(pub(super) &'v Value);

impl ToSql for Param<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Failure> {
        match self.0 {
            Value::Null => Ok(IsNull::Yes),
            Value::Int(n) if *ty == Type::INT4 => i32::try_from(*n)?.to_sql(ty, out),
            Value::Int(n) if *ty == Type::INT8 => n.to_sql(ty, out),
            Value::Real(x) if *ty == Type::FLOAT8 => x.to_sql(ty, out),
            // As `record` projects it: the one character that text cannot hold here.
            Value::Text(text) if *ty == Type::TEXT && text.contains('\0') => {
                text.replace('\0', "\u{FFFD}").to_sql(ty, out)
            }
            Value::Text(text) if *ty == Type::TEXT => text.as_str().to_sql(ty, out),
            Value::Blob(bytes) if *ty == Type::BYTEA => bytes.as_slice().to_sql(ty, out),
            _ => Err(format!("no {ty} can be made of this value").into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        // Told apart by the value, which `accepts` does not see.
        true
    }

    to_sql_checked!();
}

/// A row of an answer.
pub(super) fn read_row(row: &Row) -> Result<SqlRow, SqlError> {
    let values = (0..row.len()).map(|i| read(row, i));
    values
        .collect::<Result<_, _>>()
        .map(SqlRow)
        .map_err(|e| SqlError::Other(e.to_string()))
}

fn read(row: &Row, i: usize) -> Result<Value, tokio_postgres::Error> {
    let ty = row.columns().get(i).map(|column| column.type_().clone());
    Ok(match ty {
        Some(Type::INT8) => row.try_get::<_, Option<i64>>(i)?.into(),
        Some(Type::INT4) => row.try_get::<_, Option<i32>>(i)?.map(i64::from).into(),
        Some(Type::BOOL) => row.try_get::<_, Option<bool>>(i)?.into(),
        Some(Type::FLOAT8) => row
            .try_get::<_, Option<f64>>(i)?
            .map_or(Value::Null, Value::Real),
        Some(Type::BYTEA) => row.try_get::<_, Option<Vec<u8>>>(i)?.into(),
        // Fails for what is no text: no statement asks for another type.
        _ => row.try_get::<_, Option<String>>(i)?.into(),
    })
}
