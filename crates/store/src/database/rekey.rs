//! Changing the database's key. The slot file must hold the new key before this runs
//! ([`crate::unlock::Vault::rotate`] sees to that): a crash in between leaves a file that opens with
//! either the old or the new key, never with neither.

use xunyi_vault::DatabaseKey;
use zeroize::Zeroizing;

use super::{Database, preflight};
use crate::StoreError;

impl Database {
    /// Encrypts the whole database under `key`, in one transaction, then moves it out of the WAL so
    /// that nothing under the old key is left on disk.
    ///
    /// # Errors
    /// `Busy` while another connection reads or writes; `DiskFull` (the WAL grows by the size of the
    /// database), then the old key is still the key.
    pub(crate) fn rekey(&mut self, key: &DatabaseKey) -> Result<(), StoreError> {
        self.checkpoint()?;
        self.rekey_into_wal(key)?;
        self.checkpoint()?;
        self.opens_with(key)
    }

    /// Whether this is the key of the file on disk; a database in memory has none and takes any.
    ///
    /// # Errors
    /// `WrongKey`.
    pub fn opens_with(&self, key: &DatabaseKey) -> Result<(), StoreError> {
        if let Some(path) = &self.path {
            preflight::schema_version(path, key, self.vfs.as_deref())?;
        }
        Ok(())
    }

    /// The transaction alone, without the checkpoints.
    pub(super) fn rekey_into_wal(&mut self, key: &DatabaseKey) -> Result<(), StoreError> {
        let hex = key.to_hex();
        let pragma = Zeroizing::new(format!("PRAGMA rekey = \"x'{}'\"", hex.as_str()));
        Ok(self.connection.execute_batch(&pragma)?)
    }
}
