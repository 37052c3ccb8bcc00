//! `stock.*`: goods as double entry, written on this device's own pages. What lies where is the sum of movements.

mod on_hand;
mod page;
mod receive;
mod sums;
#[cfg(test)]
mod tests;

pub(crate) use on_hand::{here, lots_here, on_hand, units_here};
pub(crate) use page::page_writes;
pub(crate) use receive::{load, receive};
pub use sums::stock_sums;
