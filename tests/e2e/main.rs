//! Flows in the real window, with real taps and real typing; each is a test with its own screen.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

mod access;
mod day;
mod demonstration;
mod looks;
mod shell;
mod storm;
mod team;
