//! Description of tables, engine-neutral: written once here and in `record`, turned into SQL by `ledger` for
//! the device's SQLite and the center's SQLite or PostgreSQL alike.

/// Type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnType {
    /// 64-bit integer.
    Int,
    /// Double.
    Real,
    /// UTF-8 text.
    Text,
    /// Bytes.
    Blob,
}

/// A column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Name.
    pub name: &'static str,
    /// Type.
    pub ty: ColumnType,
    /// False: NOT NULL.
    pub null: bool,
}

/// A table. Its first column is always `site`.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Name.
    pub name: &'static str,
    /// Columns in order.
    pub columns: &'static [Column],
    /// Columns of the primary key; `site` first, so that distributed engines shard by it.
    pub key: &'static [&'static str],
    /// Further indexes: columns of each, `site` first.
    pub indexes: &'static [&'static [&'static str]],
}

/// A value of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// NULL.
    Null,
    /// Integer.
    Int(i64),
    /// Double.
    Real(f64),
    /// Text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

impl Table {
    /// Place of a column.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|c| c.name == name)
    }
}

/// A NOT NULL column.
pub const fn column(name: &'static str, ty: ColumnType) -> Column {
    Column {
        name,
        ty,
        null: false,
    }
}

/// A column that may be NULL.
pub const fn optional(name: &'static str, ty: ColumnType) -> Column {
    Column {
        name,
        ty,
        null: true,
    }
}

macro_rules! from {
    ($ty:ty, $value:ident => $expr:expr) => {
        impl From<$ty> for Value {
            fn from($value: $ty) -> Self {
                $expr
            }
        }
    };
}

from!(i64, v => Self::Int(v));
from!(u64, v => Self::Int(i64::try_from(v).unwrap_or(i64::MAX)));
from!(u32, v => Self::Int(i64::from(v)));
from!(u16, v => Self::Int(i64::from(v)));
from!(bool, v => Self::Int(i64::from(v)));
from!(&str, v => Self::Text(v.to_owned()));
from!(String, v => Self::Text(v));
from!(Vec<u8>, v => Self::Blob(v));
from!(&[u8], v => Self::Blob(v.to_vec()));

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(v: Option<T>) -> Self {
        v.map_or(Self::Null, Into::into)
    }
}
