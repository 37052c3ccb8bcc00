//! `cargo xtask run`: everything from an empty machine to the open window of the demo.

use crate::process::{program, run, target};
use crate::{Outcome, setup, test, ui};

/// Installs, builds, and starts the demonstration; `rest` may hold `--fresh`.
pub fn demonstrate(rest: &[String]) -> Outcome {
    if let Some(unknown) = rest.iter().find(|option| *option != "--fresh") {
        return Err(format!(
            "`cargo xtask run` takes --fresh and nothing else: {unknown}"
        ));
    }
    setup::system_packages()?;
    setup::npm_packages()?;
    ui::build()?;
    test::programs()?;
    let mut day = program(target().join("debug/xunyi-day"), &["--data"]);
    day.arg(target().join("demo")).args(rest);
    run(day)
}
