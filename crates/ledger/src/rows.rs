//! Writing projections: generic over the described tables.

use crate::ddl::quoted;
use crate::{Sql, SqlError};
use std::collections::HashMap;
use std::sync::OnceLock;
use xunyi_journal::DocId;
use xunyi_journal::schema::{Table, Value};
use xunyi_record::{RecordKey, Row, RowSet, conflict_table, projection_tables};

fn all() -> impl Iterator<Item = &'static Table> {
    projection_tables().iter().chain([conflict_table()])
}

/// The upsert of each table, by its name.
fn upserts() -> &'static HashMap<&'static str, String> {
    static UPSERTS: OnceLock<HashMap<&'static str, String>> = OnceLock::new();
    UPSERTS.get_or_init(|| all().map(|t| (t.name, upsert(t))).collect())
}

/// `INSERT … ON CONFLICT (key) DO UPDATE SET …` for a table.
pub(crate) fn upsert(table: &Table) -> String {
    let names: Vec<&str> = table.columns.iter().map(|c| c.name).collect();
    let values: Vec<String> = (1..=names.len()).map(|i| format!("${i}")).collect();
    let sets: Vec<String> = names
        .iter()
        .filter(|n| !table.key.contains(n))
        .map(|n| format!("\"{n}\" = excluded.\"{n}\""))
        .collect();
    let action = if sets.is_empty() {
        "NOTHING".to_owned()
    } else {
        format!("UPDATE SET {}", sets.join(", "))
    };
    format!(
        "INSERT INTO \"{}\" ({}) VALUES ({}) ON CONFLICT ({}) DO {action}",
        table.name,
        quoted(&names),
        values.join(", "),
        quoted(table.key)
    )
}

/// Puts the rows of one record in place of those that stood there.
pub(crate) fn replace_record(
    sql: &mut dyn Sql,
    site: i64,
    doc: &DocId,
    key: &RecordKey,
    set: RowSet,
) -> Result<(), SqlError> {
    sql.execute(
        "DELETE FROM conflict WHERE site = $1 AND doc = $2 AND section = $3 AND record = $4",
        &[
            site.into(),
            doc.as_bytes().into(),
            key.section.as_str().into(),
            key.id.as_str().into(),
        ],
    )?;
    if let Some(row) = set.record {
        put_row(sql, site, row)?;
    }
    for row in set.conflicts {
        put_row(sql, site, row)?;
    }
    Ok(())
}

/// Removes every row of a document, before it is projected anew.
pub(crate) fn clear_document(sql: &mut dyn Sql, site: i64, doc: &DocId) -> Result<(), SqlError> {
    for table in all() {
        let statement = format!(
            "DELETE FROM \"{}\" WHERE site = $1 AND doc = $2",
            table.name
        );
        sql.execute(&statement, &[site.into(), doc.as_bytes().into()])?;
    }
    Ok(())
}

/// Puts one row.
pub(crate) fn put_row(sql: &mut dyn Sql, site: i64, row: Row) -> Result<(), SqlError> {
    let statement = upserts()
        .get(row.table)
        .ok_or_else(|| SqlError::Other(format!("no table {}", row.table)))?;
    let mut values = Vec::with_capacity(row.values.len() + 1);
    values.push(Value::Int(site));
    values.extend(row.values);
    sql.execute(statement, &values).map(|_| ())
}

/// Every row of a document as the tables hold it, in a stable order.
pub(crate) fn rows_of(sql: &mut dyn Sql, site: i64, doc: &DocId) -> Result<Vec<Row>, SqlError> {
    let mut rows = Vec::new();
    for table in all() {
        let names: Vec<&str> = table.columns.iter().skip(1).map(|c| c.name).collect();
        let statement = format!(
            "SELECT {} FROM \"{}\" WHERE site = $1 AND doc = $2 ORDER BY {}",
            quoted(&names),
            table.name,
            quoted(table.key)
        );
        for row in sql.query(&statement, &[site.into(), doc.as_bytes().into()])? {
            rows.push(Row {
                table: table.name,
                values: row.0,
            });
        }
    }
    Ok(rows)
}
