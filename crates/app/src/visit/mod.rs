//! `visit.*`, `followup.hypertension`, `diagnosis.search`: what happens between "come in" and "take care".

mod draft;
mod followup;
mod sign;
#[cfg(test)]
mod tests;

pub(crate) use draft::{save_draft, start};
pub(crate) use followup::{diagnosis_search, hypertension};
pub(crate) use sign::{addendum, may_sign, sign};
