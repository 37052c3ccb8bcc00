//! The sync session as a sans-IO state machine: bytes and events in, bytes and effects out (architecture §5).
//!
//! Never opens a socket, reads a clock or touches a database: the hosts do, as the effects tell them. The
//! wire form is provisional until the sync issue freezes it; the entry bytes inside are frozen.
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

mod initiator;
mod responder;
mod wire;

pub use initiator::{Initiator, InitiatorEffect, Outcome};
pub use responder::{Responder, ResponderEffect};
pub use wire::{Hello, MESSAGE_MAX, Message, Reader, Refused, WireError, encode};

/// Protocol versions that this program speaks, oldest and newest.
pub const PROTOCOL: (u16, u16) = (1, 1);
