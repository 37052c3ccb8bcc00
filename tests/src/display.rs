//! A screen of 1280×800 that no one sees, one for each window.

use crate::Outcome;
use crate::process::{Process, run};
use std::path::Path;
use std::process::Command;

/// A running virtual screen.
#[derive(Debug)]
pub struct Display {
    process: Process,
    number: String,
}

impl Display {
    /// Starts one; the server itself picks a free number.
    ///
    /// # Errors
    /// If Xvfb is not installed or does not start.
    pub fn start(folder: &Path) -> Outcome<Self> {
        let mut command = Command::new("Xvfb");
        command.args(["-displayfd", "1", "-screen", "0", "1280x800x24"]);
        command.args(["-nolisten", "tcp", "-ac", "-noreset"]);
        let mut process = Process::start(command, &folder.join("display.log"))?;
        let number = process.until("a screen number", |output| {
            output
                .lines()
                .find(|line| !line.is_empty() && line.chars().all(|c| c.is_ascii_digit()))
                .map(|line| format!(":{line}"))
        })?;
        Ok(Display { process, number })
    }

    /// What programs take as DISPLAY.
    pub fn number(&self) -> &str {
        &self.number
    }

    /// Saves all that is on it as a PNG.
    ///
    /// # Errors
    /// If ImageMagick is missing or the file can't be written.
    pub fn picture(&self, file: &Path) -> Outcome {
        let mut command = Command::new("import");
        command
            .args(["-display", &self.number, "-window", "root", "-depth", "8"])
            .arg(file);
        run(command).map(drop)
    }

    /// The server's process id.
    pub fn id(&self) -> u32 {
        self.process.id()
    }
}
