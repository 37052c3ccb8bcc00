//! Two generations of the slot file on disk. Each write makes a new file, syncs it, keeps the previous
//! one as `slots.1`, takes its name, and syncs the folder: stopped anywhere, one readable generation is
//! left. Nobody who can sign in is locked out by a torn write.

use super::{
    SlotDisk, UnlockError,
    slots::{SlotFile, Unreadable},
};

/// The generation in force.
pub(super) const NEWEST: &str = "slots";
/// The one before it.
pub(super) const PREVIOUS: &str = "slots.1";
/// The one being written; counts for nothing.
pub(super) const NEXT: &str = "slots.new";
/// A slot file is some KiB; more than this is none.
pub(super) const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// The newest readable generation; an empty one where no slot file was ever written.
pub(super) fn load(disk: &dyn SlotDisk) -> Result<SlotFile, UnlockError> {
    let mut found_any = false;
    for name in [NEWEST, PREVIOUS] {
        let Some(bytes) = disk.read(name)? else {
            continue;
        };
        found_any = true;
        match SlotFile::decode(&bytes) {
            Ok(file) => return Ok(file),
            // Falling back would later overwrite what the newer version wrote.
            Err(Unreadable::Newer(found)) => return Err(UnlockError::SlotsNewer { found }),
            Err(Unreadable::Damaged) => {}
        }
    }
    if found_any {
        Err(UnlockError::SlotsDamaged)
    } else {
        Ok(SlotFile::default())
    }
}

/// Writes the next generation.
pub(super) fn save(disk: &mut dyn SlotDisk, file: &mut SlotFile) -> Result<(), UnlockError> {
    file.generation = file.generation.saturating_add(1);
    let bytes = file.encode()?;
    // A damaged newest generation must not push the good previous one out.
    let keep = disk
        .read(NEWEST)?
        .is_some_and(|bytes| SlotFile::decode(&bytes).is_ok());
    disk.write_synced(NEXT, &bytes)?;
    if keep {
        disk.rename(NEWEST, PREVIOUS)?;
    }
    disk.rename(NEXT, NEWEST)?;
    disk.sync_folder()?;
    Ok(())
}
