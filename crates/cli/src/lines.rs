//! Many commands in one run: a line in, a line out. An error answers its line and the next goes on.

use crate::outcome::{self, Failure};
use serde::Deserialize;
use serde_json::{Value, json};
use std::io::BufRead;
use std::process::ExitCode;
use xunyi_app::{AppError, Device};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    command: String,
    #[serde(default = "nothing")]
    input: Value,
}

fn nothing() -> Value {
    json!({})
}

/// Answers every line of standard input. What is answered `ok` is on disk.
pub(crate) fn answer(device: &Device) -> Result<ExitCode, Failure> {
    for line in std::io::stdin().lock().lines() {
        let line = line.map_err(|e| Failure::Input(format!("standard input: {e}")))?;
        if line.trim().is_empty() {
            continue;
        }
        let done = serde_json::from_str::<Line>(&line)
            .map_err(|e| AppError::with("input.malformed", json!({ "at": e.to_string() })))
            .and_then(|line| device.invoke(&line.command, line.input));
        outcome::line(&match done {
            Ok(output) => json!({ "ok": output }),
            Err(error) => json!({ "error": error.to_json() }),
        })?;
    }
    Ok(ExitCode::SUCCESS)
}
