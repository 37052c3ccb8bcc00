//! Feeds with two valid entries at one place: a disk that was put back from an image, or copied to another tablet.

use super::*;
use xunyi_journal::{EntryHash, FrameBuilder, Position, fork_id};

impl Peer {
    /// Another tablet with a copy of this one's disk.
    fn copied(&self, run: u8) -> Self {
        let mut connection = Connection::open_in_memory().unwrap();
        rusqlite::backup::Backup::new(&self.connection, &mut connection)
            .unwrap()
            .step(-1)
            .unwrap();
        Self {
            connection,
            author: self.author.of_feed(self.feed()),
            record: self.record.clone(),
            run,
        }
    }

    fn tips(&mut self) -> Vec<(FeedId, Position)> {
        let vector = self.work(|ledger, _, _| ledger.vector().unwrap());
        vector.iter().map(|(feed, at)| (*feed, *at)).collect()
    }
}

/// A tablet and a copy of it that went on another way, from the entry after its first commit.
fn forked() -> (Peer, Peer) {
    let mut tablet = Peer::new(2, 1);
    tablet.phone(chart(1), "13700000000");
    let mut copy = tablet.copied(2);
    tablet.phone(chart(1), "13700000001");
    tablet.phone(chart(2), "13700000002");
    copy.phone(chart(1), "13700000003");
    (tablet, copy)
}

#[test]
fn every_holder_ends_the_feed_alike_whichever_way_it_heard_of_first() {
    let (mut tablet, mut copy) = forked();
    let (mut a, mut b) = (Peer::new(3, 1), Peer::new(4, 1));
    tablet.give(&mut a);
    copy.give(&mut a);
    copy.give(&mut b);
    tablet.give(&mut b);
    tablet.give(&mut copy);
    for _ in 0..2 {
        a.give(&mut b);
        b.give(&mut a);
        a.give(&mut tablet);
        a.give(&mut copy);
    }
    let all = a.holdings();
    for peer in [&mut b, &mut tablet, &mut copy] {
        peer.is_whole();
        assert_eq!(
            peer.tips()
                .iter()
                .filter(|(_, at)| at.seq > 0)
                .collect::<Vec<_>>(),
            a.tips()
                .iter()
                .filter(|(_, at)| at.seq > 0)
                .collect::<Vec<_>>()
        );
        assert_eq!(peer.holdings().rows, all.rows);
    }
    a.is_whole();
    // The feed itself ends before the fork, and both ways have their name.
    let feed = tablet.feed();
    let tips = a.tips();
    assert!(tips.iter().any(|(id, at)| *id == feed && at.seq == 1));
    let suffixes = tips.iter().filter(|(id, _)| {
        a.connection
            .query_row(
                "SELECT COUNT(*) FROM suffix WHERE feed = ?1",
                [id.as_bytes()],
                |row| row.get::<_, i64>(0),
            )
            .unwrap()
            == 1
    });
    assert_eq!(suffixes.count(), 2);
    // What both wrote is there: neither number hides the other.
    assert_eq!(all.counts["conflict"], 1);
}

#[test]
fn a_third_way_and_a_fork_of_a_suffix_are_followed_too() {
    let (mut tablet, mut copy) = forked();
    let mut again = copy.copied(3);
    copy.phone(chart(1), "13700000004");
    again.phone(chart(3), "13700000005");
    let mut third = Peer::new(2, 1);
    third.phone(chart(1), "13700000000");
    third.run = 4;
    third.phone(chart(4), "13700000006");
    let mut peers = [Peer::new(3, 1), Peer::new(4, 1)];
    for author in [&mut tablet, &mut copy, &mut again, &mut third] {
        author.give(&mut peers[0]);
    }
    for author in [&mut third, &mut again, &mut copy, &mut tablet] {
        author.give(&mut peers[1]);
    }
    let [a, b] = &mut peers;
    a.give(b);
    b.give(a);
    assert_eq!(a.holdings(), b.holdings());
    a.is_whole();
    b.is_whole();
    let feed = tablet.feed();
    let own = a.tips();
    let of_base = own.iter().find(|(id, _)| *id == feed).unwrap();
    assert_eq!(of_base.1.seq, 1);
    // Entry 0 and one commit, then: the tablet's two, the copy's one and its two ways on, the third's one.
    assert_eq!(a.holdings().entries, 2 + 2 + (1 + 1 + 1) + 1 + 2);
}

#[test]
fn the_signature_of_a_suffix_vouches_for_what_it_goes_on_from() {
    let (mut tablet, mut copy) = forked();
    // As a device sends: one signature for the whole frame, so that the entry before the fork has none.
    let mut builder = FrameBuilder::new();
    let mut sql = SqliteTx(&tablet.connection);
    let mut walk = Outgoing::new(&mut sql, SITE, &xunyi_journal::Vector::new()).unwrap();
    let frame = walk.next_frame(&mut sql).unwrap().unwrap();
    frame
        .commits
        .into_iter()
        .for_each(|commit| builder.push(commit));
    let mut center = Peer::new(1, 0);
    center.take(builder.take());
    copy.give(&mut center);
    let unsigned: i64 = center
        .connection
        .query_row(
            "SELECT COUNT(*) FROM entry WHERE feed = ?1 AND seq = 1 AND signature IS NULL",
            [tablet.feed().as_bytes()],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(unsigned, 1);
    let mut other = Peer::new(4, 1);
    center.give(&mut other);
    other.is_whole();
    assert_eq!(other.holdings().rows, center.holdings().rows);
    tablet.is_whole();
}

#[test]
fn of_a_revoked_feed_that_forked_only_the_way_to_its_last_good_entry_counts() {
    let (mut tablet, mut thief) = forked();
    let mut center = Peer::new(1, 0);
    tablet.give(&mut center);
    let tip = center.tips();
    let at = tip.iter().find(|(id, _)| *id == tablet.feed()).unwrap().1;
    let body = json!({
        "feed": tablet.feed().to_hex(), "status": "revoked",
        "last_good": at.seq, "last_good_hash": at.hash.to_hex(),
    });
    let writes = site::record("device", site::device_record(&tablet.feed()), &body);
    center.write(
        site::document_id(SITE, topic::DEVICES),
        DocType::Site,
        writes,
    );
    let take = |from: &mut Peer, to: &mut Peer| {
        let held = to.work(|ledger, _, _| ledger.vector().unwrap());
        let mut sql = SqliteTx(&from.connection);
        let own = from.author.feed();
        let mut walk = Outgoing::by_author(&mut sql, SITE, &held, &own).unwrap();
        while let Some(frame) = walk.next_frame(&mut sql).unwrap() {
            to.work(|ledger, _, _| {
                let received = ledger.receive(frame, &OneByte).unwrap();
                let settled = ledger.settle(&received.documents).unwrap();
                if settled.site_changed || received.rejudge {
                    ledger.rejudge(&OneByte).unwrap();
                }
            });
        }
    };
    let (mut first, mut last) = (Peer::new(3, 1), Peer::new(4, 1));
    take(&mut thief, &mut center);
    // One hears of the thief's way first, one of the revocation.
    take(&mut thief, &mut first);
    take(&mut center, &mut first);
    take(&mut center, &mut last);
    for peer in [&mut center, &mut first, &mut last] {
        assert_eq!(peer.phone_of(&chart(1)).unwrap(), "13700000001");
        assert_eq!(peer.held(), 1);
        assert_eq!(peer.holdings().counts.get("conflict"), None);
        peer.is_whole();
    }
}

#[test]
fn a_feed_of_which_the_peer_is_ahead_names_no_document() {
    let mut tablet = Peer::new(2, 1);
    let mut copy = tablet.copied(2);
    tablet.phone(chart(1), "13700000001");
    for n in 7..9 {
        copy.phone(chart(n), "13700000002");
    }
    let (mut here, mut there) = (Peer::new(3, 1), Peer::new(4, 1));
    tablet.give(&mut here);
    copy.give(&mut there);
    here.phone(chart(1), "13700000003");
    // Entry 1 of the tablet's feed is about another person there.
    let held = there.work(|ledger, _, _| ledger.vector().unwrap());
    let mut sql = SqliteTx(&here.connection);
    let mut walk = Outgoing::new(&mut sql, SITE, &held).unwrap();
    while let Some(sent) = walk.next_packed(&mut sql).unwrap() {
        let packed = xunyi_journal::PackedFrame::read(&sent.bytes).unwrap();
        there.work(|ledger, _, _| {
            let frame = ledger.unpack(&packed).unwrap();
            ledger.receive(frame, &OneByte).unwrap();
        });
    }
    here.give(&mut there);
    there.is_whole();
}

#[test]
fn the_name_of_a_suffix_is_pinned() {
    let name = fork_id(&FeedId([1; 16]), 7, &EntryHash([2; 32]));
    assert_eq!(name.to_hex(), "77784e7f2eec85de5516b80fcea4e257");
}
