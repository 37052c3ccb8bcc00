//! A started program that ends with its owner, together with all that it started in turn.
//!
//! Ends processes by their ids only, found by following parents in `/proc`.

use crate::{Outcome, place};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How long a program may take to become ready; slow machines under load are the measure.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running program. Dropping it kills it and its descendants.
#[derive(Debug)]
pub struct Process {
    child: Child,
    name: String,
    log: PathBuf,
}

impl Process {
    /// Starts a command; what it writes goes to `log`.
    ///
    /// # Errors
    /// If it can't be started or the log can't be written.
    pub fn start(mut command: Command, log: &Path) -> Outcome<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        let out = File::create(log)?;
        let child = command
            .stdin(Stdio::null())
            .stdout(out.try_clone()?)
            .stderr(out)
            .spawn()
            .map_err(|error| format!("{name} did not start: {error}"))?;
        Ok(Process {
            child,
            name,
            log: log.to_path_buf(),
        })
    }

    /// A command for one of our own programs, not started yet.
    ///
    /// # Errors
    /// If it has not been built.
    pub fn own<S: AsRef<OsStr>>(name: &str, arguments: &[S]) -> Outcome<Command> {
        let mut command = Command::new(place::program(name)?);
        command.args(arguments);
        Ok(command)
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// All that it wrote so far.
    pub fn output(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Waits until `ready` yields something; fails when the program ends first.
    ///
    /// # Errors
    /// With the program's output, if it ended or did not get ready in a minute.
    pub fn until<T>(&mut self, what: &str, mut ready: impl FnMut(&str) -> Option<T>) -> Outcome<T> {
        let began = now();
        loop {
            let output = self.output();
            if let Some(found) = ready(&output) {
                return Ok(found);
            }
            if let Some(status) = self.child.try_wait()? {
                let name = &self.name;
                return Err(format!("{name} ended ({status}) before {what}:\n{output}").into());
            }
            if began.elapsed() > PATIENCE {
                return Err(format!("{}: {what} did not come:\n{output}", self.name).into());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits for a line that begins with `start` and returns the rest of it.
    ///
    /// # Errors
    /// As [`Process::until`].
    pub fn line(&mut self, start: &str) -> Outcome<String> {
        self.until(&format!("the line \"{start}…\""), |output| {
            let complete = output.rsplit_once('\n').map_or("", |(lines, _)| lines);
            complete
                .lines()
                .find_map(|line| line.strip_prefix(start))
                .map(|rest| rest.trim().to_string())
        })
    }

    /// Sends a signal by name (`TERM`, `KILL`, `INT`) to the program alone.
    ///
    /// # Errors
    /// If `kill` can't be run.
    pub fn signal(&self, name: &str) -> Outcome {
        signal(name, &[self.id()])
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// If the system refuses to tell.
    pub fn wait(&mut self) -> Outcome<ExitStatus> {
        Ok(self.child.wait()?)
    }

    /// Kills it with SIGKILL, with all that it started, and waits until it is gone.
    ///
    /// # Errors
    /// If `kill` can't be run.
    pub fn kill(&mut self) -> Outcome {
        if self.child.try_wait()?.is_none() {
            let mut family = descendants(self.id());
            family.push(self.id());
            signal("KILL", &family)?;
            self.child.wait()?;
            // Those that are not our children can only be looked at: what they held is free once they are gone.
            let began = now();
            while family.iter().any(|id| is_alive(*id)) && began.elapsed() < PATIENCE {
                std::thread::sleep(Duration::from_millis(2));
            }
        }
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Err(error) = self.kill() {
            eprintln!("{} ({}) could not be ended: {error}", self.name, self.id());
        }
    }
}

/// Runs a command to its end and returns what it wrote to standard output.
///
/// # Errors
/// With what it wrote to standard error, unless it succeeded.
pub fn run(command: Command) -> Outcome<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let ended = run_to_end(command)?;
    if ended.status.success() {
        Ok(ended.out)
    } else {
        Err(format!("{name} ended with {}: {}", ended.status, ended.err).into())
    }
}

/// How a command ended, well or not.
#[derive(Clone, Debug)]
pub struct Ended {
    /// Its exit status.
    pub status: ExitStatus,
    /// What it wrote to standard output.
    pub out: String,
    /// What it wrote to standard error.
    pub err: String,
}

/// Runs a command to its end, whatever that is.
///
/// # Errors
/// If it can't be started.
pub fn run_to_end(mut command: Command) -> Outcome<Ended> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{name} did not start: {error}"))?;
    Ok(Ended {
        status: output.status,
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

/// Runs a command to its end with what it writes on the terminal.
///
/// # Errors
/// Unless it succeeded.
pub fn run_visibly(mut command: Command) -> Outcome {
    let name = command.get_program().to_string_lossy().into_owned();
    let status = command.stdin(Stdio::null()).status()?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{name} ended with {status}").into())
    }
}

/// True where this process is the superuser, who may not start a PostgreSQL.
pub fn is_root() -> bool {
    let mut command = Command::new("id");
    command.arg("-u");
    run(command).is_ok_and(|id| id.trim() == "0")
}

/// The children of a process, their children, and so on.
pub fn descendants(id: u32) -> Vec<u32> {
    let parents = parents();
    let mut family = vec![id];
    let mut next = 0;
    while let Some(parent) = family.get(next).copied() {
        family.extend(
            parents
                .iter()
                .filter(|(_, of)| *of == parent)
                .map(|(child, _)| *child),
        );
        next += 1;
    }
    family.split_off(1)
}

/// True for a process that is there and has not ended yet. Its first thread may have ended before the
/// others: until they have too, it holds its files.
fn is_alive(id: u32) -> bool {
    let running = fs::read_to_string(format!("/proc/{id}/stat")).map(|stat| !stat.contains(") Z "));
    let threads = || fs::read_dir(format!("/proc/{id}/task")).map_or(0, Iterator::count);
    running.is_ok_and(|running| running || threads() > 1)
}

fn parents() -> Vec<(u32, u32)> {
    let Ok(listing) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    listing
        .flatten()
        .filter_map(|item| {
            let id = item.file_name().to_str()?.parse().ok()?;
            let stat = fs::read_to_string(item.path().join("stat")).ok()?;
            // The name stands in parentheses and may hold anything; the parent is second after it.
            let parent = stat.rsplit_once(") ")?.1.split(' ').nth(1)?.parse().ok()?;
            Some((id, parent))
        })
        .collect()
}

fn signal(name: &str, ids: &[u32]) -> Outcome {
    // A process that ended meanwhile makes `kill` complain; being gone is what was wanted.
    Command::new("kill")
        .arg(format!("-{name}"))
        .args(ids.iter().map(u32::to_string))
        .stderr(Stdio::null())
        .status()?;
    Ok(())
}

/// This moment.
#[expect(
    clippy::disallowed_methods,
    reason = "waiting for real programs takes real time"
)]
pub fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Process {
        let folder = tempfile::tempdir().unwrap().keep();
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Process::start(command, &folder.join("log")).unwrap()
    }

    #[test]
    fn killing_takes_the_grandchildren_too() {
        let mut process = shell("sh -c 'echo inner $$; exec sleep 600' & wait");
        let inner: u32 = process.line("inner ").unwrap().parse().unwrap();
        assert!(descendants(process.id()).contains(&inner));
        process.kill().unwrap();
        assert!(!descendants(1).contains(&inner) || !is_alive(inner));
    }

    #[test]
    fn a_program_that_ends_early_is_reported_with_its_words() {
        let mut process = shell("echo all broken; exit 3");
        let error = process.line("ready").unwrap_err().to_string();
        assert!(error.contains("all broken"), "{error}");
    }
}
