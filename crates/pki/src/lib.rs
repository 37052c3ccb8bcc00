//! Certificates and TLS of a site: its authority, the certificates of center and devices, the TLS
//! configurations that trust them, and the enrolment code that carries the first trust.
//!
//! Never reads a clock, makes a random number, or opens a socket or a file: these come in as arguments.

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

mod ca;
mod cert;
mod chain;
mod client;
mod enrolment;
mod enrolment_code;
mod error;
mod hex;
mod key;
mod server;
mod time;

pub use ca::SiteCa;
pub use cert::{CaCert, Fingerprint, PeerIdentity, Role, SiteNumber};
pub use chain::{feed_author, verify_device_cert, verify_peer_cert};
pub use client::{PeerWanted, client_config, enrolment_client_config};
pub use enrolment::{EnrolAnswer, EnrolRequest};
pub use enrolment_code::{CodeFault, EnrolmentCode, TOKEN_LEN};
pub use error::PkiError;
pub use key::{SigningSeed, TlsIdentity};
pub use server::server_config;
pub use time::{FixedTime, TimeSource, Validity, bounded_time};
