//! What a power cut leaves: a pure function of the log up to the moment of the cut.

use super::{Event, FileId, Log};
use crate::Outcome;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What a disk loses at once or not at all.
const SECTOR: usize = 512;

/// What becomes of writes that no sync has made safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PowerCut {
    /// All of them are lost.
    LosesUnsynced,
    /// Each sector of each of them is kept or lost, by this seed: what was written in one piece may come
    /// back torn.
    KeepsSome(u64),
}

/// The files as the next start finds them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remains {
    files: BTreeMap<PathBuf, Vec<u8>>,
}

#[derive(Default)]
struct File {
    /// `None`: the file is not there.
    safe: Option<Vec<u8>>,
    /// Since the last sync.
    unsafe_yet: Vec<Change>,
}

enum Change {
    Made,
    Wrote(u64, Vec<u8>),
    Cut(u64),
    Removed,
}

impl Remains {
    /// After the first `events` of the log and a power cut.
    pub fn after(log: &Log, events: usize, cut: PowerCut) -> Self {
        let mut files: BTreeMap<FileId, File> = BTreeMap::new();
        for event in log.events().iter().take(events) {
            match event {
                Event::Opened { file, held } => {
                    let file = files.entry(*file).or_default();
                    match held {
                        Some(bytes) => file.safe = Some(bytes.clone()),
                        None => file.unsafe_yet.push(Change::Made),
                    }
                }
                Event::Written {
                    file,
                    offset,
                    bytes,
                } => {
                    let change = Change::Wrote(*offset, bytes.clone());
                    files.entry(*file).or_default().unsafe_yet.push(change);
                }
                Event::Truncated { file, len } => files
                    .entry(*file)
                    .or_default()
                    .unsafe_yet
                    .push(Change::Cut(*len)),
                Event::Synced { file } => {
                    let file = files.entry(*file).or_default();
                    let is_new = file.unsafe_yet.iter().any(|c| matches!(c, Change::Made));
                    file.settle(&mut |_| true);
                    if is_new {
                        // The first sync of a new file makes its name safe: SQLite syncs the folder, and
                        // with it every name that was made or removed there before.
                        files.values_mut().for_each(File::settle_names);
                    }
                }
                Event::Removed { file, safe } => {
                    let file = files.entry(*file).or_default();
                    file.unsafe_yet.push(Change::Removed);
                    if *safe {
                        file.settle(&mut |_| true);
                    }
                }
                Event::Shm { .. } | Event::Mark(_) => {}
            }
        }
        let mut state = match cut {
            PowerCut::LosesUnsynced => None,
            PowerCut::KeepsSome(seed) => Some(seed),
        };
        let mut keeps = |_: usize| match &mut state {
            None => false,
            Some(state) => {
                // splitmix64: the same seed tears the same sectors.
                *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
                let mut z = *state;
                z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
                (z ^ (z >> 27)) & 1 == 1
            }
        };
        let mut remains = Self::default();
        for (id, mut file) in files {
            file.settle(&mut keeps);
            if let (Some(bytes), Some((path, _))) = (file.safe, log.file(id)) {
                remains.files.insert(path.to_owned(), bytes);
            }
        }
        remains
    }

    /// Lays the files into a folder, each under its own name.
    ///
    /// # Errors
    /// If a file can't be written.
    pub fn lay_into(&self, folder: &Path) -> Outcome {
        for (path, bytes) in &self.files {
            let name = path.file_name().ok_or("a file without a name")?;
            fs::write(folder.join(name), bytes)?;
        }
        Ok(())
    }
}

impl File {
    /// The folder was synced: names made or removed before are so, whatever of their bytes is safe.
    fn settle_names(&mut self) {
        let mut rest = Vec::new();
        for change in std::mem::take(&mut self.unsafe_yet) {
            match change {
                Change::Made => {
                    self.safe.get_or_insert_default();
                }
                Change::Removed => {
                    self.safe = None;
                    rest.clear();
                }
                bytes => rest.push(bytes),
            }
        }
        self.unsafe_yet = rest;
    }

    /// Makes what was changed since the last sync safe, as far as `keeps` says of each sector or step.
    fn settle(&mut self, keeps: &mut dyn FnMut(usize) -> bool) {
        for change in std::mem::take(&mut self.unsafe_yet) {
            match change {
                Change::Made => {
                    if keeps(0) {
                        self.safe.get_or_insert_default();
                    }
                }
                Change::Wrote(offset, bytes) => {
                    let mut at = usize::try_from(offset).unwrap_or(usize::MAX);
                    for sector in bytes.chunks(SECTOR) {
                        if keeps(at) {
                            put(self.safe.get_or_insert_default(), at, sector);
                        }
                        at = at.saturating_add(sector.len());
                    }
                }
                Change::Cut(len) => {
                    if let (true, Some(safe)) = (keeps(0), &mut self.safe) {
                        safe.resize(usize::try_from(len).unwrap_or(usize::MAX), 0);
                    }
                }
                Change::Removed => {
                    if keeps(0) {
                        self.safe = None;
                    }
                }
            }
        }
    }
}

fn put(file: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    let end = at.saturating_add(bytes.len());
    if file.len() < end {
        file.resize(end, 0);
    }
    if let Some(slot) = file.get_mut(at..end) {
        slot.copy_from_slice(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vfs::FileKind;

    fn log() -> Log {
        let mut log = Log::default();
        let file = log.id_of(Path::new("a/db"), FileKind::Database);
        log.push(Event::Opened { file, held: None });
        let write = |offset, byte| Event::Written {
            file,
            offset,
            bytes: vec![byte; 2 * SECTOR],
        };
        log.push(write(0, 1));
        log.push(Event::Synced { file });
        log.push(write(0, 2));
        log.push(Event::Truncated { file, len: 5 });
        log.push(Event::Removed { file, safe: true });
        log
    }

    fn left(events: usize, cut: PowerCut) -> Option<Vec<u8>> {
        Remains::after(&log(), events, cut)
            .files
            .into_values()
            .next()
    }

    #[test]
    fn what_was_not_synced_is_gone_and_what_was_is_there() {
        let cut = PowerCut::LosesUnsynced;
        assert_eq!(left(2, cut), None);
        assert_eq!(left(3, cut), Some(vec![1; 2 * SECTOR]));
        assert_eq!(left(5, cut), Some(vec![1; 2 * SECTOR]));
        assert_eq!(left(6, cut), None);
    }

    #[test]
    fn a_removed_name_comes_back_until_the_folder_is_synced() {
        let mut log = Log::default();
        let journal = log.id_of(Path::new("a/db-journal"), FileKind::Other);
        let wal = log.id_of(Path::new("a/db-wal"), FileKind::Wal);
        let opened = |file, held| Event::Opened { file, held };
        log.push(opened(journal, Some(vec![1])));
        let (file, safe) = (journal, false);
        log.push(Event::Removed { file, safe });
        log.push(opened(wal, None));
        log.push(Event::Synced { file: wal });
        let names = |events| Remains::after(&log, events, PowerCut::LosesUnsynced).files;
        assert!(names(3).contains_key(Path::new("a/db-journal")));
        let after: Vec<_> = names(4).into_keys().collect();
        assert_eq!(after, [Path::new("a/db-wal")]);
    }

    #[test]
    fn a_write_can_come_back_torn_at_a_sector() {
        let torn = (0..64).filter_map(|seed| left(4, PowerCut::KeepsSome(seed)));
        let mut seen: Vec<(u8, u8)> = torn.map(|b| (b[0], b[SECTOR])).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen, [(1, 1), (1, 2), (2, 1), (2, 2)]);
    }
}
