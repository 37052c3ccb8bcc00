//! What each database holds after the day, read back by programs that were started anew.

use crate::made::{Demo, TABLETS};
use serde_json::Value;
use xunyi_tests::Outcome;
use xunyi_tests::site::Device;

const COLUMNS: [(&str, &str); 6] = [
    ("person", "people"),
    ("encounter", "visits"),
    ("prescription", "prescribed"),
    ("dispensing", "handed out"),
    ("movement", "movements"),
    ("queue", "in line"),
];

/// Prints a line for the center and for each device; an error when their digests differ.
pub fn print(demo: &Demo) -> Outcome {
    let pharmacist = demo.site.member("pharmacist")?;
    let mut held = Vec::new();
    let devices = TABLETS.map(|(folder, name)| (name, demo.tablet(folder)));
    for (name, data) in devices.into_iter().chain([("基地电脑", demo.base())]) {
        let device = Device::at(&data);
        let report = device.sync(&pharmacist)?;
        let waiting = report["status"]["waiting_commits"].to_string();
        let holdings = device.run(Some(&pharmacist), &["holdings"])?;
        held.push((name.to_string(), waiting, holdings));
    }
    let center = caught_up(demo)?;
    held.insert(
        0,
        (
            "center".to_string(),
            center["waiting"].to_string(),
            center["holdings"].clone(),
        ),
    );
    print!("{:<12}{:>9}{:>9}{:>6}", "", "entries", "unsent", "held");
    for (_, word) in COLUMNS {
        print!("{word:>12}");
    }
    println!("  journal   rows");
    for (name, waiting, holdings) in &held {
        print!(
            "{name:<12}{:>9}{waiting:>9}{:>6}",
            holdings["entries"].to_string(),
            holdings["held"].to_string()
        );
        for (table, _) in COLUMNS {
            print!("{:>12}", holdings["counts"][table].as_u64().unwrap_or(0));
        }
        println!(
            "  {}  {}",
            short(&holdings["journal"]),
            short(&holdings["rows"])
        );
    }
    let equal = |field: &str| {
        held.windows(2)
            .all(|pair| matches!(pair, [(_, _, a), (_, _, b)] if a[field] == b[field]))
    };
    if equal("journal") && equal("rows") {
        println!("\nAll hold the same.");
        Ok(())
    } else {
        Err("the digests differ".into())
    }
}

/// What the center holds, once its documents have followed its journal.
fn caught_up(demo: &Demo) -> Outcome<Value> {
    loop {
        let center = demo.site.center.ask(&["verify"])?;
        if center["waiting"] == 0 {
            return Ok(center);
        }
    }
}

fn short(digest: &Value) -> String {
    digest
        .as_str()
        .unwrap_or_default()
        .chars()
        .take(8)
        .collect()
}
