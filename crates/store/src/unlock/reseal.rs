//! Staff changes: the slot file follows the site's staff list. Who is new gets a slot, who is gone loses
//! slot and PIN, in both generations of the file. The database's key does not change for it.

use uuid::Uuid;
use xunyi_vault::{DatabaseKey, Random, RoamingKey, SealedKey};

use super::{
    UnlockError, Vault,
    attempts::Attempts,
    slots::{PersonSlot, SlotFile},
};

/// One line of the site's staff list, as the slot file needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffEntry {
    /// Name for the lock screen.
    pub name: String,
    /// Role codes for the lock screen.
    pub roles: Vec<String>,
    /// The roaming record; it names the staff id and the public key.
    pub roaming: RoamingKey,
}

impl Vault {
    /// Brings the slots to this staff list, sealing `database_key`, which must be the key that the
    /// database has now (the first at enrolment). Nothing is written when nothing changed.
    ///
    /// A PIN stays as long as the person's key is the same; a new password alone keeps it.
    ///
    /// # Errors
    /// `BadStaffList` for an empty list or one id twice (it would lock everybody out), failures of the
    /// disk.
    pub fn reseal(
        &mut self,
        database_key: &DatabaseKey,
        staff: &[StaffEntry],
        random: &mut Random<'_>,
    ) -> Result<(), UnlockError> {
        let next = self.resealed(&[database_key], staff, random)?;
        if next == self.file {
            return Ok(());
        }
        let takes_away = self.file.people.iter().any(|old| {
            next.person(old.staff)
                .is_none_or(|new| old.pin.is_some() && new.pin.is_none())
        });
        self.save(next)?;
        if takes_away {
            // The previous generation still holds what was taken away; push it out.
            self.save(self.file.clone())?;
        }
        Ok(())
    }

    /// Drops whatever else is sealed than the key that the database was found to have, after a rotation
    /// that was cut short. Nothing is written when there is nothing to drop.
    ///
    /// # Errors
    /// `SlotMismatch` when somebody's slot lacks that key (nothing is dropped then), failures of the
    /// disk.
    pub fn settle(&mut self, working: &DatabaseKey) -> Result<(), UnlockError> {
        let id = working.id();
        let mut next = self.file.clone();
        for person in &mut next.people {
            person.sealed.retain(|sealed| sealed.key_id() == id);
            if person.sealed.is_empty() {
                return Err(UnlockError::SlotMismatch);
            }
        }
        if next == self.file {
            Ok(())
        } else {
            self.save(next)
        }
    }

    /// The slot file for this staff list with these keys sealed in this order.
    pub(super) fn resealed(
        &self,
        keys: &[&DatabaseKey],
        staff: &[StaffEntry],
        random: &mut Random<'_>,
    ) -> Result<SlotFile, UnlockError> {
        let mut ids: Vec<Uuid> = staff.iter().map(|entry| entry.roaming.staff()).collect();
        ids.sort_unstable();
        let listed = ids.len();
        ids.dedup();
        if listed == 0 || ids.len() != listed {
            return Err(UnlockError::BadStaffList);
        }
        let mut next = SlotFile {
            generation: self.file.generation,
            people: Vec::new(),
        };
        for entry in staff {
            next.people.push(self.slot_for(entry, keys, random)?);
        }
        Ok(next)
    }

    fn slot_for(
        &self,
        entry: &StaffEntry,
        keys: &[&DatabaseKey],
        random: &mut Random<'_>,
    ) -> Result<PersonSlot, UnlockError> {
        let (staff, public) = (entry.roaming.staff(), entry.roaming.public());
        let old = self.file.person(staff);
        let same_key = old.filter(|old| old.roaming.public() == public);
        let mut sealed = Vec::new();
        for key in keys {
            let kept = same_key
                .and_then(|old| old.sealed.iter().find(|sealed| sealed.key_id() == key.id()));
            sealed.push(match kept {
                Some(kept) => kept.clone(),
                None => SealedKey::seal(key, public, staff.as_bytes(), random)?,
            });
        }
        let same_password = old.filter(|old| old.roaming == entry.roaming);
        Ok(PersonSlot {
            staff,
            name: entry.name.clone(),
            roles: entry.roles.clone(),
            roaming: entry.roaming.clone(),
            sealed,
            pin: same_key.and_then(|old| old.pin.clone()),
            pin_attempts: same_key.map_or_else(Attempts::default, |old| old.pin_attempts),
            password_attempts: same_password
                .map_or_else(Attempts::default, |old| old.password_attempts),
        })
    }
}
