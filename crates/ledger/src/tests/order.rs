//! The same commits in any order of arrival: the same rows, whatever waits, is held, or claims what another
//! has.

use super::{OneByte, Peer, SITE, chart};
use crate::*;
use xunyi_journal::{
    Action, ActorId, Author, Commit, DocId, DocType, Draft, FeedId, Frame, Position, UserId,
};
use xunyi_record::{Document, RecordKey, Write};

fn frame(commits: &[Commit]) -> Frame {
    Frame {
        commits: commits.to_vec(),
    }
}

impl Peer {
    /// This peer's own commits from a place on.
    fn own_from(&mut self, seq: u64) -> Vec<Commit> {
        let feed = self.feed();
        let mut sql = SqliteTx(&self.connection);
        crate::journal::commits_from(&mut sql, SITE, &feed, seq, 99).unwrap()
    }

    /// One command that writes into several documents.
    fn write_all(&mut self, docs: &[DocId], value: u64) -> Commit {
        self.work(|ledger, author, _| {
            let mut writes = Vec::new();
            for doc in docs {
                let allergy = RecordKey::many("allergy", uuid::Uuid::from_u128(value.into()));
                let field = format!("f{}", value % 5);
                writes.push(DocWrite {
                    doc: *doc,
                    doc_type: DocType::Patient,
                    action: Action::PatientUpdated,
                    heads: None,
                    writes: vec![
                        Write::new(&RecordKey::one("person"), &field, value),
                        Write::new(&allergy, "substance", value),
                    ],
                    settle: true,
                });
            }
            let request = WriteRequest {
                author,
                actor: ActorId::new(author.feed(), [1; 6]),
                fork_actor: &mut || ActorId::new(author.feed(), [2; 6]),
                at: 5,
                user: UserId::NOBODY,
                writes,
            };
            ledger.write(request).unwrap().commit.unwrap()
        })
    }

    fn rows(&mut self) -> String {
        self.holdings().rows
    }

    fn people(&mut self) -> usize {
        self.work(|ledger, _, _| ledger.records("person", None).unwrap().len())
    }

    fn number_of(&mut self, doc: DocId) -> Option<u64> {
        let rows = self.work(|ledger, _, _| ledger.records("person", Some(&doc)).unwrap());
        let body: serde_json::Value = serde_json::from_str(&rows.first()?.body).unwrap();
        body["phone"].as_u64()
    }
}

/// A feed whose author writes what it likes.
struct Rogue {
    author: Author,
    tip: Position,
    lamport: u64,
    opening: Commit,
}

impl Rogue {
    fn new(n: u8) -> Self {
        let mut peer = Peer::new(n, 1);
        let opening = peer.own_from(0).remove(0);
        let last = opening.last().unwrap();
        Self {
            tip: Position {
                seq: last.envelope.seq,
                hash: last.hash,
            },
            lamport: 10,
            author: Author::new(peer.feed(), &[n; 32]),
            opening,
        }
    }

    fn commit(&mut self, changes: Vec<(DocId, Vec<u8>)>) -> Commit {
        self.lamport += 1;
        let drafts = changes
            .into_iter()
            .map(|(doc, change)| Draft {
                doc,
                doc_type: DocType::Patient,
                action: Action::PatientUpdated,
                change,
            })
            .collect();
        let tip = Some(self.tip);
        let commit = self
            .author
            .commit(tip, self.lamport, 5, UserId::NOBODY, drafts)
            .unwrap();
        let last = commit.last().unwrap();
        self.tip = Position {
            seq: last.envelope.seq,
            hash: last.hash,
        };
        commit
    }
}

/// A first change of an actor, on nothing but genesis.
fn first(feed: FeedId, nonce: u8, value: u64) -> Vec<u8> {
    let mut document = Document::new(DocType::Patient).unwrap();
    let write = Write::new(&RecordKey::one("person"), "phone", value);
    let actor = ActorId::new(feed, [nonce; 6]);
    let heads = document.heads();
    let written = document.write(&heads, actor, actor, &[write], false);
    written.unwrap().unwrap().change
}

#[test]
fn of_two_changes_with_one_number_of_one_actor_the_later_hash_loses_whole() {
    let mut rogue = Rogue::new(5);
    let feed = rogue.author.feed();
    // Both claim number 1 of one actor in chart 1; each goes with a change of another chart.
    let mut both = |n: u64| {
        let other = chart(u8::try_from(n).unwrap() + 1);
        rogue.commit(vec![
            (chart(1), first(feed, 7, n)),
            (other, first(feed, 1, n)),
        ])
    };
    let (one, two) = (both(1), both(2));
    let hash = |c: &Commit| c.last().unwrap().hash;
    let (winner, kept, gone) = if hash(&one) < hash(&two) {
        (1, 2, 3)
    } else {
        (2, 3, 2)
    };
    let all = [rogue.opening.clone(), one, two];
    let mut at_once = Peer::new(1, 1);
    at_once.take(frame(&all));
    let mut one_by_one = Peer::new(2, 1);
    for commit in &all {
        one_by_one.take(frame(std::slice::from_ref(commit)));
    }
    for peer in [&mut at_once, &mut one_by_one] {
        assert_eq!(peer.number_of(chart(1)), Some(winner));
        assert_eq!(peer.number_of(chart(kept)), Some(winner));
        assert_eq!(peer.number_of(chart(gone)), None, "the other is held whole");
        peer.is_whole();
    }
    assert_eq!(at_once.rows(), one_by_one.rows());
}

#[test]
fn a_commit_waits_whole_until_all_that_it_stands_on_is_there() {
    let (mut a, mut b) = (Peer::new(1, 1), Peer::new(2, 1));
    a.write_all(&[chart(1)], 1);
    a.give(&mut b);
    b.write_all(&[chart(1), chart(2)], 2);
    let mut late = Peer::new(3, 1);
    late.take(frame(&b.own_from(0)));
    assert_eq!(late.people(), 0, "no half of the commit shows");
    late.take(frame(&a.own_from(0)));
    assert_eq!(late.people(), 2);
    assert_eq!(late.rows(), b.rows());
    late.is_whole();
}

#[test]
fn a_revocation_in_the_middle_of_a_commit_holds_it_whole() {
    let (mut center, mut lost) = (Peer::new(1, 0), Peer::new(2, 1));
    lost.write_all(&[chart(1), chart(2)], 1);
    let (mut early, mut late) = (Peer::new(3, 1), Peer::new(4, 1));
    lost.give(&mut early);
    center.revoke(lost.feed(), 1);
    center.give(&mut early);
    center.give(&mut late);
    lost.give(&mut late);
    for peer in [&mut early, &mut late] {
        assert_eq!((peer.held(), peer.people()), (1, 0));
        peer.is_whole();
    }
}

#[test]
fn a_center_that_revokes_a_center_decides_nothing() {
    let (mut one, mut two) = (Peer::new(1, 0), Peer::new(2, 0));
    one.revoke(two.feed(), 0);
    two.revoke(one.feed(), 0);
    let (mut a, mut b) = (Peer::new(3, 1), Peer::new(4, 1));
    one.give(&mut a);
    two.give(&mut a);
    two.give(&mut b);
    one.give(&mut b);
    assert_eq!((a.held(), b.held()), (0, 0));
    assert_eq!(a.rows(), b.rows());
}

#[test]
fn documents_that_a_revocation_rebuilt_are_told() {
    let (mut center, mut lost) = (Peer::new(1, 0), Peer::new(2, 1));
    let mut peer = Peer::new(3, 1);
    lost.phone(chart(1), "13700000001");
    lost.give(&mut peer);
    center.revoke(lost.feed(), 0);
    let commits = center.own_from(0);
    let settled = peer.work(|ledger, _, _| {
        let received = ledger.receive(Frame { commits }, &OneByte).unwrap();
        ledger.settle(&received.documents).unwrap();
        ledger.rejudge(&OneByte).unwrap()
    });
    assert!(settled.documents.contains(&chart(1)));
    assert!(settled.rebuilt.contains(&chart(1)));
}

/// A small generator: splitmix64.
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % n as u64) as usize
    }
}

/// Three tablets that write, meet and part, a center that revokes one of them, a rogue that uses numbers
/// twice: each feed's commits in their order.
fn history(seed: u64) -> Vec<Vec<Commit>> {
    let mut random = Seeded(seed);
    let mut tablets: Vec<Peer> = (2..5).map(|n| Peer::new(n, 1)).collect();
    for n in 1..=24 {
        let mut writer = tablets.remove(random.below(tablets.len()));
        if random.below(3) == 0 {
            let other = random.below(tablets.len());
            writer.give(&mut tablets[other]);
        } else {
            let docs = [
                chart(1 + random.below(3) as u8),
                chart(5 + random.below(2) as u8),
            ];
            writer.write_all(&docs[..1 + random.below(2)], n);
        }
        tablets.push(writer);
    }
    let mut center = Peer::new(1, 0);
    let (lost, last_good) = (tablets[0].feed(), random.below(6) as u64);
    center.revoke(lost, last_good);
    if random.below(3) == 0 {
        center.revoke(lost, last_good + 2);
    }
    let mut rogue = Rogue::new(9);
    let feed = rogue.author.feed();
    let mut own = vec![rogue.opening.clone()];
    for n in 0..4 {
        let doc = chart(1 + random.below(3) as u8);
        let mut changes = vec![(doc, first(feed, 7, 50 + n))];
        if random.below(2) == 0 {
            changes.push((chart(6), first(feed, 20 + n as u8, 60 + n)));
        }
        own.push(rogue.commit(changes));
    }
    let mut feeds: Vec<Vec<Commit>> = tablets.iter_mut().map(|t| t.own_from(0)).collect();
    feeds.push(center.own_from(0));
    feeds.push(own);
    feeds
}

#[test]
fn any_order_of_arrival_ends_in_the_same_rows() {
    let mut held = 0;
    for seed in 0..12 {
        let feeds = history(seed);
        let mut ends = Vec::new();
        for order in 0..4u8 {
            let mut random = Seeded(seed * 100 + u64::from(order));
            let mut peer = Peer::new(40 + order, 1);
            let mut next = vec![0; feeds.len()];
            loop {
                let open: Vec<usize> = (0..feeds.len())
                    .filter(|f| next[*f] < feeds[*f].len())
                    .collect();
                if open.is_empty() {
                    break;
                }
                let f = open[random.below(open.len())];
                let until = (next[f] + 1 + random.below(3)).min(feeds[f].len());
                peer.take(frame(&feeds[f][next[f]..until]));
                next[f] = until;
            }
            peer.is_whole();
            let rows = peer.rows();
            peer.work(|ledger, _, _| rebuild(ledger).unwrap());
            assert_eq!(peer.rows(), rows, "seed {seed}, order {order}: built again");
            ends.push((rows, peer.held()));
        }
        held += ends[0].1;
        ends.dedup();
        assert_eq!(ends.len(), 1, "seed {seed}: {ends:?}");
    }
    assert!(held > 0, "nothing was held in any history");
}

#[test]
fn a_feed_whose_time_falls_is_refused() {
    let mut rogue = Rogue::new(5);
    let feed = rogue.author.feed();
    let one = rogue.commit(vec![(chart(1), first(feed, 7, 1))]);
    rogue.lamport = 2;
    let two = rogue.commit(vec![(chart(2), first(feed, 8, 2))]);
    let mut peer = Peer::new(1, 1);
    peer.take(frame(&[rogue.opening.clone(), one]));
    let refused = peer.work(|ledger, _, _| ledger.receive(frame(&[two]), &OneByte));
    let Err(LedgerError::Refused(refusal)) = refused else {
        panic!("taken: {refused:?}");
    };
    assert_eq!(refusal.code(), "journal.broken_chain");
}

#[test]
fn a_time_at_the_end_of_its_range_stops_nobody() {
    let mut rogue = Rogue::new(5);
    let feed = rogue.author.feed();
    rogue.lamport = xunyi_journal::MAX_LAMPORT - 1;
    let last = rogue.commit(vec![(chart(1), first(feed, 7, 1))]);
    let (mut a, mut b) = (Peer::new(1, 1), Peer::new(2, 1));
    a.take(frame(&[rogue.opening.clone(), last]));
    a.phone(chart(2), "1");
    a.phone(chart(2), "2");
    a.give(&mut b);
    assert_eq!(b.phone_of(&chart(2)), Some("2".to_owned()));
    b.phone(chart(2), "3");
    b.give(&mut a);
    assert_eq!(a.phone_of(&chart(2)), Some("3".to_owned()));
}
