//! Frames of real changes: what comes out is what went in, byte for byte, and no bytes take a reader down.

use super::{Device, actor, person};
use crate::{AutomergeCodec, Change, RecordKey, Write, patient};
use proptest::prelude::*;
use serde_json::json;
use xunyi_journal::{
    Action, Author, ChangeCodec, ChangeHash, Commit, DocId, DocType, Draft, Earlier, EntryHash,
    FeedId, Frame, FrameBuilder, Held, PackedFrame, Position, Receiver, Refusal, Sealed, UserId,
};
use xunyi_model::{Encounter, EncounterId, FormId, GenericForm, PatientId, SignatureId, StaffId};

/// A feed's hand and where it stands.
struct Feed {
    author: Author,
    tip: Option<Position>,
    lamport: u64,
}

impl Feed {
    fn new(id: u8) -> Self {
        Self {
            author: Author::new(FeedId([id; 16]), &[id; 32]),
            tip: None,
            lamport: 0,
        }
    }

    fn commit(&mut self, drafts: Vec<Draft>) -> Commit {
        self.lamport += 1;
        let at = 1_700_000_000_000 + self.lamport as i64 * 977;
        let user = UserId([9; 16]);
        let commit = self
            .author
            .commit(self.tip, self.lamport, at, user, drafts)
            .unwrap();
        let last = commit.last().unwrap();
        self.tip = Some(Position {
            seq: last.envelope.seq,
            hash: last.hash,
        });
        commit
    }
}

fn draft(doc: u8, change: Vec<u8>) -> Draft {
    Draft {
        doc: DocId([doc; 16]),
        doc_type: DocType::Patient,
        action: Action::PatientUpdated,
        change,
    }
}

/// Two feeds that write two charts, apart and on top of one another, a change that is none among them.
fn commits() -> Vec<Commit> {
    let (mut a, mut b) = (Device::new(1), Device::new(2));
    let (mut one, mut two) = (Feed::new(1), Feed::new(2));
    let mut commits = Vec::new();
    for round in 0..6_u8 {
        let note = person("address", format!("龙坑村{round}组{}号", round * 7 + 1));
        let visit = Write::new(
            &RecordKey::many("encounter", uuid::Uuid::from_u128(u128::from(round) + 1)),
            "bp",
            json!([{ "sys": 140 + u16::from(round), "dia": 88 }]),
        );
        let first = a.write(&[note, visit]);
        let second = b.write(&[person("phone", format!("139578123{round:02}"))]);
        a.take(&second);
        b.take(&first);
        commits.push(one.commit(vec![draft(1, first.clone()), draft(2, first)]));
        commits.push(two.commit(vec![draft(1, second)]));
        commits.push(one.commit(vec![draft(
            3,
            b"what a newer version calls a change".to_vec(),
        )]));
    }
    commits
}

fn sent(commits: &[Commit]) -> (Frame, Vec<u8>) {
    let mut builder = FrameBuilder::new();
    for commit in commits {
        builder.push(commit.clone());
    }
    let frame = builder.take();
    let bytes = frame.encode(&AutomergeCodec, &Receiver::default()).unwrap();
    (frame, bytes)
}

fn received(bytes: &[u8], held: &mut dyn Held) -> Result<Frame, Refusal> {
    PackedFrame::read(bytes)?.unpack(&AutomergeCodec, held)
}

/// A receiver that holds these commits.
struct Holding<'a>(&'a [Commit]);

impl Holding<'_> {
    fn at(&self, feed: &FeedId, seq: u64) -> Option<&Sealed> {
        let entries = self.0.iter().flat_map(|commit| &commit.entries);
        let mut held = entries.filter(|s| s.envelope.feed == *feed && s.envelope.seq == seq);
        held.next()
    }
}

impl Held for Holding<'_> {
    fn hash(&mut self, feed: &FeedId, seq: u64) -> Option<EntryHash> {
        self.at(feed, seq).map(|sealed| sealed.hash)
    }

    fn entry(&mut self, feed: &FeedId, seq: u64) -> Option<(DocId, DocType, ChangeHash)> {
        let entry = self.at(feed, seq)?.entry.as_ref()?;
        Some((
            entry.doc,
            entry.doc_type,
            AutomergeCodec.hash(&entry.change),
        ))
    }
}

/// Holds something at every place.
struct Everything;

impl Held for Everything {
    fn hash(&mut self, _: &FeedId, _: u64) -> Option<EntryHash> {
        Some(EntryHash([7; 32]))
    }

    fn entry(&mut self, _: &FeedId, _: u64) -> Option<(DocId, DocType, ChangeHash)> {
        Some((DocId([3; 16]), DocType::Patient, ChangeHash([4; 32])))
    }
}

#[test]
fn a_change_is_taken_apart_and_put_together_to_the_same_bytes_and_hash() {
    for commit in commits() {
        for sealed in commit.entries {
            let change = sealed.entry.unwrap().change;
            let Ok(read) = Change::read(DocType::Patient, &change) else {
                continue;
            };
            let parts = AutomergeCodec.split(&change).unwrap();
            assert_eq!(AutomergeCodec.join(&parts), Some(change.clone()));
            assert_eq!(AutomergeCodec.hash(&change), read.meta().hash);
            assert_eq!(parts.deps, read.meta().deps);
            assert_eq!(parts.seq, read.meta().seq);
            assert!(actor(1, 0).0[..10] == parts.actor[..10] || parts.actor[0] == 2);
        }
    }
}

#[test]
fn commits_come_out_of_a_frame_as_they_went_in() {
    let (frame, bytes) = sent(&commits());
    let back = received(&bytes, &mut ()).unwrap();
    assert_eq!(back, frame);
    let raw: usize = frame.commits.iter().map(Commit::size).sum();
    assert!(bytes.len() * 3 < raw, "{} of {raw} bytes", bytes.len());
}

#[test]
fn a_frame_goes_on_where_the_receiver_stands_and_asks_for_what_is_missing() {
    let all = commits();
    let (first, rest) = all.split_at(7);
    let (frame, bytes) = sent(rest);
    assert_eq!(received(&bytes, &mut Holding(first)), Ok(frame));
    let gap = received(&bytes, &mut ()).unwrap_err();
    assert_eq!(gap.code(), "journal.gap");
}

#[test]
fn documents_that_the_receiver_holds_are_named_by_an_entry_of_theirs() {
    let all = commits();
    let (first, rest) = all.split_at(7);
    let mut receiver = Receiver::default();
    for sealed in first.iter().flat_map(|commit| &commit.entries) {
        let entry = sealed.entry.as_ref().unwrap();
        let found = Earlier {
            feed: sealed.envelope.feed,
            seq: sealed.envelope.seq,
            doc_type: entry.doc_type,
            change: AutomergeCodec.hash(&entry.change),
        };
        receiver.earlier.insert(entry.doc, found);
    }
    let (frame, plain) = sent(rest);
    let bytes = frame.encode(&AutomergeCodec, &receiver).unwrap();
    let names_documents = |bytes: &[u8]| {
        let packed = PackedFrame::read(bytes).unwrap();
        packed.columns().windows(16).any(|window| window == [3; 16])
    };
    assert!(names_documents(&plain) && !names_documents(&bytes));
    assert_eq!(received(&bytes, &mut Holding(first)), Ok(frame));
    // Who lacks one of them is told what is missing, and stores nothing.
    let gap = received(&bytes, &mut Holding(&first[..1])).unwrap_err();
    assert_eq!(gap.code(), "journal.gap");
}

#[test]
fn what_a_signature_repeats_is_not_sent_again() {
    let encounter: Encounter = serde_json::from_value(json!({
        "patient": PatientId::from_bytes([1; 16]), "opened_at": 1, "attendee": { "kind": "person" },
        "reason": "复诊", "vitals": { "bp": [{ "sys": 152, "dia": 88 }], "pulse": 71 },
        "note": "血压 150/90，\"头晕\"三天。", "diagnoses": [{ "code": "I10", "name": "高血压" }],
    }))
    .unwrap();
    let fields = json!({ "smoking": "从不", "cigs": 0, "waist_cm": 91.5, "edema": null });
    let form = GenericForm {
        template: "慢病随访v3".into(),
        fields: fields.as_object().unwrap().clone(),
    };
    let visit = patient::Visit {
        id: EncounterId::from_bytes([5; 16]),
        encounter: &encounter,
        hypertension: None,
        forms: vec![(FormId::from_bytes([8; 16]), &form)],
    };
    let by = StaffId::from_bytes([7; 16]);
    let mut device = Device::new(1);
    device.write(&[person("name", "方秀英")]);
    let heads: Vec<String> = device.doc.heads().iter().map(ToString::to_string).collect();
    let signature = visit.signature(SignatureId::from_bytes([6; 16]), &heads, by, 2);
    let mut writes = visit.writes(by);
    writes.push(signature);
    let change = device.write(&writes);
    let parts = AutomergeCodec.split(&change).unwrap();
    assert_eq!(AutomergeCodec.join(&parts), Some(change.clone()));
    let count = |bytes: &[u8], word: &str| {
        bytes
            .windows(word.len())
            .filter(|window| *window == word.as_bytes())
            .count()
    };
    let sent: Vec<u8> = parts
        .columns
        .into_iter()
        .flat_map(|(_, data)| data)
        .collect();
    for (word, times) in [("头晕", 1), ("从不", 1), (heads[0].as_str(), 0)] {
        assert!(count(&change, word) > times, "{word}");
        assert_eq!(count(&sent, word), times, "{word}");
    }
}

#[test]
fn entries_of_a_newer_version_travel_as_they_are() {
    let mut feed = Feed::new(1);
    let mut commit = feed.commit(vec![draft(1, b"x".to_vec())]);
    let known = commit.entries[0].clone();
    // The version is the second byte of an entry.
    let mut bytes = known.bytes.clone();
    assert_eq!(bytes[1], 1);
    bytes[1] = 7;
    commit.entries[0] = xunyi_journal::Sealed::read(bytes).unwrap();
    assert!(commit.entries[0].entry.is_none());
    let (frame, bytes) = sent(&[commit]);
    assert_eq!(received(&bytes, &mut ()), Ok(frame));
}

#[test]
fn commits_that_do_not_follow_one_another_make_no_frame() {
    let all = commits();
    let frame = Frame {
        commits: vec![all[0].clone(), all[5].clone()],
    };
    assert!(frame.encode(&AutomergeCodec, &Receiver::default()).is_err());
}

#[test]
fn a_frame_of_few_bytes_that_claims_much_is_refused() {
    let claim = |raw: &[u8], len: u8| {
        let mut bytes = vec![1, 1, len];
        bytes.extend(raw);
        bytes
    };
    assert!(PackedFrame::read(&claim(&[], 0x7f)).is_err());
    assert!(PackedFrame::read(&[1, 1, 0xff, 0xff, 0xff, 0xff, 0x7f]).is_err());
    assert!(PackedFrame::read(&[0, 1, 0]).is_err() && PackedFrame::read(&[1, 9, 0]).is_err());
    assert!(PackedFrame::read(&[]).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn no_mangled_frame_takes_a_reader_down(
        places in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
    ) {
        let (_, bytes) = sent(&commits());
        let packed = PackedFrame::read(&bytes).unwrap();
        // Under the compressor's own check: the columns themselves are mangled.
        let mut raw = packed.columns().to_vec();
        for (place, byte) in places {
            let at = place.index(raw.len());
            raw[at] = byte;
        }
        let cut = cut.index(raw.len());
        for columns in [raw.clone(), raw[..cut].to_vec()] {
            if let Ok(packed) = PackedFrame::of_columns(columns)
                && let Ok(frame) = packed.unpack(&AutomergeCodec, &mut Everything)
            {
                for commit in frame.commits {
                    prop_assert!(!commit.entries.is_empty());
                }
            }
        }
    }
}
