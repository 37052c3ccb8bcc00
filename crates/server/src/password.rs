//! Where a password comes from: the environment variable `XUNYI_PASSWORD`, else a terminal, typed twice without
//! echo. Never an argument, which every process of the machine could read.

use std::io::IsTerminal;

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
    Ok(Zeroizing::new(rpassword::prompt_password(prompt)?))
}
