//! A SQLite VFS that writes down what a database does to its files: each write, truncation and sync in
//! order, with the test's own marks in between. From that log alone it is told what a power cut at any
//! moment would have left on the disk.
//!
//! The one place of the workspace with unsafe code: [`shim`] speaks SQLite's C interface. It changes
//! nothing of what SQLite asks for; every call goes on to the system's own VFS.

mod disk;
mod log;
mod shim;

pub use disk::{PowerCut, Remains};
pub use log::{Event, FileId, FileKind, Log, ShmCall};
pub use shim::Recorder;
