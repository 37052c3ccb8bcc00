//! Writes `schemas/ipc` and the window's types into the tree: what `cargo xtask schemas` runs.

use std::fs;
use std::io;
use std::path::Path;
use xunyi_app::schemas::{FOLDER, files};

fn main() -> io::Result<()> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = top.join(FOLDER);
    // A schema of a command that is gone goes with it.
    if folder.is_dir() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let files = files();
    for (path, text) in &files {
        fs::write(top.join(path), text)?;
    }
    println!("{} files written", files.len());
    Ok(())
}
