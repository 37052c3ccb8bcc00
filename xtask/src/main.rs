//! The project's own commands: `cargo xtask run` and `cargo xtask test`, from a fresh machine on.
//!
//! This crate has no dependencies and never names a product crate: it must build in seconds, before
//! the libraries that the product needs are installed. What it runs are the product's own programs.
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

mod bench;
mod demo;
mod junit;
mod process;
mod schemas;
mod setup;
mod sim;
mod steps;
mod test;
mod tidy;
mod ui;
mod verification;

use std::process::ExitCode;

/// What an act of this crate ends with: a message for the person at the terminal when it failed.
type Outcome<T = ()> = Result<T, String>;

const USAGE: &str = "\
cargo xtask COMMAND

  run       install what is missing, build, and open the window of a demo township; `--fresh`
            starts it over; without a display a short day is played and pictures are left
  test      install what is missing, build, and run every check there is
  bench     measure in release mode, `bench GROUP [--json FILE] [--seed N]`: app, start and memory
            of the window; day, bytes, saves, charts and searches of a vehicle's day
  sim       play simulated days in release mode, `sim [--seeds A..B | --seed N]`
  setup     install what is missing, and nothing else
  screenshots  make docs/screenshots anew by the flows that look at every page
  ui        build the page that the window shows
  schemas   write schemas/ipc and the page's types from the program's own types
  tidy      the checks of the tree that need no build
  verify    hold docs/verification.md against the last test run";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let command = arguments.first().map(String::as_str).unwrap_or("help");
    let rest = arguments.get(1..).unwrap_or_default();
    let outcome = match (command, rest) {
        ("run", rest) => demo::demonstrate(rest),
        ("test", []) => test::everything(),
        ("bench", groups) => bench::measure(groups),
        ("sim", days) => sim::play(days),
        ("setup", []) => setup::everything(),
        ("screenshots", []) => test::screenshots(),
        ("ui", []) => setup::npm_packages().and_then(|()| ui::build()),
        ("schemas", []) => schemas::write(),
        ("tidy", []) => tidy::check(),
        ("verify", []) => verification::check().map(|line| println!("{line}")),
        ("help" | "--help" | "-h", _) => {
            println!("{USAGE}");
            Ok(())
        }
        _ => Err(format!(
            "this command is not known: {}\n\n{USAGE}",
            arguments.join(" ")
        )),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}
