//! The demo township of Xunyi and the reader of its benchmark workload.
//!
//! Everything here is invented or read, then told as steps: a command of the command table, who gives it and at what
//! time. Nothing here runs a command, reads a clock or a file (Invariant A1): same seed, size and day, same steps.
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

mod background;
mod course;
mod error;
mod formulary;
mod names;
mod person;
mod plan;
mod regimen;
mod rng;
mod site;
mod size;
mod step;
mod supply;
mod today;
mod visit;
pub mod workload;

pub use background::Asked;
pub use course::{Course, Habit, Intake, Measured, Visit};
pub use error::TownshipError;
pub use formulary::{FORMULARY_JSON, formulary};
pub use person::{Person, with_check_digit};
pub use plan::{Plan, Steps, Township};
pub use site::{DemoStaff, SiteData};
pub use size::Size;
pub use step::Step;
