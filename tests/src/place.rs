//! Where things are: the checkout, the built programs, a free port.

use crate::Outcome;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};

/// The top of the checkout.
pub fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own).to_path_buf()
}

/// A program of this workspace, beside the program that asks (or beside its `deps` folder).
///
/// # Errors
/// If it has not been built.
pub fn program(name: &str) -> Outcome<PathBuf> {
    let own = std::env::current_exe()?;
    own.ancestors()
        .skip(1)
        .take(2)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
        .ok_or_else(|| format!("{name} is not built: run `cargo build --workspace --bins`").into())
}

/// A TCP port of the loopback that nobody uses now.
///
/// # Errors
/// If the system has none.
pub fn free_port() -> Outcome<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?.port())
}
