//! The workload's files: made by its generator, and long histories made of its visits.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde_json::json;
use uuid::Uuid;
use xunyi_tests::process::{run_to_end, run_visibly};
use xunyi_tests::{Outcome, place};
use xunyi_township::workload::{Event, Put, Record, read};

/// Visits that a patient with a long history has.
pub const LONG: usize = 40;
/// Visits per day file.
const VISITS_A_DAY: usize = 60;

/// Files of a workload.
#[derive(Debug)]
pub struct Workload {
    folder: PathBuf,
}

impl Workload {
    /// Runs the generator beside the checkout into `folder`.
    ///
    /// # Errors
    /// If the generator is not there or fails.
    pub fn make(folder: &Path, patients: u32, days: u32, seed: u64) -> Outcome<Self> {
        let generator = place::root().join("../shared/workload/gen.py");
        if !generator.is_file() {
            let wanted = generator.display();
            return Err(format!("the workload's generator is not there: {wanted}").into());
        }
        let mut command = std::process::Command::new("python3");
        command.arg(generator).arg("--out").arg(folder);
        command.args(["--patients", &patients.to_string()]);
        command.args(["--days", &days.to_string(), "--seed", &seed.to_string()]);
        let ended = run_to_end(command)?;
        if !ended.status.success() {
            return Err(format!("the workload's generator: {}", ended.err).into());
        }
        Ok(Workload {
            folder: folder.to_path_buf(),
        })
    }

    /// Everybody.
    pub fn roster(&self) -> PathBuf {
        self.folder.join("roster.jsonl")
    }

    /// A day, from 1.
    pub fn day(&self, number: u32) -> PathBuf {
        self.folder.join(format!("day-{number:03}.jsonl"))
    }

    /// Histories for everybody of the roster, made of the visits of `days`: every `stride`th person gets [`LONG`]
    /// visits with their medicines over ten years, the others a visit without medicines. Answers who has many.
    ///
    /// # Errors
    /// If a file can't be read or written.
    pub fn histories(&self, days: u32, stride: usize) -> Outcome<(PathBuf, Vec<Uuid>)> {
        let people = self.people()?;
        let patterns = self.visits(days)?;
        let file = self.folder.join("histories.jsonl");
        let mut out = BufWriter::new(File::create(&file)?);
        let mut pattern = patterns.iter().cycle();
        let mut copies = 0;
        let mut long = Vec::new();
        for (place, person) in people.iter().enumerate() {
            let many = place % stride == 0;
            if many {
                long.push(*person);
            }
            for number in 0..if many { LONG } else { 1 } {
                let visit = pattern.next().ok_or("the workload has no visits")?;
                copies += 1;
                let at = time(place, number);
                for event in copy(visit, *person, &at, copies, many) {
                    writeln!(out, "{}", json!(event))?;
                }
            }
        }
        out.flush()?;
        Ok((file, long))
    }

    fn people(&self) -> Outcome<Vec<Uuid>> {
        let mut people = Vec::new();
        for event in read(BufReader::new(File::open(self.roster())?)) {
            people.push(event?.patient());
        }
        Ok(people)
    }

    /// The visits of the first days, each with its prescriptions, movements and forms.
    fn visits(&self, days: u32) -> Outcome<Vec<Vec<Put>>> {
        let mut visits: Vec<Vec<Put>> = Vec::with_capacity(days as usize * VISITS_A_DAY);
        for day in 1..=days {
            for event in read(BufReader::new(File::open(self.day(day))?)) {
                match event? {
                    Event::Patch(_) => {}
                    Event::Put(put) => match put.record {
                        Record::Patient(_) => {}
                        Record::Encounter(_) => visits.push(vec![put]),
                        _ => visits
                            .last_mut()
                            .ok_or("a visit's event before its visit")?
                            .push(put),
                    },
                }
            }
        }
        Ok(visits)
    }
}

/// One of forty times in ten years, of its own for each person.
fn time(person: usize, number: usize) -> String {
    let month = number * 3;
    let (year, month) = (2016 + month / 12, month % 12 + 1);
    let (day, minute) = (person % 28 + 1, person % 60);
    format!("{year}-{month:02}-{day:02}T09:{minute:02}:00+08:00")
}

/// A visit for somebody else at another time, with ids of its own.
fn copy(visit: &[Put], person: Uuid, at: &str, number: u64, medicines: bool) -> Vec<Event> {
    let mut ids = HashMap::new();
    let mut new = |old: Uuid| {
        *ids.entry(old).or_insert_with(|| {
            // The low bits are random in every kind of UUID; those of two copies differ by their number.
            let salt = u128::from(number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 4);
            Uuid::from_u128(old.as_u128() ^ salt)
        })
    };
    let mut events = Vec::new();
    for put in visit {
        let mut put = put.clone();
        put.patient = person;
        at.clone_into(&mut put.at);
        put.id = new(put.id);
        match &mut put.record {
            Record::Prescription(body) => body.encounter = new(body.encounter),
            Record::Movement(body) => {
                body.encounter = new(body.encounter);
                body.prescription = new(body.prescription);
            }
            Record::Form(body) => {
                let old = body.get("encounter").and_then(|id| id.as_str());
                if let Some(old) = old.and_then(|id| Uuid::try_parse(id).ok()) {
                    body.insert("encounter".to_owned(), json!(new(old)));
                }
            }
            Record::Encounter(_) | Record::Patient(_) => {}
        }
        let left_out = matches!(put.record, Record::Prescription(_) | Record::Movement(_));
        if medicines || !left_out {
            events.push(Event::Put(put));
        }
    }
    events
}

/// Plays files on a device through its program; the first `already` of them are there.
///
/// # Errors
/// As the program says.
pub fn import(device: &xunyi_tests::site::Device, files: &[&Path], already: usize) -> Outcome {
    let mut command = device.command(None, &["import-workload"])?;
    command
        .args(["--already", &already.to_string()])
        .args(files);
    run_visibly(command)
}
