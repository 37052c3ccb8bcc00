//! What can go wrong with a key, with the stable codes that the user interface translates.
//! Messages never hold a secret, nor anything of the record but its kind.

use thiserror::Error;

/// Why a new password is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordWeakness {
    /// Fewer than ten characters.
    TooShort,
    /// More than 200 characters.
    TooLong,
    /// Made of common words, sequences, repetitions, dates or the person's own data.
    Guessable,
}

impl PasswordWeakness {
    /// Stable word for the message's parameters.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TooShort => "too_short",
            Self::TooLong => "too_long",
            Self::Guessable => "guessable",
        }
    }
}

/// Errors of this crate.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum VaultError {
    /// A new password is too weak to stand alone against a copied disk.
    #[error("the password is too weak: {}", .0.as_str())]
    PasswordTooWeak(PasswordWeakness),
    /// A PIN is six digits, 0 to 9.
    #[error("a PIN is six digits")]
    PinShape,
    /// A new PIN that a stranger would try first.
    #[error("the PIN is too simple")]
    PinTooSimple,
    /// The password, the PIN, the device secret or the private key does not open this record; or the
    /// record was altered (authenticated encryption cannot tell these apart).
    #[error("the secret does not open this record")]
    WrongSecret,
    /// The record is not one that this version wrote.
    #[error("the record can't be read: {0}")]
    BadRecord(&'static str),
    /// The record was written by a newer version of the software.
    #[error("the record is of version {0}, newer than this software")]
    NewerRecord(u32),
    /// The memory, passes or lanes asked of Argon2id are outside what this software computes.
    #[error("the cost of the key derivation is out of range")]
    CostOutOfRange,
}

impl VaultError {
    /// Stable code of the error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::PasswordTooWeak(_) => "unlock.password_too_weak",
            Self::PinShape => "unlock.pin_not_six_digits",
            Self::PinTooSimple => "unlock.pin_too_simple",
            Self::WrongSecret => "vault.wrong_secret",
            Self::BadRecord(_) => "vault.bad_record",
            Self::NewerRecord(_) => "vault.newer_record",
            Self::CostOutOfRange => "vault.cost_out_of_range",
        }
    }
}
