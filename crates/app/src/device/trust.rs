//! Whether a feed belongs to this site, and whether it is the center's: read from the certificate in its
//! entry 0, once per feed.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use xunyi_journal::FeedId;
use xunyi_ledger::{FeedInfo, PolicySource};
use xunyi_pki::{CaCert, Role, feed_role};

/// The pinned authorities of the site.
pub(crate) struct SiteTrust {
    authorities: Vec<CaCert>,
    judged: Mutex<BTreeMap<FeedId, Option<bool>>>,
}

impl SiteTrust {
    pub(crate) fn new(authorities: Vec<CaCert>) -> Self {
        Self {
            authorities,
            judged: Mutex::default(),
        }
    }
}

impl PolicySource for SiteTrust {
    fn is_center(&self, feed: &FeedInfo) -> Option<bool> {
        // Entry 0 never changes, and with it what is remembered here.
        let mut judged = self.judged.lock().unwrap_or_else(PoisonError::into_inner);
        *judged.entry(feed.feed).or_insert_with(|| {
            feed_role(
                &self.authorities,
                &feed.certificate,
                &feed.feed.0,
                &feed.public_key,
            )
            .map(|role| role == Role::Center)
        })
    }
}
