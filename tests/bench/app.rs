//! Start and memory of our window beside a Tauri window with nothing in it, of the same build,
//! started in turns on the same machine.
//!
//! Start: from the driver's order to the first painting of the page's content. Ours is a tablet of a site, on which
//! somebody may sign in; it paints nothing before the program has said who, so that is the usable lock screen.

use crate::figure::{Figure, Report, percentile};
use serde_json::json;
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use xunyi_tests::site::{Filled, Site};
use xunyi_tests::window::Window;
use xunyi_tests::{Outcome, place};

const STARTS: usize = 15;

/// Milliseconds since 1970 of the first painting, or null while nothing is painted.
const PAINTED: &str = "
    const [entry] = performance.getEntriesByName('first-contentful-paint');
    return entry ? performance.timeOrigin + entry.startTime : null;";

#[derive(Debug, Default)]
struct Samples {
    start_ms: Vec<f64>,
    rss_mb: Vec<f64>,
}

/// Measures both windows and adds their ratios.
///
/// # Errors
/// If a window does not come up.
pub async fn measure(report: &mut Report) -> Outcome {
    let ours = place::program("xunyi")?;
    let empty = place::program("examples/empty_window")?;
    let enrolled = tempfile::tempdir()?;
    let site = tempfile::tempdir()?;
    enrol(site.path(), &enrolled.path().join("data"))?;
    let mut of_ours = Samples::default();
    let mut of_empty = Samples::default();
    for _ in 0..STARTS {
        start(&ours, "xunyi", enrolled.path(), &mut of_ours).await?;
        let home = tempfile::tempdir()?;
        start(&empty, "empty_window", home.path(), &mut of_empty).await?;
    }
    let median = |samples: &[f64]| percentile(samples, 0.5);
    let ratio = |ours: &[f64], empty: &[f64]| median(ours) / median(empty);
    report.add(Figure {
        name: "start_ratio",
        value: ratio(&of_ours.start_ms, &of_empty.start_ms),
        unit: "ratio",
        must: Some(2.0),
        aim: Some(1.3),
        detail: json!({
            "starts": STARTS, "ours_ms": median(&of_ours.start_ms),
            "empty_ms": median(&of_empty.start_ms),
        }),
    });
    report.add(Figure {
        name: "rss_ratio",
        value: ratio(&of_ours.rss_mb, &of_empty.rss_mb),
        unit: "ratio",
        must: Some(2.0),
        aim: Some(1.4),
        detail: json!({
            "after": "start", "ours_mb": median(&of_ours.rss_mb),
            "empty_mb": median(&of_empty.rss_mb),
        }),
    });
    Ok(())
}

/// A device of a site with one member of the staff signed in before.
fn enrol(site: &Path, data: &Path) -> Outcome {
    let mut hamlet = Site::filled(site, Filled::real(), place::free_port()?)?;
    hamlet.center.serve()?;
    let device = hamlet.device(data, "全科 1", true)?;
    device.first_sign_in(&hamlet.member("gp")?)?;
    hamlet.center.stop().map(drop)
}

async fn start(program: &Path, name: &str, home: &Path, samples: &mut Samples) -> Outcome {
    let ordered = epoch_ms()?;
    let window = Window::open_program(program, home).await?;
    let painted = loop {
        if let Some(time) = window.script(PAINTED, Vec::new()).await?.as_f64() {
            break time;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    samples.start_ms.push(painted - ordered);
    samples
        .rss_mb
        .push(rss_mb(&window, window.program_id(name)?));
    window.close().await
}

/// Resident memory of the program and its web view's processes, in MB.
fn rss_mb(window: &Window, program: u32) -> f64 {
    let mut family = xunyi_tests::process::descendants(program);
    family.push(program);
    let of_all: u32 = family.iter().filter_map(|id| rss_kb(*id)).sum();
    debug_assert!(window.family().contains(&program));
    f64::from(of_all) / 1024.0
}

fn rss_kb(id: u32) -> Option<u32> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

#[expect(
    clippy::disallowed_methods,
    reason = "a start is timed by the same clock as the page's"
)]
fn epoch_ms() -> Outcome<f64> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs_f64() * 1000.0)
}
