//! The watermark: what a device may rely on being in every backup that the center still promises to restore. It is the
//! vector of the oldest of them, and it never goes back; only a center that was itself put back knows an older one.

use serde_json::json;
use xunyi_journal::Vector;
use xunyi_ledger::Ledger;

use crate::error::CenterError;
use crate::store::{remember, remembered, value};
use crate::words::Code;

fn stored(ledger: &mut Ledger<'_>) -> Result<Option<(i64, Vector)>, CenterError> {
    let number = ledger.site();
    let Some(stored) = remembered(ledger.sql(), number, value::WATERMARK)? else {
        return Ok(None);
    };
    Ok(Some((stored.at, Vector::decode(&stored.bytes)?)))
}

/// Moves it on to a backup, the oldest that is promised from now on.
///
/// # Errors
/// `backup.before_watermark` where devices rely on a newer one already; those of the store.
pub fn advance(
    ledger: &mut Ledger<'_>,
    made_at: i64,
    vector: &Vector,
) -> Result<Vector, CenterError> {
    let before = stored(ledger)?;
    let mut all = vec![vector];
    if let Some((at, before)) = &before {
        if made_at < *at {
            let params = json!({ "relied_on": crate::backup::time(*at) });
            return Err(CenterError::with(Code::BackupBeforeWatermark, params));
        }
        all.push(before);
    }
    let now = ledger.relied_on(all)?;
    let number = ledger.site();
    let bytes = now.encode();
    remember(ledger.sql(), number, value::WATERMARK, made_at, &bytes)?;
    Ok(now)
}
