//! A day over a bad link.

use std::fs;
use std::time::Duration;

use serde_json::{Value, json};
use xunyi_app::Settings;
use xunyi_tests::link::Weather;
use xunyi_tests::{Outcome, told};

use crate::bytes::packed;
use crate::figure::{Figure, Report};
use crate::stage::{Stage, now, opened};
use crate::workload::{Workload, import};

/// 128 kbit/s.
pub const BYTES_A_SECOND: u32 = 16_000;
/// Half of the round trip of 600 ms.
pub const LATENCY: Duration = Duration::from_millis(300);

/// The link that the figure is of.
pub fn weather() -> Weather {
    Weather {
        rate: Some(BYTES_A_SECOND),
        latency: LATENCY,
        ..Weather::default()
    }
}

/// What a day takes at the least: its events after `zstd -19` over the bandwidth, and two round trips.
///
/// # Errors
/// If zstd fails.
pub fn least(events: &[u8]) -> Outcome<f64> {
    let sending = packed(events)? as f64 / f64::from(BYTES_A_SECOND);
    Ok(sending + 4.0 * LATENCY.as_secs_f64())
}

/// Sends the second day over the bad link: a new connection, with its handshake, as in the evening on the road.
///
/// # Errors
/// If a program refuses, or what the center holds is not what was played.
pub fn measure(report: &mut Report, stage: &Stage, files: &Workload) -> Outcome {
    println!("a day at 128 kbit/s and 600 ms");
    let (roster, first, day) = (files.roster(), files.day(1), files.day(2));
    import(&stage.device, &[&roster, &first, &day], 2)?;
    let (device, _) = opened(&stage.device.data, &stage.doctor, Settings::default())?;
    stage.link.set(weather());
    let (up, down) = stage.link.bytes();
    let began = now();
    let answer: Value = device.invoke("sync.run", json!({}))?;
    let took = began.elapsed().as_secs_f64();
    let after = stage.link.bytes();
    device.stop();
    stage.link.set(Weather::default());
    let comparison = told::compared(&stage.site.center.data(), &[&roster, &first, &day])?;
    if !comparison.is_complete() {
        return Err(format!("the center does not hold what was played: {comparison:?}").into());
    }
    let least = least(&fs::read(&day)?)?;
    report.add(Figure {
        name: "slow_link_ratio",
        value: took / least,
        unit: "ratio",
        must: Some(1.5),
        aim: Some(1.2),
        detail: json!({
            "took_s": took, "least_s": least, "commits": answer["sent"],
            "tcp_bytes_up": after.0 - up, "tcp_bytes_down": after.1 - down,
            "includes": "one round trip for TCP, one for TLS",
        }),
    });
    Ok(())
}
