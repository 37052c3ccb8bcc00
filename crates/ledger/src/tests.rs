//! Peers in memory that exchange frames: what policy holds, and that all end alike whatever came first.

mod forks;
mod order;

use crate::*;
use rusqlite::Connection;
use serde_json::json;
use xunyi_journal::{
    Action, ActorId, Author, Commit, DeviceRecord, DocId, DocType, FeedId, Frame, UserId, feed_id,
};
use xunyi_record::site::{self, topic};
use xunyi_record::{RecordKey, Write};

const SITE: i64 = 7;

/// A certificate of one byte says all: 0 the center's, 1 a device's, else a stranger's.
struct OneByte;

impl PolicySource for OneByte {
    fn is_center(&self, feed: &FeedInfo) -> Option<bool> {
        match feed.certificate.as_slice() {
            [0] => Some(true),
            [1] => Some(false),
            _ => None,
        }
    }
}

struct Peer {
    connection: Connection,
    author: Author,
    record: DeviceRecord,
    /// Of this run of the program: no other run writes under it.
    run: u8,
}

impl Peer {
    fn new(n: u8, certificate: u8) -> Self {
        let (seed, nonce) = ([n; 32], [n; 16]);
        let public_key = Author::new(FeedId([0; 16]), &seed).public_key();
        let record = DeviceRecord {
            name: format!("peer {n}"),
            public_key,
            nonce,
            certificate: vec![certificate],
            follows: None,
        };
        let mut peer = Self {
            connection: Connection::open_in_memory().unwrap(),
            author: Author::new(feed_id(&public_key, &nonce), &seed),
            record,
            run: 1,
        };
        create_tables(&mut SqliteTx(&peer.connection)).unwrap();
        peer.work(|ledger, author, record| ledger.open_feed(author, record, 1).unwrap());
        peer
    }

    fn feed(&self) -> FeedId {
        self.author.feed()
    }

    fn work<T>(&mut self, work: impl FnOnce(&mut Ledger<'_>, &Author, &DeviceRecord) -> T) -> T {
        let mut sql = SqliteTx(&self.connection);
        let mut cache = Cache::new(8);
        work(
            &mut Ledger::new(&mut sql, SITE, &mut cache),
            &self.author,
            &self.record,
        )
    }

    fn write(&mut self, doc: DocId, doc_type: DocType, writes: Vec<Write>) -> Commit {
        let run = self.run;
        self.work(|ledger, author, _| {
            let actor = ActorId::new(author.feed(), [run; 6]);
            let request = WriteRequest {
                author,
                actor,
                fork_actor: &mut || ActorId::new(author.feed(), [run + 100; 6]),
                at: 5,
                user: UserId::NOBODY,
                writes: vec![DocWrite {
                    doc,
                    doc_type,
                    action: Action::PatientUpdated,
                    heads: None,
                    writes,
                    settle: false,
                }],
            };
            ledger.write(request).unwrap().commit.unwrap()
        })
    }

    fn phone(&mut self, doc: DocId, number: &str) -> Commit {
        let write = Write::new(&RecordKey::one("person"), "phone", json!(number));
        self.write(doc, DocType::Patient, vec![write])
    }

    fn revoke(&mut self, feed: FeedId, last_good: u64) {
        let body = json!({ "feed": feed.to_hex(), "status": "revoked", "last_good": last_good });
        let writes = site::record("device", site::device_record(&feed), &body);
        let doc = site::document_id(SITE, topic::DEVICES);
        self.write(doc, DocType::Site, writes);
    }

    fn take(&mut self, frame: Frame) -> Received {
        self.work(|ledger, _, _| {
            let received = ledger.receive(frame, &OneByte).unwrap();
            let settled = ledger.settle(&received.documents).unwrap();
            if settled.site_changed {
                ledger.rejudge(&OneByte).unwrap();
            }
            received
        })
    }

    /// Gives `other` everything that it lacks.
    fn give(&mut self, other: &mut Peer) -> Received {
        let held = other.work(|ledger, _, _| ledger.vector().unwrap());
        let mut all = Received::default();
        let mut sql = SqliteTx(&self.connection);
        let mut walk = Outgoing::new(&mut sql, SITE, &held).unwrap();
        while let Some(frame) = walk.next_frame(&mut sql).unwrap() {
            let received = other.take(frame);
            all.commits += received.commits;
            all.held += received.held;
        }
        all
    }

    fn phone_of(&mut self, doc: &DocId) -> Option<String> {
        let rows = self.work(|ledger, _, _| ledger.records("person", Some(doc)).unwrap());
        let body = rows.first().map(|row| row.body.clone())?;
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        Some(body["phone"].as_str().unwrap_or_default().to_owned())
    }

    fn held(&mut self) -> u64 {
        self.work(|ledger, _, _| ledger.held().unwrap())
    }

    fn holdings(&mut self) -> Holdings {
        self.work(|ledger, _, _| ledger.holdings().unwrap())
    }

    /// The checks that find something.
    fn wrong(&mut self) -> Vec<&'static str> {
        let findings = self.work(|ledger, _, _| verify(ledger).unwrap());
        let wrong = findings.iter().filter(|f| !f.wrong.is_empty());
        wrong.map(|f| f.check).collect()
    }

    fn is_whole(&mut self) {
        for finding in self.work(|ledger, _, _| verify(ledger).unwrap()) {
            assert_eq!(finding.wrong, Vec::<String>::new(), "{}", finding.check);
        }
    }
}

fn chart(n: u8) -> DocId {
    DocId([n; 16])
}

#[test]
fn site_data_is_taken_from_a_center_that_opens_its_feed_in_the_same_frame() {
    let mut center = Peer::new(1, 0);
    let mut tablet = Peer::new(2, 1);
    center.revoke(FeedId([9; 16]), 0);
    let received = center.give(&mut tablet);
    assert_eq!((received.commits, received.held), (2, 0));
    let devices = tablet.work(|ledger, _, _| ledger.records("device", None).unwrap());
    assert_eq!(devices.len(), 1);
}

#[test]
fn everything_of_a_stranger_is_held_from_its_first_frame_on() {
    let mut stranger = Peer::new(3, 9);
    let mut tablet = Peer::new(2, 1);
    stranger.phone(chart(1), "13700000001");
    assert_eq!(stranger.give(&mut tablet).held, 2);
    assert_eq!(tablet.phone_of(&chart(1)), None);
    assert_eq!(tablet.held(), 1);
}

#[test]
fn site_data_written_by_a_device_is_held_also_under_another_type() {
    let staff = site::document_id(SITE, topic::STAFF);
    for doc_type in [DocType::Site, DocType::Patient] {
        let mut center = Peer::new(1, 0);
        let mut tablet = Peer::new(2, 1);
        let mut other = Peer::new(4, 1);
        let key = RecordKey::one(match doc_type {
            DocType::Site => "setting",
            _ => "person",
        });
        tablet.write(
            staff,
            doc_type,
            vec![Write::new(&key, "name", json!("mine"))],
        );
        assert_eq!(tablet.give(&mut other).held, 1);
        // The center's own document of that name comes to stand all the same.
        let setting = site::setting("site_name", "ours");
        center.write(staff, DocType::Site, vec![setting]);
        center.give(&mut other);
        let settings = other.work(|ledger, _, _| ledger.records("setting", None).unwrap());
        assert_eq!(settings.len(), 1, "{doc_type:?}");
        assert!(settings[0].body.contains("ours"), "{doc_type:?}");
        assert!(other.work(|ledger, _, _| ledger.records("person", None).unwrap().is_empty()));
        other.is_whole();
    }
}

#[test]
fn a_revocation_holds_what_came_before_it_and_after_it_alike() {
    let mut center = Peer::new(1, 0);
    let mut lost = Peer::new(2, 1);
    lost.phone(chart(1), "13700000001");
    let mut early = Peer::new(3, 1);
    let mut late = Peer::new(4, 1);
    // What the thief writes reaches one peer before the revocation and the other after it.
    lost.phone(chart(1), "13799999999");
    lost.phone(chart(2), "13799999999");
    lost.give(&mut early);
    assert_eq!(early.phone_of(&chart(1)).unwrap(), "13799999999");
    center.revoke(lost.feed(), 1);
    center.give(&mut early);
    center.give(&mut late);
    lost.give(&mut late);
    for peer in [&mut early, &mut late] {
        assert_eq!(peer.phone_of(&chart(1)).unwrap(), "13700000001");
        assert_eq!(peer.phone_of(&chart(2)), None);
        assert_eq!(peer.held(), 2);
        peer.is_whole();
    }
}

#[test]
fn what_clean_work_stands_on_is_applied_though_its_author_was_revoked() {
    let mut center = Peer::new(1, 0);
    let mut lost = Peer::new(2, 1);
    let mut colleague = Peer::new(3, 1);
    lost.phone(chart(1), "13700000001");
    lost.give(&mut colleague);
    colleague.phone(chart(1), "13700000002");
    center.revoke(lost.feed(), 0);
    let mut late = Peer::new(4, 1);
    center.give(&mut late);
    lost.give(&mut late);
    assert_eq!(late.phone_of(&chart(1)), None);
    colleague.give(&mut late);
    center.give(&mut colleague);
    for peer in [&mut late, &mut colleague] {
        assert_eq!(peer.phone_of(&chart(1)).unwrap(), "13700000002");
        peer.is_whole();
    }
    late.give(&mut colleague);
    colleague.give(&mut late);
    assert_eq!(late.holdings(), colleague.holdings());
    late.phone(chart(3), "13700000003");
    let (ahead, behind) = (late.holdings(), colleague.holdings());
    assert_ne!(ahead.journal, behind.journal);
    assert_ne!(ahead.rows, behind.rows);
}

#[test]
fn a_verdict_that_is_taken_back_frees_what_was_held() {
    let mut center = Peer::new(1, 0);
    let mut tablet = Peer::new(2, 1);
    let mut other = Peer::new(3, 1);
    tablet.phone(chart(1), "13700000001");
    center.revoke(tablet.feed(), 0);
    center.give(&mut other);
    tablet.give(&mut other);
    assert_eq!(other.held(), 1);
    let active = json!({ "status": "active" });
    let writes = site::record("device", site::device_record(&tablet.feed()), &active);
    center.write(
        site::document_id(SITE, topic::DEVICES),
        DocType::Site,
        writes,
    );
    center.give(&mut other);
    assert_eq!(other.held(), 0);
    assert_eq!(other.phone_of(&chart(1)).unwrap(), "13700000001");
    other.is_whole();
}

#[test]
fn a_row_that_the_journal_does_not_tell_is_found() {
    let mut peer = Peer::new(1, 1);
    peer.phone(chart(9), "13800000001");
    assert_eq!(peer.wrong(), Vec::<&str>::new());
    let spoil = "UPDATE person SET body = '{}'";
    SqliteTx(&peer.connection).execute(spoil, &[]).unwrap();
    assert_eq!(peer.wrong(), ["projections"]);
    peer.work(|ledger, _, _| rebuild(ledger).unwrap());
    assert_eq!(peer.wrong(), Vec::<&str>::new());
}

#[test]
fn each_signature_is_counted_and_a_spoilt_one_is_found() {
    let mut peer = Peer::new(1, 1);
    peer.phone(chart(9), "13800000001");
    peer.phone(chart(9), "13800000002");
    let signatures = |peer: &mut Peer| {
        let findings = peer.work(|ledger, _, _| verify(ledger).unwrap());
        let of = |check: &str| findings.iter().find(|f| f.check == check).unwrap().clone();
        (of("signatures").looked_at, of("chain").looked_at)
    };
    // The feed's first entry, and a commit of one entry for each change.
    assert_eq!(signatures(&mut peer), (3, 3));
    assert_eq!(peer.wrong(), Vec::<&str>::new());
    let spoil = "UPDATE entry SET signature = zeroblob(64) WHERE seq = 1";
    SqliteTx(&peer.connection).execute(spoil, &[]).unwrap();
    assert_eq!(peer.wrong(), ["signatures"]);
}
