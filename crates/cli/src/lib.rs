//! `xunyi-cli`: the command table without a window, on a device's data folder. Answers are JSON on standard
//! output; errors go there too, with their words in both languages on standard error, and an exit status for
//! each class of error.
//!
//! Secrets come by environment variable or by prompt, never by argument.
//!
//! A library as well, for what measures the replay of a workload in its own process.
#![forbid(unsafe_code)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

mod clock;
mod demo;
mod lines;
mod options;
mod outcome;
mod person;
mod play;
mod workload;

pub use clock::PlayedClock;
pub use options::ImportWorkload;
pub use outcome::Failure;
pub use workload::import;

use clap::Parser;
use options::{Act, Options};
use serde_json::{Value, json};
use std::process::ExitCode;
use std::sync::Arc;
use xunyi_app::{Device, Settings};

/// The program: reads its arguments, answers on standard output, and says how it ended.
pub fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(code) => code,
        Err(failure) => failure.report(),
    }
}

fn run(options: &Options) -> Result<ExitCode, Failure> {
    let clock = Arc::new(PlayedClock::default());
    let settings = Settings {
        clock: Arc::<PlayedClock>::clone(&clock),
        ..Settings::default()
    };
    let device = Device::open(&options.data, settings)?;
    let done = act(options, &device, &clock);
    device.stop();
    done
}

fn act(options: &Options, device: &Device, clock: &PlayedClock) -> Result<ExitCode, Failure> {
    let user = options.user.as_deref();
    match &options.act {
        Act::Enrol { code } => {
            let code = outcome::argument_or_input(code)?;
            print(&device.invoke("device.enrol", json!({ "code": code.trim() }))?)
        }
        Act::State => print(&device.invoke("session.state", json!({}))?),
        Act::FirstSignIn => print(&person::first_sign_in(device, user)?),
        Act::Invoke { command, input } => {
            if !person::needs_nobody(command) {
                person::sign_in(device, user)?;
            }
            let input: Value = serde_json::from_str(&outcome::argument_or_input(input)?)
                .map_err(|e| Failure::malformed(&e))?;
            print(&device.invoke(command, input)?)
        }
        Act::Lines => {
            person::sign_in(device, user)?;
            lines::answer(device)
        }
        Act::Sync => {
            person::sign_in(device, user)?;
            print(&device.invoke("sync.run", json!({}))?)
        }
        Act::Rebuild => {
            person::sign_in(device, user)?;
            print(&json!({ "documents": device.rebuild()? }))
        }
        Act::Verify => {
            person::sign_in(device, user)?;
            verify(device)
        }
        Act::Holdings => {
            person::sign_in(device, user)?;
            let holdings = serde_json::to_value(device.holdings()?);
            print(&holdings.map_err(|e| Failure::malformed(&e))?)
        }
        Act::ImportWorkload(import) => workload::run(device, clock, import),
        Act::Demo(demo) => demo::play_history(device, clock, demo),
    }
}

fn print(answer: &Value) -> Result<ExitCode, Failure> {
    outcome::line(answer)?;
    Ok(ExitCode::SUCCESS)
}

/// A line a check; the exit status tells whether all are clean.
fn verify(device: &Device) -> Result<ExitCode, Failure> {
    let findings = device.verify()?;
    let mut clean = true;
    for finding in &findings {
        clean &= finding.wrong.is_empty();
        outcome::line(&json!({
            "check": finding.check,
            "looked_at": finding.looked_at,
            "clean": finding.wrong.is_empty(),
            "wrong": finding.wrong,
        }))?;
    }
    Ok(if clean {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(outcome::DAMAGED)
    })
}
