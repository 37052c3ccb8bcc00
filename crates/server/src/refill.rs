//! A center that was put back from an older state (architecture §5, "Restored center"). Entries of its feed that came
//! after that state are on devices, so it goes on in a further feed of the same key. Site data is read-only until
//! every device has told all that it holds, or an admin ends the wait; revoking is always allowed. A device that the
//! site's document does not know, and the site's authority does, is put there when the wait is over.

use std::collections::{BTreeMap, BTreeSet};

use xunyi_journal::{DeviceRecord, DocId, FeedId, Vector, feed_id};
use xunyi_ledger::{FeedInfo, Ledger};
use xunyi_pki::PeerIdentity;
use xunyi_record::site;

use crate::center::{Center, Page};
use crate::error::CenterError;
use crate::site::devices::{self, Device};
use crate::store::{
    Remembered, clear_refilled, end_open_enrolments, forget, open_enrolments, put_refilled,
    refilled, remember, remembered, value,
};

/// What a restored center waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// When the backup was made that it was restored from, ms; 0 where that is not known.
    pub backup_at: i64,
    /// Devices that have not told all that they hold: their first feeds and names.
    pub to_come: BTreeMap<FeedId, String>,
}

/// Whether it waits, and since which state.
///
/// # Errors
/// Those of the store.
pub fn waits(ledger: &mut Ledger<'_>) -> Result<Option<Remembered>, CenterError> {
    let number = ledger.site();
    Ok(remembered(ledger.sql(), number, value::REFILL)?)
}

/// Whether it waits, and for whom.
///
/// # Errors
/// Those of the store.
pub fn wait(center: &Center, ledger: &mut Ledger<'_>) -> Result<Option<Wait>, CenterError> {
    let Some(since) = waits(ledger)? else {
        return Ok(None);
    };
    let number = ledger.site();
    let came = refilled(ledger.sql(), number)?;
    let mut to_come: BTreeMap<FeedId, String> = unknown(center, ledger)?
        .into_iter()
        .map(|feed| (feed.feed, feed.name))
        .collect();
    let known = devices::list(ledger)?.into_iter();
    to_come.extend(known.filter(|d| !d.revoked).map(|d| (d.feed, d.name)));
    to_come.retain(|feed, _| !came.contains(feed));
    Ok(Some(Wait {
        backup_at: since.at,
        to_come,
    }))
}

/// Takes up a center that was put back from a backup: a further feed, codes that may have been used since ended, the
/// wait begun. Does nothing where another process has.
///
/// # Errors
/// Those of the store.
pub(crate) fn take_up(
    center: &Center,
    ledger: &mut Ledger<'_>,
    now: i64,
) -> Result<(), CenterError> {
    ledger.lock_feeds(&BTreeSet::from([center.feed()]))?;
    let number = ledger.site();
    let Some(restored) = remembered(ledger.sql(), number, value::RESTORED)? else {
        return Ok(());
    };
    forget(ledger.sql(), number, value::RESTORED)?;
    begin(center, ledger, restored.at, now)
}

/// Goes on in a further feed, and waits to be refilled.
pub(crate) fn begin(
    center: &Center,
    ledger: &mut Ledger<'_>,
    backup_at: i64,
    now: i64,
) -> Result<(), CenterError> {
    let before = center.feed_now(ledger)?;
    let (Some(first), Some(last)) = (ledger.feed(&center.feed())?, ledger.feed(&before)?) else {
        return Err(xunyi_ledger::LedgerError::NoFeed.into());
    };
    let key = center.key().public_key();
    let nonce = center.entropy().bytes()?;
    let record = DeviceRecord {
        name: center.name().to_owned(),
        public_key: key,
        nonce,
        certificate: first.certificate,
        follows: Some((before, last.tip.seq, last.tip.hash)),
    };
    let further = feed_id(&key, &nonce);
    ledger.open_feed(&center.author().of_feed(further), &record, now)?;
    let (number, sql) = (ledger.site(), ledger.sql());
    remember(sql, number, value::FEED, now, further.as_bytes())?;
    remember(sql, number, value::REFILL, backup_at, &[])?;
    clear_refilled(sql, number)?;
    end_open_enrolments(sql, number)?;
    tracing::warn!(
        feed = %further,
        "this center was put back to an older state: it goes on in a further feed and waits for its devices"
    );
    Ok(())
}

/// What stands in the journal of the site's documents is in them before anything is said by them.
fn settle_site_data(center: &Center, ledger: &mut Ledger<'_>) -> Result<(), CenterError> {
    let all = site::document_ids(center.site());
    let pending: BTreeSet<DocId> = ledger.pending(u32::MAX)?;
    let pending: BTreeSet<DocId> = pending.intersection(&all).copied().collect();
    if !pending.is_empty() && ledger.settle(&pending)?.site_changed {
        ledger.rejudge(center.trust())?;
    }
    Ok(())
}

/// First feeds of devices that the site's authority knows and the site's document does not.
fn unknown(center: &Center, ledger: &mut Ledger<'_>) -> Result<Vec<FeedInfo>, CenterError> {
    let known: BTreeSet<FeedId> = devices::list(ledger)?.iter().map(|d| d.feed).collect();
    let feeds = ledger.feeds()?.into_iter();
    let trust = center.trust();
    Ok(feeds
        .filter(|feed| feed.suffix_of.is_none() && trust.is_center(feed) == Some(false))
        .filter(|feed| trust.device_of(feed) == feed.feed && !known.contains(&feed.feed))
        .collect())
}

/// Whether an exchange with this device has anything to do here. Asked in each, so it costs two rows.
///
/// # Errors
/// Those of the store.
pub(crate) fn concerns(ledger: &mut Ledger<'_>, device: &FeedId) -> Result<bool, CenterError> {
    Ok(waits(ledger)?.is_some() || !devices::is_known(ledger, device)?)
}

/// A device has exchanged: it holds `peer_holds`. Where the center holds all of that, it need not be waited for; after
/// the last one the wait is over. A device that only its certificate makes known is put into the site's document.
///
/// # Errors
/// Those of the store.
pub(crate) fn came(
    center: &Center,
    device: &PeerIdentity,
    peer_holds: &Vector,
    now: i64,
) -> Result<(), CenterError> {
    let feed = FeedId(device.feed);
    center.authored_about(BTreeSet::new(), now, |ledger, page| {
        settle_site_data(center, ledger)?;
        if let Some(wait) = wait(center, ledger)? {
            if holds_all(ledger, peer_holds)? {
                let number = ledger.site();
                put_refilled(ledger.sql(), number, &feed, now)?;
                if wait.to_come.keys().all(|other| *other == feed) {
                    end(center, ledger, page, now)?;
                }
            }
        } else if !devices::is_known(ledger, &feed)? {
            adopt(center, ledger, page, now)?;
        }
        Ok(())
    })
}

/// Ends the wait, whoever has not come.
///
/// # Errors
/// Those of the store.
pub fn end_now(center: &Center, now: i64) -> Result<Option<Wait>, CenterError> {
    center.authored_about(BTreeSet::new(), now, |ledger, page| {
        settle_site_data(center, ledger)?;
        let waited = wait(center, ledger)?;
        if waited.is_some() {
            end(center, ledger, page, now)?;
        }
        Ok(waited)
    })
}

fn end(
    center: &Center,
    ledger: &mut Ledger<'_>,
    page: &mut Page,
    now: i64,
) -> Result<(), CenterError> {
    let number = ledger.site();
    forget(ledger.sql(), number, value::REFILL)?;
    clear_refilled(ledger.sql(), number)?;
    tracing::info!("the restored center no longer waits: site data may be changed again");
    adopt(center, ledger, page, now)
}

/// Puts devices that only their certificates make known into the site's document. Their letters are new ones: what
/// theirs were is not known here.
fn adopt(
    center: &Center,
    ledger: &mut Ledger<'_>,
    page: &mut Page,
    now: i64,
) -> Result<(), CenterError> {
    let mut known = devices::list(ledger)?;
    let open = open_enrolments(ledger.sql(), center.site(), now)?;
    for feed in unknown(center, ledger)? {
        // No letter is better than no exchange, where all are taken.
        let letter = devices::letter(&known, &open, None, None).unwrap_or_default();
        let device = by_certificate(feed, letter, now);
        devices::enrol(page, &device);
        known.push(device);
    }
    Ok(())
}

fn by_certificate(feed: FeedInfo, letter: String, now: i64) -> Device {
    Device {
        feed: feed.feed,
        name: feed.name,
        letter,
        vehicle: None,
        revoked: false,
        enrolled_at: now,
    }
}

/// A device that only its certificate makes known, by id or name.
///
/// # Errors
/// `record.unknown`, `record.ambiguous`, those of the store.
pub(crate) fn find_unknown(
    center: &Center,
    ledger: &mut Ledger<'_>,
    wanted: &str,
    now: i64,
) -> Result<Device, CenterError> {
    let all = unknown(center, ledger)?.into_iter();
    let all: Vec<Device> = all
        .map(|feed| by_certificate(feed, String::new(), now))
        .collect();
    devices::among(&all, wanted)
}

/// True where each place of a vector is held here, in whichever branch. Hashes are compared: a fork is not held.
fn holds_all(ledger: &mut Ledger<'_>, vector: &Vector) -> Result<bool, CenterError> {
    for (feed, at) in vector.iter() {
        if !ledger.holds_place(feed, at)? {
            return Ok(false);
        }
    }
    Ok(true)
}
