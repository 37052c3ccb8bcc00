//! `cargo xtask sim`: days of a simulated site, from seeds, with every fault that can be played.

use crate::process::{cargo, program, run, target};
use crate::{Outcome, setup, ui};

/// Plays the days that are asked for, in release mode.
pub fn play(days: &[String]) -> Outcome {
    setup::system_packages()?;
    setup::npm_packages()?;
    // The workspace is built as a whole, and the window's program holds the page.
    ui::build()?;
    run(cargo(&[
        "build",
        "--workspace",
        "--release",
        "--locked",
        "--quiet",
        "--bin",
        "xunyi-sim",
    ]))?;
    let mut sim = program(target().join("release/xunyi-sim"), &[]);
    sim.args(days);
    run(sim)
}

/// Puts defects in, one at a time, and sees that the simulated days find each.
pub fn defects() -> Outcome {
    run(cargo(&[
        "build",
        "--workspace",
        "--locked",
        "--quiet",
        "--features",
        "xunyi-tests/mutants",
        "--bin",
        "xunyi-sim",
    ]))?;
    run(program(target().join("debug/xunyi-sim"), &["--mutants"]))
}

/// Three hundred days, by the program that the tests were built with.
pub fn three_hundred_days() -> Outcome {
    run(program(
        target().join("debug/xunyi-sim"),
        &["--seeds", "1..300"],
    ))
}
