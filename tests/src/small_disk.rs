//! A disk of a few megabytes for real programs: a tmpfs in a mount namespace of its own, gone with its holder.

use crate::Outcome;
use crate::process::{Process, is_root};
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

const FILLER: &str = "filler";

/// A small disk at a folder, seen only by the programs that are started inside.
#[derive(Debug)]
pub struct SmallDisk {
    holder: Process,
    folder: PathBuf,
}

impl SmallDisk {
    /// Puts an empty disk of so many megabytes at an existing folder.
    ///
    /// # Errors
    /// If this system gives a process no mounts of its own.
    pub fn at(folder: &Path, megabytes: u32) -> Outcome<Self> {
        let folder = std::path::absolute(folder)?;
        let mut command = Command::new("unshare");
        command.args(if is_root() {
            ["--mount"].as_slice()
        } else {
            &["--user", "--map-root-user", "--mount"]
        });
        let script =
            "mount -t tmpfs -o size=\"$1\" none \"$2\" && echo ready && exec sleep infinity";
        command
            .args(["sh", "-c", script, "sh", &format!("{megabytes}m")])
            .arg(&folder);
        let log = folder.with_extension("holder.log");
        let mut holder = Process::start(command, &log)?;
        holder.line("ready")?;
        Ok(SmallDisk { holder, folder })
    }

    /// The same command, started where the disk is.
    pub fn inside(&self, command: &Command) -> Command {
        let mut joined = Command::new("nsenter");
        joined.args(["--target", &self.holder.id().to_string(), "--mount"]);
        if !is_root() {
            joined.args(["--user", "--preserve-credentials"]);
        }
        joined.arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => joined.env(name, value),
                None => joined.env_remove(name),
            };
        }
        joined
    }

    /// Writes until nothing more fits.
    ///
    /// # Errors
    /// If that is not how it ends.
    pub fn fill(&self) -> Outcome {
        let mut file = File::create(self.seen_from_outside().join(FILLER))?;
        let mut piece = 1 << 16;
        while piece > 0 {
            match file.write_all(&vec![0xaa; piece]) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::StorageFull => piece /= 2,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Takes the filling away again.
    ///
    /// # Errors
    /// If there is none.
    pub fn empty(&self) -> Outcome {
        Ok(fs::remove_file(self.seen_from_outside().join(FILLER))?)
    }

    fn seen_from_outside(&self) -> PathBuf {
        let inside = self.folder.strip_prefix("/").unwrap_or(&self.folder);
        let root = format!("/proc/{}/root", self.holder.id());
        Path::new(&root).join(inside)
    }
}
