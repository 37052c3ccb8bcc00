//! Rotation of the database's key (architecture.md §8): slots with the old and the new key first, then
//! the database alone, then the old key is dropped. Stopped anywhere, whoever signs in has the key that
//! the database has.

use xunyi_vault::{DatabaseKey, Random};

use super::{StaffEntry, UnlockError, Vault};
use crate::Database;

impl Vault {
    /// Gives the database a new key, sealed to this staff list. No other connection may be open. After
    /// an error the device works on: the next sign-in opens with either key, and [`Vault::settle`]
    /// ends the rotation one way or the other.
    ///
    /// # Errors
    /// `BadStaffList`, `store.wrong_key` when `current` is not the database's key, `store.busy`, `store.disk_full` (the WAL needs the size of the database), other
    /// failures of disk and database.
    pub fn rotate(
        &mut self,
        database: &mut Database,
        current: &DatabaseKey,
        next: &DatabaseKey,
        staff: &[StaffEntry],
        random: &mut Random<'_>,
    ) -> Result<(), UnlockError> {
        // Sealing a key that is not the database's would lock everybody out.
        database.opens_with(current)?;
        let both = self.resealed(&[current, next], staff, random)?;
        self.save(both)?;
        // Twice: after the rekey no generation may be left that lacks the new key.
        self.save(self.file.clone())?;
        database.rekey(next)?;
        self.settle(next)
    }
}
