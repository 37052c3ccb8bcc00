//! `cargo xtask bench GROUP`: builds what is measured in release mode and starts the measuring.

use crate::Outcome;
use crate::process::{cargo, program, run, target};
use crate::{setup, ui};

/// Measures a group; the other arguments go on as they are.
pub fn measure(arguments: &[String]) -> Outcome {
    setup::system_packages()?;
    setup::npm_packages()?;
    ui::build()?;
    let group = arguments.first().map(String::as_str).unwrap_or_default();
    let measured: &[&str] = match group {
        "day" | "sync" => &["--bin", "xunyi-cli", "--bin", "xunyi-center"],
        _ => &["--bins", "--example", "empty_window"],
    };
    if group == "sync" {
        setup::npm_packages_of("tests/bench/peers")?;
    }
    let mut build = cargo(&["build", "--workspace", "--release", "--locked", "--quiet"]);
    build.args(["--bin", "xunyi-bench"]).args(measured);
    run(build)?;
    let mut bench = program(target().join("release/xunyi-bench"), &[]);
    bench.args(arguments);
    run(bench)
}
