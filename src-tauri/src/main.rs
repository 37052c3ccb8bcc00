//! The window: one page, one command into the table of `xunyi-app`, events back to the page.
//!
//! Holds no rule, no text and no data of its own; the page it shows is part of the program and
//! nothing else can be loaded into it (architecture.md §8, Shell).
#![forbid(unsafe_code)]
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

mod command;
mod options;
mod table;

use options::Options;
use std::process::ExitCode;
use std::sync::Arc;
use table::Table;
use tauri::{App, Manager, RunEvent, WebviewUrl, WebviewWindowBuilder};

/// Where the web view keeps its own files, inside the data folder so that one place holds all.
const WEBVIEW: &str = "webview";

fn open(app: &mut App, options: Options) -> Result<(), Box<dyn std::error::Error>> {
    let data = match options.data {
        Some(folder) => std::path::absolute(folder)?,
        None => app.path().app_local_data_dir()?,
    };
    let table = Arc::new(Table::open(&data));
    table.tell(app.handle().clone());
    app.manage(table);
    WebviewWindowBuilder::new(app, "main", WebviewUrl::default())
        .title("巡医 Xunyi")
        .inner_size(1280.0, 800.0)
        .min_inner_size(1280.0, 800.0)
        .data_directory(data.join(WEBVIEW))
        .on_navigation(is_own_page)
        .build()?;
    Ok(())
}

/// True for the embedded page (and, while it is being developed, for its own dev server).
fn is_own_page(url: &tauri::Url) -> bool {
    let dev = cfg!(dev) && url.host_str() == Some("127.0.0.1");
    dev || url.scheme() == "tauri" || url.host_str() == Some("tauri.localhost")
}

fn main() -> ExitCode {
    let options = match Options::read(std::env::args_os().skip(1), std::env::var_os("XUNYI_DATA")) {
        Ok(options) => options,
        Err(message) => {
            eprintln!("{message}");
            return ExitCode::from(2);
        }
    };
    let outcome = tauri::Builder::default()
        .invoke_handler(tauri::generate_handler![command::invoke_command])
        .setup(move |app| open(app, options))
        .build(tauri::generate_context!());
    match outcome {
        Ok(app) => {
            app.run(|app, event| {
                if let RunEvent::Exit = event {
                    app.state::<Arc<Table>>().close();
                }
            });
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("the window could not be opened: {error}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn conf() -> Value {
        serde_json::from_str(include_str!("../tauri.conf.json")).unwrap()
    }

    #[test]
    fn the_page_can_load_and_run_only_what_is_in_the_program() {
        let csp = &conf()["app"]["security"]["csp"];
        assert_eq!(csp["default-src"], "'none'");
        assert_eq!(csp["script-src"], "'self'");
        for (name, sources) in csp.as_object().unwrap() {
            for source in sources.as_str().unwrap().split(' ') {
                assert!(!source.contains("unsafe"), "{name}: {source}");
                // Not a host of any network: Tauri's own name for its command channel.
                let own = source == "http://ipc.localhost";
                assert!(own || !source.contains("//"), "{name}: {source}");
                assert!(!source.contains('*'), "{name}: {source}");
            }
        }
    }

    #[test]
    fn the_shell_is_closed_but_for_its_one_command() {
        let conf = conf();
        let app = &conf["app"];
        assert_eq!(app["withGlobalTauri"], false);
        assert_eq!(app["security"]["freezePrototype"], true);
        assert_eq!(app["security"]["assetProtocol"]["enable"], false);
        assert_eq!(app["security"]["capabilities"], json!(["main"]));
        assert!(conf.get("plugins").is_none());
        let headers = &app["security"]["headers"];
        assert_eq!(headers["Cross-Origin-Opener-Policy"], "same-origin");
        assert_eq!(headers["Cross-Origin-Embedder-Policy"], "require-corp");

        let main: Value = serde_json::from_str(include_str!("../capabilities/main.json")).unwrap();
        assert_eq!(main["windows"], json!(["main"]));
        assert_eq!(
            main["permissions"],
            json!([
                "allow-invoke-command",
                "core:event:allow-listen",
                "core:event:allow-unlisten"
            ])
        );
    }

    #[test]
    fn no_plugin_and_no_devtools_are_built_in() {
        for manifest in [
            include_str!("../Cargo.toml"),
            include_str!("../../Cargo.toml"),
        ] {
            assert!(!manifest.contains("tauri-plugin"));
            assert!(!manifest.contains("\"devtools\""));
        }
    }

    #[test]
    fn only_the_own_page_can_be_shown() {
        let own = |url: &str| is_own_page(&url.parse().unwrap());
        assert!(own("tauri://localhost/index.html"));
        assert!(!own("https://example.org/"));
        assert!(!own("file:///etc/passwd"));
    }
}
