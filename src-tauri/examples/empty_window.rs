//! A Tauri window with nothing in it, of the same build as ours: what `cargo xtask bench app`
//! holds our start and memory against.

use std::path::PathBuf;
use tauri::{WebviewUrl, WebviewWindowBuilder};

fn main() -> tauri::Result<()> {
    let data = std::env::args_os().nth(2).map(PathBuf::from);
    tauri::Builder::default()
        .setup(|app| {
            WebviewWindowBuilder::new(app, "main", WebviewUrl::default())
                .inner_size(1280.0, 800.0)
                .data_directory(data.unwrap_or_default().join("webview"))
                .build()?;
            Ok(())
        })
        .run(tauri::generate_context!("examples/empty/tauri.conf.json"))
}
