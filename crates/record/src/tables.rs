//! The projection tables, described once for every store (architecture §2).
//!
//! Each part of a document projects into the table of its name: the columns that queries need, and the whole
//! record as JSON in `body`. Every row belongs to exactly one record, so that a change re-projects only the
//! records it touched. Tables are disposable: rebuilt from the documents they give the same rows (J2).

use xunyi_journal::schema::{Column, ColumnType::*, Table, column, optional};

const KEY: &[&str] = &["site", "doc", "record"];

macro_rules! table {
    ($name:literal, [$($column:expr),* $(,)?], [$($index:expr),* $(,)?]) => {
        Table {
            name: $name,
            columns: {
                const COLUMNS: &[Column] = &[
                    column("site", Int),
                    column("doc", Blob),
                    column("record", Text),
                    $($column,)*
                    column("body", Text),
                ];
                COLUMNS
            },
            key: KEY,
            indexes: { const INDEXES: &[&[&str]] = &[$($index),*]; INDEXES },
        }
    };
}

const TABLES: &[Table] = &[
    table!(
        "person",
        [
            optional("name", Text),
            optional("birth_date", Text),
            optional("village", Text),
            optional("id_number", Text)
        ],
        [&["site", "village", "name"]]
    ),
    table!("allergy", [optional("status", Text)], []),
    table!("problem", [optional("status", Text)], []),
    table!(
        "enrolment",
        [optional("programme", Text), optional("status", Text)],
        [&["site", "programme", "doc"]]
    ),
    table!("encounter", [optional("at", Int)], [&["site", "doc", "at"]]),
    table!(
        "form",
        [
            optional("encounter", Text),
            optional("template", Text),
            optional("at", Int),
            optional("next_visit", Text)
        ],
        [&["site", "template", "doc", "at"]]
    ),
    table!(
        "prescription",
        [
            optional("encounter", Text),
            optional("at", Int),
            optional("status", Text)
        ],
        [&["site", "at"]]
    ),
    table!(
        "dispensing",
        [optional("prescription", Text), optional("at", Int)],
        [&["site", "prescription"]]
    ),
    table!(
        "signature",
        [optional("encounter", Text), optional("at", Int)],
        []
    ),
    table!(
        "addendum",
        [optional("encounter", Text), optional("at", Int)],
        []
    ),
    table!(
        "link",
        [optional("other", Text), optional("status", Text)],
        []
    ),
    table!(
        "page",
        [optional("device", Text), optional("at", Int)],
        [&["site", "device"]]
    ),
    table!("product", [optional("product", Text)], []),
    table!(
        "movement",
        [
            optional("kind", Text),
            optional("product", Text),
            optional("lot_number", Text),
            optional("expiry", Text),
            optional("from_place", Text),
            optional("to_place", Text),
            optional("qty", Int),
            optional("at", Int),
        ],
        [
            // These two hold all that a sum needs, in the order in which it is summed.
            &[
                "site",
                "from_place",
                "product",
                "lot_number",
                "expiry",
                "record",
                "qty"
            ],
            &[
                "site",
                "to_place",
                "product",
                "lot_number",
                "expiry",
                "record",
                "qty"
            ],
            &["site", "lot_number"]
        ]
    ),
    table!(
        "day",
        [optional("vehicle", Text), optional("date", Text)],
        [&["site", "date"]]
    ),
    table!("opening", [optional("at", Int)], []),
    table!("stop", [optional("at", Int)], []),
    table!(
        "queue",
        [optional("patient", Text), optional("at", Int)],
        []
    ),
    table!("call", [optional("entry", Text), optional("at", Int)], []),
    table!("turn", [optional("entry", Text), optional("at", Int)], []),
    table!("closing", [optional("at", Int)], []),
    table!("setting", [], []),
    table!(
        "staff",
        [optional("name", Text), optional("status", Text)],
        []
    ),
    table!(
        "device",
        [optional("name", Text), optional("status", Text)],
        []
    ),
    table!("village", [optional("name", Text)], []),
    table!("vehicle", [optional("name", Text)], []),
    table!("reference_table", [optional("name", Text)], []),
];

const CONFLICT: Table = Table {
    name: "conflict",
    columns: &[
        column("site", Int),
        column("doc", Blob),
        column("section", Text),
        column("record", Text),
        column("field", Text),
        column("doc_type", Int),
        column("body", Text),
    ],
    key: &["site", "doc", "section", "record", "field"],
    indexes: &[],
};

/// The table of fields that hold two or more values.
pub const fn conflict_table() -> &'static Table {
    const T: &Table = &CONFLICT;
    T
}

/// The table of each document part, the part's name being the table's.
pub const fn projection_tables() -> &'static [Table] {
    TABLES
}

#[cfg(test)]
mod tests {
    use super::*;
    use xunyi_journal::DocType;

    #[test]
    fn every_section_has_its_table_and_every_table_its_section() {
        let mut sections: Vec<&str> = [
            DocType::Patient,
            DocType::StockPage,
            DocType::VehicleDay,
            DocType::Site,
        ]
        .into_iter()
        .flat_map(|t| crate::sections(t).iter().map(|s| s.name))
        .collect();
        let mut tables: Vec<&str> = projection_tables().iter().map(|t| t.name).collect();
        sections.sort_unstable();
        tables.sort_unstable();
        assert_eq!(sections, tables);
    }
}
