//! Records of the same person: links between them are undirected, so that two people who each link the
//! other way round agree, and no chain of links can go in a circle.

use crate::PatientId;
use std::collections::BTreeMap;

/// Who leads each linked record: the smallest id of all that hang together. Records without links are not
/// listed; they lead themselves.
pub fn leaders(links: &[(PatientId, PatientId)]) -> BTreeMap<PatientId, PatientId> {
    let mut leads: BTreeMap<PatientId, PatientId> = BTreeMap::new();
    let of = |leads: &BTreeMap<PatientId, PatientId>, mut id: PatientId| {
        while let Some(next) = leads.get(&id).copied().filter(|next| *next != id) {
            id = next;
        }
        id
    };
    for (a, b) in links {
        let (a, b) = (of(&leads, *a), of(&leads, *b));
        let (first, second) = (a.min(b), a.max(b));
        leads.insert(first, first);
        leads.insert(second, first);
    }
    let linked: Vec<PatientId> = leads.keys().copied().collect();
    linked.into_iter().map(|id| (id, of(&leads, id))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u8) -> PatientId {
        PatientId::from_bytes([n; 16])
    }

    #[test]
    fn all_that_hang_together_are_led_by_the_smallest_whichever_way_they_were_linked() {
        let links = [(4, 2), (2, 4), (7, 4), (9, 8), (7, 7)].map(|(a, b)| (id(a), id(b)));
        let led = leaders(&links);
        let of = |n| led.get(&id(n)).copied();
        assert_eq!([2, 4, 7].map(of), [Some(id(2)); 3]);
        assert_eq!([8, 9].map(of), [Some(id(8)); 2]);
        assert_eq!(of(1), None);
        let mut turned: Vec<_> = links.iter().map(|(a, b)| (*b, *a)).collect();
        turned.reverse();
        assert_eq!(leaders(&turned), led);
    }
}
