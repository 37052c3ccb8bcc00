//! The tables that only a center has, described like the rest: what is copied into a backup, and what the migrations
//! are held against.

use xunyi_journal::schema::{Column, ColumnType::*, Table, column, optional};

const SITE: &[Column] = &[
    column("site", Int),
    column("name", Text),
    column("feed", Blob),
    column("sealed_seed", Blob),
    column("authority", Blob),
    column("sealed_authority_key", Blob),
    column("made_at", Int),
];

const ENROLMENT: &[Column] = &[
    column("site", Int),
    column("token_hash", Blob),
    column("name", Text),
    column("letter", Text),
    optional("vehicle", Text),
    column("expires_at", Int),
    optional("used_by", Blob),
    optional("feed", Blob),
    optional("certificate", Blob),
    optional("used_at", Int),
];

const TABLE: &[Column] = &[
    column("site", Int),
    column("hash", Blob),
    column("bytes", Blob),
];

const LEASE: &[Column] = &[
    column("site", Int),
    column("name", Text),
    column("holder", Blob),
    column("expires_at", Int),
];

const VALUE: &[Column] = &[
    column("site", Int),
    column("name", Text),
    column("at", Int),
    column("bytes", Blob),
];

const REFILLED: &[Column] = &[
    column("site", Int),
    column("device", Blob),
    column("at", Int),
];

/// `center_site` (who this center is), `center_enrolment` (codes given out), `center_table` (reference tables by
/// hash), `center_lease` (which process settles documents).
pub(super) const fn center_tables() -> &'static [Table] {
    &[
        Table {
            name: "center_site",
            columns: SITE,
            key: &["site"],
            indexes: &[],
        },
        Table {
            name: "center_enrolment",
            columns: ENROLMENT,
            key: &["site", "token_hash"],
            indexes: &[],
        },
        Table {
            name: "center_table",
            columns: TABLE,
            key: &["site", "hash"],
            indexes: &[],
        },
        Table {
            name: "center_lease",
            columns: LEASE,
            key: &["site", "name"],
            indexes: &[],
        },
    ]
}

/// `center_value` (what it remembers of itself), `center_refilled` (who has told it everything since it was restored).
pub(super) const fn restore_tables() -> &'static [Table] {
    &[
        Table {
            name: "center_value",
            columns: VALUE,
            key: &["site", "name"],
            indexes: &[],
        },
        Table {
            name: "center_refilled",
            columns: REFILLED,
            key: &["site", "device"],
            indexes: &[],
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use xunyi_ledger::{Dialect, EntryState, statements, table_statements};

    /// The first migration: every described table, and two partial indexes over what is rare among the entries, so
    /// that the worker's look costs what waits and not what is there.
    fn first_migration(dialect: Dialect) -> String {
        let mut all = table_statements(dialect);
        all.extend(statements(center_tables(), dialect));
        for (name, columns, state) in [
            ("entry_pending", "\"site\", \"doc\"", EntryState::Pending),
            (
                "entry_held",
                "\"site\", \"feed\", \"seq\"",
                EntryState::Held,
            ),
        ] {
            all.push(format!(
                "CREATE INDEX IF NOT EXISTS \"{name}\" ON \"entry\" ({columns}) WHERE \"state\" = {}",
                state.code()
            ));
        }
        all.join(";\n") + ";\n"
    }

    #[test]
    fn the_first_migrations_are_the_described_tables() {
        let landed = [
            (
                Dialect::Sqlite,
                include_str!("../../migrations/sqlite/0001_center.sql"),
            ),
            (
                Dialect::Postgres,
                include_str!("../../migrations/postgres/0001_center.sql"),
            ),
        ];
        for (dialect, text) in landed {
            let described = first_migration(dialect);
            for (landed, described) in text.lines().zip(described.lines()) {
                assert_eq!(
                    landed, described,
                    "a new table needs a new migration; the first never changes once released"
                );
            }
            assert_eq!(text.len(), described.len());
        }
    }

    #[test]
    fn the_third_migrations_are_the_tables_of_restores() {
        for (dialect, landed) in [
            (
                Dialect::Sqlite,
                include_str!("../../migrations/sqlite/0003_restore.sql"),
            ),
            (
                Dialect::Postgres,
                include_str!("../../migrations/postgres/0003_restore.sql"),
            ),
        ] {
            let described = statements(restore_tables(), dialect).join(";\n") + ";\n";
            assert_eq!(landed, described);
        }
    }

    #[test]
    fn every_key_starts_with_the_site() {
        for table in center_tables().iter().chain(restore_tables()) {
            assert_eq!(table.key.first(), Some(&"site"), "{}", table.name);
            assert_eq!(table.columns[0].name, "site");
        }
    }
}
