//! The page that the window shows: its build and its own checks, by the scripts of
//! `ui/package.json`.

use crate::Outcome;
use crate::process::{program, root, run};
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
    npm(&["run", "--silent", "build"])?;
    if built.is_file() {
        Ok(())
    } else {
        Err("the page's build left no ui/dist/index.html".into())
    }
}

/// Types, format and rules of the page's code.
pub fn check() -> Outcome {
    npm(&["run", "--silent", "check"])
}

/// The page's unit tests; their results are left for docs/verification.md's check.
pub fn unit() -> Outcome {
    let file = results();
    if file.is_file() {
        fs::remove_file(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    let output = format!("--outputFile.junit={}", file.display());
    npm(&[
        "test",
        "--silent",
        "--",
        "--passWithNoTests",
        "--reporter=default",
        "--reporter=junit",
        &output,
    ])
}

fn npm(arguments: &[&str]) -> Outcome {
    let mut command = program("npm", arguments);
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
