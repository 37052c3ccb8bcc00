//! A person's name as packed bytes that a query is laid over, character by character.
//!
//! Layout, once per character: the character itself in UTF-8 behind its length, then its readings and its folded
//! readings, each list behind its count, each reading behind its length.

use super::Surnames;
use crate::romanise;

/// Most characters of a name that are indexed; the limit of a name itself.
const CHARACTERS_MAX: usize = 50;
/// Most readings of one character: the surname table's and the dictionary's.
const READINGS_MAX: usize = 6;

/// How a query lies over a name: smaller is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Fit(pub u16);

/// First characters that a query for this name may begin with: a bit per letter, and 32 more for the rest.
pub(super) fn first_bit(c: char) -> u64 {
    match c {
        'a'..='z' => 1 << (u32::from(c) - u32::from('a')),
        _ => 1 << (32 + u32::from(c) % 32),
    }
}

/// Packs a name; returns the bytes and the bits of all that a matching query may begin with.
pub(super) fn pack(name: &str, surnames: &Surnames) -> (Vec<u8>, u64) {
    let characters: Vec<char> = romanise::tidy_query(name)
        .chars()
        .take(CHARACTERS_MAX)
        .collect();
    let surname = surnames.of(&characters);
    let (mut bytes, mut firsts) = (Vec::with_capacity(characters.len() * 20), 0);
    for (i, &c) in characters.iter().enumerate() {
        let mut readings: Vec<String> = Vec::new();
        let told = surname
            .get(i)
            .into_iter()
            .flatten()
            .map(|reading| (*reading).to_owned());
        for reading in told.chain(romanise::readings(c)) {
            if !readings.contains(&reading) {
                readings.push(reading);
            }
        }
        readings.truncate(READINGS_MAX);
        let mut folded: Vec<String> = readings
            .iter()
            .flat_map(|r| romanise::folded_spellings(r))
            .collect();
        folded.sort_unstable();
        folded.dedup();

        firsts |= first_bit(c);
        for reading in readings.iter().chain(&folded) {
            firsts |= reading.chars().next().map_or(0, first_bit);
        }
        push(&mut bytes, c.encode_utf8(&mut [0; 4]));
        for list in [&readings, &folded] {
            bytes.push(u8::try_from(list.len()).unwrap_or(u8::MAX));
            list.iter().for_each(|reading| push(&mut bytes, reading));
        }
    }
    (bytes, firsts)
}

/// Readings are at most six letters, a character at most four bytes: a length always fits its byte.
fn push(bytes: &mut Vec<u8>, text: &str) {
    bytes.push(u8::try_from(text.len()).unwrap_or(u8::MAX));
    bytes.extend_from_slice(text.as_bytes());
}

/// One character of a packed name.
#[derive(Clone, Copy, Default)]
struct Unit<'a> {
    character: &'a [u8],
    readings: Readings<'a>,
    folded: Readings<'a>,
}

#[derive(Clone, Copy, Default)]
struct Readings<'a> {
    count: u8,
    bytes: &'a [u8],
}

impl<'a> Iterator for Readings<'a> {
    type Item = &'a [u8];
    fn next(&mut self) -> Option<&'a [u8]> {
        self.count = self.count.checked_sub(1)?;
        let (reading, rest) = take(self.bytes)?;
        self.bytes = rest;
        Some(reading)
    }
}

/// Splits off what stands behind its length.
fn take(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first()?;
    rest.split_at_checked(usize::from(*length))
}

fn take_readings(bytes: &[u8]) -> Option<(Readings<'_>, &[u8])> {
    let (count, start) = bytes.split_first()?;
    let mut rest = start;
    for _ in 0..*count {
        rest = take(rest)?.1;
    }
    Some((
        Readings {
            count: *count,
            bytes: start,
        },
        rest,
    ))
}

/// A packed name, opened; `None` after a flaw in the bytes, which `pack` does not make.
struct Units<'a> {
    units: [Unit<'a>; CHARACTERS_MAX],
    count: usize,
}

impl<'a> Units<'a> {
    fn open(mut bytes: &'a [u8]) -> Self {
        let mut opened = Units {
            units: [Unit::default(); CHARACTERS_MAX],
            count: 0,
        };
        while !bytes.is_empty() {
            let Some((character, rest)) = take(bytes) else {
                break;
            };
            let Some((readings, rest)) = take_readings(rest) else {
                break;
            };
            let Some((folded, rest)) = take_readings(rest) else {
                break;
            };
            let Some(slot) = opened.units.get_mut(opened.count) else {
                break;
            };
            *slot = Unit {
                character,
                readings,
                folded,
            };
            opened.count += 1;
            bytes = rest;
        }
        opened
    }

    fn all(&self) -> &[Unit<'a>] {
        self.units.get(..self.count).unwrap_or_default()
    }
}

/// How the characters of a query were used up so far.
#[derive(Clone, Copy)]
struct Walk {
    folded: bool,
    /// Every character but the last was spelled in full.
    full: bool,
    /// Every character was given by its initial.
    initials: bool,
    /// Every character was given as it is written.
    written: bool,
    /// Steps left, so that no name and query can keep it busy for long.
    steps: u16,
}

/// Lays a tidied query over a name from its first character, else from a later one. `folded` is the query as
/// southern ears have it.
pub(super) fn fit(packed: &[u8], query: &str, folded: &str) -> Option<Fit> {
    let opened = Units::open(packed);
    let units = opened.all();
    for (start, from) in (0..units.len()).filter_map(|i| Some((i, units.get(i..)?))) {
        let walk = Walk {
            folded: false,
            full: true,
            initials: true,
            written: true,
            steps: 200,
        };
        if let Some(fit) = lay(from, query.as_bytes(), walk) {
            return Some(Fit(if start == 0 { fit } else { fit + 24 }));
        }
    }
    for (start, from) in (0..units.len()).filter_map(|i| Some((i, units.get(i..)?))) {
        let walk = Walk {
            folded: true,
            full: true,
            initials: true,
            written: false,
            steps: 200,
        };
        if let Some(fit) = lay(from, folded.as_bytes(), walk) {
            return Some(Fit(if start == 0 { fit + 40 } else { fit + 60 }));
        }
    }
    None
}

/// Uses up the query character by character, the longest piece first.
fn lay(units: &[Unit<'_>], query: &[u8], walk: Walk) -> Option<u16> {
    if query.is_empty() {
        return Some(rank(units.is_empty(), walk));
    }
    let (unit, rest) = units.split_first()?;
    let steps = walk.steps.checked_sub(1)?;
    let walk = Walk { steps, ..walk };
    if let Some(left) = query.strip_prefix(unit.character) {
        let one = unit.character.len() == 1;
        let next = Walk {
            initials: walk.initials && one,
            full: walk.full && one,
            ..walk
        };
        if let Some(rank) = lay(rest, left, next) {
            return Some(rank);
        }
    }
    for reading in if walk.folded {
        unit.folded
    } else {
        unit.readings
    } {
        let common = reading
            .iter()
            .zip(query)
            .take_while(|(a, b)| a == b)
            .count();
        for length in (1..=common).rev() {
            let left = query.get(length..)?;
            let whole = length == reading.len();
            let next = Walk {
                full: walk.full && (whole || left.is_empty()),
                initials: walk.initials && length == 1,
                written: false,
                ..walk
            };
            if let Some(rank) = lay(rest, left, next) {
                return Some(rank);
            }
        }
    }
    None
}

fn rank(complete: bool, walk: Walk) -> u16 {
    match (walk.written, walk.full, walk.initials, complete) {
        (true, _, _, true) => 0,
        (true, _, _, false) => 10,
        (_, true, _, true) => 4,
        (_, _, true, true) => 14,
        (_, true, _, false) => 12,
        (_, _, true, false) => 18,
        _ => 16,
    }
}
