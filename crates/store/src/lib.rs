//! What one device keeps: an encrypted database and the slot file that releases its key.
//! It never does what the domain decides (that is `record` and `app`), never asks a clock, and never
//! makes a random number: both come in as arguments.
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

mod database;
mod error;
mod files;
pub mod local;
mod lock;
mod store;
mod trust;
pub mod unlock;

pub use database::{BackupReport, Database, Migration, Opening, Settings};
pub use error::StoreError;

pub use lock::FolderLock;
pub use store::{MIGRATIONS, Store, WriteError};
pub use trust::SiteTrust;
