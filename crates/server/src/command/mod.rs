//! The commands that an admin gives at the center's machine, one module each. A command answers with what it did, as
//! text for people and as JSON for programs; it prints nothing itself.

pub mod backup;
pub mod demo;
pub mod device;
pub mod enrol_code;
pub mod init;
pub mod places;
pub mod serve;
pub mod staff;
pub mod verify;

use serde_json::Value;

/// What a command answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// For programs.
    pub json: Value,
    /// For people; no line end at the end.
    pub text: String,
}

impl Answer {
    /// The same thing twice.
    pub fn new(json: Value, text: impl Into<String>) -> Self {
        Self {
            json,
            text: text.into(),
        }
    }
}
