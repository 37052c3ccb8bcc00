//! Who a feed belongs to, by its certificate: the site's center, one of its devices, or a stranger.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use xunyi_journal::FeedId;
use xunyi_ledger::{FeedInfo, PolicySource};
use xunyi_pki::{CaCert, Role, feed_author};

/// Verdicts kept; a site has fewer feeds than this, a flood of strangers has not.
const KEPT: usize = 50_000;

/// A feed and the hash of the certificate that it shows.
type Shown = (FeedId, [u8; 32]);

/// Who stands behind a feed.
#[derive(Clone, Copy, Debug)]
struct Author {
    /// The first feed of the device, which its certificate names.
    device: FeedId,
    center: bool,
}

/// Judges certificates against the site's authorities, each only once: center and devices alike.
pub struct SiteTrust {
    authorities: Vec<CaCert>,
    known: Mutex<HashMap<Shown, Option<Author>>>,
}

impl SiteTrust {
    /// Stands on these authorities.
    pub fn new(authorities: Vec<CaCert>) -> Self {
        Self {
            authorities,
            known: Mutex::new(HashMap::new()),
        }
    }

    fn author(&self, feed: &FeedInfo) -> Option<Author> {
        let key = (feed.feed, *blake3::hash(&feed.certificate).as_bytes());
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(author) = known.get(&key) {
            return *author;
        }
        // A genuine certificate of another device vouches for nothing here.
        let author = feed_author(&self.authorities, &feed.certificate, &feed.public_key);
        let author = author.map(|identity| Author {
            device: FeedId(identity.feed),
            center: identity.role == Role::Center,
        });
        if known.len() >= KEPT {
            known.clear();
        }
        known.insert(key, author);
        author
    }
}

impl PolicySource for SiteTrust {
    fn is_center(&self, feed: &FeedInfo) -> Option<bool> {
        self.author(feed).map(|author| author.center)
    }

    fn device_of(&self, feed: &FeedInfo) -> FeedId {
        self.author(feed).map_or(feed.feed, |author| author.device)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use xunyi_journal::{EntryHash, Position, feed_id};
    use xunyi_pki::{SigningSeed, SiteCa, Validity};

    const NOW: i64 = 1_795_392_000_000;

    fn authority(seed: u8) -> SiteCa {
        SiteCa::create(&[seed; 32], 7, "卫生院", NOW).unwrap()
    }

    fn info(public_key: [u8; 32], feed: FeedId, certificate: &[u8]) -> FeedInfo {
        FeedInfo {
            feed,
            name: "GP".into(),
            certificate: certificate.to_vec(),
            public_key,
            tip: Position {
                seq: 0,
                hash: EntryHash::ZERO,
            },
            last_at: NOW,
            suffix_of: None,
        }
    }

    #[test]
    fn center_device_and_stranger_are_told_apart() {
        let (ca, other) = (authority(1), authority(2));
        let trust = SiteTrust::new(vec![ca.cert().clone()]);
        let key = SigningSeed::from_bytes(&[3; 32]).public_key();
        let feed = feed_id(&key, &[4; 16]);
        let validity = Validity::days(NOW, 1);
        let device = |ca: &SiteCa| ca.issue_device(&key, &feed.0, "GP", validity).unwrap();
        let center = ca.issue_center(&key, &feed.0, "c", &[], validity).unwrap();
        for _ in 0..2 {
            assert_eq!(trust.is_center(&info(key, feed, &device(&ca))), Some(false));
            assert_eq!(trust.is_center(&info(key, feed, &center)), Some(true));
            assert_eq!(trust.is_center(&info(key, feed, &device(&other))), None);
            assert_eq!(trust.is_center(&info(key, feed, b"nonsense")), None);
        }
    }

    #[test]
    fn the_certificate_of_another_device_vouches_for_nothing() {
        let ca = authority(1);
        let trust = SiteTrust::new(vec![ca.cert().clone()]);
        let key = SigningSeed::from_bytes(&[3; 32]).public_key();
        let feed = feed_id(&key, &[4; 16]);
        let center = ca
            .issue_center(&key, &feed.0, "c", &[], Validity::days(NOW, 1))
            .unwrap();
        assert_eq!(trust.is_center(&info([9; 32], feed, &center)), None);
        // By the same key it is the same device, in whichever feed it goes on.
        let further = info(key, FeedId([9; 16]), &center);
        assert_eq!(trust.is_center(&further), Some(true));
        assert_eq!(trust.device_of(&further), feed);
    }
}
