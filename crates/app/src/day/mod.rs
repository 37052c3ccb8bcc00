//! `day.*`: the vehicle's day. What happened is written as events; the line is derived from them.

mod act;
#[cfg(test)]
mod tests;
mod unsigned;
mod view;

pub(crate) use act::{arrive, call_next, check_in, close, finish, finished, open};
pub(crate) use unsigned::village_at;
pub(crate) use view::{current_village, date_unconfirmed, get, standing, stored_date};
