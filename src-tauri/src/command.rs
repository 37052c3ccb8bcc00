//! The one way from the page into the program: a name and its input in, the table's answer out.
//!
//! Judges nothing: an unknown name or a malformed input is answered by the table itself.
#![allow(
    clippy::let_underscore_must_use,
    reason = "written by the command macro, which names the types of its answer that way"
)]

use crate::table::Table;
use serde_json::{Value, json};
use std::sync::Arc;
use tauri::State;

/// Carries out a command off the window's own thread, so that the page never stands still.
#[tauri::command]
pub async fn invoke_command(
    table: State<'_, Arc<Table>>,
    command: String,
    input: Value,
) -> Result<Value, Value> {
    let table = Arc::clone(&table);
    tauri::async_runtime::spawn_blocking(move || table.invoke(&command, input))
        .await
        .unwrap_or_else(|_| Err(json!({"code": "app.internal", "params": {}})))
}
