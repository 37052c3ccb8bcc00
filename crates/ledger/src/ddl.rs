//! Tables from their descriptions.

use crate::{Dialect, Sql, SqlError};
use xunyi_journal::schema::{Column, ColumnType, ColumnType::*, Table, column};
use xunyi_journal::{fork_tables, journal_tables};
use xunyi_record::{conflict_table, projection_tables};

const DOCUMENT: &[Column] = &[
    column("site", Int),
    column("doc", Blob),
    column("doc_type", Int),
    column("heads", Blob),
    column("tail", Int),
];

const SNAPSHOT: &[Column] = &[
    column("site", Int),
    column("doc", Blob),
    column("bytes", Blob),
];

/// `document` (heads of each) and `snapshot` (its bytes up to the tail).
const TABLES: &[Table] = &[
    Table {
        name: "document",
        columns: DOCUMENT,
        key: &["site", "doc"],
        indexes: &[&["site", "doc_type"]],
    },
    Table {
        name: "snapshot",
        columns: SNAPSHOT,
        key: &["site", "doc"],
        indexes: &[],
    },
];

/// The statements that make every table that is not there: journal, documents, projections. The device's
/// first migration is these as they were when it landed; a test holds the two together.
pub fn table_statements(dialect: Dialect) -> Vec<String> {
    statements(first_tables(), dialect)
}

/// Every table of journal, documents and projections.
pub fn tables() -> impl Iterator<Item = &'static Table> {
    first_tables().chain(fork_tables())
}

fn first_tables() -> impl Iterator<Item = &'static Table> {
    journal_tables()
        .iter()
        .chain(TABLES)
        .chain(projection_tables())
        .chain([conflict_table()])
}

/// The statements that make these tables: a store's own, described like the rest.
pub fn statements<'t>(
    tables: impl IntoIterator<Item = &'t Table>,
    dialect: Dialect,
) -> Vec<String> {
    tables
        .into_iter()
        .flat_map(|table| {
            std::iter::once(create_table(table, dialect)).chain(
                table
                    .indexes
                    .iter()
                    .map(move |index| create_index(table, index)),
            )
        })
        .collect()
}

/// The statements that make what forks need: the migration behind the first.
pub fn fork_statements(dialect: Dialect) -> Vec<String> {
    statements(fork_tables(), dialect)
}

/// Makes every table that is not there.
///
/// # Errors
/// [`SqlError`].
pub fn create_tables(sql: &mut dyn Sql) -> Result<(), SqlError> {
    let dialect = sql.dialect();
    let all = table_statements(dialect);
    for statement in all.into_iter().chain(fork_statements(dialect)) {
        sql.execute(&statement, &[])?;
    }
    Ok(())
}

fn create_table(table: &Table, dialect: Dialect) -> String {
    let columns: Vec<String> = table
        .columns
        .iter()
        .map(|c| {
            let null = if c.null { "" } else { " NOT NULL" };
            format!("\"{}\" {}{null}", c.name, type_name(c.ty, dialect))
        })
        .collect();
    // Blobs of entries and snapshots want a rowid; narrow tables are their own key.
    let wide = table
        .columns
        .iter()
        .any(|c| c.name == "bytes" || c.name == "body");
    let suffix = match dialect {
        Dialect::Sqlite if wide => " STRICT",
        Dialect::Sqlite => " STRICT, WITHOUT ROWID",
        Dialect::Postgres => "",
    };
    format!(
        "CREATE TABLE IF NOT EXISTS \"{}\" ({}, PRIMARY KEY ({})){suffix}",
        table.name,
        columns.join(", "),
        quoted(table.key)
    )
}

fn create_index(table: &Table, columns: &[&str]) -> String {
    format!(
        "CREATE INDEX IF NOT EXISTS \"{}_by_{}\" ON \"{}\" ({})",
        table.name,
        columns
            .iter()
            .skip(1)
            .copied()
            .collect::<Vec<_>>()
            .join("_"),
        table.name,
        quoted(columns)
    )
}

fn type_name(ty: ColumnType, dialect: Dialect) -> &'static str {
    match (ty, dialect) {
        (Int, Dialect::Sqlite) => "INTEGER",
        (Int, Dialect::Postgres) => "BIGINT",
        (Real, Dialect::Sqlite) => "REAL",
        (Real, Dialect::Postgres) => "DOUBLE PRECISION",
        (Text, _) => "TEXT",
        (Blob, Dialect::Sqlite) => "BLOB",
        (Blob, Dialect::Postgres) => "BYTEA",
    }
}

pub(crate) fn quoted(names: &[&str]) -> String {
    names
        .iter()
        .map(|n| format!("\"{n}\""))
        .collect::<Vec<_>>()
        .join(", ")
}
