//! The pages that a device writes its movements on: it alone writes them, and each holds so many and no more.

use crate::{AppError, Ctx};
use xunyi_journal::{Action, DocId, DocType};
use xunyi_ledger::DocWrite;
use xunyi_model::Movement;
use xunyi_record::Write;
use xunyi_record::stock::{PAGE_MAX, movement, open_page, page_id};

/// Puts movements on this device's page, the next page beginning where one is full.
///
/// # Errors
/// [`AppError`] when the database cannot be read.
pub(crate) fn page_writes(
    ctx: &mut Ctx<'_, '_>,
    action: Action,
    movements: &[Movement],
) -> Result<Vec<DocWrite>, AppError> {
    let device = ctx.device.device;
    let size = usize::try_from(PAGE_MAX).unwrap_or(usize::MAX);
    let mut documents = Vec::new();
    let mut rest = movements;
    let mut opened_at = ctx.now;
    if let Some((page, at)) = ctx.ledger.page_of(&device.to_string())? {
        let used = ctx.ledger.count("movement", &page)?;
        let room = usize::try_from(PAGE_MAX.saturating_sub(used)).unwrap_or(0);
        let (fits, others) = rest.split_at(room.min(rest.len()));
        if !fits.is_empty() {
            let writes = fits.iter().map(movement).collect();
            documents.push(on_page(page, action, writes));
        }
        rest = others;
        // A clock that went back must not put the new page before the full one.
        opened_at = opened_at.max(at.saturating_add(1));
    }
    for chunk in rest.chunks(size) {
        let mut random = [0u8; 16];
        ctx.ids.fill(&mut random);
        let mut writes = open_page(device, opened_at);
        writes.extend(chunk.iter().map(movement));
        documents.push(on_page(page_id(random), action, writes));
        opened_at = opened_at.saturating_add(1);
    }
    Ok(documents)
}

fn on_page(doc: DocId, action: Action, writes: Vec<Write>) -> DocWrite {
    // Movements are new records on a page that no other device writes: they need no form's heads.
    DocWrite {
        doc,
        doc_type: DocType::StockPage,
        action,
        heads: None,
        writes,
        settle: false,
    }
}
