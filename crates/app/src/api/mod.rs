//! Input and output of every command: the whole language between the window (or the CLI) and the program.
//!
//! Plain data with JSON Schemas; `schemas/ipc` and the UI's TypeScript types are generated from here.
//! Nothing in this folder acts. Times are milliseconds since 1970 (UTC), dates are `YYYY-MM-DD`.

pub mod conflict;
pub mod day;
pub mod device;
pub mod dispense;
pub mod patient;
pub mod prescription;
pub mod session;
pub mod stock;
pub mod sync;
pub mod visit;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Heads of a document as a form was opened: opaque, handed back with the save (architecture §3, "Heads").
pub type Heads = Vec<String>;

/// Input of a command that takes none.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// Output of a command whose success says everything.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Done {
    /// Always true: the act is on disk.
    pub done: bool,
}

/// The answer of an act that saved: on disk when this is returned.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Saved {
    /// When it was committed, ms.
    pub saved_at: i64,
    /// Heads of the document after the save, for the next form.
    pub heads: Heads,
}
