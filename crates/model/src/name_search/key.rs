//! A person's name as packed bytes that a query is laid over, character by character.
//!
//! Layout, once per character: the character itself in UTF-8, its readings, its folded readings, each of the three
//! behind its length in bytes; within the lists, each reading behind its own length. A query is laid over the bytes
//! as they are, since opening them for each of 50,000 people would cost more than the comparing.

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
        push(&mut bytes, c.encode_utf8(&mut [0; 4]).as_bytes());
        push(&mut bytes, &list(&readings));
        push(&mut bytes, &list(&folded));
    }
    (bytes, firsts)
}

/// Readings one after the other, as many as fit into the byte that holds the list's length.
fn list(readings: &[String]) -> Vec<u8> {
    let mut packed = Vec::new();
    for reading in readings {
        if packed.len() + 1 + reading.len() > usize::from(u8::MAX) {
            break;
        }
        push(&mut packed, reading.as_bytes());
    }
    packed
}

/// What is pushed is never longer than a byte can tell.
fn push(bytes: &mut Vec<u8>, part: &[u8]) {
    bytes.push(u8::try_from(part.len()).unwrap_or(u8::MAX));
    bytes.extend_from_slice(part);
}

/// Splits off what stands behind its length.
fn take(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first()?;
    rest.split_at_checked(usize::from(*length))
}

/// One character of a packed name.
struct Unit<'a> {
    character: &'a [u8],
    readings: &'a [u8],
    folded: &'a [u8],
}

/// Splits off the first character.
fn take_unit(bytes: &[u8]) -> Option<(Unit<'_>, &[u8])> {
    let (character, rest) = take(bytes)?;
    let (readings, rest) = take(rest)?;
    let (folded, rest) = take(rest)?;
    Some((
        Unit {
            character,
            readings,
            folded,
        },
        rest,
    ))
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
    let walk = Walk {
        folded: false,
        full: true,
        initials: true,
        written: true,
        steps: 200,
    };
    if let Some((fit, inside)) = lay_anywhere(packed, query.as_bytes(), walk) {
        return Some(Fit(if inside { fit + 24 } else { fit }));
    }
    let walk = Walk {
        folded: true,
        written: false,
        ..walk
    };
    let (fit, inside) = lay_anywhere(packed, folded.as_bytes(), walk)?;
    Some(Fit(if inside { fit + 60 } else { fit + 40 }))
}

fn lay_anywhere(packed: &[u8], query: &[u8], walk: Walk) -> Option<(u16, bool)> {
    let mut from = packed;
    while let Some((_, rest)) = take_unit(from) {
        if let Some(fit) = lay(from, query, walk) {
            return Some((fit, from.len() != packed.len()));
        }
        from = rest;
    }
    None
}

/// Uses up the query character by character, the longest piece first.
fn lay(units: &[u8], query: &[u8], walk: Walk) -> Option<u16> {
    if query.is_empty() {
        return Some(rank(units.is_empty(), walk));
    }
    let (unit, rest) = take_unit(units)?;
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
    let mut readings = if walk.folded {
        unit.folded
    } else {
        unit.readings
    };
    while let Some((reading, others)) = take(readings) {
        readings = others;
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
