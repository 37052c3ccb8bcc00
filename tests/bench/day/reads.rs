//! Opening charts and searching at 50,000 patients with histories.

use std::path::Path;

use serde_json::{Value, json};
use uuid::Uuid;
use xunyi_app::{Device, Settings, SignedIn};
use xunyi_tests::Outcome;
use xunyi_tests::site::Member;

use crate::figure::{Figure, percentile};
use crate::stage::{now, opened};
use crate::workload::LONG;

/// Charts that are opened.
const CHARTS: usize = 1_000;
/// People who are searched for, each in several ways.
const SEARCHED: usize = 200;

/// Measures on the device of a folder, as a doctor; `long` have many visits.
///
/// # Errors
/// If a command is refused, or a chart has fewer visits than promised.
pub fn measure(data: &Path, doctor: &Member, long: &[Uuid], seed: u64) -> Outcome<Vec<Figure>> {
    let charts = spread(long, CHARTS, seed);
    if charts.len() < CHARTS {
        return Err("too few charts with many visits".into());
    }
    let opened = Opened::new(data, doctor)?;
    let dropped = drop_caches();
    let cold = opened.charts(&charts)?;
    let warm = opened.charts(&charts)?;
    let keys = opened.keystrokes(&spread(long, SEARCHED, seed + 1))?;
    opened.device.stop();
    drop(opened);

    let again = Opened::new(data, doctor)?;
    drop_caches();
    let cold_search = again.searches(&keys)?;
    let warm_search = again.searches(&keys)?;
    again.device.stop();
    let of = |samples: &[f64]| json!({ "p50_ms": percentile(samples, 0.5), "p95_ms": percentile(samples, 0.95), "max_ms": percentile(samples, 1.0) });
    let cold_is = if dropped {
        "program and system caches dropped"
    } else {
        "program started anew; the system's cache could not be dropped"
    };
    Ok(vec![
        Figure {
            name: "chart_p95_ms",
            value: percentile(&cold, 0.95),
            unit: "ms",
            must: Some(16.0),
            aim: Some(5.0),
            detail: json!({ "charts": charts.len(), "visits_each": LONG, "cold": of(&cold), "warm": of(&warm), "cold_means": cold_is }),
        },
        Figure {
            name: "search_p95_ms",
            value: percentile(&cold_search, 0.95),
            unit: "ms",
            must: Some(16.0),
            aim: Some(4.0),
            detail: json!({ "keystrokes": keys.len(), "cold": of(&cold_search), "warm": of(&warm_search) }),
        },
    ])
}

struct Opened {
    device: Device,
    doctor: SignedIn,
}

impl Opened {
    fn new(data: &Path, doctor: &Member) -> Outcome<Self> {
        let (device, doctor) = opened(data, doctor, Settings::default())?;
        Ok(Opened { device, doctor })
    }

    fn timed(&self, command: &str, input: Value) -> Outcome<(f64, Value)> {
        let began = now();
        let answer = self.device.invoke_as(&self.doctor, command, input)?;
        Ok((began.elapsed().as_secs_f64() * 1000.0, answer))
    }

    fn charts(&self, charts: &[Uuid]) -> Outcome<Vec<f64>> {
        let mut samples = Vec::with_capacity(charts.len());
        for patient in charts {
            let (took, chart) = self.timed("patient.get", json!({ "patient": patient }))?;
            let visits = chart["visits"].as_array().map_or(0, Vec::len);
            if visits < LONG {
                return Err(format!("a chart has {visits} visits").into());
            }
            samples.push(took);
        }
        Ok(samples)
    }

    fn searches(&self, keys: &[String]) -> Outcome<Vec<f64>> {
        let mut samples = Vec::with_capacity(keys.len());
        for query in keys {
            samples.push(self.timed("patient.search", json!({ "query": query }))?.0);
        }
        Ok(samples)
    }

    /// What is typed to find these people, key by key: name, pinyin, initials, the tails of ID and phone, village.
    fn keystrokes(&self, people: &[Uuid]) -> Outcome<Vec<String>> {
        let mut keys = Vec::new();
        for patient in people {
            let (_, chart) = self.timed("patient.get", json!({ "patient": patient }))?;
            let person = &chart["demographics"];
            let field = |name: &str| person[name].as_str().unwrap_or_default().to_owned();
            let name = field("name");
            let syllables: Vec<String> = pinyin_of(&name);
            let initials: String = syllables.iter().filter_map(|s| s.chars().next()).collect();
            let village = chart["banner"]["hit"]["village"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            let words = [
                name,
                syllables.concat(),
                initials,
                tail(&field("id_number")),
                tail(&field("phone")),
                village,
            ];
            if let Some(missing) = words.iter().position(String::is_empty) {
                return Err(format!("a chart lacks word {missing} of its search").into());
            }
            for word in words {
                let ends = word.char_indices().map(|(at, c)| at + c.len_utf8());
                keys.extend(ends.filter_map(|end| word.get(..end).map(str::to_owned)));
            }
        }
        Ok(keys)
    }
}

fn pinyin_of(name: &str) -> Vec<String> {
    use pinyin::ToPinyin;
    let plain = name.chars().filter_map(|c| c.to_pinyin());
    plain.map(|p| p.plain().to_owned()).collect()
}

fn tail(number: &str) -> String {
    let skip = number.chars().count().saturating_sub(4);
    number.chars().skip(skip).collect()
}

/// So many of them, spread over all, the same for the same seed.
fn spread(all: &[Uuid], wanted: usize, seed: u64) -> Vec<Uuid> {
    let mut order: Vec<(u64, Uuid)> = all
        .iter()
        .map(|id| {
            let mixed = (id.as_u128() as u64 ^ seed).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            (mixed ^ (mixed >> 29), *id)
        })
        .collect();
    order.sort_unstable();
    order.into_iter().take(wanted).map(|(_, id)| id).collect()
}

/// Asks the system to forget the files it has in memory; true where it may be asked.
fn drop_caches() -> bool {
    std::fs::write("/proc/sys/vm/drop_caches", "3").is_ok()
}
