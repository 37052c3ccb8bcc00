//! Genesis: the root containers of a document type as one constant change, the same bytes on every device.
//!
//! Two devices that each made the same map would hide one another's subtree; so no device ever makes a root
//! container except by this change. It is never an entry and is exempt from actor binding.

use crate::{RecordError, SectionKind, sections};
use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, Automerge, ObjType, ROOT};
use xunyi_journal::DocType;

/// The schema step that this program knows.
const STEP: u8 = 1;

/// A document with its genesis and nothing else.
pub(crate) fn document(doc_type: DocType) -> Result<Automerge, RecordError> {
    let mut doc = Automerge::new();
    doc.set_actor(actor(doc_type, STEP));
    let mut tx = doc.transaction();
    for section in sections(doc_type) {
        tx.put_object(ROOT, section.name, ObjType::Map)?;
    }
    tx.commit_with(CommitOptions::default().with_time(made_at()));
    Ok(doc)
}

/// The time of genesis: none.
#[cfg(not(feature = "mutants"))]
const fn made_at() -> i64 {
    0
}

/// The time of genesis: none, or each time another.
#[cfg(feature = "mutants")]
fn made_at() -> i64 {
    use std::sync::atomic::{AtomicI64, Ordering};
    use xunyi_journal::mutant::{self, Mutant};
    static MADE: AtomicI64 = AtomicI64::new(0);
    if mutant::is(Mutant::GenesisWithDeps) {
        MADE.fetch_add(1, Ordering::Relaxed)
    } else {
        0
    }
}

/// True for the actor of a genesis change, which no feed may use.
pub(crate) fn is_genesis_actor(actor: &[u8]) -> bool {
    actor.starts_with(PREFIX)
}

/// How a root container may hold what: by its kind where this program knows the part, either way where a
/// newer step made it. `None` when the object is no root container; empty when it is another type's.
pub(crate) fn parts_of(
    doc_type: DocType,
    counter: u64,
    actor: &[u8],
) -> Option<&'static [SectionKind]> {
    const BOTH: &[SectionKind] = &[SectionKind::One, SectionKind::Many];
    let rest = actor.strip_prefix(PREFIX)?;
    let [a, b, step] = rest else {
        return Some(&[]);
    };
    if u16::from_be_bytes([*a, *b]) != doc_type.code() {
        return Some(&[]);
    }
    if *step != STEP {
        return Some(BOTH);
    }
    let place = usize::try_from(counter.checked_sub(1)?).ok()?;
    Some(match sections(doc_type).get(place).map(|s| s.kind) {
        Some(SectionKind::One) => &[SectionKind::One],
        Some(SectionKind::Many) => &[SectionKind::Many],
        None => &[],
    })
}

const PREFIX: &[u8] = b"xunyi-genesis";

fn actor(doc_type: DocType, step: u8) -> ActorId {
    let mut bytes = PREFIX.to_vec();
    bytes.extend_from_slice(&doc_type.code().to_be_bytes());
    bytes.push(step);
    ActorId::from(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes of genesis are part of the format: were they to change, documents of two versions could
    /// never merge. If this fails after a library update, genesis must be shipped as recorded bytes.
    #[test]
    fn genesis_has_the_same_hash_for_ever() {
        let hashes: Vec<String> = [
            DocType::Patient,
            DocType::StockPage,
            DocType::VehicleDay,
            DocType::Site,
        ]
        .into_iter()
        .map(|t| document(t).unwrap().get_heads()[0].to_string())
        .collect();
        assert_eq!(
            hashes,
            include_str!("../genesis-step1.txt")
                .lines()
                .collect::<Vec<_>>()
        );
    }
}
