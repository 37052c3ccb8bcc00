//! The journal's own tables, described for every store.

use crate::schema::{Column, ColumnType::*, Table, column, optional};

const FEED: &[Column] = &[
    column("site", Int),
    column("feed", Blob),
    column("public_key", Blob),
    column("name", Text),
    column("certificate", Blob),
    optional("follows", Blob),
    column("seq", Int),
    column("hash", Blob),
    column("lamport", Int),
    column("last_at", Int),
];

const ENTRY: &[Column] = &[
    column("site", Int),
    column("feed", Blob),
    column("seq", Int),
    column("hash", Blob),
    column("lamport", Int),
    column("remaining", Int),
    column("doc", Blob),
    column("doc_type", Int),
    column("at", Int),
    column("author", Blob),
    column("action", Int),
    column("change_hash", Blob),
    column("state", Int),
    optional("signature", Blob),
    column("bytes", Blob),
];

const SUFFIX: &[Column] = &[
    column("site", Int),
    column("feed", Blob),
    column("base", Blob),
    column("first_seq", Int),
    column("prev_hash", Blob),
];

/// `suffix`: feeds that go on from a fork, each beside its row in `feed` under its own name: whose entries they are,
/// the first of them, and the hash before it. Entries keep the number that they were signed with.
pub const fn fork_tables() -> &'static [Table] {
    &[Table {
        name: "suffix",
        columns: SUFFIX,
        key: &["site", "feed"],
        indexes: &[&["site", "base"]],
    }]
}

/// `feed` (the tip of each) and `entry` (frozen bytes beside what queries need of them).
pub const fn journal_tables() -> &'static [Table] {
    &[
        Table {
            name: "feed",
            columns: FEED,
            key: &["site", "feed"],
            indexes: &[],
        },
        Table {
            name: "entry",
            columns: ENTRY,
            key: &["site", "feed", "seq"],
            indexes: &[&["site", "doc", "state"], &["site", "change_hash"]],
        },
    ]
}
