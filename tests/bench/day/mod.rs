//! A vehicle's day: what it costs to send, to save and to read (quality.md §2).
//!
//! A device replays the roster and one day of the workload through the ordinary commands and sends them to a real
//! center through a counting proxy. No byte counts before every event was rebuilt from the center's database.

mod reads;
mod save;

use std::path::{Path, PathBuf};

use xunyi_tests::Outcome;

use crate::bytes::{self, idle_figure};
use crate::figure::Report;
use crate::stage::Stage;
use crate::workload::{Workload, import};

/// Days of the small township: one is sent, the others are saved beside the bare insert.
const DAYS: u32 = 19;
/// Days whose visits the long histories are made of.
const PATTERN_DAYS: u32 = 10;
/// Every so many-th of the 50,000 has a long history.
const STRIDE: usize = 50;

/// Measures everything and adds the figures.
///
/// # Errors
/// If a program refuses, or what the center holds is not what was played.
pub fn measure(report: &mut Report, seed: u64) -> Outcome {
    let folder = tempfile::Builder::new().prefix("xunyi-bench").tempdir()?;
    small(report, folder.path(), seed)?;
    large(report, &folder.path().join("large"), seed)
}

fn small(report: &mut Report, folder: &Path, seed: u64) -> Outcome {
    println!("5,000 patients, and a day of 60 visits");
    let files = Workload::make(&folder.join("workload-5k"), 5_000, DAYS, seed)?;
    let mut stage = bytes::measure(report, &folder.join("small"), &files)?;

    println!("saving visits beside bare inserts");
    stage.site.center.stop()?;
    let mut played: Vec<PathBuf> = vec![files.roster(), files.day(1)];
    let already = played.len();
    played.extend((2..=DAYS).map(|number| files.day(number)));
    report.add(save::measure(&stage.device.data, played, already)?);
    Ok(())
}

fn large(report: &mut Report, folder: &Path, seed: u64) -> Outcome {
    println!("50,000 patients with histories");
    let files = Workload::make(&folder.join("workload"), 50_000, PATTERN_DAYS, seed)?;
    let roster = files.roster();
    let (histories, long) = files.histories(PATTERN_DAYS, STRIDE)?;
    let mut stage = Stage::set(folder, &[&roster, &histories])?;
    import(&stage.device, &[&roster], 0)?;
    let (_, told_back) = stage.exchange()?;
    println!("sent {} commits of the roster", told_back["sent"]);
    report.add(idle_figure("idle_bytes_50k", stage.idle()?));
    stage.site.center.stop()?;
    import(&stage.device, &[&roster, &histories], 1)?;
    for figure in reads::measure(&stage.device.data, &stage.doctor, &long, seed)? {
        report.add(figure);
    }
    Ok(())
}
