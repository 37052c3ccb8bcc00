//! "Saved" means on the disk: what is written is synced before a command answers, and a power cut at any
//! moment leaves a database with everything that was answered.

use serde_json::{Value, json};
use std::path::Path;
use xunyi_journal::DocId;
use xunyi_ledger::Ledger;
use xunyi_store::Store;
use xunyi_tests::tablet::{SITE, Tablet, key};
use xunyi_tests::vfs::{Event, FileKind, Log, PowerCut, Recorder, Remains};
use xunyi_tests::{Error, Outcome};

fn visit(n: u64) -> Value {
    json!({
        "reason": "复诊",
        "vitals": { "bp": [{ "sys": 130 + n % 40, "dia": 84 }], "pulse": 70 + n % 20 },
        "note": "规律服药，嘱低盐饮食。".repeat(1 + (n % 30) as usize),
    })
}

/// Writes to the WAL that were not synced when each command answered, and how many bytes it had written.
fn answered(vfs: &'static Recorder, synchronous: &str) -> Vec<(&'static str, usize, u64)> {
    let folder = tempfile::tempdir().unwrap();
    let mut tablet = Tablet::make(&folder.path().join("db"), 1, Some(vfs.name())).unwrap();
    set_synchronous(&mut tablet, synchronous);
    vfs.take();
    let mut seen = Vec::new();
    let mut look = |command| {
        let log = vfs.take();
        seen.push((
            command,
            log.unsynced(FileKind::Wal),
            log.written(FileKind::Wal),
        ));
    };
    let patient = tablet.register("郑桂叶").unwrap();
    look("patient.register");
    let started = tablet
        .run("visit.start", json!({ "patient": patient }))
        .unwrap();
    let mut sign = json!({ "patient": patient, "content": visit(1) });
    for field in ["encounter", "opened_at", "heads"] {
        sign[field] = started[field].clone();
    }
    vfs.take();
    tablet.run("visit.sign", sign).unwrap();
    look("visit.sign");
    seen
}

fn set_synchronous(tablet: &mut Tablet, value: &str) {
    let database = tablet.at.store().database();
    let pragma = format!("PRAGMA synchronous = {value}");
    database.connection().execute_batch(&pragma).unwrap();
}

#[test]
fn every_byte_of_a_command_is_synced_before_it_answers() {
    let vfs = Recorder::register("xunyi-answers").unwrap();
    for (command, unsynced, bytes) in answered(vfs, "FULL") {
        assert!(bytes > 4096, "{command} wrote {bytes} bytes into the WAL");
        assert_eq!(
            unsynced, 0,
            "{command} answered before its writes were synced"
        );
    }
}

#[test]
fn the_same_look_sees_that_synchronous_off_answers_too_soon() {
    let vfs = Recorder::register("xunyi-answers-off").unwrap();
    for (command, unsynced, _) in answered(vfs, "OFF") {
        assert!(unsynced > 0, "{command} should have left unsynced writes");
    }
}

/// A working morning that is written down: marks say which visits were answered.
fn morning(vfs: &'static Recorder, synchronous: &str) -> (Log, Vec<(String, String)>) {
    let folder = tempfile::tempdir().unwrap();
    let mut tablet = Tablet::make(&folder.path().join("db"), 1, Some(vfs.name())).unwrap();
    set_synchronous(&mut tablet, synchronous);
    // The WAL is moved into the database every few commits, so that cuts hit that as well.
    let database = tablet.at.store().database();
    let often = "PRAGMA wal_autocheckpoint = 60";
    database
        .connection()
        .query_row(often, [], |row| row.get::<_, i64>(0))
        .unwrap();
    let people: Vec<String> = ["郑桂叶", "𠮷田秀英", "欧阳明", "单雄信"]
        .iter()
        .map(|name| tablet.register(name).unwrap())
        .collect();
    let mut answered = Vec::new();
    for n in 0..40 {
        let patient = &people[n % people.len()];
        let encounter = tablet.sign_visit(patient, &visit(n as u64)).unwrap();
        answered.push((patient.clone(), encounter));
        vfs.log().mark(answered.len() as u64);
        if n == 25 {
            tablet.at.store().database().checkpoint().unwrap();
        }
    }
    (vfs.take(), answered)
}

/// Cuts the power at so many moments, from the first byte of the database on; tells what was wrong after each.
fn cuts(log: &Log, answered: &[(String, String)], count: u64) -> Vec<String> {
    let mut wrong = Vec::new();
    for n in 0..count {
        // A prime step visits the moments in a scattered order.
        let at = 1 + ((n * 7_919 + 13) % log.events().len() as u64) as usize;
        let cut = match n % 2 {
            0 => PowerCut::LosesUnsynced,
            _ => PowerCut::KeepsSome(n),
        };
        let safe = log.events().iter().take(at).rev().find_map(|e| match e {
            Event::Mark(mark) => Some(*mark as usize),
            _ => None,
        });
        let folder = tempfile::tempdir().unwrap();
        Remains::after(log, at, cut)
            .lay_into(folder.path())
            .unwrap();
        if let Err(e) = restart(folder.path(), &answered[..safe.unwrap_or(0)]) {
            wrong.push(format!("cut {n} at event {at}, {cut:?}: {e}"));
        }
    }
    wrong
}

/// Cuts the power at each moment while the database is being made.
fn cuts_of_the_beginning(log: &Log) -> Vec<String> {
    let is_wal = |event: &Event| match event {
        Event::Written { file, .. } => log.file(*file).is_some_and(|f| f.1 == FileKind::Wal),
        _ => false,
    };
    let made = log.events().iter().position(is_wal).unwrap();
    let mut wrong = Vec::new();
    for at in 1..made + 4 {
        for cut in [PowerCut::LosesUnsynced, PowerCut::KeepsSome(at as u64)] {
            let folder = tempfile::tempdir().unwrap();
            Remains::after(log, at, cut)
                .lay_into(folder.path())
                .unwrap();
            if let Err(e) = restart(folder.path(), &[]) {
                wrong.push(format!("event {at}, {cut:?}: {e}"));
            }
        }
    }
    wrong
}

/// Opens what is left; every answered visit must be there, signed, and every check must be clean.
fn restart(folder: &Path, answered: &[(String, String)]) -> Outcome {
    let mut store = Store::open(&folder.join("db"), &key(), SITE, None)?;
    let look = |ledger: &mut Ledger<'_>| -> Outcome {
        for finding in xunyi_ledger::verify(ledger)? {
            if !finding.wrong.is_empty() {
                return Err(format!("{}: {}", finding.check, finding.wrong.join("; ")).into());
            }
        }
        for (patient, encounter) in answered {
            let doc = DocId(*patient.parse::<uuid::Uuid>()?.as_bytes());
            let record = xunyi_record::record_id(encounter.parse()?);
            let has = |rows: Vec<xunyi_ledger::RecordRow>, text: &str| {
                rows.iter()
                    .any(|r| r.record == text || r.body.contains(text))
            };
            if !has(ledger.records("encounter", Some(&doc))?, &record)
                || !has(ledger.records("signature", Some(&doc))?, encounter)
            {
                return Err(format!("an answered visit is missing: {encounter}").into());
            }
        }
        Ok(())
    };
    store.read(look).map_err(|e| -> Error {
        match e {
            xunyi_store::WriteError::Store(e) => e.into(),
            xunyi_store::WriteError::Work(e) => e,
        }
    })
}

#[test]
fn a_power_cut_at_any_of_200_moments_loses_no_answered_visit() {
    let vfs = Recorder::register("xunyi-cuts").unwrap();
    let (log, answered) = morning(vfs, "FULL");
    assert!(
        log.written(FileKind::Database) > 0,
        "the WAL must have been moved into the database"
    );
    let wrong = cuts(&log, &answered, 200);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // The very first moments are rare among those: all of them, one by one.
    let wrong = cuts_of_the_beginning(&log);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_same_cuts_lose_answered_visits_when_synchronous_is_off() {
    let vfs = Recorder::register("xunyi-cuts-off").unwrap();
    let (log, answered) = morning(vfs, "OFF");
    assert!(!cuts(&log, &answered, 20).is_empty());
}
