//! What ui.md promises of every page, measured on the page as it stands in the real window: axe
//! finds nothing serious, targets are at least 48 px, text at least 16 px, nothing is clipped.

use crate::window::Window;
use crate::{Outcome, place};

/// axe-core comes with the page's own packages.
const AXE: &str = "ui/node_modules/axe-core/axe.min.js";

impl Window {
    /// One line for each thing that is wrong with the page that is shown; none is good.
    ///
    /// # Errors
    /// If axe-core is not installed or the page can't be looked at.
    pub async fn audit(&self) -> Outcome<Vec<String>> {
        let axe = std::fs::read_to_string(place::root().join(AXE))
            .map_err(|error| format!("{AXE}: {error}; `cargo xtask setup` installs it"))?;
        self.script(&axe, Vec::new()).await?;
        let found = self
            .script_later(include_str!("audit.js"), Vec::new())
            .await?;
        let lines = found.as_array().ok_or("the audit answers with a list")?;
        Ok(lines
            .iter()
            .map(|line| line.as_str().unwrap_or_default().to_string())
            .collect())
    }
}
