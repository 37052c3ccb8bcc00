//! Documents: charts, stock pages, vehicle days and site data as automerge documents, and the rules that
//! keep concurrent edits from hiding one another (architecture §3).
//!
//! The only crate that names automerge. No I/O, no clock, no randomness: actors and times come in.
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

mod canonical;
mod change;
mod codec;
pub mod day;
mod document;
mod error;
mod fields;
mod genesis;
mod ids;
mod parts;
pub mod patient;
mod project;
mod put;
mod read;
mod section;
mod shape;
pub mod site;
pub mod stock;
mod tables;
mod value;

pub use canonical::canonical_json;
pub use change::Change;
pub use codec::AutomergeCodec;
pub use document::{Applied, Batch, Document, Heads, Standing, Write, Written};
pub use error::RecordError;
pub use ids::{record_id, uuid_of_record};
pub use project::{Row, RowSet, project, project_record};
pub use read::{Conflict, ConflictValue, Field, Record, RecordKey};
pub use section::{Section, SectionKind, section, sections};
pub use tables::{conflict_table, projection_tables};

#[cfg(test)]
mod tests;
