//! `cargo xtask schemas`: the schemas and the page's types, written from the program's own types. A test of the
//! program tells when they are older than it.

use crate::Outcome;
use crate::process::{cargo, run};

/// Runs the program that knows them.
pub fn write() -> Outcome {
    run(cargo(&[
        "run",
        "--locked",
        "--quiet",
        "--package",
        "xunyi-app",
        "--example",
        "schemas",
    ]))
}
