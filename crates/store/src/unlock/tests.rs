//! Who gets in, who waits, and what is left on disk when the power goes.

mod attempts;
mod files;
mod fixture;
mod keyring;
mod people;
mod rotation;
