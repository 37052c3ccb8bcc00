//! A vehicle's day: what it costs to send, to save and to read (quality.md §2).
//!
//! A device replays the roster and one day of the workload through the ordinary commands and sends them to a real
//! center through a counting proxy. No byte counts before every event was rebuilt from the center's database.

mod proxy;
mod reads;
mod save;
mod workload;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use xunyi_tests::site::{Device, Member, Site};
use xunyi_tests::{Outcome, place, told};

use crate::figure::{Figure, Report};
use proxy::{Passed, Proxy};
use workload::{Workload, import};

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

/// A site, its proxy, and a device behind it.
struct Stage {
    site: Site,
    proxy: Proxy,
    device: Device,
    doctor: Member,
}

impl Stage {
    fn set(folder: &Path, files: &[&Path]) -> Outcome<Self> {
        let mut site = Site::for_workload(folder, files, place::free_port()?)?;
        let proxy = Proxy::before(&site.center.data(), site.center.address())?;
        site.center.stands_behind(proxy.address());
        site.center.serve()?;
        let device = Device::at(&folder.join("device"));
        device.enrol(&site.code_for("流动车", true, &proxy.address().to_string())?)?;
        let doctor = site.member("gp")?;
        for member in &site.staff {
            device.first_sign_in(member)?;
        }
        // Villages and vehicles come with the first exchange.
        device.sync(&doctor)?;
        Ok(Stage {
            site,
            proxy,
            device,
            doctor,
        })
    }

    /// An exchange; what passed.
    fn exchange(&self) -> Outcome<(Passed, Value)> {
        let before = self.proxy.passed();
        let report = self.device.sync(&self.doctor)?;
        Ok((self.proxy.passed().since(before), report))
    }

    /// Exchanges until nothing is left to send, then once more: what that takes.
    fn idle(&self) -> Outcome<Passed> {
        self.exchange()?;
        Ok(self.exchange()?.0)
    }
}

fn small(report: &mut Report, folder: &Path, seed: u64) -> Outcome {
    println!("5,000 patients, and a day of 60 visits");
    let files = Workload::make(&folder.join("workload-5k"), 5_000, DAYS, seed)?;
    let (roster, day) = (files.roster(), files.day(1));
    let stage = Stage::set(&folder.join("small"), &[&roster, &day])?;
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
    let packed = zstd::bulk::compress(&events, 19)?.len();
    report.add(Figure {
        name: "day_bytes_ratio",
        value: sent.up as f64 / packed as f64,
        unit: "ratio",
        must: 1.3,
        aim: 1.0,
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
        must: 2.0,
        aim: 1.0,
        detail: json!({ "of": "the day's exchange" }),
    });
    report.add(idle_figure("idle_bytes_5k", idle));

    println!("saving visits beside bare inserts");
    let mut stage = stage;
    stage.site.center.stop()?;
    let mut played: Vec<PathBuf> = vec![roster, day];
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

fn idle_figure(name: &'static str, passed: Passed) -> Figure {
    Figure {
        name,
        value: (passed.up + passed.down) as f64,
        unit: "bytes",
        must: 600.0,
        aim: 300.0,
        detail: json!({ "up": passed.up, "down": passed.down, "round_trips": passed.requests }),
    }
}

#[expect(clippy::disallowed_methods, reason = "certificates hold for a time")]
fn now_ms() -> Outcome<i64> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH)?;
    Ok(i64::try_from(since.as_millis())?)
}
