//! Where a password comes from: the environment variable `XUNYI_PASSWORD`, else a terminal, typed twice without
//! echo. Never an argument, which every process of the machine could read.

use std::io::{BufRead, IsTerminal, Write};

use zeroize::Zeroizing;

use crate::error::CenterError;
use crate::words::Code;

const VARIABLE: &str = "XUNYI_PASSWORD";

/// A new password.
///
/// # Errors
/// `password.none`, `password.differ`.
pub fn new() -> Result<Zeroizing<String>, CenterError> {
    if let Ok(password) = std::env::var(VARIABLE) {
        return Ok(Zeroizing::new(password));
    }
    if !std::io::stdin().is_terminal() {
        return Err(CenterError::code_only(Code::NoPassword));
    }
    let first = typed("新密码 / new password: ")?;
    let second = typed("再输入一次 / once more: ")?;
    if *first == *second {
        Ok(first)
    } else {
        Err(CenterError::code_only(Code::PasswordsDiffer))
    }
}

fn typed(prompt: &str) -> Result<Zeroizing<String>, CenterError> {
    let mut out = std::io::stderr().lock();
    write!(out, "{prompt}")?;
    out.flush()?;
    let mut line = Zeroizing::new(String::new());
    {
        let _quiet = Quiet::new()?;
        std::io::stdin().lock().read_line(&mut line)?;
    }
    writeln!(out)?;
    Ok(Zeroizing::new(
        line.trim_end_matches(['\r', '\n']).to_owned(),
    ))
}

/// The terminal without echo, until dropped.
#[cfg(unix)]
struct Quiet(rustix::termios::Termios);

#[cfg(unix)]
impl Quiet {
    fn new() -> Result<Self, CenterError> {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
        let before = tcgetattr(std::io::stdin()).map_err(std::io::Error::from)?;
        let mut quiet = before.clone();
        quiet.local_modes.remove(LocalModes::ECHO);
        tcsetattr(std::io::stdin(), OptionalActions::Flush, &quiet)
            .map_err(std::io::Error::from)?;
        Ok(Self(before))
    }
}

#[cfg(unix)]
impl Drop for Quiet {
    fn drop(&mut self) {
        use rustix::termios::{OptionalActions, tcsetattr};
        if tcsetattr(std::io::stdin(), OptionalActions::Flush, &self.0).is_err() {
            tracing::warn!("the terminal's echo could not be turned on again");
        }
    }
}

/// No way to turn the echo off here: the variable is the only way.
#[cfg(not(unix))]
struct Quiet;

#[cfg(not(unix))]
impl Quiet {
    fn new() -> Result<Self, CenterError> {
        Err(CenterError::code_only(Code::NoPassword))
    }
}
