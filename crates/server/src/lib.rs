//! The center (architecture §7): a peer with a bigger disk that authors staff, devices and reference data, takes
//! frames from the site's devices and gives them what they lack, and keeps documents in a worker.
//!
//! It has no truth that a device lacks, except what it authors; it never opens a port without TLS.
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

mod args;
pub mod backup;
mod center;
mod command;
mod enrolment;
mod error;
pub mod exchange;
mod folder;
mod http;
mod key_file;
mod metrics;
mod news;
mod password;
mod program;
pub mod refill;
mod restore;
mod seal;
pub mod site;
pub mod store;
mod system;
#[cfg(test)]
mod testing;
pub mod watermark;
mod words;
pub mod worker;

pub use center::{Center, Page};
pub use error::CenterError;
pub use folder::Folder;
pub use program::main;
pub use seal::Sealer;
pub use system::Entropy;
