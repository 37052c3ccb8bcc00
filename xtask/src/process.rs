//! Starting other programs from the top of the tree, and finding where that is.
//!
//! Never interprets what a program prints; callers that need the text ask for it.

use crate::Outcome;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The top of the checkout this command was built from.
pub fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own).to_path_buf()
}

/// Where cargo puts what it builds: `CARGO_TARGET_DIR`, or `target` at the top of the checkout.
pub fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => root().join(folder),
        None => root().join("target"),
    }
}

/// The folder of tools that cargo installs for this checkout alone.
pub fn tools() -> PathBuf {
    target().join("tools")
}

/// A program with its arguments, to be started at the top of the checkout.
pub fn program<S: AsRef<std::ffi::OsStr>>(name: S, arguments: &[&str]) -> Command {
    let mut command = Command::new(name);
    command
        .args(arguments)
        .current_dir(root())
        .stdin(Stdio::null());
    command
}

/// The cargo that runs this command.
pub fn cargo(arguments: &[&str]) -> Command {
    let name = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    program(name, arguments)
}

/// Runs a program to its end with its output on the terminal; an error unless it succeeded.
pub fn run(mut command: Command) -> Outcome {
    let shown = show(&command);
    let status = command
        .status()
        .map_err(|error| format!("`{shown}` did not start: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("`{shown}` ended with {status}"))
    }
}

/// Runs a program and returns what it wrote, whether or not it succeeded.
pub fn read(mut command: Command) -> Outcome<String> {
    let shown = show(&command);
    let output = command
        .stderr(Stdio::null())
        .output()
        .map_err(|error| format!("`{shown}` did not start: {error}"))?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The full path of a program in PATH or in the checkout's own tools, if it is there.
pub fn find(name: &str) -> Option<PathBuf> {
    let own = tools().join("bin");
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::iter::once(own)
        .chain(std::env::split_paths(&path))
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

/// True where this process may install system packages.
pub fn is_root() -> bool {
    read(program("id", &["-u"])).is_ok_and(|id| id.trim() == "0")
}

fn show(command: &Command) -> String {
    let mut text = command.get_program().to_string_lossy().into_owned();
    for argument in command.get_args() {
        text.push(' ');
        text.push_str(&argument.to_string_lossy());
    }
    text
}
