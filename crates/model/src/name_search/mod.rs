//! Finding people by name, pinyin, initials, numbers and village, and telling namesakes from doubles.

mod surnames;

pub use surnames::Surnames;
