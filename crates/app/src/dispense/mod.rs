//! `dispense.*`: the counter. One commit is the hand-over in the chart and the movement of the goods; what happened
//! is recorded even where two tablets handed out the same last box.

mod complete;
mod list;
mod open;
#[cfg(test)]
mod tests;

pub(crate) use complete::complete;
pub(crate) use list::list;
