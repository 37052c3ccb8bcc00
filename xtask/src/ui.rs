//! The page that the window shows: its build and its own checks, all through npm in `ui/`.

use crate::Outcome;
use crate::process::{find, program, root, run};
use crate::setup::newer;
use std::fs;
use std::path::{Path, PathBuf};

/// Where the page's unit tests leave their results.
pub fn results() -> PathBuf {
    root().join("ui/node_modules/.unit.xml")
}

/// Builds `ui/dist`, unless nothing that goes into it is newer.
pub fn build() -> Outcome {
    let built = root().join("ui/dist/index.html");
    let inputs = inputs(&root().join("ui"))?;
    if inputs.iter().all(|input| newer(&built, input)) {
        return Ok(());
    }
    npx(&["vite", "build", "--logLevel", "warn"])?;
    if built.is_file() {
        Ok(())
    } else {
        Err("the page's build left no ui/dist/index.html".into())
    }
}

/// Types, format and rules of the page's code.
pub fn check() -> Outcome {
    let types = npx(&[
        "svelte-check",
        "--threshold",
        "warning",
        "--output",
        "human",
    ]);
    let format = npx(&["prettier", "--check", "--log-level", "warn", "."]);
    let rules = npx(&["eslint", "--max-warnings", "0", "."]);
    types.and(format).and(rules)
}

/// The page's unit tests; their results are left for docs/verification.md's check.
pub fn unit() -> Outcome {
    let file = results();
    if file.is_file() {
        fs::remove_file(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    let output = format!("--outputFile.junit={}", file.display());
    npx(&[
        "vitest",
        "run",
        "--reporter=default",
        "--reporter=junit",
        &output,
    ])
}

/// True where the page has unit tests at all.
pub fn has_unit() -> bool {
    root().join("ui/node_modules/.bin/vitest").exists()
}

fn npx(arguments: &[&str]) -> Outcome {
    let Some((tool, rest)) = arguments.split_first() else {
        return Err("no tool was named".into());
    };
    let own = root().join("ui/node_modules/.bin").join(tool);
    if find("node").is_none() || !own.exists() {
        return Err(format!("{tool} is not installed in ui/node_modules"));
    }
    let mut command = program(own, rest);
    command.current_dir(root().join("ui"));
    run(command)
}

/// Every file that the built page depends on.
fn inputs(ui: &Path) -> Outcome<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![ui.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let listing =
            fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        for item in listing.flatten() {
            let path = item.path();
            let name = item.file_name();
            if path.is_dir() {
                if name != "node_modules" && name != "dist" {
                    folders.push(path);
                }
            } else {
                found.push(path);
            }
        }
    }
    Ok(found)
}
