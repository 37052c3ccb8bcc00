//! The file operations of the slot file as a trait, so that tests can stop between any two of them and
//! a simulator can keep the slots in memory.

use std::{
    fmt::Debug,
    fs, io,
    io::{Read, Write},
    path::PathBuf,
};

use super::generations::MAX_BYTES;
use crate::files;

/// A folder that holds a few small files.
pub trait SlotDisk: Debug + Send {
    /// The file's bytes; none when there is no such file. A file over 4 MiB may be cut off there: it is
    /// no slot file.
    ///
    /// # Errors
    /// Failures of the file system.
    fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>>;

    /// Writes a whole new file (over one of that name) and returns when its content is on disk.
    ///
    /// # Errors
    /// Failures of the file system.
    fn write_synced(&mut self, name: &str, bytes: &[u8]) -> io::Result<()>;

    /// Renames a file over another one, atomically.
    ///
    /// # Errors
    /// Failures of the file system.
    fn rename(&mut self, from: &str, to: &str) -> io::Result<()>;

    /// Returns when the names in the folder are on disk.
    ///
    /// # Errors
    /// Failures of the file system.
    fn sync_folder(&mut self) -> io::Result<()>;
}

/// A real folder; its files are readable by this user only.
#[derive(Debug, Clone)]
pub struct FolderDisk {
    folder: PathBuf,
}

impl FolderDisk {
    /// For an existing folder.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }
}

impl SlotDisk for FolderDisk {
    fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        let file = match fs::File::open(self.folder.join(name)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut bytes = Vec::new();
        file.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    fn write_synced(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut file = files::private()
            .create(true)
            .truncate(true)
            .open(self.folder.join(name))?;
        file.write_all(bytes)?;
        file.sync_all()
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.folder.join(from), self.folder.join(to))
    }

    fn sync_folder(&mut self) -> io::Result<()> {
        files::sync_folder(&self.folder)
    }
}
