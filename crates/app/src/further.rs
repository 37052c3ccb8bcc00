//! A device whose feed forked (its disk was restored from an image, or copied to another tablet) goes on in a further
//! feed of the same key: nothing is written twice, nothing is lost, and what it wrote before stays where it stands.

use crate::{AppError, Ids};
use xunyi_journal::{Author, DeviceRecord, FeedId, feed_id};
use xunyi_ledger::Ledger;
use xunyi_store::{Store, local};

/// What makes the further feed's id together with the key, once there is one.
const NONCE: &str = "further_nonce";

/// Begins it, in the transaction that took in what shows the fork.
pub(crate) fn begin(
    ledger: &mut Ledger<'_>,
    author: &Author,
    ids: &dyn Ids,
    now: i64,
) -> Result<Author, AppError> {
    let forked = author.feed();
    let feeds = ledger.feeds()?;
    let old = feeds
        .iter()
        .find(|feed| feed.feed == forked)
        .ok_or_else(|| AppError::new("device.not_enrolled"))?;
    let mut nonce = [0; 16];
    ids.fill(&mut nonce);
    let record = DeviceRecord {
        name: old.name.clone(),
        public_key: author.public_key(),
        nonce,
        certificate: old.certificate.clone(),
        follows: Some((forked, old.tip.seq, old.tip.hash)),
    };
    let further = author.of_feed(record.feed());
    ledger.open_feed(&further, &record, now)?;
    local::put(ledger.sql(), NONCE, &nonce)?;
    Ok(further)
}

/// The hand that writes on this device: in the feed of its enrolment, or in the further one.
///
/// # Errors
/// [`AppError`] when the database cannot be read.
pub fn author(store: &mut Store, seed: &[u8; 32], enrolled: FeedId) -> Result<Author, AppError> {
    let nonce = store.read(|ledger| Ok::<_, AppError>(local::get(ledger.sql(), NONCE)?))?;
    let author = Author::new(enrolled, seed);
    let nonce = nonce.and_then(|nonce| <[u8; 16]>::try_from(nonce.as_slice()).ok());
    Ok(match nonce {
        Some(nonce) => author.of_feed(feed_id(&author.public_key(), &nonce)),
        None => author,
    })
}
