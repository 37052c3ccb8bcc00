//! `xunyi-day --data DIR [--fresh] [--small]`: the demonstration. Makes a demo center and its township once,
//! enrols the devices of one vehicle, then opens the window; without a display it plays a short day
//! in two windows, leaves pictures, and reads every database back after a restart.
#![allow(
    clippy::indexing_slicing,
    reason = "only JSON answers are indexed here: what is not in one reads as null"
)]

mod made;
mod play;
mod table;

use made::Demo;
use std::path::PathBuf;
use std::process::ExitCode;
use xunyi_tests::Outcome;
use xunyi_tests::process::{Process, run_visibly};

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let done = runtime
        .map_err(Into::into)
        .and_then(|runtime| runtime.block_on(demonstrate(std::env::args().skip(1).collect())));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xunyi-day: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn demonstrate(arguments: Vec<String>) -> Outcome {
    let mut data: Option<PathBuf> = None;
    let (mut fresh, mut small) = (false, false);
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--data" => data = Some(arguments.next().ok_or("--data needs a folder")?.into()),
            "--fresh" => fresh = true,
            "--small" => small = true,
            other => return Err(format!("not known: {other}").into()),
        }
    }
    let folder = std::path::absolute(data.ok_or("--data DIR is needed")?)?;
    let mut demo = Demo::at(&folder, fresh, small)?;
    demo.site.center.serve()?;
    demo.introduce();
    let has_display = ["DISPLAY", "WAYLAND_DISPLAY"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
    if has_display {
        println!("The window is open; closing it ends the demonstration.");
        let mut window = Process::own::<&str>("xunyi", &[])?;
        window.arg("--data").arg(demo.tablet("gp"));
        run_visibly(window)?;
    } else {
        play::short_day(&demo).await?;
        table::print(&demo)?;
    }
    demo.site.center.stop().map(drop)
}
