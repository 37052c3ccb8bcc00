//! The use-cases: one table of commands that the window, the CLI and the tests run alike.
//!
//! So far it describes the commands' input and output; the commands themselves follow.
#![forbid(unsafe_code)]

pub mod api;
