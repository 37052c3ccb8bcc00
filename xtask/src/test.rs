//! `cargo xtask test`: every check there is, in the order that tells of a mistake soonest.
//!
//! What others build on (packages, the page, the programs) stops the run when it fails; the other
//! steps go on, so that one run tells everything.

use std::fs;

use crate::junit;
use crate::process::{cargo, find, program, root, run, target};
use crate::steps::Steps;
use crate::{Outcome, setup, sim, tidy, ui, verification};

/// How a flow begins a line about taps.
const TAPS: &str = "taps of a ";

/// Runs all steps; an error if any failed.
pub fn everything() -> Outcome {
    let mut steps = Steps::begin();
    all(&mut steps);
    let (good, bad) = steps.count();
    let (passed, failed, skipped) = tests();
    steps.print();
    println!(
        "{passed} tests passed, {failed} failed, {skipped} skipped; {good} steps good, {bad} failed\n"
    );
    println!("{} passed, {} failed", passed + good, failed + bad);
    if bad == 0 {
        Ok(())
    } else {
        Err("not everything passed".into())
    }
}

fn all(steps: &mut Steps) {
    forget_results();
    if !steps.step("what the machine needs", setup::everything) {
        return;
    }
    steps.step("tidy", tidy::check);
    steps.step("rustfmt", || run(cargo(&["fmt", "--all", "--check"])));
    if !steps.step("page: build", ui::build) {
        return;
    }
    steps.step("page: types, format, rules", ui::check);
    steps.step("page: unit tests", ui::unit);
    steps.step("clippy", || {
        run(cargo(&[
            "clippy",
            "--workspace",
            "--all-targets",
            "--locked",
            "--quiet",
            "--",
            "-D",
            "warnings",
        ]))
    });
    if !steps.step("programs", programs) {
        return;
    }
    steps.step("tests, real processes and windows", nextest);
    print_taps();
    steps.step("three hundred simulated days", sim::three_hundred_days);
    steps.step("defects put in are found", sim::defects);
    steps.step("licences, bans, sources", deny);
    let kept = steps.keep(&verification::steps());
    steps.step("docs/verification.md", || {
        kept?;
        verification::check().map(|line| println!("{line}"))
    });
}

/// Builds the programs that the tests start.
pub fn programs() -> Outcome {
    run(cargo(&[
        "build",
        "--workspace",
        "--bins",
        "--locked",
        "--quiet",
    ]))
}

fn nextest() -> Outcome {
    let tool = find("cargo-nextest").ok_or("cargo-nextest is missing")?;
    run(program(
        tool,
        &[
            "nextest",
            "run",
            "--workspace",
            "--locked",
            "--profile",
            "ci",
            "--no-fail-fast",
        ],
    ))
}

/// Makes the pictures of every page anew, by the flows that look at them.
pub fn screenshots() -> Outcome {
    setup::everything()?;
    ui::build()?;
    programs()?;
    let tool = find("cargo-nextest").ok_or("cargo-nextest is missing")?;
    let looks = [
        "nextest",
        "run",
        "--workspace",
        "--locked",
        "-E",
        "test(looks::)",
    ];
    let mut pictures = program(tool, &looks);
    pictures.env("XUNYI_SCREENSHOTS", root().join("docs/screenshots"));
    run(pictures)
}

fn deny() -> Outcome {
    let tool = find("cargo-deny").ok_or("cargo-deny is missing")?;
    let show = ["--log-level", "error", "check", "--hide-inclusion-graph"];
    let check = |parts: &[&str]| {
        let mut arguments = show.to_vec();
        arguments.extend(parts);
        program(&tool, &arguments)
    };
    run(check(&["licenses", "bans", "sources"]))?;
    // The database of advisories lives on a host that not every machine reaches.
    let database = ["--log-level", "off", "fetch", "db"];
    if run(program(&tool, &database)).is_ok() {
        run(check(&["advisories"]))
    } else {
        println!("advisories: not checked (their database could not be fetched)");
        Ok(())
    }
}

/// Takes away the results of an earlier run, so that they can't pass for this one's.
fn forget_results() {
    let tests = target().join("nextest/ci/junit.xml");
    for file in [tests, ui::results(), verification::steps()] {
        if file.is_file() && fs::remove_file(&file).is_err() {
            eprintln!("{} could not be removed", file.display());
        }
    }
}

/// The taps of each act that a window flow counted, as its test printed them.
fn print_taps() {
    let results = fs::read_to_string(target().join("nextest/ci/junit.xml")).unwrap_or_default();
    for line in results
        .lines()
        .filter_map(|line| line.find(TAPS).and_then(|at| line.get(at..)))
    {
        println!("{line}");
    }
}

fn tests() -> (usize, usize, usize) {
    match verification::results() {
        Ok(results) => junit::count(&results),
        Err(_) => (0, 0, 0),
    }
}

#[cfg(test)]
mod tests {
    use crate::process::root;

    #[test]
    fn the_ci_script_runs_the_test_command_and_nothing_else() {
        let script = std::fs::read_to_string(root().join(".ci/run")).unwrap();
        let lines: Vec<_> = script
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .collect();
        assert_eq!(lines, ["exec cargo xtask test"]);
    }
}
