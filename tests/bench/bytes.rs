//! What exchanges cost in bytes and round trips (quality.md §2).

use std::fs;
use std::path::Path;

use serde_json::json;
use xunyi_tests::{Outcome, told};

use crate::figure::{Figure, Report};
use crate::proxy::Passed;
use crate::stage::Stage;
use crate::workload::{Workload, import};

/// Plays the roster and the first day on a device and sends them. No byte counts before every event was rebuilt from
/// the center's database.
///
/// # Errors
/// If a program refuses, or what the center holds is not what was played.
pub fn measure(report: &mut Report, folder: &Path, files: &Workload) -> Outcome<Stage> {
    let (roster, day) = (files.roster(), files.day(1));
    let stage = Stage::set(folder, &[&roster, &day])?;
    import(&stage.device, &[&roster], 0)?;
    let (first, _) = stage.exchange()?;
    let idle = stage.idle()?;

    import(&stage.device, &[&roster, &day], 1)?;
    let (sent, report_of_day) = stage.exchange()?;
    let comparison = told::compared(&stage.site.center.data(), &[&roster, &day])?;
    if !comparison.is_complete() {
        return Err(format!("the center does not hold what was played: {comparison:?}").into());
    }
    let events = fs::read(&day)?;
    let packed = packed(&events)?;
    report.add(Figure {
        name: "day_bytes_ratio",
        value: sent.up as f64 / packed as f64,
        unit: "ratio",
        must: Some(1.3),
        aim: Some(1.0),
        detail: json!({
            "bytes_up": sent.up, "bytes_down": sent.down, "zstd19_bytes": packed,
            "raw_bytes": events.len(), "commits": report_of_day["sent"],
            "events_rebuilt_and_equal": comparison.equal,
            "bytes_up_of_the_roster": first.up,
        }),
    });
    report.add(Figure {
        name: "sync_round_trips",
        value: sent.requests as f64,
        unit: "",
        must: Some(2.0),
        aim: Some(1.0),
        detail: json!({ "of": "the day's exchange" }),
    });
    report.add(idle_figure("idle_bytes_5k", idle));
    Ok(stage)
}

/// What an exchange with nothing new costs.
pub fn idle_figure(name: &'static str, passed: Passed) -> Figure {
    Figure {
        name,
        value: (passed.up + passed.down) as f64,
        unit: "bytes",
        must: Some(600.0),
        aim: Some(300.0),
        detail: json!({ "up": passed.up, "down": passed.down, "round_trips": passed.requests }),
    }
}

/// Bytes after `zstd -19`, the measure of what events weigh.
///
/// # Errors
/// If zstd fails.
pub fn packed(events: &[u8]) -> Outcome<usize> {
    Ok(zstd::bulk::compress(events, 19)?.len())
}
