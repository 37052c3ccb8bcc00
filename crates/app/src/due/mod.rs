//! `due.list`: whom a village's visit is for, by clinical urgency and then by days overdue.

mod list;
#[cfg(test)]
mod tests;

pub(crate) use list::list;
