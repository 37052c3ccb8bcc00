//! What policy holds: stored, counted, relayed, not applied (architecture §4, "Hold").

use crate::branches;
use crate::{FeedInfo, Ledger, LedgerError};
use std::collections::{BTreeMap, BTreeSet};
use xunyi_journal::{DocId, DocType, FeedId, Sealed};
use xunyi_record::site::LastGood;
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
}

impl HoldReason {
    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Revoked => "hold.revoked",
            Self::NoRight => "hold.no_right",
            Self::UnknownAuthority => "hold.unknown_authority",
            Self::Unknown => "hold.unknown_type",
        }
    }
}

/// The site's policy as its documents state it now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Revoked feeds, with the last entries that still count (none: nothing counts).
    pub revoked: BTreeMap<FeedId, Vec<LastGood>>,
    /// Of a revoked feed that forked: the branches on the way to those entries, and how far each counts.
    pub ways: BTreeMap<FeedId, BTreeMap<FeedId, u64>>,
    /// Feeds in which a device went on after a fork, with its first one.
    pub further: BTreeMap<FeedId, FeedId>,
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

    /// The first feed of the device behind this one: the one that its certificate names.
    fn device_of(&self, feed: &FeedInfo) -> FeedId {
        feed.feed
    }
}

impl Policy {
    /// Takes note of a feed's certificate.
    pub fn admit(&mut self, feed: &FeedInfo, source: &dyn PolicySource) {
        let device = source.device_of(feed);
        if device != feed.feed && feed.suffix_of.is_none() {
            self.further.insert(feed.feed, device);
        }
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

    /// True for a feed of a device that was revoked.
    pub(crate) fn is_revoked(&self, feed: &FeedId) -> bool {
        // Certificates alone decide over a center's feed: were it revoked by a document that a center wrote,
        // two centers could each undo the other's word, and the order of arrival would decide.
        if self.centers.contains(feed) {
            return false;
        }
        let device = self.further.get(feed);
        self.revoked.contains_key(feed) || device.is_some_and(|of| self.revoked.contains_key(of))
    }

    /// How far a branch of a revoked feed counts: up to this number, or not at all.
    pub(crate) fn counts(&self, feed: &FeedId, branch: &FeedId) -> Option<u64> {
        match self.ways.get(feed) {
            Some(ways) => ways.get(branch).copied(),
            // What a revoked device went on in, and nobody vouched for, does not count.
            None => self.revoked.get(feed)?.iter().map(|last| last.seq).max(),
        }
    }

    /// Judges one entry of a branch. A commit is held when any of its entries is.
    pub fn judge(&self, sealed: &Sealed, branch: &FeedId) -> Option<HoldReason> {
        let (feed, seq) = (sealed.envelope.feed, sealed.envelope.seq);
        if self.strangers.contains(&feed) {
            return Some(HoldReason::UnknownAuthority);
        }
        let dirty = || self.counts(&feed, branch).is_none_or(|last| seq > last);
        if self.is_revoked(&feed) && dirty() {
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
        self.find_ways(&mut policy)?;
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
            let known = crate::journal::feed(self.sql, self.site, feed)?;
            if let Some(known) = &known {
                policy.admit(known, source);
            }
            let device = known.map_or(*feed, |known| source.device_of(&known));
            let record = record_id(site::device_record(&device));
            if let Some(row) = self.record("device", &devices, &record)? {
                policy
                    .revoked
                    .extend(site::revoked(&[(row.record, row.body)]));
            }
        }
        self.find_ways(&mut policy)?;
        Ok(policy)
    }

    /// Of a revoked feed that forked only the branches up to its last good entries count.
    fn find_ways(&mut self, policy: &mut Policy) -> Result<(), LedgerError> {
        for (feed, last_good) in &policy.revoked {
            let branches = branches::of_feed(self.sql, self.site, feed)?;
            if branches.iter().all(|branch| branch.id == *feed) {
                continue;
            }
            let mut ways: BTreeMap<FeedId, u64> = BTreeMap::new();
            for last in last_good {
                let Some(branch) = self.branch_with(last)? else {
                    continue;
                };
                for (branch, seq) in branches.way(&branch, last.seq) {
                    let counts = ways.entry(branch).or_default();
                    *counts = seq.max(*counts);
                }
            }
            policy.ways.insert(*feed, ways);
        }
        Ok(())
    }

    /// The branch that holds this very entry.
    fn branch_with(&mut self, last: &LastGood) -> Result<Option<FeedId>, LedgerError> {
        let Some(hash) = last.hash else {
            return Ok(None);
        };
        let rows = self.sql.query(
            "SELECT feed FROM entry WHERE site = $1 AND seq = $2 AND hash = $3",
            &[self.site.into(), last.seq.into(), hash.as_bytes().into()],
        )?;
        Ok(rows.first().and_then(|row| FeedId::from_slice(row.blob(0))))
    }

    fn bare_policy(&self) -> Policy {
        Policy {
            site_documents: site::document_ids(self.site),
            ..Policy::default()
        }
    }
}
