//! `xunyi-bench GROUP [--json FILE] [--seed N]`: figures of the real programs, as a table for people and as
//! JSON lines for machines. Started by `cargo xtask bench`, which builds what it measures.

#![allow(
    clippy::indexing_slicing,
    reason = "only JSON answers are indexed here: what is not in one reads as null"
)]

mod app;
mod bytes;
mod day;
mod figure;
mod proxy;
mod stage;
mod sync;
mod workload;

use figure::Report;
use std::path::PathBuf;
use std::process::ExitCode;
use xunyi_tests::Outcome;

fn main() -> ExitCode {
    match measure(std::env::args().skip(1).collect()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xunyi-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(arguments: Vec<String>) -> Outcome {
    let mut arguments = arguments.into_iter();
    let group = arguments.next().unwrap_or_default();
    let mut json: Option<PathBuf> = None;
    let mut seed = 1;
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--json" => json = Some(arguments.next().ok_or("--json needs a file")?.into()),
            "--seed" => seed = arguments.next().ok_or("--seed needs a number")?.parse()?,
            other => return Err(format!("not known: {other}").into()),
        }
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut report = Report::default();
    match group.as_str() {
        "app" => runtime.block_on(app::measure(&mut report))?,
        "day" => {
            // Devices have runtimes of their own: they begin and end outside of this one.
            let _within = runtime.enter();
            day::measure(&mut report, seed)?;
        }
        "sync" => {
            let _within = runtime.enter();
            sync::measure(&mut report, seed)?;
        }
        other => {
            return Err(format!("there is no group \"{other}\"; there are: app, day, sync").into());
        }
    }
    report.print();
    match json {
        Some(file) => report.write(&file),
        None => Ok(()),
    }
}
