//! Clinical tables that ship with the product, each with version, source and sign-off. The only module that names
//! their files. A site may replace any of them: rules take the table as an argument.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether a clinician of the site has taken responsibility for a table. Shown wherever its rules speak.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum SignOff {
    /// Needs local sign-off.
    #[default]
    Unsigned,
    /// Signed off.
    Signed {
        /// Who, by name and title.
        by: String,
        /// When.
        at: NaiveDate,
    },
}

/// A table of facts with where it came from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Table<T> {
    /// Stable name, such as `hypertension_rules`.
    pub name: String,
    /// Version, such as `2026.1`; stored with every decision that used the table.
    pub version: String,
    /// Document that it follows.
    pub source: String,
    /// Sign-off.
    #[serde(default)]
    pub sign_off: SignOff,
    /// The facts.
    pub body: T,
}
