//! What policy holds: stored, counted, relayed, not applied (architecture §4, "Hold").

use crate::FeedInfo;
use std::collections::{BTreeMap, BTreeSet};
use xunyi_journal::{DocType, FeedId, Sealed};

/// Why a commit is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoldReason {
    /// Made after the last good entry of a revoked device.
    Revoked,
    /// The feed has no right to write this type of document.
    NoRight,
    /// The feed's certificate is not of this site's authority.
    UnknownAuthority,
    /// An entry version or a document type that this program does not know.
    Unknown,
    /// Another change with the same actor and number came first.
    DuplicateActor,
}

impl HoldReason {
    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Revoked => "hold.revoked",
            Self::NoRight => "hold.no_right",
            Self::UnknownAuthority => "hold.unknown_authority",
            Self::Unknown => "hold.unknown_type",
            Self::DuplicateActor => "hold.duplicate_actor",
        }
    }
}

/// The site's policy as its documents state it now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Revoked feeds, with the number of the last entry that still counts (none: nothing counts).
    pub revoked: BTreeMap<FeedId, Option<u64>>,
    /// Feeds whose certificate names them the center: only these write `site` documents.
    pub centers: BTreeSet<FeedId>,
    /// Feeds whose certificate is not of this site's authority.
    pub strangers: BTreeSet<FeedId>,
}

/// Reads certificates for policy: whether the site's authority issued it, and whether it names the center.
pub trait PolicySource {
    /// `None`: not of this site's authority; else whether it is a center's.
    fn is_center(&self, feed: &FeedInfo) -> Option<bool>;
}

impl Policy {
    /// Judges one entry. A commit is held when any of its entries is.
    pub fn judge(&self, sealed: &Sealed) -> Option<HoldReason> {
        let feed = sealed.envelope.feed;
        if self.strangers.contains(&feed) {
            return Some(HoldReason::UnknownAuthority);
        }
        if let Some(last_good) = self.revoked.get(&feed)
            && last_good.is_none_or(|last| sealed.envelope.seq > last)
        {
            return Some(HoldReason::Revoked);
        }
        let Some(entry) = &sealed.entry else {
            return Some(HoldReason::Unknown);
        };
        match entry.doc_type {
            DocType::Feed | DocType::Patient | DocType::StockPage | DocType::VehicleDay => None,
            DocType::Site if self.centers.contains(&feed) => None,
            DocType::Site => Some(HoldReason::NoRight),
            DocType::Unknown(_) => Some(HoldReason::Unknown),
        }
    }
}
