//! `prescription.*` and `formulary.search`: what is prescribed, what the rule base says of it, and what it cannot say.

mod check;
mod formulary;
mod going_on;
#[cfg(test)]
mod tests;
mod write;

#[cfg(test)]
pub(crate) use check::NOT_THERE;
pub(crate) use check::{allergy_of, allergy_warnings, check};
pub(crate) use formulary::search;
pub(crate) use going_on::{Refusals, WentOn, go_on};
pub(crate) use write::{add, stop};
