//! The benchmark workload (quality.md §1): its events, how they are replayed, and how they are rebuilt.
//!
//! [`read`] gives the events of a file, [`site_needed`] what the center must author for them, [`Replay`] the steps that
//! play them, [`Rebuild`] the events that the center's records tell, and [`compare`] says whether all came back.

mod compare;
mod event;
mod needed;
mod rebuild;
mod replay;
mod value;

pub use compare::{Comparison, compare};
pub use event::{
    BpBody, EncounterBody, Event, MovementBody, Patch, PatchKind, PatchSet, PatientBody,
    PrescriptionBody, ProblemBody, Put, Record, VitalsBody, read,
};
pub use needed::site_needed;
pub use rebuild::{Rebuild, before_and_after};
pub use replay::Replay;
