//! Documents: what two devices write apart, and what both then hold.

mod frames;
mod hostile;
mod signed;
mod traps;

use crate::*;
use serde_json::{Value, json};
use xunyi_journal::{ActorId, ChangeCodec, ChangeHash, DocType, FeedId};

fn actor(feed: u8, nonce: u8) -> ActorId {
    ActorId::new(FeedId([feed; 16]), [nonce; 6])
}

fn person(field: &str, value: impl Into<Value>) -> Write {
    Write::new(&RecordKey::one("person"), field, value)
}

/// A device in a test: a document and an actor.
struct Device {
    doc: Document,
    feed: u8,
    forks: u8,
}

impl Device {
    fn new(feed: u8) -> Self {
        Self {
            doc: Document::new(DocType::Patient).unwrap(),
            feed,
            forks: 0,
        }
    }

    fn write_at(&mut self, heads: &Heads, writes: &[Write]) -> Result<Vec<u8>, RecordError> {
        self.forks += 1;
        let (session, fork) = (actor(self.feed, 0), actor(self.feed, self.forks));
        Ok(self
            .doc
            .write(heads, session, fork, writes, false)?
            .unwrap()
            .change)
    }

    fn write(&mut self, writes: &[Write]) -> Vec<u8> {
        let heads = self.doc.heads();
        self.write_at(&heads, writes).unwrap()
    }

    fn take(&mut self, change: &[u8]) {
        self.doc.apply([change]).unwrap();
    }

    fn field(&self, name: &str) -> Vec<Value> {
        let record = self.doc.record(&RecordKey::one("person")).unwrap();
        record
            .fields
            .get(name)
            .map(|f| f.values.iter().map(|(v, _)| v.clone()).collect())
            .unwrap_or_default()
    }
}

#[test]
fn a_field_in_conflict_is_settled_by_a_person_and_by_nothing_else() {
    let (mut a, mut b) = (Device::new(1), Device::new(2));
    let (ca, cb) = (
        a.write(&[person("blood_group", "a")]),
        b.write(&[person("blood_group", "b")]),
    );
    a.take(&cb);
    b.take(&ca);
    let heads = a.doc.heads();
    let refused = a.write_at(&heads, &[person("blood_group", "o")]);
    assert!(matches!(refused, Err(RecordError::InConflict { .. })));
    let settled = a
        .doc
        .write(
            &heads,
            actor(1, 0),
            actor(1, 77),
            &[person("blood_group", "a")],
            true,
        )
        .unwrap()
        .unwrap();
    b.take(&settled.change);
    assert_eq!(a.field("blood_group"), [json!("a")]);
    assert_eq!(b.field("blood_group"), [json!("a")]);
}

#[test]
fn two_who_settle_apart_by_picking_leave_both_choices() {
    let (mut a, mut b) = (Device::new(1), Device::new(2));
    let (ca, cb) = (
        a.write(&[person("blood_group", "a")]),
        b.write(&[person("blood_group", "b")]),
    );
    a.take(&cb);
    b.take(&ca);
    // Naive: picking the value already shown only deletes the other, so that choice leaves nothing behind
    // and the other person's wins without a trace.
    let naive = |doc: &Document, feed: u8, value: &str| {
        use automerge::{ReadDoc, transaction::Transactable};
        let mut doc = automerge::AutoCommit::load(&doc.save()).unwrap();
        doc.set_actor(automerge::ActorId::from(actor(feed, 9).as_bytes()));
        let (_, map) = doc.get(automerge::ROOT, "person").unwrap().unwrap();
        doc.put(&map, "blood_group", value).unwrap();
        doc
    };
    let (mut na, mut nb) = (naive(&a.doc, 1, "a"), naive(&b.doc, 2, "b"));
    na.merge(&mut nb).unwrap();
    use automerge::ReadDoc;
    let (_, map) = na.get(automerge::ROOT, "person").unwrap().unwrap();
    assert_eq!(na.get_all(&map, "blood_group").unwrap().len(), 1);
    // Ours: both choices stand, and a person settles again.
    let heads = a.doc.heads();
    let settle = |device: &mut Device, value: &str| {
        let (session, fork) = (actor(device.feed, 0), actor(device.feed, 77));
        let writes = [person("blood_group", value)];
        device
            .doc
            .write(&heads, session, fork, &writes, true)
            .unwrap()
            .unwrap()
            .change
    };
    let (sa, sb) = (settle(&mut a, "a"), settle(&mut b, "b"));
    for change in [&sa, &sb] {
        assert!(AutomergeCodec.inspect(DocType::Patient, change).is_ok());
    }
    a.take(&sb);
    b.take(&sa);
    assert_eq!(a.field("blood_group").len(), 2);
    assert_eq!(a.field("blood_group"), b.field("blood_group"));
}

#[test]
fn unknown_fields_and_values_survive_an_edit_by_an_older_version() {
    let (mut newer, mut older) = (Device::new(1), Device::new(2));
    let change = newer.write(&[person("from_the_future", "x"), person("sex", "a_new_code")]);
    older.take(&change);
    let edit = older.write(&[person("phone", "1")]);
    newer.take(&edit);
    assert_eq!(newer.field("from_the_future"), [json!("x")]);
    assert_eq!(newer.field("sex"), [json!("a_new_code")]);
    let rows = project(&xunyi_journal::DocId([0; 16]), &older.doc).unwrap();
    assert!(format!("{rows:?}").contains("from_the_future"));
}

#[test]
fn changes_arrive_in_any_order_and_project_the_same_rows() {
    let (mut a, mut b) = (Device::new(1), Device::new(2));
    let c1 = a.write(&[person("name", "x")]);
    let c2 = a.write(&[person("name", "y")]);
    b.take(&c1);
    let c3 = b.write(&[person("phone", "1")]);
    let id = xunyi_journal::DocId([7; 16]);
    let mut rows = Vec::new();
    for order in [[&c1, &c2, &c3], [&c3, &c2, &c1], [&c2, &c3, &c1]] {
        let mut doc = Document::new(DocType::Patient).unwrap();
        // One at a time, keeping what waits, as a store does.
        let mut waiting: Vec<&[u8]> = Vec::new();
        for change in order {
            waiting.push(change);
            let applied = doc.apply(waiting.iter().copied()).unwrap();
            waiting.retain(|c| {
                let meta = AutomergeCodec.inspect(DocType::Patient, c).unwrap();
                applied.waiting.contains(&meta.hash)
            });
        }
        assert!(waiting.is_empty());
        rows.push(project(&id, &doc).unwrap());
    }
    assert_eq!(rows[0], rows[1]);
    assert_eq!(rows[1], rows[2]);
}

#[test]
fn what_a_change_touched_is_known_exactly() {
    let (mut a, mut b) = (Device::new(1), Device::new(2));
    let key = RecordKey::many("allergy", uuid::Uuid::from_u128(5));
    let c1 = a.write(&[Write::new(&key, "substance", "x"), person("phone", "1")]);
    let applied = b.doc.apply([c1.as_slice()]).unwrap();
    assert_eq!(
        applied.touched.into_iter().collect::<Vec<_>>(),
        [key.clone(), RecordKey::one("person")]
    );
    let c2 = a.write(&[Write::new(&key, "status", "refuted")]);
    assert_eq!(
        b.doc
            .apply([c2.as_slice()])
            .unwrap()
            .touched
            .into_iter()
            .collect::<Vec<_>>(),
        [key]
    );
}

#[test]
fn a_form_opened_at_heads_that_are_not_here_is_refused() {
    let mut a = Device::new(1);
    let refused = a.write_at(&vec![ChangeHash([9; 32])], &[person("phone", "1")]);
    assert_eq!(refused, Err(RecordError::UnknownHeads));
}

#[test]
fn text_that_an_engine_cannot_take_is_projected_alike_for_all() {
    let mut a = Device::new(1);
    let village = "很长".repeat(4_000);
    let key = RecordKey {
        section: "allergy".to_owned(),
        id: "k\0y".to_owned(),
    };
    a.write(&[
        person("name", "王\0小"),
        person("village", village.as_str()),
        Write::new(&key, "status", "x"),
    ]);
    let rows = project(&xunyi_journal::DocId([7; 16]), &a.doc).unwrap();
    let texts: Vec<&str> = rows
        .iter()
        .flat_map(|row| &row.values)
        .filter_map(|value| match value {
            xunyi_journal::schema::Value::Text(text) => Some(text.as_str()),
            _ => None,
        })
        .collect();
    assert!(texts.iter().all(|text| !text.contains('\0')), "{texts:?}");
    assert!(texts.contains(&"王\u{FFFD}小") && texts.contains(&"k\u{FFFD}y"));
    let short: String = village.chars().take(100).collect();
    assert!(texts.contains(&short.as_str()));
    // The record itself is whole.
    let record = a.doc.record(&RecordKey::one("person")).unwrap();
    assert_eq!(record.get("village"), &json!(village));
    assert!(texts.iter().any(|text| text.contains(&village)));
}
