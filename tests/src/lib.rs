//! What the tests of real programs stand on: processes that end with their test, a window driven
//! as a person would, a throwaway PostgreSQL, a link that can be cut, a search for traces.
//!
//! Starts the built programs and looks at them from outside. Three modules look from beneath
//! instead: [`tablet`] runs the command table in this process, [`vfs`] writes down what reaches its files,
//! [`told`] reads a center's database.
#![deny(unsafe_code)]
#![allow(
    clippy::indexing_slicing,
    reason = "only JSON answers are indexed here: what is not in one reads as null"
)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod audit;
pub mod center;
pub mod display;
pub mod flow;
pub mod link;
pub mod place;
pub mod postgres;
pub mod process;
pub mod site;
pub mod small_disk;
pub mod tablet;
pub mod told;
pub mod traces;
pub mod vfs;
pub mod window;

/// Whatever went wrong, with its words; a test that gets one fails with them.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// What an act of the harness ends with.
pub type Outcome<T = ()> = Result<T, Error>;
