//! What an exchange costs: bytes, round trips, time on a bad link, and the save of whoever works meanwhile; beside it
//! what others' engines cost on the same workload, counted the same way (quality.md §2).

mod meanwhile;
mod peers;
mod slow;

use xunyi_tests::Outcome;

use crate::bytes;
use crate::figure::Report;
use crate::workload::Workload;

/// Measures everything and adds the figures.
///
/// # Errors
/// If a program refuses, or what a center holds is not what was played.
pub fn measure(report: &mut Report, seed: u64) -> Outcome {
    let folder = tempfile::Builder::new().prefix("xunyi-bench").tempdir()?;
    println!("5,000 patients, and days of 60 visits");
    let files = Workload::make(&folder.path().join("workload"), 5_000, 2, seed)?;
    let stage = bytes::measure(report, &folder.path().join("ours"), &files)?;
    slow::measure(report, &stage, &files)?;
    drop(stage);
    peers::measure(report, &folder.path().join("peers"), &files)?;
    println!("50,000 patients, and somebody at work meanwhile");
    meanwhile::measure(report, &folder.path().join("large"), seed)
}
