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
