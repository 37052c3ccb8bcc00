//! Signing in by password or PIN. Each try is counted on disk as if it were wrong before it is looked
//! at, and the count is taken back when it was right: killing the app gives no free tries.

use uuid::Uuid;
use xunyi_vault::{
    DatabaseKey, PinKey, Random, StaffKey, VaultError, check_new_pin, check_pin_shape,
};

use super::{
    UnlockError, Vault,
    attempts::{Attempts, delay_ms},
    slots::PersonSlot,
};

/// What a right PIN or password releases. Wiped from memory when dropped.
#[derive(Debug)]
pub struct UnlockedUser {
    /// Who signed in.
    pub staff: Uuid,
    /// Their private key.
    pub key: StaffKey,
    /// Opens the database; two while a key rotation is unfinished, then either may fit
    /// ([`crate::Database::open_with_any`], then [`Vault::settle`]).
    pub database_keys: Vec<DatabaseKey>,
}

/// Which of a person's two secrets is tried.
#[derive(Clone, Copy)]
enum Secret {
    Pin,
    Password,
}

impl Secret {
    fn attempts(self, person: &mut PersonSlot) -> &mut Attempts {
        match self {
            Self::Pin => &mut person.pin_attempts,
            Self::Password => &mut person.password_attempts,
        }
    }
}

impl Vault {
    /// Signs in with the password and sets a new PIN for this device; also the way back in after a
    /// locked or forgotten PIN. At production cost it takes about a second and 256 MiB. `now` is in ms
    /// since 1970, here and below.
    ///
    /// # Errors
    /// `UnknownStaff`, `Wait`, `WrongPassword`, `unlock.pin_too_simple`,
    /// `unlock.pin_not_six_digits`, failures of disk or device secret.
    pub fn first_sign_in(
        &mut self,
        staff: Uuid,
        password: &str,
        new_pin: &str,
        now: i64,
        random: &mut Random<'_>,
    ) -> Result<UnlockedUser, UnlockError> {
        check_new_pin(new_pin)?;
        let user = self.sign_in_with_password(staff, password, now)?;
        self.set_pin(staff, &user.key, new_pin, random)?;
        Ok(user)
    }

    /// Signs in with the password, offline, on any device that knows this person; leaves the PIN alone.
    ///
    /// # Errors
    /// `UnknownStaff`, `Wait`, `WrongPassword`, failures of the disk.
    pub fn sign_in_with_password(
        &mut self,
        staff: Uuid,
        password: &str,
        now: i64,
    ) -> Result<UnlockedUser, UnlockError> {
        self.count(staff, Secret::Password, now)?;
        let person = self.file.person(staff).ok_or(UnlockError::UnknownStaff)?;
        let failures = person.password_attempts.failures;
        match person.roaming.open(password) {
            Ok(key) => self.admit(staff, key, Secret::Password),
            Err(VaultError::WrongSecret) => Err(UnlockError::WrongPassword {
                wait_s: seconds(delay_ms(failures)),
            }),
            Err(error) => Err(error.into()),
        }
    }

    /// Signs in with this device's PIN; also the check of a step-up or a witness, whose result is
    /// dropped. At production cost it takes about 0.3 s and 64 MiB.
    ///
    /// # Errors
    /// `UnknownStaff`, `NoPinYet`, `PinLocked`, `Wait`, `WrongPin`, `unlock.pin_not_six_digits` (not
    /// counted: it can't be right), failures of the disk.
    pub fn sign_in(
        &mut self,
        staff: Uuid,
        pin: &str,
        now: i64,
    ) -> Result<UnlockedUser, UnlockError> {
        check_pin_shape(pin)?;
        let person = self.file.person(staff).ok_or(UnlockError::UnknownStaff)?;
        if !self.usable_pin(person) {
            return Err(UnlockError::NoPinYet);
        }
        if self.is_locked(person) {
            return Err(UnlockError::PinLocked);
        }
        self.count(staff, Secret::Pin, now)?;
        let person = self.file.person(staff).ok_or(UnlockError::UnknownStaff)?;
        let failures = person.pin_attempts.failures;
        let (Some(record), Some(device)) = (&person.pin, &self.device_secret) else {
            return Err(UnlockError::NoPinYet);
        };
        match record.open(pin, device) {
            Ok(key) => self.admit(staff, key, Secret::Pin),
            Err(VaultError::WrongSecret) => Err(UnlockError::WrongPin {
                attempts_left: self.policy.lock_after.max(1).saturating_sub(failures),
                wait_s: seconds(delay_ms(failures)),
            }),
            Err(error) => Err(error.into()),
        }
    }

    /// Replaces the PIN of someone who knows the old one.
    ///
    /// # Errors
    /// As [`Self::sign_in`], and `unlock.pin_too_simple`, `PinUnchanged`.
    pub fn change_pin(
        &mut self,
        staff: Uuid,
        old_pin: &str,
        new_pin: &str,
        now: i64,
        random: &mut Random<'_>,
    ) -> Result<(), UnlockError> {
        check_new_pin(new_pin)?;
        let user = self.sign_in(staff, old_pin, now)?;
        if old_pin == new_pin {
            return Err(UnlockError::PinUnchanged);
        }
        self.set_pin(staff, &user.key, new_pin, random)
    }

    /// Refuses a try that comes too early; else counts it on disk.
    fn count(&mut self, staff: Uuid, secret: Secret, now: i64) -> Result<(), UnlockError> {
        let mut next = self.file.clone();
        let person = next.person_mut(staff).ok_or(UnlockError::UnknownStaff)?;
        let attempts = secret.attempts(person);
        if let Some(restarted) = attempts.clock_went_back(now) {
            *attempts = restarted;
        }
        let attempts = *attempts;
        if let Err(until) = attempts.allowed(now) {
            if next != self.file {
                self.save(next)?;
            }
            return Err(UnlockError::Wait { until });
        }
        *secret.attempts(person) = attempts.failed(now);
        self.save(next)
    }

    /// Opens the person's slot and forgets the wrong tries.
    fn admit(
        &mut self,
        staff: Uuid,
        key: StaffKey,
        secret: Secret,
    ) -> Result<UnlockedUser, UnlockError> {
        let person = self.file.person(staff).ok_or(UnlockError::UnknownStaff)?;
        let opened = person
            .sealed
            .iter()
            .map(|sealed| sealed.open(&key, staff.as_bytes()));
        let database_keys = opened.collect::<Result<Vec<_>, _>>()?;
        self.change(staff, |person| {
            *secret.attempts(person) = Attempts::default()
        })?;
        Ok(UnlockedUser {
            staff,
            key,
            database_keys,
        })
    }

    fn set_pin(
        &mut self,
        staff: Uuid,
        key: &StaffKey,
        new_pin: &str,
        random: &mut Random<'_>,
    ) -> Result<(), UnlockError> {
        let device = self.device_secret_or_new(random)?;
        let record = PinKey::make(staff, key, new_pin, &device, self.policy.pin_cost, random)?;
        self.change(staff, |person| {
            person.pin = Some(record);
            person.pin_attempts = Attempts::default();
        })
    }
}

fn seconds(ms: i64) -> u64 {
    u64::try_from(ms / 1000).unwrap_or(0)
}
