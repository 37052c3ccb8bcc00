//! All people of a site in memory, scanned at each keystroke.
//!
//! Keys lie in one buffer, one person after the other; changing a person appends and leaves a gap, and gaps are
//! closed when they outgrow the keys. The answer depends on who is in it, never on the order they came in.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, HashMap};

use super::duplicate::{Duplicate, PersonFacts, duplicate_score};
use super::key::{self, Fit};
use super::{Surnames, village};
use crate::ids::{PatientId, VillageId};
use crate::romanise;

/// Longest query that is looked at, in characters.
const QUERY_MAX: usize = 40;
/// Gaps tolerated before the buffer is packed anew, in bytes.
const GAPS_MIN: usize = 64 * 1024;

/// Rank of a number that is equal as a whole.
const NUMBER_WHOLE: u16 = 0;
/// Rank of the tail of a resident ID, then of phone and health record numbers.
const ID_TAIL: u16 = 6;
const OTHER_TAIL: u16 = 8;
/// Rank of a phone number's beginning.
const NUMBER_HEAD: u16 = 28;
/// Added where the query named the village too.
const WITH_VILLAGE: u16 = 2;
/// Rank of everybody in a village that the query names.
const VILLAGE_ONLY: u16 = 90;

/// What every keystroke looks at, kept small and apart from the rest of what is known of a person.
struct Slot {
    id: PatientId,
    firsts: u64,
    /// Order among equals: the first bytes of the pinyin.
    order: u64,
    /// Where the packed name lies in the buffer.
    name: (u32, u32),
    /// Place of the village in `villages`.
    village: Option<u32>,
    /// The last three of each number, and the first three of the phone: most people drop out here.
    ends: [[u8; 3]; 4],
}

struct Village {
    id: VillageId,
    /// `None` until somebody named it.
    keys: Option<village::Keys>,
}

/// People by name, pinyin, initials, numbers and village.
#[derive(Default)]
pub struct Index {
    surnames: Surnames,
    villages: Vec<Village>,
    buffer: Vec<u8>,
    gaps: usize,
    slots: Vec<Slot>,
    facts: Vec<PersonFacts>,
    by_id: HashMap<PatientId, usize>,
}

/// A hit while the best are still being sorted out; the greatest is the worst.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Hit {
    rank: u16,
    order: u64,
    id: PatientId,
}

impl Index {
    /// An empty index that reads surnames by this table.
    pub fn new(surnames: Surnames) -> Self {
        Self {
            surnames,
            ..Self::default()
        }
    }

    /// How many people are in it.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// True while nobody is in it.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Names a village, or renames it.
    pub fn set_village(&mut self, id: VillageId, name: &str) {
        let at = self.village_at(id) as usize;
        if let Some(village) = self.villages.get_mut(at) {
            village.keys = Some(village::Keys::new(name));
        }
    }

    /// A site has some dozens of villages: looking through them is quick enough.
    fn village_at(&mut self, id: VillageId) -> u32 {
        let at = self
            .villages
            .iter()
            .position(|village| village.id == id)
            .unwrap_or_else(|| {
                self.villages.push(Village { id, keys: None });
                self.villages.len() - 1
            });
        u32::try_from(at).unwrap_or(u32::MAX)
    }

    /// Adds a person, or replaces what was known.
    pub fn upsert(&mut self, id: PatientId, facts: PersonFacts) {
        let (packed, firsts) = key::pack(&facts.name, &self.surnames);
        let slot = Slot {
            id,
            firsts,
            order: order_of(&facts.name),
            name: self.append(&packed),
            village: facts.village.map(|village| self.village_at(village)),
            ends: ends_of(&facts),
        };
        let known = self.by_id.get(&id).copied();
        match known.and_then(|at| self.slots.get_mut(at).zip(self.facts.get_mut(at))) {
            Some((known_slot, known_facts)) => {
                self.gaps += span(known_slot.name);
                *known_slot = slot;
                *known_facts = facts;
            }
            None => {
                self.by_id.insert(id, self.slots.len());
                self.slots.push(slot);
                self.facts.push(facts);
            }
        }
        self.close_gaps();
    }

    /// Takes a person out, as when a record is linked to another one and shown there.
    pub fn remove(&mut self, id: &PatientId) {
        let Some(at) = self.by_id.remove(id) else {
            return;
        };
        if at < self.slots.len() && at < self.facts.len() {
            self.gaps += span(self.slots.swap_remove(at).name);
            self.facts.swap_remove(at);
        }
        if let Some(moved) = self.slots.get(at) {
            self.by_id.insert(moved.id, at);
        }
        self.close_gaps();
    }

    /// How many others have this person's name.
    pub fn namesakes(&self, id: &PatientId) -> usize {
        let Some(name) = self.facts(id).map(|facts| facts.name.as_str()) else {
            return 0;
        };
        let with_it = self
            .facts
            .iter()
            .filter(|facts| facts.name.as_str() == name);
        with_it.count().saturating_sub(1)
    }

    /// What is known of a person.
    pub fn facts(&self, id: &PatientId) -> Option<&PersonFacts> {
        self.by_id.get(id).and_then(|at| self.facts.get(*at))
    }

    /// The people that the query fits, best first, with their rank (smaller is better). The query may be Chinese,
    /// pinyin, initials or a mixture, the tail of a resident ID, phone or health record number, a village, or a
    /// village and a name.
    pub fn search(&self, query: &str, limit: usize) -> Vec<(PatientId, u16)> {
        let text: String = query.trim().chars().take(QUERY_MAX).collect();
        let whole = Query::new(&text);
        if whole.text.is_empty() || limit == 0 {
            return Vec::new();
        }
        let digits = number_in(&whole.text);
        let in_villages: Vec<Option<village::Split>> = self
            .villages
            .iter()
            .map(|village| village.keys.as_ref()?.split(&text))
            .collect();

        let mut best: BinaryHeap<Hit> = BinaryHeap::with_capacity(limit + 1);
        for (slot, facts) in self.slots.iter().zip(&self.facts) {
            let by_number = digits
                .filter(|digits| may_have_number(slot, digits))
                .and_then(|digits| rank_number(facts, digits));
            let by_name = self.rank_name(slot, &whole);
            let split = slot
                .village
                .and_then(|at| in_villages.get(at as usize)?.as_ref());
            let by_village = split.and_then(|split| {
                let named = split
                    .names
                    .iter()
                    .filter_map(|q| self.rank_name(slot, q))
                    .min();
                named
                    .map(|rank| rank + WITH_VILLAGE)
                    .or(split.village_only.then_some(VILLAGE_ONLY))
            });
            let Some(rank) = by_number.into_iter().chain(by_name).chain(by_village).min() else {
                continue;
            };
            let hit = Hit {
                rank,
                order: slot.order,
                id: slot.id,
            };
            if best.len() < limit {
                best.push(hit);
            } else if best
                .peek()
                .is_some_and(|worst| hit.cmp(worst) == Ordering::Less)
            {
                best.pop();
                best.push(hit);
            }
        }
        best.into_sorted_vec()
            .into_iter()
            .map(|hit| (hit.id, hit.rank))
            .collect()
    }

    /// People who may be the same as this one, the likeliest first. Merging is never automatic.
    pub fn duplicates(&self, person: &PersonFacts, limit: usize) -> Vec<(PatientId, Duplicate)> {
        let scored = self.slots.iter().zip(&self.facts);
        let mut found: Vec<_> = scored
            .map(|(slot, facts)| (slot.id, duplicate_score(facts, person)))
            .filter(|(_, score)| score.proposes_merge())
            .collect();
        found.sort_by(|(a, x), (b, y)| y.weight().cmp(&x.weight()).then_with(|| a.cmp(b)));
        found.truncate(limit);
        found
    }

    fn rank_name(&self, slot: &Slot, query: &Query) -> Option<u16> {
        if slot.firsts & query.firsts == 0 {
            return None;
        }
        let (start, end) = slot.name;
        let packed = self.buffer.get(start as usize..end as usize)?;
        key::fit(packed, &query.text, &query.folded).map(|Fit(rank)| rank)
    }

    fn append(&mut self, packed: &[u8]) -> (u32, u32) {
        let start = u32::try_from(self.buffer.len()).unwrap_or(u32::MAX);
        self.buffer.extend_from_slice(packed);
        (start, u32::try_from(self.buffer.len()).unwrap_or(u32::MAX))
    }

    fn close_gaps(&mut self) {
        if self.gaps < GAPS_MIN || self.gaps * 2 < self.buffer.len() {
            return;
        }
        let old = std::mem::take(&mut self.buffer);
        for slot in &mut self.slots {
            let packed = old
                .get(slot.name.0 as usize..slot.name.1 as usize)
                .unwrap_or_default();
            let start = u32::try_from(self.buffer.len()).unwrap_or(u32::MAX);
            self.buffer.extend_from_slice(packed);
            slot.name = (start, u32::try_from(self.buffer.len()).unwrap_or(u32::MAX));
        }
        self.gaps = 0;
    }
}

fn span((start, end): (u32, u32)) -> usize {
    end.saturating_sub(start) as usize
}

/// A query in the forms that names are compared with.
pub(super) struct Query {
    text: String,
    folded: String,
    firsts: u64,
}

impl Query {
    pub(super) fn new(text: &str) -> Self {
        let text = romanise::tidy_query(text);
        let folded = romanise::fold(&text);
        let first = |text: &str| text.chars().next().map_or(0, key::first_bit);
        Self {
            firsts: first(&text) | first(&folded),
            text,
            folded,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }
}

/// Namesakes of one spelling stand together, in the order of their pinyin.
fn order_of(name: &str) -> u64 {
    let (full, _) = romanise::keys(name);
    full.bytes()
        .chain(std::iter::repeat(0))
        .take(8)
        .fold(0, |order, b| (order << 8) | u64::from(b))
}

/// A query of digits, with an X at its end at most, from three characters on.
fn number_in(text: &str) -> Option<&str> {
    let digits = text.strip_suffix('x').unwrap_or(text);
    (text.len() >= 3 && !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
        .then_some(text)
}

/// The last three of the resident ID, phone and health record number, then the first three of the phone.
fn ends_of(facts: &PersonFacts) -> [[u8; 3]; 4] {
    let last = |number: &Option<String>| {
        let bytes = number.as_deref().unwrap_or_default().as_bytes();
        bytes
            .last_chunk::<3>()
            .map(|end| end.map(|b| b.to_ascii_lowercase()))
            .unwrap_or_default()
    };
    let phone = facts.phone.as_deref().unwrap_or_default().as_bytes();
    [
        last(&facts.id_number),
        last(&facts.phone),
        last(&facts.health_record_number),
        phone.first_chunk::<3>().copied().unwrap_or_default(),
    ]
}

fn may_have_number(slot: &Slot, digits: &str) -> bool {
    let (first, last) = (
        digits.as_bytes().first_chunk::<3>(),
        digits.as_bytes().last_chunk::<3>(),
    );
    let [numbers @ .., phone_head] = &slot.ends;
    last.is_some_and(|last| numbers.contains(last)) || first == Some(phone_head)
}

fn rank_number(facts: &PersonFacts, digits: &str) -> Option<u16> {
    let of = |number: &Option<String>, tail: u16, head: Option<u16>| {
        let number = number.as_deref()?;
        // Small letters on both sides: the check character of an ID may be X.
        let fits = |part: Option<&str>| part.is_some_and(|part| part.eq_ignore_ascii_case(digits));
        if fits(Some(number)) {
            Some(NUMBER_WHOLE)
        } else if fits(
            number
                .len()
                .checked_sub(digits.len())
                .and_then(|at| number.get(at..)),
        ) {
            Some(tail)
        } else {
            head.filter(|_| fits(number.get(..digits.len())))
        }
    };
    let by_id = of(&facts.id_number, ID_TAIL, None);
    let by_phone = of(&facts.phone, OTHER_TAIL, Some(NUMBER_HEAD));
    let by_record = of(&facts.health_record_number, OTHER_TAIL, None);
    by_id.into_iter().chain(by_phone).chain(by_record).min()
}
