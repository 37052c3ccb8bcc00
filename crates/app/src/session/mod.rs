//! `session.*`: who is at work on this device. A right PIN or password releases the database's key; it never
//! sets a boolean.

use crate::api::Done;
use crate::api::session::{FirstSignIn, Screen, SessionState, SignIn, StaffTile, User};
use crate::command::names_for;
use crate::device::{Open, State};
use crate::{AppError, Device, SignedIn};
use xunyi_model::{Role, Staff, StaffId};
use xunyi_store::unlock::{DeviceSecretKind, UnlockedUser, Vault};

/// What the window shows first. No patient data, whoever asks.
pub(crate) fn state(device: &Device) -> Result<SessionState, AppError> {
    let state = device.state();
    let enrolled = !state.vault.is_empty();
    let about = &state.about;
    Ok(SessionState {
        screen: match (&state.user, enrolled) {
            (_, false) => Screen::Enrol,
            (None, true) => Screen::Locked,
            (Some(_), true) => Screen::Open,
        },
        site_name: enrolled.then(|| about.site_name.clone()),
        device_name: enrolled.then(|| about.device_name.clone()),
        device_letter: enrolled.then(|| about.letter.clone()),
        vehicle: about.vehicle.as_ref().map(|vehicle| {
            [&vehicle.name, &vehicle.plate]
                .into_iter()
                .find(|word| !word.is_empty())
                .cloned()
                .unwrap_or_default()
        }),
        staff: tiles(&state.vault),
        user: state.user.as_ref().map(user),
        weak_device_secret: state.vault.device_secret_kind() == DeviceSecretKind::PlainFile,
        version: env!("CARGO_PKG_VERSION").to_owned(),
    })
}

fn tiles(vault: &Vault) -> Vec<StaffTile> {
    let tile = |tile: xunyi_store::unlock::StaffTile| StaffTile {
        staff: StaffId::from_uuid(tile.id),
        name: tile.name,
        roles: tile.roles.into_iter().map(Role::from).collect(),
        has_pin: tile.has_pin,
        pin_locked: tile.pin_locked,
        wait_until: tile.next_at,
        wrong_attempts: tile.failures,
    };
    vault.staff_tiles().into_iter().map(tile).collect()
}

/// Password once, then a PIN for this device.
pub(crate) fn first_sign_in(device: &Device, input: &FirstSignIn) -> Result<User, AppError> {
    let ids = &device.shared.settings.ids;
    enter(device, |vault, now| {
        Ok(vault.first_sign_in(
            *input.staff.as_uuid(),
            &input.password,
            &input.new_pin,
            now,
            &mut |bytes| ids.fill(bytes),
        )?)
    })
}

/// By the PIN of this device.
pub(crate) fn sign_in(device: &Device, input: &SignIn) -> Result<User, AppError> {
    enter(device, |vault, now| {
        Ok(vault.sign_in(*input.staff.as_uuid(), &input.pin, now)?)
    })
}

/// The screen locks: who acted is forgotten, the database stays open for sync.
pub(crate) fn leave(device: &Device) -> Result<Done, AppError> {
    device.state().user = None;
    Ok(Done { done: true })
}

impl Device {
    /// By the password, offline, leaving the PIN of this device alone: for a program without a screen.
    ///
    /// # Errors
    /// As `session.first_sign_in`.
    pub fn sign_in_with_password(&self, staff: StaffId, password: &str) -> Result<User, AppError> {
        enter(self, |vault, now| {
            Ok(vault.sign_in_with_password(*staff.as_uuid(), password, now)?)
        })
    }

    /// Tells who somebody is by their password without making them the one at the screen: an import acts for
    /// several people, each of whom must have shown who they are.
    ///
    /// # Errors
    /// As `session.first_sign_in`.
    pub fn recognise(&self, staff: StaffId, password: &str) -> Result<SignedIn, AppError> {
        let mut state = self.state();
        let now = self.now();
        let unlocked = state
            .vault
            .sign_in_with_password(*staff.as_uuid(), password, now)?;
        admit(self, &mut state, &unlocked)
    }
}

fn enter(
    device: &Device,
    unlock: impl FnOnce(&mut Vault, i64) -> Result<UnlockedUser, AppError>,
) -> Result<User, AppError> {
    let mut state = device.state();
    if state.vault.is_empty() {
        return Err(AppError::new("device.not_enrolled"));
    }
    if state.about.revoked {
        return Err(AppError::new("device.revoked"));
    }
    let unlocked = unlock(&mut state.vault, device.now())?;
    let signed = admit(device, &mut state, &unlocked)?;
    let answer = user(&signed);
    state.user = Some(signed);
    drop(state);
    device.shared.exchanger.wake();
    Ok(answer)
}

/// Opens the database with the released key, unless it is open, and reads who this is at the site today.
fn admit(
    device: &Device,
    state: &mut State,
    unlocked: &UnlockedUser,
) -> Result<SignedIn, AppError> {
    if state.open.is_none() {
        let settings = &device.shared.settings;
        let open = Open::with_any(state, settings, &unlocked.database_keys)?;
        state.vault.settle(open.key())?;
        state.open = Some(open);
    }
    let id = unlocked.staff;
    let tile = state
        .vault
        .staff_tiles()
        .into_iter()
        .find(|tile| tile.id == id);
    let rows = state
        .opened()?
        .read(|ledger| Ok(ledger.records("staff", None)?))?;
    let record = rows
        .iter()
        .find(|row| xunyi_record::uuid_of_record(&row.record) == Some(id))
        .and_then(|row| serde_json::from_str::<Staff>(&row.body).ok());
    let staff = StaffId::from_uuid(id);
    // Before the first exchange the slot file alone knows who this is.
    match (record, tile) {
        (Some(record), _) if record.left => Err(AppError::new("unlock.unknown_staff")),
        (Some(record), _) => Ok(SignedIn {
            staff,
            name: record.name,
            roles: record.roles,
        }),
        (None, Some(tile)) => Ok(SignedIn {
            staff,
            name: tile.name,
            roles: tile.roles.into_iter().map(Role::from).collect(),
        }),
        (None, None) => Err(AppError::new("unlock.unknown_staff")),
    }
}

fn user(signed: &SignedIn) -> User {
    User {
        staff: signed.staff,
        name: signed.name.clone(),
        roles: signed.roles.clone(),
        commands: names_for(&signed.roles),
    }
}
