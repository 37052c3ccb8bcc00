//! Changes that no device of ours writes: each is refused by its bytes alone, and whatever gets through takes
//! no program down.

use super::{Device, actor, person};
use crate::*;
use automerge::transaction::{CommitOptions, Transactable};
use automerge::{Automerge, ObjId, ObjType, ROOT, ReadDoc, ScalarValue};
use sha2::{Digest, Sha256};
use xunyi_journal::DocType;

/// A document with a person and an allergy, as every device holds it.
fn chart() -> (Device, RecordKey) {
    let mut device = Device::new(1);
    let key = RecordKey::many("allergy", uuid::Uuid::from_u128(5));
    device.write(&[
        person("phone", "1"),
        Write::new(&key, "substance", "青霉素"),
    ]);
    (device, key)
}

/// What a device that minds no rule writes on top of that document.
fn rogue(
    device: &Device,
    write: impl FnOnce(&mut automerge::transaction::Transaction<'_>),
) -> Vec<u8> {
    let mut doc = Automerge::load(&device.doc.save()).unwrap();
    doc.set_actor(automerge::ActorId::from(actor(2, 9).as_bytes()));
    let mut tx = doc.transaction();
    write(&mut tx);
    let (hash, _) = tx.commit_with(CommitOptions::default().with_time(0));
    let change = doc.get_change_by_hash(&hash.unwrap()).unwrap();
    change.raw_bytes().to_vec()
}

fn part(tx: &impl ReadDoc, name: &str) -> ObjId {
    tx.get(ROOT, name).unwrap().unwrap().1
}

#[test]
fn what_no_command_writes_is_refused() {
    type Write = fn(&mut automerge::transaction::Transaction<'_>, &str);
    let cases: [(&str, Write); 9] = [
        ("a part of its own over genesis'", |tx, _| {
            tx.put_object(ROOT, "person", ObjType::Map).unwrap();
        }),
        ("a value at the root", |tx, _| tx.put(ROOT, "x", 1).unwrap()),
        ("a value in place of a record", |tx, id| {
            let allergies = part(tx, "allergy");
            tx.put(&allergies, id, 1).unwrap();
        }),
        ("a record over a record", |tx, id| {
            let allergies = part(tx, "allergy");
            tx.put_object(&allergies, id, ObjType::Map).unwrap();
        }),
        ("a map within a record", |tx, _| {
            let person = part(tx, "person");
            tx.put_object(&person, "bp", ObjType::Map).unwrap();
        }),
        ("a text that merges by letters", |tx, _| {
            let allergies = part(tx, "allergy");
            tx.put_object(&allergies, "new", ObjType::Text).unwrap();
        }),
        ("a list", |tx, _| {
            let allergies = part(tx, "allergy");
            tx.put_object(&allergies, "new", ObjType::List).unwrap();
        }),
        ("a delete", |tx, id| {
            let allergies = part(tx, "allergy");
            tx.delete(&allergies, id).unwrap();
        }),
        ("a counter's step", |tx, _| {
            let person = part(tx, "person");
            tx.put(&person, "n", ScalarValue::counter(1)).unwrap();
            tx.increment(&person, "n", 1).unwrap();
        }),
    ];
    let (device, key) = chart();
    for (what, write) in cases {
        let change = rogue(&device, |tx| write(tx, &key.id));
        assert!(Change::read(DocType::Patient, &change).is_err(), "{what}");
    }
    let harmless = rogue(&device, |tx| {
        let person = part(tx, "person");
        tx.put(&person, "phone", "2").unwrap();
    });
    assert!(Change::read(DocType::Patient, &harmless).is_ok());
    // The same bytes under another type name parts that this type does not have.
    assert!(Change::read(DocType::StockPage, &harmless).is_err());
}

/// The bytes with the checksum that an author would give them.
fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    let sum = Sha256::digest(&bytes[8..]);
    bytes[4..8].copy_from_slice(&sum[..4]);
    bytes
}

#[test]
fn a_change_of_a_few_bytes_that_claims_a_run_without_end_is_refused_at_once() {
    let chunk = |columns: &[u8]| {
        let mut body = vec![0];
        body.extend([16]);
        body.extend(actor(1, 0).as_bytes());
        body.extend([1, 1, 0, 0, 0]); // number, first operation, time, no message, no other actors
        body.extend(columns);
        let mut bytes = vec![0x85, 0x6f, 0x4a, 0x83, 0, 0, 0, 0, 1, body.len() as u8];
        bytes.extend(body);
        sealed(bytes)
    };
    let endless = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10];
    let action_run = [&[1, 66, 10][..], &endless, &[1]].concat();
    let null_run = [&[1, 66, 11][..], &[0], &endless, &[0]].concat();
    let insert_run = [&[1, 52, 9][..], &endless].concat();
    let pred_group = [&[1, 112, 10][..], &[1], &endless].concat();
    let columns = [&endless[..], &[0, 0]].concat();
    for bomb in [action_run, null_run, insert_run, pred_group, columns] {
        assert!(Change::read(DocType::Patient, &chunk(&bomb)).is_err());
    }
    assert!(Change::read(DocType::Patient, &chunk(&[0])).is_ok());
}

#[test]
fn numbers_that_leap_ahead_or_are_taken_stand_contested() {
    let (mut device, _) = chart();
    let batch = Batch::default();
    let mut read = |change: &[u8]| {
        let change = Change::read(DocType::Patient, change).unwrap();
        device.doc.standing(&change, &batch)
    };
    let mut copy = Device::new(1);
    let own = copy.write(&[person("phone", "9")]);
    assert_eq!(read(&own), Standing::Contested);
    // Number 2 of an actor of whom number 1 is not here, though it claims to stand on nothing of it.
    let mut other = Device::new(3);
    other.write(&[person("phone", "1")]);
    let second = other.write(&[person("phone", "2")]);
    assert_eq!(read(&second), Standing::Waiting);
}

/// Bytes turned, cut and grown at random, each with a right checksum: the worst that a device with a valid
/// certificate may send. None of them may take the program down, or leave a document half changed.
#[test]
fn no_mangled_change_takes_the_program_down() {
    // What the library prints as it fails is of no use here.
    std::panic::set_hook(Box::new(|_| {}));
    let (device, key) = chart();
    let seeds: Vec<Vec<u8>> = vec![
        rogue(&device, |tx| {
            let person = part(tx, "person");
            tx.put(&person, "phone", "2").unwrap();
            tx.put(&person, "note", "规律服药".repeat(30)).unwrap();
        }),
        rogue(&device, |tx| {
            let allergies = part(tx, "allergy");
            let new = tx.put_object(&allergies, "new", ObjType::Map).unwrap();
            tx.put(&new, "substance", "x").unwrap();
            let old = tx.get(&allergies, key.id.as_str()).unwrap().unwrap().1;
            tx.put(&old, "status", "refuted").unwrap();
        }),
    ];
    let mut state: u64 = 1;
    let mut random = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        ((state >> 33) as usize) % below
    };
    let (mut read, mut taken) = (0, 0);
    for n in 0..6_000 {
        let mut bytes = seeds[n % seeds.len()].clone();
        for _ in 0..=random(3) {
            let at = 9 + random(bytes.len() - 9);
            match random(4) {
                0 => bytes[at] ^= 1 << random(8),
                1 => bytes[at] = [0, 1, 0x7f, 0x80, 0xff][random(5)],
                2 => drop(bytes.remove(at)),
                _ => bytes.insert(at, random(256) as u8),
            }
        }
        // Lengths up to two bytes are set right, so that the mangled parts are looked at.
        let len = bytes.len() - 11;
        if (128..16_384).contains(&len) {
            bytes[9] = (len & 0x7f) as u8 | 0x80;
            bytes[10] = (len >> 7) as u8;
        }
        let Ok(change) = Change::read(DocType::Patient, &sealed(bytes)) else {
            continue;
        };
        read += 1;
        let mut doc = device.doc.clone();
        if doc.standing(&change, &Batch::default()) == Standing::Ready
            && doc.take_in(&[&change]).is_ok()
        {
            taken += 1;
            project(&xunyi_journal::DocId([1; 16]), &doc).unwrap();
            Document::load(DocType::Patient, &doc.save()).unwrap();
        }
    }
    assert!(read > 50 && taken > 20, "{read} read, {taken} taken");
}
