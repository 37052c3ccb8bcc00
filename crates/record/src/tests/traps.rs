//! The traps of architecture §3 in one table: each bites a naive write, and not ours.

use super::{Device, actor, person};
use crate::*;
use automerge::transaction::{CommitOptions, Transactable};
use automerge::{AutoCommit, Automerge, ObjId, ObjType, ROOT, ReadDoc};
use serde_json::{Value, json};
use uuid::Uuid;
use xunyi_journal::{ChangeCodec, DocId, DocType};
use xunyi_model::{
    AmendmentState, Encounter, EncounterId, EventId, PatientId, SignatureId, StaffId,
};

/// A trap: what happens to a naive write, and what to ours. Each side answers with the evidence of what it
/// shows, or with what it saw instead.
struct Trap {
    rule: &'static str,
    naive: fn() -> Result<(), String>,
    ours: fn() -> Result<(), String>,
}

const TRAPS: &[Trap] = &[
    Trap {
        rule: "genesis",
        naive: each_makes_the_map_and_one_subtree_is_hidden,
        ours: genesis_is_the_same_and_both_fields_show,
    },
    Trap {
        rule: "heads: what arrived while the form was open",
        naive: a_save_on_top_erases_what_arrived,
        ours: a_save_at_the_forms_heads_keeps_both,
    },
    Trap {
        rule: "heads: values shown but not touched",
        naive: a_form_put_back_whole_erases_another_field,
        ours: only_touched_fields_are_written,
    },
    Trap {
        rule: "a field in conflict",
        naive: a_write_over_a_conflict_settles_it_unseen,
        ours: a_write_over_a_conflict_is_refused,
    },
    Trap {
        rule: "actor",
        naive: an_actor_rolled_back_makes_a_duplicate_number,
        ours: a_fresh_actor_after_a_rollback_merges,
    },
    Trap {
        rule: "events, not states",
        naive: two_states_agree_and_hide_a_double_dose,
        ours: two_events_are_two,
    },
    Trap {
        rule: "no deletes",
        naive: a_delete_takes_an_edit_along_without_a_trace,
        ours: clearing_against_an_edit_is_a_conflict,
    },
    Trap {
        rule: "atomic readings",
        naive: a_map_merges_into_a_reading_nobody_took,
        ours: a_reading_stays_one_that_was_taken,
    },
    Trap {
        rule: "signing",
        naive: a_flag_signs_whatever_stands_there_later,
        ours: a_snapshot_shows_what_was_signed,
    },
    Trap {
        rule: "raw bytes",
        naive: the_deflated_form_is_other_bytes_of_one_change,
        ours: the_raw_form_alone_is_taken,
    },
    Trap {
        rule: "128 KiB",
        naive: a_note_of_any_length_is_written,
        ours: a_change_over_128_kib_is_refused,
    },
    Trap {
        rule: "equal values",
        naive: the_library_lists_equal_values_twice,
        ours: equal_values_are_no_conflict,
    },
    Trap {
        rule: "drafts",
        naive: a_change_for_each_keystroke_stays_for_ever,
        ours: what_was_typed_is_one_change_when_it_is_saved,
    },
    Trap {
        rule: "the same person twice",
        naive: merged_into_one_another_nobody_leads,
        ours: links_without_a_direction_have_one_leader,
    },
];

#[test]
fn each_trap_bites_a_naive_write_and_not_ours() {
    let mut wrong = Vec::new();
    for trap in TRAPS {
        for (side, shows) in [("naive", trap.naive), ("ours", trap.ours)] {
            if let Err(saw) = shows() {
                wrong.push(format!("{} ({side}): {saw}", trap.rule));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn expect<T: PartialEq + std::fmt::Debug>(saw: T, expected: T) -> Result<(), String> {
    if saw == expected {
        Ok(())
    } else {
        Err(format!("{saw:?} instead of {expected:?}"))
    }
}

/// The library as it comes, with a map that both devices have.
fn two_naive(fields: &[(&str, &str)]) -> (AutoCommit, AutoCommit, ObjId) {
    let mut a = AutoCommit::new().with_actor(automerge::ActorId::from(&[1u8][..]));
    let map = a.put_object(ROOT, "person", ObjType::Map).unwrap();
    for (name, value) in fields {
        a.put(&map, *name, *value).unwrap();
    }
    let b = a.fork().with_actor(automerge::ActorId::from(&[2u8][..]));
    (a, b, map)
}

fn naive_values(doc: &AutoCommit, map: &ObjId, name: &str) -> Vec<String> {
    let all = doc.get_all(map, name).unwrap();
    all.iter()
        .map(|(v, _)| v.as_str().unwrap_or("?").to_owned())
        .collect()
}

/// Two devices that hold the same person.
fn two(fields: &[Write]) -> (Device, Device) {
    let (mut a, mut b) = (Device::new(1), Device::new(2));
    if !fields.is_empty() {
        let start = a.write(fields);
        b.take(&start);
    }
    (a, b)
}

fn exchange(a: &mut Device, from_a: &[u8], b: &mut Device, from_b: &[u8]) {
    a.take(from_b);
    b.take(from_a);
}

fn each_makes_the_map_and_one_subtree_is_hidden() -> Result<(), String> {
    let make = |n: u8, field: &str| {
        let mut doc = AutoCommit::new().with_actor(automerge::ActorId::from(&[n][..]));
        let map = doc.put_object(ROOT, "person", ObjType::Map).unwrap();
        doc.put(&map, field, 1).unwrap();
        doc
    };
    let (mut a, mut b) = (make(1, "a"), make(2, "b"));
    a.merge(&mut b).unwrap();
    let (_, map) = a.get(ROOT, "person").unwrap().unwrap();
    expect(a.keys(&map).count(), 1)
}

fn genesis_is_the_same_and_both_fields_show() -> Result<(), String> {
    let (mut a, mut b) = two(&[]);
    expect(a.doc.save(), b.doc.save())?;
    let (ca, cb) = (a.write(&[person("a", 1)]), b.write(&[person("b", 1)]));
    exchange(&mut a, &ca, &mut b, &cb);
    for device in [&a, &b] {
        expect(
            (device.field("a"), device.field("b")),
            (vec![json!(1)], vec![json!(1)]),
        )?;
    }
    Ok(())
}

fn a_save_on_top_erases_what_arrived() -> Result<(), String> {
    let (mut a, mut b, map) = two_naive(&[("blood_group", "a")]);
    // The form shows "a"; "b" arrives; the form is saved with "o".
    b.put(&map, "blood_group", "b").unwrap();
    a.merge(&mut b).unwrap();
    a.put(&map, "blood_group", "o").unwrap();
    expect(naive_values(&a, &map, "blood_group"), vec!["o".into()])
}

fn a_save_at_the_forms_heads_keeps_both() -> Result<(), String> {
    let (mut a, mut b) = two(&[person("blood_group", "a")]);
    let form = a.doc.heads();
    let arrived = b.write(&[person("blood_group", "b")]);
    a.take(&arrived);
    let saved = a.write_at(&form, &[person("blood_group", "o")]).unwrap();
    b.take(&saved);
    let mut values = a.field("blood_group");
    expect(&values, &b.field("blood_group"))?;
    values.sort_by_key(Value::to_string);
    expect(values, vec![json!("b"), json!("o")])
}

fn a_form_put_back_whole_erases_another_field() -> Result<(), String> {
    let (mut a, mut b, map) = two_naive(&[("phone", "1"), ("address", "old")]);
    // A's form holds every field as it was shown; B moves house meanwhile.
    b.put(&map, "address", "new").unwrap();
    a.merge(&mut b).unwrap();
    a.put(&map, "phone", "2").unwrap();
    a.put(&map, "address", "old").unwrap();
    expect(naive_values(&a, &map, "address"), vec!["old".into()])
}

fn only_touched_fields_are_written() -> Result<(), String> {
    let (mut a, mut b) = two(&[person("phone", "1"), person("address", "old")]);
    let form = a.doc.heads();
    let arrived = b.write(&[person("address", "new")]);
    a.take(&arrived);
    let saved = a.write_at(&form, &[person("phone", "2")]).unwrap();
    b.take(&saved);
    for device in [&a, &b] {
        expect(device.field("address"), vec![json!("new")])?;
        expect(device.field("phone"), vec![json!("2")])?;
    }
    Ok(())
}

fn a_write_over_a_conflict_settles_it_unseen() -> Result<(), String> {
    let (mut a, mut b, map) = two_naive(&[]);
    a.put(&map, "blood_group", "a").unwrap();
    b.put(&map, "blood_group", "b").unwrap();
    a.merge(&mut b).unwrap();
    expect(naive_values(&a, &map, "blood_group").len(), 2)?;
    a.put(&map, "blood_group", "a").unwrap();
    expect(naive_values(&a, &map, "blood_group"), vec!["a".into()])
}

fn a_write_over_a_conflict_is_refused() -> Result<(), String> {
    let (mut a, mut b) = two(&[]);
    let ca = a.write(&[person("blood_group", "a")]);
    let cb = b.write(&[person("blood_group", "b")]);
    exchange(&mut a, &ca, &mut b, &cb);
    let heads = a.doc.heads();
    let refused = a.write_at(&heads, &[person("blood_group", "a")]);
    expect(matches!(refused, Err(RecordError::InConflict { .. })), true)?;
    expect(a.field("blood_group").len(), 2)
}

fn an_actor_rolled_back_makes_a_duplicate_number() -> Result<(), String> {
    let (mut a, mut b, map) = two_naive(&[("phone", "1")]);
    let image = a.save();
    a.put(&map, "phone", "2").unwrap();
    b.merge(&mut a).unwrap();
    // The tablet is restored from its image and works on under the same actor.
    let mut restored = AutoCommit::load(&image)
        .unwrap()
        .with_actor(automerge::ActorId::from(&[1u8][..]));
    restored.put(&map, "phone", "3").unwrap();
    let changes = restored.get_changes(&[]);
    let refused = b.apply_changes(changes).unwrap_err();
    expect(
        matches!(refused, automerge::AutomergeError::DuplicateSeqNumber(..)),
        true,
    )
}

fn a_fresh_actor_after_a_rollback_merges() -> Result<(), String> {
    let (mut a, mut b) = two(&[person("phone", "1")]);
    let image = a.doc.save();
    let lost = a.write(&[person("phone", "2")]);
    b.take(&lost);
    let mut restored = Document::load(DocType::Patient, &image).unwrap();
    let heads = restored.heads();
    let (session, fork) = (actor(1, 70), actor(1, 71));
    let writes = [person("phone", "3")];
    let written = restored.write(&heads, session, fork, &writes, false);
    b.take(&written.unwrap().unwrap().change);
    expect(b.field("phone").len(), 2)
}

fn two_states_agree_and_hide_a_double_dose() -> Result<(), String> {
    let (mut a, mut b, map) = two_naive(&[]);
    a.put(&map, "status", "dispensed").unwrap();
    b.put(&map, "status", "dispensed").unwrap();
    a.merge(&mut b).unwrap();
    let mut values = naive_values(&a, &map, "status");
    values.dedup();
    expect(values, vec!["dispensed".into()])
}

fn two_events_are_two() -> Result<(), String> {
    let (mut a, mut b) = two(&[]);
    let given = |n: u128| {
        let key = RecordKey::many("dispensing", Uuid::from_u128(n));
        Write::new(&key, "e", json!({ "qty": 7 }))
    };
    let (ca, cb) = (a.write(&[given(1)]), b.write(&[given(2)]));
    exchange(&mut a, &ca, &mut b, &cb);
    for device in [&a, &b] {
        let keys = device.doc.keys();
        let count = keys.iter().filter(|k| k.section == "dispensing").count();
        expect(count, 2)?;
    }
    Ok(())
}

fn a_delete_takes_an_edit_along_without_a_trace() -> Result<(), String> {
    let (mut a, mut b, map) = two_naive(&[]);
    let allergy = a.put_object(&map, "allergy", ObjType::Map).unwrap();
    a.put(&allergy, "substance", "?").unwrap();
    b.merge(&mut a).unwrap();
    a.delete(&map, "allergy").unwrap();
    b.put(&allergy, "substance", "青霉素").unwrap();
    a.merge(&mut b).unwrap();
    expect(a.get_all(&map, "allergy").unwrap().len(), 0)
}

fn clearing_against_an_edit_is_a_conflict() -> Result<(), String> {
    let (mut a, mut b) = two(&[person("phone", "1")]);
    let ca = a.write(&[person("phone", Value::Null)]);
    let cb = b.write(&[person("phone", "2")]);
    exchange(&mut a, &ca, &mut b, &cb);
    expect((a.field("phone").len(), b.field("phone").len()), (2, 2))?;
    // And a device that deletes all the same is refused by every peer.
    let mut rogue = AutoCommit::load(&a.doc.save()).unwrap();
    rogue.set_actor(automerge::ActorId::from(actor(1, 9).as_bytes()));
    let (_, map) = rogue.get(ROOT, "person").unwrap().unwrap();
    rogue.delete(&map, "phone").unwrap();
    rogue.commit();
    let delete = rogue.get_last_local_change().unwrap();
    let read = AutomergeCodec.inspect(DocType::Patient, delete.raw_bytes());
    expect(read.is_err(), true)
}

fn a_map_merges_into_a_reading_nobody_took() -> Result<(), String> {
    let (mut a, mut b, map) = two_naive(&[]);
    let bp = a.put_object(&map, "bp", ObjType::Map).unwrap();
    a.put(&bp, "sys", 150).unwrap();
    a.put(&bp, "dia", 95).unwrap();
    b.merge(&mut a).unwrap();
    // Measured again on both: each writes what differs from the reading before.
    a.put(&bp, "sys", 120).unwrap();
    b.put(&bp, "dia", 70).unwrap();
    a.merge(&mut b).unwrap();
    let part = |name: &str| a.get(&bp, name).unwrap().unwrap().0.as_i64();
    expect((part("sys"), part("dia")), (Some(120), Some(70)))
}

fn a_reading_stays_one_that_was_taken() -> Result<(), String> {
    let reading = |sys: u16, dia: u16| json!({ "sys": sys, "dia": dia });
    let (mut a, mut b) = two(&[person("bp", reading(150, 95))]);
    let ca = a.write(&[person("bp", reading(120, 95))]);
    let cb = b.write(&[person("bp", reading(150, 70))]);
    exchange(&mut a, &ca, &mut b, &cb);
    expect(a.field("bp"), b.field("bp"))?;
    let taken = [reading(120, 95), reading(150, 70)];
    expect(a.field("bp").iter().all(|v| taken.contains(v)), true)?;
    expect(a.field("bp").len(), 2)
}

fn a_flag_signs_whatever_stands_there_later() -> Result<(), String> {
    let (mut a, mut b, map) = two_naive(&[("note", "血压 150/90")]);
    a.put(&map, "signed_by", "陈立").unwrap();
    b.put(&map, "note", "血压 120/70").unwrap();
    a.merge(&mut b).unwrap();
    expect(
        (
            naive_values(&a, &map, "note"),
            naive_values(&a, &map, "signed_by"),
        ),
        (vec!["血压 120/70".into()], vec!["陈立".into()]),
    )
}

fn a_snapshot_shows_what_was_signed() -> Result<(), String> {
    let (id, by) = (
        EncounterId::from_bytes([5; 16]),
        StaffId::from_bytes([7; 16]),
    );
    let encounter: Encounter = serde_json::from_value(json!({
        "patient": PatientId::from_bytes([1; 16]), "opened_at": 1, "attendee": { "kind": "patient" },
        "reason": "复诊", "vitals": {}, "findings": "", "note": "血压 150/90", "diagnoses": [], "plan": "",
    }))
    .map_err(|e| e.to_string())?;
    let visit = patient::Visit {
        id,
        encounter: &encounter,
        hypertension: None,
        forms: Vec::new(),
    };
    let mut writes = visit.writes(by);
    writes.push(visit.signature(SignatureId::from_bytes([6; 16]), &[], by, 2));
    let (mut a, mut b) = two(&writes);
    let key = RecordKey::many("encounter", *id.as_uuid());
    let amended = b.write(&[Write::new(&key, "note", "血压 120/70")]);
    let stands = |device: &Device| {
        let body = device.doc.record(&key).unwrap().body();
        let signature = RecordKey::many("signature", Uuid::from_bytes([6; 16]));
        let signed = device.doc.record(&signature).unwrap().body();
        let snapshot = signed["snapshot"].as_str().unwrap_or_default().to_owned();
        let now = patient::visit_snapshot((&key.id, &body), &[]);
        let holds = snapshot.contains("血压 150/90");
        (AmendmentState::of(&[&snapshot], &now), holds)
    };
    expect(stands(&a), (AmendmentState::Signed, true))?;
    a.take(&amended);
    expect(stands(&a), (AmendmentState::AmendedUnsigned, true))
}

/// A change of more than the 256 bytes from which the library deflates.
fn long_change() -> (Vec<u8>, Vec<u8>) {
    let mut doc = Document::new(DocType::Patient).unwrap();
    let heads = doc.heads();
    let writes = [person("note", "规律服药。".repeat(100))];
    let written = doc.write(&heads, actor(1, 0), actor(1, 1), &writes, false);
    let raw = written.unwrap().unwrap().change;
    let mut change = automerge::Change::from_bytes(raw.clone()).unwrap();
    let deflated = change.bytes().into_owned();
    (raw, deflated)
}

fn the_deflated_form_is_other_bytes_of_one_change() -> Result<(), String> {
    let (raw, deflated) = long_change();
    let hash = |bytes: &[u8]| {
        let change = automerge::Change::from_bytes(bytes.to_vec()).unwrap();
        change.hash()
    };
    expect(hash(&raw), hash(&deflated))?;
    expect(raw == deflated, false)
}

fn the_raw_form_alone_is_taken() -> Result<(), String> {
    let (raw, deflated) = long_change();
    let takes = |bytes: &[u8]| AutomergeCodec.inspect(DocType::Patient, bytes).is_ok();
    expect((takes(&raw), takes(&deflated)), (true, false))
}

fn a_note_of_any_length_is_written() -> Result<(), String> {
    let (mut a, _, map) = two_naive(&[]);
    a.put(&map, "note", "字".repeat(50_000)).unwrap();
    a.commit();
    let bytes = a.get_last_local_change().unwrap().raw_bytes().len();
    expect(bytes > xunyi_journal::MAX_CHANGE, true)
}

fn a_change_over_128_kib_is_refused() -> Result<(), String> {
    let mut a = Device::new(1);
    let heads = a.doc.heads();
    let refused = a.write_at(&heads, &[person("note", "字".repeat(50_000))]);
    expect(matches!(refused, Err(RecordError::ChangeTooLarge(_))), true)
}

fn the_library_lists_equal_values_twice() -> Result<(), String> {
    let (mut a, mut b, map) = two_naive(&[]);
    a.put(&map, "phone", "1").unwrap();
    b.put(&map, "phone", "1").unwrap();
    a.merge(&mut b).unwrap();
    expect(naive_values(&a, &map, "phone").len(), 2)
}

fn equal_values_are_no_conflict() -> Result<(), String> {
    let (mut a, mut b) = two(&[]);
    let (ca, cb) = (
        a.write(&[person("phone", "1")]),
        b.write(&[person("phone", "1")]),
    );
    exchange(&mut a, &ca, &mut b, &cb);
    expect(a.field("phone"), vec![json!("1")])?;
    // And the field can be written again.
    let heads = a.doc.heads();
    expect(a.write_at(&heads, &[person("phone", "2")]).is_ok(), true)
}

const TYPED: &str = "头晕三天，无呕吐";

fn a_change_for_each_keystroke_stays_for_ever() -> Result<(), String> {
    let mut doc = Automerge::new();
    for n in 1..=TYPED.chars().count() {
        let text: String = TYPED.chars().take(n).collect();
        let mut tx = doc.transaction();
        tx.put(ROOT, "reason", text).unwrap();
        tx.commit_with(CommitOptions::default().with_time(0));
    }
    expect(doc.get_changes(&[]).len(), TYPED.chars().count())
}

fn what_was_typed_is_one_change_when_it_is_saved() -> Result<(), String> {
    // Until then it waits in the device's draft table, outside any document.
    let mut a = Device::new(1);
    a.write(&[person("reason", TYPED)]);
    let doc = Automerge::load(&a.doc.save()).unwrap();
    let genesis = 1;
    expect(doc.get_changes(&[]).len(), genesis + 1)
}

fn merged_into_one_another_nobody_leads() -> Result<(), String> {
    let (mut a, mut b, map) = two_naive(&[]);
    // Each device merges the one record into the other, the other way round.
    a.put(&map, "1", "2").unwrap();
    b.put(&map, "2", "1").unwrap();
    a.merge(&mut b).unwrap();
    let into = |id: &str| naive_values(&a, &map, id).pop();
    let leads = |id: &str| into(id).is_none();
    expect((leads("1"), leads("2")), (false, false))
}

fn links_without_a_direction_have_one_leader() -> Result<(), String> {
    let ids = [1, 2].map(|n| PatientId::from_bytes([n; 16]));
    let by = StaffId::from_bytes([7; 16]);
    let mut charts = [Device::new(1), Device::new(2)];
    charts[0].write(&patient::link(EventId::from_bytes([3; 16]), ids[1], by, 1));
    charts[1].write(&patient::link(EventId::from_bytes([4; 16]), ids[0], by, 1));
    let mut links = Vec::new();
    for (device, id) in charts.iter().zip(ids) {
        let rows = project(&DocId(*id.as_bytes()), &device.doc).unwrap();
        let table = projection_tables()
            .iter()
            .find(|t| t.name == "link")
            .unwrap();
        let other = table.column("other").unwrap() - 1;
        for row in rows.iter().filter(|r| r.table == "link") {
            let xunyi_journal::schema::Value::Text(text) = &row.values[other] else {
                return Err("no other record".into());
            };
            links.push((id, text.parse().map_err(|_| "no id".to_owned())?));
        }
    }
    let leaders = xunyi_model::same_person::leaders(&links);
    expect(ids.map(|id| leaders.get(&id).copied()), [Some(ids[0]); 2])
}
