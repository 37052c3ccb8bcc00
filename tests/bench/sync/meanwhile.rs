//! Saving visits while an exchange runs, upward and downward, beside saving while none does.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use serde_json::{Value, json};
use xunyi_app::{Device, Settings};
use xunyi_cli::{ImportWorkload, PlayedClock};
use xunyi_tests::Outcome;

use crate::bytes::idle_figure;
use crate::figure::{Figure, Report, percentile};
use crate::stage::{Stage, opened};
use crate::workload::{Workload, import};

/// Days that are played in rest.
const REST: u32 = 10;
/// Days that are there to be played while an exchange runs.
const DAYS: u32 = 60;
/// Saves in each state at the least.
const SAMPLES: usize = 300;

/// Measures both directions, and what an idle exchange of 50,000 costs.
///
/// # Errors
/// If a program refuses, or an exchange is over too soon to have been worked in.
pub fn measure(report: &mut Report, folder: &Path, seed: u64) -> Outcome {
    let large = Workload::make(&folder.join("workload-50k"), 50_000, DAYS, seed)?;
    let small = Workload::make(&folder.join("workload-5k"), 5_000, DAYS, seed + 1)?;
    let files: Vec<PathBuf> = [&large, &small].into_iter().flat_map(all).collect();
    let files: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
    let stage = Stage::set(folder, &files)?;
    let other = stage.another(&folder.join("other"))?;
    import(&stage.device, &[&large.roster()], 0)?;
    import(&other, &[&small.roster()], 0)?;

    let up = worked(&stage, &stage.device.data, &large)?;
    report.add(idle_figure("idle_bytes_50k", stage.idle()?));
    let down = worked(&stage, &other.data, &small)?;
    let worst = if up.ratio() > down.ratio() {
        &up
    } else {
        &down
    };
    report.add(Figure {
        name: "save_while_sync_ratio",
        value: worst.ratio(),
        unit: "ratio",
        must: Some(2.0),
        aim: Some(1.3),
        detail: json!({ "sending_50k_patients": up.told(), "receiving_them": down.told() }),
    });
    Ok(())
}

fn all(files: &Workload) -> Vec<PathBuf> {
    let days = (1..=DAYS).map(|number| files.day(number));
    std::iter::once(files.roster()).chain(days).collect()
}

/// How long saves took, ms.
#[derive(Debug, Default)]
struct Saves {
    at_rest: Vec<f64>,
    meanwhile: Vec<f64>,
    moved: Value,
}

impl Saves {
    fn ratio(&self) -> f64 {
        percentile(&self.meanwhile, 0.95) / percentile(&self.at_rest, 0.95)
    }

    fn told(&self) -> Value {
        let of = |samples: &[f64]| {
            json!({
                "samples": samples.len(), "p50_ms": percentile(samples, 0.5),
                "p95_ms": percentile(samples, 0.95), "max_ms": percentile(samples, 1.0),
            })
        };
        json!({
            "ratio": self.ratio(), "at_rest": of(&self.at_rest), "meanwhile": of(&self.meanwhile),
            "commits_sent": self.moved["sent"], "commits_received": self.moved["received"],
        })
    }
}

/// Plays some days on a device in rest and the others while it exchanges.
fn worked(stage: &Stage, data: &Path, files: &Workload) -> Outcome<Saves> {
    let clock = Arc::new(PlayedClock::default());
    let settings = Settings {
        clock: Arc::<PlayedClock>::clone(&clock),
        ..Settings::default()
    };
    let (device, _) = opened(data, &stage.doctor, settings)?;
    let mut saves = Saves::default();
    let played = |from: u32, to: u32| ImportWorkload {
        files: std::iter::once(files.roster())
            .chain((1..=to).map(|number| files.day(number)))
            .collect(),
        already: from as usize,
        times: None,
    };
    xunyi_cli::import(&device, &clock, &played(1, REST), &mut |command, took| {
        if command == "visit.sign" {
            saves.at_rest.push(took.as_secs_f64() * 1000.0);
        }
        Ok(())
    })?;
    let under_way = Arc::new(AtomicBool::new(true));
    let exchange = {
        let (device, under_way) = (device.clone(), Arc::clone(&under_way));
        thread::spawn(move || exchanged(&device, &under_way))
    };
    xunyi_cli::import(
        &device,
        &clock,
        &played(REST + 1, DAYS),
        &mut |command, took| {
            if command == "visit.sign" && under_way.load(Ordering::SeqCst) {
                saves.meanwhile.push(took.as_secs_f64() * 1000.0);
            }
            Ok(())
        },
    )?;
    let moved = exchange.join().map_err(|_| "the exchange broke off")?;
    saves.moved = moved?;
    device.stop();
    if saves.at_rest.len() < SAMPLES || saves.meanwhile.len() < SAMPLES {
        return Err(format!("too few saves: {}", saves.told()).into());
    }
    Ok(saves)
}

/// One exchange, whatever it takes.
fn exchanged(device: &Device, under_way: &AtomicBool) -> Result<Value, String> {
    let answer = device.invoke("sync.run", json!({}));
    under_way.store(false, Ordering::SeqCst);
    answer.map_err(|error| format!("the exchange: {}", error.code))
}
