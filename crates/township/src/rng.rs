//! The seeded number stream behind every invented fact (SplitMix64, Steele, Lea and Flood 2014).
//!
//! One stream per subject, named by a label and an index: a new draw in one place shifts nothing elsewhere.
//! Not for keys or anything secret.

use uuid::Uuid;

/// A stream of numbers that depends on nothing but its seed.
#[derive(Clone, Debug)]
pub struct Rng {
    state: u64,
}

impl Rng {
    /// The stream of `label` and `index` under `seed`.
    pub fn of(seed: u64, label: &str, index: u64) -> Self {
        let mut mixed = mix(seed ^ 0x5855_4e59_4931_0001);
        for byte in label.bytes() {
            mixed = mix(mixed ^ u64::from(byte));
        }
        Self {
            state: mix(mixed ^ index.wrapping_mul(0xd6e8_feb8_6659_fd93)),
        }
    }

    /// 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.state)
    }

    /// A number from 0 up to, but not including, `end`; 0 when `end` is 0.
    pub fn below(&mut self, end: u64) -> u64 {
        // The high half of the product: a bias below 2^-40 for the small ranges drawn here.
        u64::try_from((u128::from(self.bits()) * u128::from(end)) >> 64).unwrap_or(0)
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = high.saturating_sub(low).saturating_add(1);
        low.saturating_add(i64::try_from(self.below(u64::try_from(span).unwrap_or(0))).unwrap_or(0))
    }

    /// True in `percent` of 100 draws.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// A number about 0 with a spread of about 1: the sum of twelve even draws less their mean, from -6 to 6.
    pub fn bell(&mut self) -> f64 {
        let sum: u64 = (0..12).map(|_| self.below(1 << 20)).sum();
        // Exact: the sum stays below 2^24.
        f64::from(u32::try_from(sum).unwrap_or(0)) / f64::from(1u32 << 20) - 6.0
    }

    /// One of the items; `None` of none.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(usize::try_from(self.below(items.len() as u64)).unwrap_or(0))
    }

    /// One of the items, those with more weight oftener; `None` when no item has any.
    pub fn weighted<'a, T>(&mut self, items: &'a [(T, u32)]) -> Option<&'a T> {
        let total: u64 = items.iter().map(|(_, weight)| u64::from(*weight)).sum();
        let mut left = self.below(total);
        for (item, weight) in items {
            match left.checked_sub(u64::from(*weight)) {
                Some(rest) => left = rest,
                None => return Some(item),
            }
        }
        None
    }

    /// One of the items, each half as often as the one `half` places before it.
    pub fn early<'a, T>(&mut self, items: &'a [T], half: u64) -> Option<&'a T> {
        let count = items.len() as u64;
        let mut at = 0;
        while self.chance(50) && at + half < count {
            at += half;
        }
        items.get(
            usize::try_from((at + self.below(half.max(1))).min(count.saturating_sub(1)))
                .unwrap_or(0),
        )
    }

    /// An id in the layout of a random UUID (version 4).
    pub fn uuid(&mut self) -> Uuid {
        let bits = (u128::from(self.bits()) << 64) | u128::from(self.bits());
        uuid::Builder::from_random_bytes(bits.to_be_bytes()).into_uuid()
    }
}

/// The id of `label` and `index` under `seed`.
pub fn id(seed: u64, label: &str, index: u64) -> Uuid {
    Rng::of(seed, label, index).uuid()
}

fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_depends_on_seed_label_and_index_only() {
        let draw = |seed, label, index| Rng::of(seed, label, index).bits();
        assert_eq!(draw(1, "person", 7), draw(1, "person", 7));
        let others = [
            draw(2, "person", 7),
            draw(1, "persom", 7),
            draw(1, "person", 8),
            draw(1, "", 7),
        ];
        assert!(others.iter().all(|other| *other != draw(1, "person", 7)));
    }

    #[test]
    fn draws_stay_in_their_range_and_reach_both_ends() {
        let mut rng = Rng::of(3, "range", 0);
        let drawn: Vec<i64> = (0..2000).map(|_| rng.between(-2, 3)).collect();
        assert_eq!(drawn.iter().min(), Some(&-2));
        assert_eq!(drawn.iter().max(), Some(&3));
        assert_eq!(rng.below(0), 0);
        assert_eq!(rng.pick::<u8>(&[]), None);
        assert_eq!(rng.weighted::<u8>(&[]), None);
        let mean = (0..4000).map(|_| rng.bell()).sum::<f64>() / 4000.0;
        assert!(mean.abs() < 0.1, "{mean}");
    }

    #[test]
    fn weights_decide_how_often() {
        let mut rng = Rng::of(4, "weights", 0);
        let items = [("never", 0), ("seldom", 1), ("often", 9)];
        let often = (0..1000)
            .filter(|_| rng.weighted(&items) == Some(&"often"))
            .count();
        assert!((850..950).contains(&often), "{often}");
        assert!((0..1000).all(|_| rng.weighted(&items) != Some(&"never")));
    }

    #[test]
    fn an_id_is_a_version_4_uuid() {
        let made = id(1, "person", 0);
        assert_eq!(made.get_version_num(), 4);
        assert_ne!(made, id(1, "person", 1));
    }
}
