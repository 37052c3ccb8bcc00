//! What policy holds: stored, counted, relayed, not applied (architecture §4, "Hold").

use crate::{FeedInfo, Ledger, LedgerError};
use std::collections::{BTreeMap, BTreeSet};
use xunyi_journal::{DocId, DocType, FeedId, Sealed};
use xunyi_record::{record_id, site};

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
    /// Documents that entries of another type may not name, lest a device write the site's as a chart.
    pub site_documents: BTreeSet<DocId>,
}

/// Reads certificates for policy: whether the site's authority issued it, and whether it names the center.
pub trait PolicySource {
    /// `None`: not of this site's authority; else whether it is a center's.
    fn is_center(&self, feed: &FeedInfo) -> Option<bool>;
}

impl Policy {
    /// Takes note of a feed's certificate.
    pub fn admit(&mut self, feed: &FeedInfo, source: &dyn PolicySource) {
        match source.is_center(feed) {
            None => {
                self.strangers.insert(feed.feed);
            }
            Some(true) => {
                self.centers.insert(feed.feed);
            }
            Some(false) => {}
        }
    }

    /// Judges one entry. A commit is held when any of its entries is.
    pub fn judge(&self, sealed: &Sealed) -> Option<HoldReason> {
        let feed = sealed.envelope.feed;
        if self.strangers.contains(&feed) {
            return Some(HoldReason::UnknownAuthority);
        }
        // Certificates alone decide over a center's feed: were it revoked by a document that a center wrote,
        // two centers could each undo the other's word, and the order of arrival would decide.
        if let Some(last_good) = self.revoked.get(&feed)
            && !self.centers.contains(&feed)
            && last_good.is_none_or(|last| sealed.envelope.seq > last)
        {
            return Some(HoldReason::Revoked);
        }
        let Some(entry) = &sealed.entry else {
            return Some(HoldReason::Unknown);
        };
        match entry.doc_type {
            DocType::Site if self.centers.contains(&feed) => None,
            DocType::Site => Some(HoldReason::NoRight),
            DocType::Feed => None,
            DocType::Patient | DocType::StockPage | DocType::VehicleDay => self
                .site_documents
                .contains(&entry.doc)
                .then_some(HoldReason::NoRight),
            DocType::Unknown(_) => Some(HoldReason::Unknown),
        }
    }
}

impl Ledger<'_> {
    /// The site's policy from its documents and the feeds' certificates.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn policy(&mut self, source: &dyn PolicySource) -> Result<Policy, LedgerError> {
        let mut policy = self.bare_policy();
        for feed in self.feeds()? {
            policy.admit(&feed, source);
        }
        policy.revoked = site::revoked(&self.bodies("device")?);
        Ok(policy)
    }

    /// The part of the policy that concerns some feeds: what a frame costs does not grow with the site.
    pub(crate) fn policy_for(
        &mut self,
        feeds: &BTreeSet<FeedId>,
        source: &dyn PolicySource,
    ) -> Result<Policy, LedgerError> {
        let mut policy = self.bare_policy();
        let devices = site::document_id(self.site, site::topic::DEVICES);
        for feed in feeds {
            if let Some(known) = crate::journal::feed(self.sql, self.site, feed)? {
                policy.admit(&known, source);
            }
            let record = record_id(site::device_record(feed));
            if let Some(row) = self.record("device", &devices, &record)? {
                policy
                    .revoked
                    .extend(site::revoked(&[(row.record, row.body)]));
            }
        }
        Ok(policy)
    }

    fn bare_policy(&self) -> Policy {
        Policy {
            site_documents: site::document_ids(self.site),
            ..Policy::default()
        }
    }
}
