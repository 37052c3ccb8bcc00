//! Saving a visit beside a bare insert of the same bytes into the log, in turns, on the same disk.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, params};
use serde_json::json;
use xunyi_app::{Device, Settings};
use xunyi_cli::{ImportWorkload, PlayedClock};
use xunyi_tests::Outcome;

use crate::figure::{Figure, percentile};
use crate::stage::now;

/// Saves that are measured at the least.
const SAMPLES: usize = 1_000;
/// Saves whose bytes are looked at before anything is timed.
const LOOKED_AT: usize = 30;

/// Plays `files` on the device of a folder, the first `already` being there, and measures each `visit.sign`.
///
/// # Errors
/// If the workload can't be played, or is too short.
pub fn measure(data: &Path, files: Vec<PathBuf>, already: usize) -> Outcome<Figure> {
    let clock = Arc::new(PlayedClock::default());
    let settings = Settings {
        clock: Arc::<PlayedClock>::clone(&clock),
        ..Settings::default()
    };
    let device = Device::open(data, settings)?;
    let wanted = ImportWorkload {
        files,
        already,
        times: None,
    };
    let mut bare = Bare::beside(data)?;
    let (mut written, mut saves, mut inserts) = (Vec::new(), Vec::new(), Vec::new());
    let mut before = written_so_far();
    let mut failed = None;
    xunyi_cli::import(&device, &clock, &wanted, &mut |command, took| {
        if command == "visit.sign" {
            let bytes = written_so_far().saturating_sub(before);
            if written.len() < LOOKED_AT {
                written.push(bytes as f64);
                if written.len() == LOOKED_AT {
                    failed = bare.fit(percentile(&written, 0.5) as u64).err();
                }
            } else if failed.is_none() {
                match bare.insert() {
                    Ok(bare) => {
                        saves.push(ms(took));
                        inserts.push(ms(bare));
                    }
                    Err(error) => failed = Some(error),
                }
            }
        }
        before = written_so_far();
        Ok(())
    })?;
    device.stop();
    if let Some(error) = failed {
        return Err(error);
    }
    if saves.len() < SAMPLES {
        return Err(format!("{} saves are too few", saves.len()).into());
    }
    let of = |samples: &[f64]| json!({ "p50_ms": percentile(samples, 0.5), "p95_ms": percentile(samples, 0.95) });
    Ok(Figure {
        name: "save_ratio",
        value: percentile(&saves, 0.95) / percentile(&inserts, 0.95),
        unit: "ratio",
        must: Some(3.0),
        aim: Some(2.0),
        detail: json!({
            "samples": saves.len(),
            "save": of(&saves),
            "bare_insert": of(&inserts),
            "log_bytes_of_a_save": percentile(&written, 0.5),
            "log_bytes_of_an_insert": bare.bytes,
        }),
    })
}

fn ms(took: Duration) -> f64 {
    took.as_secs_f64() * 1000.0
}

/// Bytes that this program has given to the system to write.
fn written_so_far() -> u64 {
    let told = fs::read_to_string("/proc/self/io").unwrap_or_default();
    let line = told.lines().find_map(|line| line.strip_prefix("wchar: "));
    line.and_then(|n| n.trim().parse().ok()).unwrap_or(0)
}

/// A table of blobs in the same folder: one prepared insert, committed with `synchronous=FULL`.
struct Bare {
    db: Connection,
    blob: Vec<u8>,
    bytes: u64,
}

impl Bare {
    fn beside(data: &Path) -> Outcome<Self> {
        let db = Connection::open(data.join("bare.db"))?;
        db.pragma_update(None, "journal_mode", "wal")?;
        db.pragma_update(None, "synchronous", "full")?;
        db.execute_batch("CREATE TABLE blob (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL)")?;
        Ok(Bare {
            db,
            blob: Vec::new(),
            bytes: 0,
        })
    }

    /// Makes the blob so long that an insert writes as much as `wanted`, within a page of the log.
    fn fit(&mut self, wanted: u64) -> Outcome {
        const PAGE: u64 = 4096 + 24;
        loop {
            let before = written_so_far();
            self.insert()?;
            self.bytes = written_so_far() - before;
            let missing = wanted.saturating_sub(self.bytes);
            if missing < PAGE {
                return Ok(());
            }
            self.blob.resize(
                self.blob.len() + usize::try_from(missing / PAGE)? * 4000,
                0x5a,
            );
        }
    }

    fn insert(&mut self) -> Outcome<Duration> {
        let began = now();
        let mut insert = self
            .db
            .prepare_cached("INSERT INTO blob (bytes) VALUES (?1)")?;
        insert.execute(params![self.blob])?;
        Ok(began.elapsed())
    }
}
