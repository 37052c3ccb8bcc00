//! The use-cases: one table of commands that the window, the CLI and the tests run alike (Invariant A3).
//!
//! A command is one function over an open transaction; it reads projections, writes through documents, and
//! never touches the network, a clock or the file system: these come in with [`Ctx`].
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

pub mod api;
mod check;
mod command;
mod conflict;
mod ctx;
mod day;
mod device;
mod dispense;
mod due;
mod enrol;
mod error;
mod exchange;
mod further;
mod patient;
mod people;
#[cfg(test)]
mod played;
mod prescription;
mod products;
#[cfg(test)]
mod roles;
mod rows;
pub mod schemas;
mod session;
mod sources;
mod stock;
#[cfg(test)]
mod testing;
mod visit;
#[cfg(test)]
mod words;
mod workplace;

pub use command::{Command, Kind, Outside, command, commands, outside};
pub use ctx::{Ctx, DeviceFacts, Knowledge, Pen, SignedIn};
pub use device::system::{SystemClock, SystemIds};
pub use device::{Device, News, Settings};
pub use error::AppError;
pub use exchange::{Answer, Ended, Request, Session};
pub use further::author;
pub use people::People;
pub use sources::{Clock, Ids, day_start, local_date};
pub use stock::stock_sums;
pub use workplace::{Parts, Taken, Workplace};
