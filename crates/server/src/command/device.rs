//! `device list` and `revoke`.

use std::collections::BTreeSet;

use serde_json::json;

use super::Answer;
use crate::center::Center;
use crate::error::CenterError;
use crate::site::devices;
use crate::system;

/// `device list`.
///
/// # Errors
/// Those of the store.
pub fn list(center: &Center) -> Result<Answer, CenterError> {
    let all = center.read(devices::list)?;
    let lines = all.iter().map(|d| {
        let revoked = if d.revoked {
            "  已停用 / revoked"
        } else {
            ""
        };
        format!("{}  {}  {}{revoked}", d.feed.to_hex(), d.letter, d.name)
    });
    let text = lines.collect::<Vec<_>>().join("\n");
    let all = all.iter().map(|d| {
        json!({
            "device": d.feed.to_hex(),
            "name": d.name,
            "letter": d.letter,
            "vehicle": d.vehicle,
            "status": if d.revoked { "revoked" } else { "active" },
            "enrolled_at": d.enrolled_at,
        })
    });
    Ok(Answer::new(all.collect(), text))
}

/// `revoke`: what the device wrote up to now counts; what comes later is held.
///
/// # Errors
/// `record.unknown`, `record.ambiguous`.
pub fn revoke(center: &Center, wanted: &str) -> Result<Answer, CenterError> {
    let device = center.read(|ledger| devices::find(ledger, wanted))?;
    // Locked together with the center's own feed: no frame of the device slips in between.
    let feeds = BTreeSet::from([device.feed]);
    let last_good = center.authored_about(feeds, system::now_ms(), |ledger, page| {
        devices::revoke(ledger, page, &device, center.trust())
    })?;
    let seq = last_good.map(|at| at.seq);
    Ok(Answer::new(
        json!({ "device": device.feed.to_hex(), "name": device.name, "last_good": seq }),
        format!(
            "已停用 / revoked: {}  {}",
            device.feed.to_hex(),
            device.name
        ),
    ))
}
