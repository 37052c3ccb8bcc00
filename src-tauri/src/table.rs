//! The command table of `xunyi-app` over one data folder, held for the life of the window, and its news told
//! to the page.
//!
//! Names no command: what there is, who may use it and what it answers is the table's business.

use serde_json::Value;
use std::path::Path;
use tauri::{AppHandle, Emitter};
use xunyi_app::{AppError, Device, News, Settings};

/// Something in the database changed that this window did not do: pages ask again.
const CHANGED: &str = "xunyi-changed";
/// The light at the top right, as `sync.status` answers it.
const SYNC: &str = "xunyi-sync";

/// The table over one data folder.
pub struct Table {
    /// A folder that can't be opened (another process has it) is told to whoever asks anything.
    device: Result<Device, AppError>,
}

impl Table {
    /// Opens the data folder and exchanges with the center in the background from now on.
    pub fn open(folder: &Path) -> Self {
        let opened = Device::open(folder, Settings::default())
            .and_then(|device| device.exchange_in_background().map(|()| device));
        Table { device: opened }
    }

    /// Tells the page what it has not asked for.
    pub fn tell(&self, app: AppHandle) {
        let Ok(device) = &self.device else { return };
        device.listen(move |news| {
            let told = match news {
                News::Changed => app.emit(CHANGED, ()),
                News::Sync(status) => app.emit(SYNC, status),
            };
            if let Err(error) = told {
                eprintln!("the page was not told: {error}");
            }
        });
    }

    /// Carries out one command; both answers go to the page as they are.
    ///
    /// # Errors
    /// `{code, params}`, which the page translates.
    pub fn invoke(&self, command: &str, input: Value) -> Result<Value, Value> {
        match &self.device {
            Ok(device) => device.invoke(command, input).map_err(|e| e.to_json()),
            Err(error) => Err(error.to_json()),
        }
    }

    /// Ends the exchange in the background.
    pub fn close(&self) {
        if let Ok(device) = &self.device {
            device.stop();
        }
    }
}
