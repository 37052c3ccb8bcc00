//! Replaying a benchmark workload: every event through the ordinary commands, one command per clinical act.

use crate::clock::PlayedClock;
use crate::options::ImportWorkload;
use crate::outcome::{self, Failure};
use crate::play::Players;
use serde_json::json;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};
use xunyi_app::Device;
use xunyi_model::problem::Icd10Row;
use xunyi_model::tables::Tables;
use xunyi_township::workload::{Event, Replay, read, site_needed};
use xunyi_township::{Step, formulary};

/// Plays the files and says how many acts that were.
pub(crate) fn run(
    device: &Device,
    clock: &PlayedClock,
    wanted: &ImportWorkload,
) -> Result<ExitCode, Failure> {
    let mut times = wanted.times.as_deref().map(times).transpose()?;
    let acts = import(device, clock, wanted, &mut |command, took| {
        if let Some(times) = &mut times {
            let line = json!({ "command": command, "us": took.as_micros() });
            writeln!(times, "{line}").map_err(|_| Failure::Output)?;
        }
        Ok(())
    })?;
    outcome::line(&json!({ "acts": acts }))?;
    Ok(ExitCode::SUCCESS)
}

/// What is told of each act once it is done: the command, and how long it took.
type Told<'a> = &'a mut dyn FnMut(&'static str, Duration) -> Result<(), Failure>;

/// Plays the files that are not here yet; answers how many acts that were.
///
/// # Errors
/// A file that can't be read, an event that can't be replayed, a command that was refused, and those of `told`.
pub fn import(
    device: &Device,
    clock: &PlayedClock,
    wanted: &ImportWorkload,
    told: Told<'_>,
) -> Result<u64, Failure> {
    let files = wanted
        .files
        .iter()
        .map(|file| events_of(file))
        .collect::<Result<Vec<_>, _>>()?;
    let site = site_needed(files.iter().flatten());
    let mut replay = Replay::new(&site, formulary()?.body, diagnosis_names()?);
    let (here, new) = files
        .split_at_checked(wanted.already)
        .unwrap_or((&files, &[]));
    // What is here already is read for what it tells of the people, and not played again.
    for event in here.iter().flatten() {
        replay.push(event.clone())?;
        while replay.ready().is_some() {}
    }
    replay.finish()?;
    while replay.ready().is_some() {}
    let mut out = Played {
        players: Players::recognised(device, clock, &site.staff)?,
        told,
        received: false,
        count: 0,
    };
    for event in new.iter().flatten() {
        replay.push(event.clone())?;
        out.ready(&mut replay, new)?;
    }
    replay.finish()?;
    out.ready(&mut replay, new)?;
    clock.reset();
    Ok(out.count)
}

struct Played<'a, 't> {
    players: Players<'a>,
    told: Told<'t>,
    received: bool,
    count: u64,
}

impl Played<'_, '_> {
    /// Plays what is ready; before the first of it, what will be handed out is received.
    fn ready(&mut self, replay: &mut Replay, new: &[Vec<Event>]) -> Result<(), Failure> {
        while let Some(step) = replay.ready() {
            if !self.received {
                self.received = true;
                for receipt in replay.receipts(new.iter().flatten(), step.at_ms)? {
                    self.play(receipt)?;
                }
            }
            self.play(step)?;
        }
        Ok(())
    }

    fn play(&mut self, step: Step) -> Result<(), Failure> {
        let command = step.command;
        let began = now();
        self.players.play(step)?;
        let took = began.elapsed();
        self.count += 1;
        (self.told)(command, took)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long an act takes is measured, not decided by"
)]
fn now() -> Instant {
    Instant::now()
}

fn times(file: &Path) -> Result<BufWriter<File>, Failure> {
    File::create(file)
        .map(BufWriter::new)
        .map_err(|e| Failure::Input(format!("{}: {e}", file.display())))
}

fn events_of(file: &Path) -> Result<Vec<Event>, Failure> {
    let opened =
        File::open(file).map_err(|e| Failure::Input(format!("{}: {e}", file.display())))?;
    read(BufReader::new(opened))
        .collect::<Result<_, _>>()
        .map_err(Failure::from)
}

/// Names of the diagnoses that a workload gives by code alone.
fn diagnosis_names() -> Result<BTreeMap<String, String>, Failure> {
    let tables = Tables::shipped().map_err(|e| Failure::Input(e.to_string()))?;
    let named = |row: &Icd10Row| (row.diagnosis.code.to_string(), row.diagnosis.name.clone());
    Ok(tables.icd10.body.rows().iter().map(named).collect())
}
