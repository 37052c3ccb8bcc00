//! One field put into its record within an open change: the record is made with its key where it is not there yet.

use crate::value::to_scalar;
use crate::{RecordError, SectionKind, Write, section};
use automerge::transaction::{Transactable, Transaction};
use automerge::{ObjType, ROOT, ReadDoc};
use xunyi_journal::DocType;
#[cfg(feature = "mutants")]
use xunyi_journal::mutant::{self, Mutant};

/// Puts a field.
///
/// # Errors
/// [`RecordError`] for a part that this type of document does not have.
pub(crate) fn put(
    tx: &mut Transaction<'_>,
    doc_type: DocType,
    write: &Write,
) -> Result<(), RecordError> {
    let unknown = || RecordError::UnknownSection(write.key.section.clone());
    let section = section(doc_type, &write.key.section).ok_or_else(unknown)?;
    let container = match tx.get(ROOT, section.name)? {
        Some((automerge::Value::Object(ObjType::Map), id)) => id,
        _ => return Err(unknown()),
    };
    let map = match section.kind {
        SectionKind::One => container,
        SectionKind::Many => match tx.get(&container, write.key.id.as_str())? {
            Some((automerge::Value::Object(ObjType::Map), id)) => id,
            _ => tx.put_object(&container, write.key.id.as_str(), ObjType::Map)?,
        },
    };
    #[cfg(feature = "mutants")]
    if mutant::is(Mutant::Deletes) && write.field == "status" && tx.get(&map, "status")?.is_some() {
        tx.delete(&map, "status")?;
        return Ok(());
    }
    if tx.get_all(&map, write.field.as_str())?.len() > 1 {
        // Putting the leading one of several values again, the library would only delete the others, and this
        // choice would vanish beside another's. Through null each choice is a value of its own.
        tx.put(&map, write.field.as_str(), automerge::ScalarValue::Null)?;
    }
    tx.put(&map, write.field.as_str(), to_scalar(&write.value))?;
    Ok(())
}
