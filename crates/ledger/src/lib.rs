//! The journal, documents and projections in a database: one set of statements, written over a small [`Sql`]
//! trait, for the device's SQLite and the center's SQLite or PostgreSQL alike (ADR 0001).
//!
//! What it never does: open a database, choose a key, read a clock, talk to a peer.
#![forbid(unsafe_code)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

mod branches;
mod check;
mod commits;
mod ddl;
mod documents;
mod error;
mod holdings;
mod journal;
mod outgoing;
#[cfg(test)]
mod plans;
mod policy;
mod read;
mod receive;
mod rejudge;
mod rows;
mod settle;
mod sql;
mod sqlite;
mod state;
mod stock;
mod watermark;

pub use check::{Finding, rebuild, verify};
pub use ddl::{create_tables, fork_statements, statements, table_statements, tables};
pub use documents::{Cache, DocWrite, Ledger, WriteRequest, WriteResult};
pub use error::LedgerError;
pub use holdings::Holdings;
pub use journal::{AuditLine, FeedInfo};
pub use outgoing::{Outbound, Outgoing, pack};
pub use policy::{HoldReason, Policy, PolicySource};
pub use read::{ConflictRow, RecordRow, Unsent};
pub use receive::Received;
pub use settle::Settle;
pub use sql::{Dialect, Sql, SqlError, SqlRow};
pub use sqlite::SqliteTx;
pub use state::EntryState;
pub use stock::OnHandRow;

#[cfg(test)]
mod tests;
