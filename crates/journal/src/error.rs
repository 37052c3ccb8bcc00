//! What can be wrong with bytes from elsewhere.

use crate::{FeedId, Position};

/// Bytes that are not what they claim to be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Longer than the limit.
    #[error("{what} of {len} bytes is over the limit of {max}")]
    TooLarge {
        /// What was read.
        what: &'static str,
        /// Its length.
        len: usize,
        /// The limit.
        max: usize,
    },
    /// Not the expected structure.
    #[error("malformed {0}")]
    Malformed(&'static str),
    /// Well formed, but not in the one canonical form.
    #[error("{0} is not in canonical form")]
    NotCanonical(&'static str),
}

impl From<minicbor::decode::Error> for DecodeError {
    fn from(_: minicbor::decode::Error) -> Self {
        Self::Malformed("cbor")
    }
}

/// Why every peer alike refuses entries: nothing of the commit is stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The bytes cannot be read.
    #[error("unreadable entry: {0}")]
    Structure(#[from] DecodeError),
    /// `prev` is not the hash of the entry before, or the time lies before that entry's.
    #[error("broken chain in feed {feed} at {seq}")]
    BrokenChain {
        /// Which feed.
        feed: FeedId,
        /// At which entry.
        seq: u64,
    },
    /// The signature does not fit, or there is none where one must be.
    #[error("false signature in feed {feed} at {seq}")]
    FalseSignature {
        /// Which feed.
        feed: FeedId,
        /// At which entry.
        seq: u64,
    },
    /// A change in another feed's name.
    #[error("change of another's actor in feed {feed} at {seq}")]
    WrongActor {
        /// Which feed.
        feed: FeedId,
        /// At which entry.
        seq: u64,
    },
    /// Entries in between are missing: no break, answered with the vector.
    #[error("gap in feed {feed} before {seq}")]
    Gap {
        /// Which feed.
        feed: FeedId,
        /// The entry that came.
        seq: u64,
        /// What is here.
        have: Option<Position>,
    },
    /// Another valid entry stands at this place already (architecture §4, "Forks").
    #[error("feed {feed} forks at {seq}")]
    Fork {
        /// Which feed.
        feed: FeedId,
        /// At which entry.
        seq: u64,
    },
}

impl Refusal {
    /// Stable code for logs, answers and tests.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Structure(_) => "journal.unreadable",
            Self::BrokenChain { .. } => "journal.broken_chain",
            Self::FalseSignature { .. } => "journal.false_signature",
            Self::WrongActor { .. } => "journal.wrong_actor",
            Self::Gap { .. } => "journal.gap",
            Self::Fork { .. } => "journal.fork",
        }
    }
}
