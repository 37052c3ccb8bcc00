//! One device of the site as a program holds it: a data folder, the people who may unlock it, the open
//! workplace, and the exchange with the center. Window and CLI call [`Device::invoke`] and nothing else.
//!
//! The workplace stays open while the screen is locked, so that sync goes on; who acts is forgotten.

mod dispatch;
mod files;
pub(crate) mod knowledge;
mod opening;
pub mod system;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub(crate) use files::{About, Enrolling, Folder};
pub(crate) use opening::{Open, name, staff_entry};

use crate::command::command;
use crate::exchange::Exchanger;
use crate::{AppError, Clock, Ids, SignedIn};
use parking_lot::{Mutex, MutexGuard};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use xunyi_model::PatientId;
use xunyi_store::FolderLock;
use xunyi_store::unlock::{FolderDisk, SecretPlace, UnlockPolicy, Vault, device_secret_in};

/// What a device is opened with.
#[derive(Clone)]
pub struct Settings {
    /// Cost of new PINs, and how many wrong ones lock.
    pub unlock: UnlockPolicy,
    /// Where the secret lies that PINs are bound to.
    pub secret: SecretPlace,
    /// The device's clock.
    pub clock: Arc<dyn Clock>,
    /// Random bytes.
    pub ids: Arc<dyn Ids>,
}

impl Default for Settings {
    /// As the product runs: production cost, the system's clock and randomness.
    fn default() -> Self {
        Self {
            unlock: UnlockPolicy::default(),
            secret: SecretPlace::Keyring,
            clock: Arc::new(system::SystemClock),
            ids: Arc::new(system::SystemIds),
        }
    }
}

/// What the window is told without having asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// Something in the database changed that this window did not do.
    Changed,
    /// An exchange began or ended: the light at the top right may say something else.
    Exchange,
}

type Listener = Box<dyn Fn(News) + Send + Sync>;

/// A device, shared by the window's threads and the exchange in the background.
#[derive(Clone)]
pub struct Device {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) settings: Settings,
    state: Mutex<State>,
    pub(crate) exchanger: Exchanger,
    listener: Mutex<Option<Listener>>,
}

/// What changes while the program runs.
pub(crate) struct State {
    _lock: FolderLock,
    pub(crate) folder: Folder,
    pub(crate) about: About,
    pub(crate) vault: Vault,
    /// The open database; none until somebody has signed in since the start.
    pub(crate) open: Option<Open>,
    /// Who is at work.
    pub(crate) user: Option<SignedIn>,
}

impl Device {
    /// Opens a data folder, made when it is not there. Nothing of a patient can be read until somebody
    /// signs in.
    ///
    /// # Errors
    /// `store.folder_in_use` while another process has it, and other failures of the file system or the
    /// slot file.
    pub fn open(folder: &Path, settings: Settings) -> Result<Self, AppError> {
        std::fs::create_dir_all(folder).map_err(xunyi_store::StoreError::from)?;
        let lock = FolderLock::take(folder)?;
        let secrets = device_secret_in(folder, settings.secret);
        let vault = Vault::open_on(Box::new(FolderDisk::new(folder)), secrets, settings.unlock)?;
        let folder = Folder::new(folder);
        let about = folder.about()?.unwrap_or_default();
        let state = State {
            _lock: lock,
            folder,
            about,
            vault,
            open: None,
            user: None,
        };
        Ok(Self {
            shared: Arc::new(Shared {
                settings,
                state: Mutex::new(state),
                exchanger: Exchanger::new()?,
                listener: Mutex::new(None),
            }),
        })
    }

    /// Runs a command by name for whoever is signed in. When it answers `Ok`, what it saved is on disk.
    ///
    /// # Errors
    /// `{code, params}`; nothing was written then.
    pub fn invoke(&self, name: &str, input: Value) -> Result<Value, AppError> {
        if let Some(answer) = dispatch::outside(self, name, &input) {
            return answer;
        }
        self.in_table(name, None, input)
    }

    /// Runs a command of the table for somebody who has shown who they are ([`Device::recognise`]) without
    /// being the one at the screen: an import acts for several people.
    ///
    /// # Errors
    /// As [`Device::invoke`].
    pub fn invoke_as(&self, user: &SignedIn, name: &str, input: Value) -> Result<Value, AppError> {
        self.in_table(name, Some(user), input)
    }

    fn in_table(
        &self,
        name: &str,
        user: Option<&SignedIn>,
        input: Value,
    ) -> Result<Value, AppError> {
        if command(name).is_none() {
            return Err(AppError::with(
                "command.unknown",
                json!({ "command": name }),
            ));
        }
        let mut state = self.state();
        let State {
            open, user: signed, ..
        } = &mut *state;
        let importing = user.is_some();
        let user = user.or(signed.as_ref());
        let (Some(open), Some(user)) = (open.as_mut(), user) else {
            return Err(AppError::new("session.not_signed_in"));
        };
        let before = open.work.commits();
        let answer = if importing {
            open.work.import(user, name, input)
        } else {
            open.work.invoke(user, name, input)
        };
        let wrote = open.work.commits() > before;
        drop(state);
        if wrote {
            self.shared.exchanger.wake();
        }
        answer
    }

    /// Heads of a person's chart as they now are, for a program that acts without having shown it.
    ///
    /// # Errors
    /// `session.not_signed_in`, or [`AppError`] when the database cannot be read.
    pub fn chart_heads(&self, patient: PatientId) -> Result<crate::api::Heads, AppError> {
        let doc = crate::ctx::chart(patient);
        let heads = self
            .state()
            .opened()?
            .read(|ledger| Ok(ledger.heads(&doc)?))?;
        Ok(heads
            .as_ref()
            .map(crate::ctx::heads_out)
            .unwrap_or_default())
    }

    /// Hears what happens without having been asked for. One listener at a time.
    pub fn listen(&self, listener: impl Fn(News) + Send + Sync + 'static) {
        *self.shared.listener.lock() = Some(Box::new(listener));
    }

    pub(crate) fn tell(&self, news: News) {
        if let Some(listener) = self.shared.listener.lock().as_ref() {
            listener(news);
        }
    }

    /// The state, for one command or one frame at a time.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock()
    }

    /// Works on the open database for the exchange, and lets whoever waits have the next turn: sync never
    /// blocks the person at work (Invariant S2).
    ///
    /// # Errors
    /// `session.not_signed_in` when nobody has signed in since the start.
    pub(crate) fn background<T>(
        &self,
        work: impl FnOnce(&mut State) -> Result<T, AppError>,
    ) -> Result<T, AppError> {
        let mut state = self.state();
        let done = work(&mut state);
        MutexGuard::unlock_fair(state);
        done
    }

    pub(crate) fn now(&self) -> i64 {
        self.shared.settings.clock.now()
    }
}

impl State {
    /// The open database.
    ///
    /// # Errors
    /// `session.not_signed_in`.
    pub(crate) fn opened(&mut self) -> Result<&mut Open, AppError> {
        self.open
            .as_mut()
            .ok_or_else(|| AppError::new("session.not_signed_in"))
    }
}
