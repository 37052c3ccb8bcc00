//! Answers, errors and exit statuses. The words of an error are the window's own texts.

use serde_json::{Value, json};
use std::io::{Read, Write};
use std::process::ExitCode;
use xunyi_app::AppError;
use xunyi_township::TownshipError;

/// Exit status when `verify` found damage.
pub(crate) const DAMAGED: u8 = 7;
/// Longest standard input that is read, bytes.
const INPUT_MAX: u64 = 4 * 1024 * 1024;

/// Why the program ends without having done what was asked.
#[derive(Debug)]
pub enum Failure {
    /// A command's own error.
    App(AppError),
    /// Standard output is closed.
    Output,
    /// A file or standard input could not be read, or holds something else.
    Input(String),
}

impl Failure {
    /// Input that is no JSON.
    pub(crate) fn malformed(error: &serde_json::Error) -> Self {
        Self::App(AppError::with(
            "input.malformed",
            json!({ "at": error.to_string() }),
        ))
    }

    /// Says what happened on both streams, and how the program ends.
    pub(crate) fn report(&self) -> ExitCode {
        match self {
            Self::App(error) => {
                eprintln!("{self}");
                let told = line(&json!({ "error": error.to_json() }));
                ExitCode::from(if told.is_ok() { class(&error.code) } else { 1 })
            }
            Self::Output => ExitCode::FAILURE,
            Self::Input(_) => {
                eprintln!("{self}");
                ExitCode::from(2)
            }
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::App(error) => f.write_str(&words(error)),
            Self::Output => f.write_str("standard output is closed"),
            Self::Input(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for Failure {}

impl From<AppError> for Failure {
    fn from(error: AppError) -> Self {
        Self::App(error)
    }
}

impl From<TownshipError> for Failure {
    fn from(error: TownshipError) -> Self {
        Self::Input(error.to_string())
    }
}

/// The exit status of a class of errors.
fn class(code: &str) -> u8 {
    match code.split_once('.').map_or(code, |(area, _)| area) {
        "unlock" | "session" | "role" | "vault" => 4,
        "store" => 5,
        "sync" | "enrol" => 6,
        "device" if code != "device.not_enrolled" => 6,
        _ => 3,
    }
}

/// What happened, what is safe and what to do, in Chinese and English.
fn words(error: &AppError) -> String {
    let texts = [
        include_str!("../../../ui/src/i18n/zh.json"),
        include_str!("../../../ui/src/i18n/en.json"),
    ];
    let told = texts.iter().filter_map(|text| {
        let texts: Value = serde_json::from_str(text).ok()?;
        let text = texts.get(format!("errors.{}", error.code))?.as_str()?;
        Some(
            error
                .params
                .iter()
                .fold(text.to_owned(), |text, (name, value)| {
                    let value = value
                        .as_str()
                        .map_or_else(|| value.to_string(), str::to_owned);
                    text.replace(&format!("{{{name}}}"), &value)
                }),
        )
    });
    let told: Vec<String> = told.collect();
    format!("{}: {}", error.code, told.join(" / "))
}

/// Writes one line of JSON and makes sure it left.
pub(crate) fn line(value: &Value) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{value}")
        .and_then(|()| out.flush())
        .map_err(|_| Failure::Output)
}

/// An argument, or standard input where it is `-`.
pub(crate) fn argument_or_input(argument: &str) -> Result<String, Failure> {
    if argument != "-" {
        return Ok(argument.to_owned());
    }
    let mut text = String::new();
    std::io::stdin()
        .take(INPUT_MAX)
        .read_to_string(&mut text)
        .map_err(|e| Failure::Input(format!("standard input: {e}")))?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_class_of_error_has_its_exit_status() {
        assert_eq!(class("vitals.systolic_impossible"), 3);
        assert_eq!(class("unlock.wrong_pin"), 4);
        assert_eq!(class("role.not_allowed"), 4);
        assert_eq!(class("store.disk_full"), 5);
        assert_eq!(class("sync.unreachable"), 6);
        assert_eq!(class("device.revoked"), 6);
        assert_eq!(class("device.not_enrolled"), 3);
    }

    #[test]
    fn an_error_is_told_in_both_languages_with_its_values() {
        let told = words(&AppError::with(
            "table.malformed",
            json!({ "name": "formulary" }),
        ));
        assert!(told.contains("数据表 formulary 读不出来"), "{told}");
        assert!(told.contains("The table formulary can't be read"), "{told}");
    }
}
