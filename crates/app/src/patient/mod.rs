//! `patient.*`: finding, registering, showing and editing a person.

mod banner;
mod chart;
mod ended;
mod id_clash;
mod medicines;
mod outcome;
mod register;
mod search;
mod signed;
#[cfg(test)]
mod tests;
mod update;
mod visits;

pub(crate) use banner::{allergies, banner};
pub(crate) use chart::{get, own_target};
pub(crate) use ended::ends;
pub(crate) use medicines::{Current, current, told};
pub(crate) use outcome::LastOutcome;
pub(crate) use register::{known_village, register};
pub(crate) use search::{hit, mark_namesakes, search};
pub(crate) use signed::Signatures;
pub(crate) use update::{person_field, update};
pub(crate) use visits::staff_names;
