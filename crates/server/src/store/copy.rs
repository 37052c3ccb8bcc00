//! All that a site has, row by row from one database into another: the same for either engine, as backups and
//! restores need it. A copy is made of what one transaction reads and written in one transaction.

use xunyi_journal::schema::{Table, Value};
use xunyi_ledger::{Sql, SqlError, SqlRow};

use super::tables::{center_tables, restore_tables};

/// Rows read at a time.
const ROWS: usize = 500;
/// Rows read at a time where each may be large.
const LARGE_ROWS: usize = 64;
/// The one table that tells of a running process and not of the site.
const LEASE: &str = "center_lease";

/// Every table that has anything of a site.
fn tables() -> impl Iterator<Item = &'static Table> {
    xunyi_ledger::tables()
        .chain(center_tables())
        .chain(restore_tables())
}

/// Copies everything of a site into a database that holds nothing of it.
///
/// # Errors
/// [`SqlError`].
pub fn copy_site(from: &mut dyn Sql, to: &mut dyn Sql, site: i64) -> Result<(), SqlError> {
    for table in tables().filter(|table| table.name != LEASE) {
        copy_table(from, to, table, site)?;
    }
    Ok(())
}

fn copy_table(
    from: &mut dyn Sql,
    to: &mut dyn Sql,
    table: &Table,
    site: i64,
) -> Result<(), SqlError> {
    let insert = insert(table);
    let page = page_of(table);
    let mut after: Option<SqlRow> = None;
    loop {
        let mut values = vec![Value::Int(site)];
        if let Some(last) = &after {
            let key = table.key.iter().skip(1).filter_map(|c| table.column(c));
            values.extend(key.filter_map(|place| last.0.get(place).cloned()));
        }
        let rows = from.query(&select(table, after.is_some(), page), &values)?;
        let count = rows.len();
        for row in &rows {
            to.execute(&insert, &row.0)?;
        }
        // One row of a site: there is no key to go on by.
        if count < page || table.key.len() == 1 {
            return Ok(());
        }
        after = rows.into_iter().next_back();
    }
}

fn page_of(table: &Table) -> usize {
    match table.column("bytes") {
        Some(_) => LARGE_ROWS,
        None => ROWS,
    }
}

fn names(columns: impl IntoIterator<Item = &'static str>) -> String {
    let quoted: Vec<String> = columns.into_iter().map(|c| format!("\"{c}\"")).collect();
    quoted.join(", ")
}

fn select(table: &Table, goes_on: bool, page: usize) -> String {
    let columns = names(table.columns.iter().map(|c| c.name));
    let key: Vec<&'static str> = table.key.iter().skip(1).copied().collect();
    let behind = if goes_on {
        let places: Vec<String> = (2..key.len() + 2).map(|n| format!("${n}")).collect();
        format!(
            " AND ({}) > ({})",
            names(key.iter().copied()),
            places.join(", ")
        )
    } else {
        String::new()
    };
    let order = names(table.key.iter().copied());
    format!(
        "SELECT {columns} FROM \"{}\" WHERE \"site\" = $1{behind} ORDER BY {order} LIMIT {page}",
        table.name
    )
}

fn insert(table: &Table) -> String {
    let columns = names(table.columns.iter().map(|c| c.name));
    let places: Vec<String> = (1..=table.columns.len()).map(|n| format!("${n}")).collect();
    format!(
        "INSERT INTO \"{}\" ({columns}) VALUES ({})",
        table.name,
        places.join(", ")
    )
}

/// The sites that a database holds.
///
/// # Errors
/// [`SqlError`].
pub fn sites(sql: &mut dyn Sql) -> Result<Vec<i64>, SqlError> {
    let rows = sql.query("SELECT site FROM center_site ORDER BY site", &[])?;
    Ok(rows.iter().map(|row| row.int(0)).collect())
}

/// Moves everything of a site into a schema of its own (PostgreSQL), where nothing reads it and nothing is lost.
///
/// # Errors
/// [`SqlError`].
pub fn set_aside(sql: &mut dyn Sql, site: i64, schema: &str) -> Result<(), SqlError> {
    sql.execute(&format!("CREATE SCHEMA \"{schema}\""), &[])?;
    for table in tables() {
        let name = table.name;
        let aside = format!("\"{schema}\".\"{name}\"");
        sql.execute(
            &format!("CREATE TABLE {aside} (LIKE \"{name}\" INCLUDING ALL)"),
            &[],
        )?;
        sql.execute(
            &format!("INSERT INTO {aside} SELECT * FROM \"{name}\" WHERE site = $1"),
            &[site.into()],
        )?;
        sql.execute(
            &format!("DELETE FROM \"{name}\" WHERE site = $1"),
            &[site.into()],
        )?;
    }
    Ok(())
}
