//! One process per data folder (architecture.md §3): an advisory exclusive lock on a file in it. The
//! operating system lets go of it when the process ends, however it ends; a left-over file locks
//! nothing.

use std::{
    fs::{File, TryLockError},
    path::Path,
};

use crate::{StoreError, files};

/// Held as long as this process works on a data folder; released when dropped.
#[derive(Debug)]
pub struct FolderLock {
    _file: File,
}

impl FolderLock {
    /// Name of the lock file.
    pub const FILE: &'static str = "in-use.lock";

    /// Takes the lock without waiting. The folder must exist.
    ///
    /// # Errors
    /// `FolderInUse` while another process (or another holder in this one) has it; errors of the file
    /// system.
    pub fn take(folder: &Path) -> Result<Self, StoreError> {
        let file = files::private()
            .create(true)
            .truncate(false)
            .open(folder.join(Self::FILE))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(StoreError::FolderInUse),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{BufRead, BufReader},
        process::{Command, Stdio},
    };

    use super::*;

    #[test]
    fn a_second_holder_is_refused_until_the_first_lets_go() {
        let folder = tempfile::tempdir().unwrap();
        let first = FolderLock::take(folder.path()).unwrap();
        assert_eq!(
            FolderLock::take(folder.path()).unwrap_err().code(),
            "store.folder_in_use"
        );
        drop(first);
        FolderLock::take(folder.path()).unwrap();
    }

    /// Not a test by itself: the process that the next test kills. It runs only where the variable
    /// names a folder.
    #[test]
    fn hold_until_killed() {
        let Some(folder) = std::env::var_os("XUNYI_TEST_HOLD_LOCK") else {
            return;
        };
        let _held = FolderLock::take(Path::new(&folder)).unwrap();
        println!("held");
        std::io::stdin().read_line(&mut String::new()).unwrap();
    }

    #[test]
    fn a_killed_process_leaves_the_folder_free() {
        let folder = tempfile::tempdir().unwrap();
        let mut holder = Command::new(std::env::current_exe().unwrap())
            .args(["lock::tests::hold_until_killed", "--exact", "--nocapture"])
            .env("XUNYI_TEST_HOLD_LOCK", folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(holder.stdout.take().unwrap()).lines();
        assert!(
            lines
                .map_while(Result::ok)
                .any(|line| line.ends_with("held"))
        );
        assert_eq!(
            FolderLock::take(folder.path()).unwrap_err().code(),
            "store.folder_in_use"
        );
        holder.kill().unwrap();
        holder.wait().unwrap();
        FolderLock::take(folder.path()).unwrap();
    }
}
