//! Finding people by name, pinyin, initials, numbers and village, and telling namesakes from doubles.
//!
//! Names are read in all their readings, surnames first as surnames are read; speakers who do not tell zh from z or
//! n from l find them too, further down. Pinyin is a key for finding and never a fact about a person.

mod duplicate;
mod index;
mod key;
mod surnames;
#[cfg(test)]
mod tests;
mod village;

pub use duplicate::{Duplicate, IdVerdict, PersonFacts, duplicate_score};
pub use index::Index;
pub use surnames::Surnames;
