//! Devices of the site: enrolled, revoked, and the letters before their queue numbers.

use serde_json::{Value, json};
use uuid::Uuid;
use xunyi_journal::{Action, FeedId, Position};
use xunyi_ledger::{Ledger, PolicySource};
use xunyi_record::site::{device_record, record, topic};
use xunyi_record::{RecordKey, Write};

use super::{pick, records};
use crate::center::Page;
use crate::error::CenterError;
use crate::store::Enrolment;
use crate::words::Code;

const SECTION: &str = "device";

/// A device as the site's document has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Its feed.
    pub feed: FeedId,
    /// Its name.
    pub name: String,
    /// The letter before its queue numbers.
    pub letter: String,
    /// The vehicle that it rides on, by id.
    pub vehicle: Option<String>,
    /// True once it was revoked.
    pub revoked: bool,
    /// When it was enrolled, ms.
    pub enrolled_at: i64,
}

/// Writes a device that has just enrolled.
pub fn enrol(page: &mut Page, device: &Device) {
    let mut body = json!({
        "feed": device.feed.to_hex(),
        "name": device.name,
        "letter": device.letter,
        "status": "active",
        "enrolled_at": device.enrolled_at,
    });
    if let (Some(body), Some(vehicle)) = (body.as_object_mut(), &device.vehicle) {
        body.insert("vehicle".to_owned(), json!(vehicle));
    }
    let id = device_record(&device.feed);
    page.put(topic::DEVICES, record(SECTION, id, &body));
}

/// Revokes a device: of each of its feeds nothing after what is held now counts any more, nothing at all of one that is
/// not held. Answers the last entry of its first feed that counts.
///
/// # Errors
/// Those of the store.
pub fn revoke(
    ledger: &mut Ledger<'_>,
    page: &mut Page,
    device: &Device,
    trust: &dyn PolicySource,
) -> Result<Option<Position>, CenterError> {
    let key = RecordKey::many(SECTION, device_record(&device.feed));
    let feeds = ledger.feeds()?;
    let own = feeds
        .iter()
        .filter(|feed| trust.device_of(feed) == device.feed);
    let mut further = Vec::new();
    let mut last_good = None;
    for feed in own {
        if feed.feed == device.feed {
            last_good = Some(feed.tip);
        } else {
            let of = feed.suffix_of.map_or(feed.feed, |(of, _)| of);
            let (seq, hash) = (feed.tip.seq, feed.tip.hash.to_hex());
            further.push(json!([of.to_hex(), seq, hash]));
        }
    }
    let seq = last_good.map_or(Value::Null, |at| json!(at.seq));
    let hash = last_good.map_or(Value::Null, |at| json!(at.hash.to_hex()));
    let mut writes = vec![
        Write::new(&key, "status", "revoked"),
        Write::new(&key, "last_good", seq),
        Write::new(&key, "last_good_hash", hash),
    ];
    if !further.is_empty() {
        writes.push(Write::new(&key, "last_good_further", Value::Array(further)));
    }
    page.put(topic::DEVICES, writes);
    page.act(Action::DeviceRevoked);
    Ok(last_good)
}

/// All devices.
///
/// # Errors
/// Those of the store.
pub fn list(ledger: &mut Ledger<'_>) -> Result<Vec<Device>, CenterError> {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    Ok(records(ledger, SECTION)?
        .into_iter()
        .filter_map(|(_, body)| {
            Some(Device {
                feed: FeedId::from_hex(&text(body.get("feed"))?)?,
                name: text(body.get("name"))?,
                letter: text(body.get("letter")).unwrap_or_default(),
                vehicle: text(body.get("vehicle")),
                revoked: body.get("status") == Some(&json!("revoked")),
                enrolled_at: body.get("enrolled_at").and_then(Value::as_i64).unwrap_or(0),
            })
        })
        .collect())
}

/// The device that is meant: by the id of its feed, as hexadecimal or as UUID, or by name.
///
/// # Errors
/// `record.unknown`, `record.ambiguous`.
pub fn find(ledger: &mut Ledger<'_>, wanted: &str) -> Result<Device, CenterError> {
    among(&list(ledger)?, wanted)
}

/// The one of these that is meant.
///
/// # Errors
/// As [`find`].
pub fn among(all: &[Device], wanted: &str) -> Result<Device, CenterError> {
    let id = |one: &Device| Uuid::from_bytes(one.feed.0);
    let named = |one: &Device| one.name == wanted.trim() && !one.revoked;
    pick(all, wanted, id, named).cloned()
}

/// Whether a feed's device was revoked. A device that the site's document does not know is not: a center that was
/// restored from a backup takes it by its certificate.
///
/// # Errors
/// Those of the store.
pub fn is_revoked(ledger: &mut Ledger<'_>, feed: &FeedId) -> Result<bool, CenterError> {
    let body = record_of(ledger, feed)?;
    Ok(body.is_some_and(|body| body.get("status") == Some(&json!("revoked"))))
}

/// Whether the site's document knows a feed's device.
///
/// # Errors
/// Those of the store.
pub fn is_known(ledger: &mut Ledger<'_>, feed: &FeedId) -> Result<bool, CenterError> {
    Ok(record_of(ledger, feed)?.is_some())
}

fn record_of(ledger: &mut Ledger<'_>, feed: &FeedId) -> Result<Option<Value>, CenterError> {
    let doc = xunyi_record::site::document_id(ledger.site(), topic::DEVICES);
    let record = xunyi_record::record_id(device_record(feed));
    let row = ledger.record(SECTION, &doc, &record)?;
    Ok(row.and_then(|row| serde_json::from_str::<Value>(&row.body).ok()))
}

/// A letter for a new device: the one that is wanted, or the next free one. `open` are codes given out already.
///
/// # Errors
/// `enrol.letter_shape`, `enrol.letter_taken`, `enrol.no_letter_free`.
pub fn letter(
    devices: &[Device],
    open: &[Enrolment],
    vehicle: Option<&str>,
    wanted: Option<&str>,
) -> Result<String, CenterError> {
    let used: Vec<Lettered<'_>> = devices
        .iter()
        .map(|d| Lettered {
            letter: &d.letter,
            vehicle: d.vehicle.as_deref(),
            revoked: d.revoked,
        })
        .chain(open.iter().map(|code| Lettered {
            letter: &code.letter,
            vehicle: code.vehicle.as_deref(),
            revoked: false,
        }))
        .collect();
    let on_this_vehicle = |one: &&Lettered<'_>| !one.revoked && one.vehicle == vehicle;
    if let Some(wanted) = wanted {
        let capitals = wanted.bytes().all(|b| b.is_ascii_uppercase());
        if !(1..=2).contains(&wanted.len()) || !capitals {
            return Err(CenterError::code_only(Code::LetterShape));
        }
        let taken = used
            .iter()
            .filter(on_this_vehicle)
            .any(|one| one.letter == wanted);
        return if taken {
            Err(CenterError::with(
                Code::LetterTaken,
                json!({ "letter": wanted }),
            ))
        } else {
            Ok(wanted.to_owned())
        };
    }
    // Best one that no device ever had, since numbers of the day may still hang on a revoked one's letter; at
    // last one that only devices of other vehicles have.
    let free = |taken: &dyn Fn(&&Lettered<'_>) -> bool| {
        ('A'..='Z').map(String::from).find(|letter| {
            !used
                .iter()
                .filter(|one| taken(one))
                .any(|one| one.letter == letter)
        })
    };
    free(&|_| true)
        .or_else(|| free(&|one| !one.revoked))
        .or_else(|| free(&on_this_vehicle))
        .ok_or_else(|| CenterError::code_only(Code::NoLetter))
}

struct Lettered<'a> {
    letter: &'a str,
    vehicle: Option<&'a str>,
    revoked: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(letter: char, vehicle: Option<&str>, revoked: bool) -> Device {
        Device {
            feed: FeedId([0; 16]),
            name: "tablet".into(),
            letter: letter.into(),
            vehicle: vehicle.map(str::to_owned),
            revoked,
            enrolled_at: 0,
        }
    }

    #[test]
    fn the_next_free_letter_is_one_that_no_device_ever_had() {
        let devices = [device('A', Some("v"), false), device('B', None, true)];
        let code = Enrolment {
            token_hash: [0; 32],
            name: "next".into(),
            letter: "C".into(),
            vehicle: None,
            expires_at: 0,
            used: None,
        };
        assert_eq!(letter(&devices, &[code], None, None).unwrap(), "D");
    }

    #[test]
    fn when_letters_run_out_a_revoked_one_and_then_another_vehicles_is_given_again() {
        let mut all: Vec<_> = ('A'..='Z')
            .map(|l| device(l, Some("v"), l == 'Q'))
            .collect();
        assert_eq!(letter(&all, &[], Some("v"), None).unwrap(), "Q");
        for one in &mut all {
            one.revoked = false;
        }
        assert_eq!(letter(&all, &[], Some("w"), None).unwrap(), "A");
        let none = letter(&all, &[], Some("v"), None).unwrap_err();
        assert_eq!(none.code(), "enrol.no_letter_free");
    }

    #[test]
    fn a_wanted_letter_must_be_one_and_be_free_on_its_vehicle() {
        let devices = [device('A', Some("v"), false), device('B', Some("v"), true)];
        let ask = |vehicle, wanted| letter(&devices, &[], vehicle, Some(wanted));
        assert_eq!(
            ask(Some("v"), "A").unwrap_err().code(),
            "enrol.letter_taken"
        );
        assert_eq!(ask(Some("w"), "A").unwrap(), "A");
        assert_eq!(ask(Some("v"), "B").unwrap(), "B");
        assert_eq!(ask(None, "AB").unwrap(), "AB");
        for wrong in ["", "a", "ABC", "1", "甲"] {
            assert_eq!(
                ask(None, wrong).unwrap_err().code(),
                "enrol.letter_shape",
                "{wrong}"
            );
        }
    }
}
