//! Feeds: each device's append-only, hash-chained, signed journal of the changes it made, and the frames
//! that carry entries from peer to peer (architecture §4 and §5).
//!
//! Pure: no I/O, no clock, no randomness, no SQL, and no knowledge of what a change holds. Entry bytes are
//! frozen from the first release.
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

mod author;
mod branch;
mod codec;
mod device;
mod entry;
mod error;
mod frame;
mod ids;
#[cfg(feature = "mutants")]
pub mod mutant;
mod registry;
pub mod schema;
mod tables;
mod vector;
mod verify;

pub use author::{Author, Draft};
pub use branch::{Branch, Branches, Grown, Held as HeldPlaces, Place, Split};
pub use codec::{ChangeCodec, ChangeMeta, ChangeParts, CodecError};
pub use device::{DeviceRecord, feed_id, fork_id};
pub use entry::{
    Commit, ENTRY_VERSION, Entry, Envelope, MAX_CHANGE, MAX_ENTRY, MAX_LAMPORT, Sealed,
};
pub use error::{DecodeError, Refusal};
pub use frame::{Earlier, FRAME_ENTRIES_MAX, Frame, FrameBuilder, Held, PackedFrame, Receiver};
pub use ids::{ActorId, ChangeHash, DocId, EntryHash, FeedId, Signature, UserId};
pub use registry::{Action, DocType};
pub use tables::{fork_tables, journal_tables};
pub use vector::{Digest, Position, Vector, VectorDelta};
pub use verify::{Judged, Verifier};
