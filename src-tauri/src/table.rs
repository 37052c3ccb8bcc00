//! The command table of `xunyi-app` over one data folder, held for the life of the window, and its news told
//! to the page.
//!
//! Names no command: what there is, who may use it and what it answers is the table's business.

use serde_json::{Value, json};
use std::path::Path;
use tauri::{AppHandle, Emitter};
use xunyi_app::{AppError, Device, News, Settings};

/// Something changed that this window did not do: pages that show such data ask again.
const CHANGED: &str = "xunyi:changed";
/// What an exchange may have changed in the database.
const RECORDS: [&str; 4] = ["day", "patient", "stock", "session"];
/// How exchanges go: the light at the top right.
const SYNC: [&str; 1] = ["sync"];

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
            let areas: &[&str] = match news {
                News::Changed => &RECORDS,
                News::Exchange => &SYNC,
            };
            if let Err(error) = app.emit(CHANGED, json!({ "areas": areas })) {
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
