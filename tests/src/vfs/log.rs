//! What happened to the files, in order, and what of it no sync has made safe yet.

use std::path::{Path, PathBuf};

/// A file by its place in the log's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileId(pub usize);

/// What SQLite keeps in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// The database itself.
    Database,
    /// Its write-ahead log.
    Wal,
    /// Anything else with a name: rollback journals, spilled sorters.
    Other,
}

/// A call on the shared index of the WAL; it is scratch, so its contents are not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShmCall {
    /// A region was mapped.
    Map,
    /// Locks were taken or given back.
    Lock,
    /// Writes before it are seen before writes after it.
    Barrier,
    /// The index was let go.
    Unmap,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Seen for the first time (or again after a removal), with what it held: that counts as safe.
    Opened {
        /// Which file.
        file: FileId,
        /// Its bytes, or none when it was made now.
        held: Option<Vec<u8>>,
    },
    /// Bytes were written.
    Written {
        /// Which file.
        file: FileId,
        /// Where.
        offset: u64,
        /// What.
        bytes: Vec<u8>,
    },
    /// The file was cut to a length.
    Truncated {
        /// Which file.
        file: FileId,
        /// Bytes left.
        len: u64,
    },
    /// All that was written so far is on the disk.
    Synced {
        /// Which file.
        file: FileId,
    },
    /// The file was removed.
    Removed {
        /// Which file.
        file: FileId,
        /// Whether the removal itself was made safe at once.
        safe: bool,
    },
    /// The WAL's index was used.
    Shm {
        /// Of which database.
        file: FileId,
        /// How.
        call: ShmCall,
    },
    /// The test's own mark: what was answered up to here.
    Mark(u64),
}

/// Everything that happened.
#[derive(Clone, Debug, Default)]
pub struct Log {
    files: Vec<(PathBuf, FileKind)>,
    events: Vec<Event>,
}

impl Log {
    /// What happened, in order.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// Name and kind of a file.
    pub fn file(&self, id: FileId) -> Option<(&Path, FileKind)> {
        self.files
            .get(id.0)
            .map(|(path, kind)| (path.as_path(), *kind))
    }

    /// Writes down a mark.
    pub fn mark(&mut self, mark: u64) {
        self.events.push(Event::Mark(mark));
    }

    /// Bytes written to files of a kind.
    pub fn written(&self, kind: FileKind) -> u64 {
        let of = |event: &Event| match event {
            Event::Written { file, bytes, .. } if self.is(*file, kind) => bytes.len() as u64,
            _ => 0,
        };
        self.events.iter().map(of).sum()
    }

    /// Writes to files of a kind that no sync of their file follows: a power cut now may lose them.
    pub fn unsynced(&self, kind: FileKind) -> usize {
        let mut open = vec![0; self.files.len()];
        for event in &self.events {
            match event {
                Event::Written { file, .. } | Event::Truncated { file, .. } => {
                    if let Some(count) = open.get_mut(file.0) {
                        *count += 1;
                    }
                }
                Event::Synced { file } | Event::Removed { file, .. } => {
                    if let Some(count) = open.get_mut(file.0) {
                        *count = 0;
                    }
                }
                Event::Opened { .. } | Event::Shm { .. } | Event::Mark(_) => {}
            }
        }
        let of_kind = |(id, count): (usize, usize)| {
            if self.is(FileId(id), kind) { count } else { 0 }
        };
        open.into_iter().enumerate().map(of_kind).sum()
    }

    fn is(&self, file: FileId, kind: FileKind) -> bool {
        self.file(file).is_some_and(|(_, is)| is == kind)
    }

    /// An empty log in which open files keep their places.
    pub(super) fn of_the_same_files(&self) -> Self {
        Self {
            files: self.files.clone(),
            events: Vec::new(),
        }
    }

    /// The file of this name, taken into the list when it is new.
    pub(super) fn id_of(&mut self, path: &Path, kind: FileKind) -> FileId {
        match self.files.iter().position(|(held, _)| held == path) {
            Some(at) => FileId(at),
            None => {
                self.files.push((path.to_owned(), kind));
                FileId(self.files.len() - 1)
            }
        }
    }

    /// Whether the file was removed since it was last opened, or never seen before.
    pub(super) fn is_gone(&self, id: FileId) -> bool {
        let last = self.events.iter().rev().find_map(|event| match event {
            Event::Opened { file, .. } if *file == id => Some(false),
            Event::Removed { file, .. } if *file == id => Some(true),
            _ => None,
        });
        last.unwrap_or(true)
    }

    pub(super) fn push(&mut self, event: Event) {
        self.events.push(event);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_counts_as_unsynced_until_its_own_file_is_synced() {
        let mut log = Log::default();
        let wal = log.id_of(Path::new("db-wal"), FileKind::Wal);
        let database = log.id_of(Path::new("db"), FileKind::Database);
        let write = |file| Event::Written {
            file,
            offset: 0,
            bytes: vec![1, 2],
        };
        log.push(write(wal));
        log.push(Event::Synced { file: database });
        assert_eq!(
            (log.unsynced(FileKind::Wal), log.written(FileKind::Wal)),
            (1, 2)
        );
        log.push(Event::Synced { file: wal });
        assert_eq!(log.unsynced(FileKind::Wal), 0);
        log.push(write(wal));
        assert_eq!(log.unsynced(FileKind::Wal), 1);
        assert_eq!(log.unsynced(FileKind::Database), 0);
    }
}
