//! `site` documents: staff, devices, villages, vehicles, settings, tables. The center's own feed alone
//! writes them.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use xunyi_journal::{DocId, EntryHash, FeedId};

/// The document of a topic: the same id on every device of the site.
pub fn document_id(site: i64, topic: &str) -> DocId {
    let mut hasher = blake3::Hasher::new();
    hasher
        .update(b"site")
        .update(&site.to_be_bytes())
        .update(topic.as_bytes());
    let mut id = [0u8; 16];
    hasher.finalize_xof().fill(&mut id);
    DocId(id)
}

/// The documents of every topic: no other type of entry may name one of them.
pub fn document_ids(site: i64) -> BTreeSet<DocId> {
    topic::ALL
        .iter()
        .map(|topic| document_id(site, topic))
        .collect()
}

/// The record of a feed's device in the document of devices.
pub fn device_record(feed: &FeedId) -> uuid::Uuid {
    uuid::Uuid::from_bytes(feed.0)
}

/// An entry of a revoked device up to which its work still counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastGood {
    /// Its number.
    pub seq: u64,
    /// Its hash: of a feed that forked, only the way to this entry counts.
    pub hash: Option<EntryHash>,
}

/// Revoked feeds among the `device` records, with the last entries that still count: of the device's first feed, of
/// each suffix where it forked, and of the feeds in which the device went on.
pub fn revoked(devices: &[(String, String)]) -> BTreeMap<FeedId, Vec<LastGood>> {
    let hash = |value: Option<&Value>| value?.as_str().and_then(EntryHash::from_hex);
    let feed_of = |value: Option<&Value>| value?.as_str().and_then(FeedId::from_hex);
    let mut revoked: BTreeMap<FeedId, Vec<LastGood>> = BTreeMap::new();
    for (_, body) in devices {
        let Ok(device) = serde_json::from_str::<Value>(body) else {
            continue;
        };
        let is_revoked = device.get("status").and_then(Value::as_str) == Some("revoked");
        let (Some(feed), true) = (feed_of(device.get("feed")), is_revoked) else {
            continue;
        };
        let last = revoked.entry(feed).or_default();
        if let Some(seq) = device.get("last_good").and_then(Value::as_u64) {
            let hash = hash(device.get("last_good_hash"));
            last.push(LastGood { seq, hash });
        }
        let further = device.get("last_good_further").and_then(Value::as_array);
        for one in further.into_iter().flatten() {
            let seq = one.get(1).and_then(Value::as_u64);
            if let (Some(feed), Some(seq)) = (feed_of(one.get(0)), seq) {
                let hash = hash(one.get(2));
                revoked
                    .entry(feed)
                    .or_default()
                    .push(LastGood { seq, hash });
            }
        }
    }
    revoked
}

/// BLAKE3 of a reference table's bytes in hexadecimal: how `reference_table` records name them.
pub fn table_hash(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

/// Topics of the site's documents.
pub mod topic {
    /// Every one of them.
    pub const ALL: [&str; 5] = [STAFF, DEVICES, PLACES, SETTINGS, TABLES];
    /// People who work here, with their roaming keys.
    pub const STAFF: &str = "staff";
    /// Enrolled devices and revocations.
    pub const DEVICES: &str = "devices";
    /// Villages and vehicles.
    pub const PLACES: &str = "places";
    /// Settings.
    pub const SETTINGS: &str = "settings";
    /// Reference tables by name, version and hash.
    pub const TABLES: &str = "tables";
}

/// A record of a `site` document: each field on its own.
pub fn record<T: serde::Serialize>(section: &str, id: uuid::Uuid, value: &T) -> Vec<crate::Write> {
    crate::fields::fields(&crate::RecordKey::many(section, id), value)
}

/// A setting.
pub fn setting(name: &str, value: impl Into<Value>) -> crate::Write {
    crate::Write::new(&crate::RecordKey::one("setting"), name, value)
}
