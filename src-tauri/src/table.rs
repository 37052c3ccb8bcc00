//! The command table of `xunyi-app`, held for the life of the window.
//!
//! Names no command: what there is, who may use it and what it answers is the table's business.

use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// The table over one data folder.
pub struct Table {
    folder: PathBuf,
}

impl Table {
    /// Opens the data folder.
    pub fn open(folder: &Path) -> Self {
        Table {
            folder: folder.to_path_buf(),
        }
    }

    /// Carries out one command; both answers go to the page as they are.
    ///
    /// # Errors
    /// `{code, params}`, which the page translates.
    pub fn invoke(&self, command: &str, _input: Value) -> Result<Value, Value> {
        let folder = self.folder.display().to_string();
        Err(json!({"code": "command.unknown", "params": {"command": command, "folder": folder}}))
    }
}
