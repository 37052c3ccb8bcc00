//! `device list` and `revoke`.

use std::collections::BTreeSet;

use serde_json::json;

use super::Answer;
use crate::center::Center;
use crate::error::CenterError;
use crate::site::devices;
use crate::words::Code;
use crate::{refill, system};

/// `device list`.
///
/// # Errors
/// Those of the store.
pub fn list(center: &Center) -> Result<Answer, CenterError> {
    let (all, feeds) = center.read(|ledger| Ok((devices::list(ledger)?, ledger.feeds()?)))?;
    let forks_of = |device: &devices::Device| -> BTreeSet<u64> {
        let own = feeds
            .iter()
            .filter(|feed| center.trust().device_of(feed) == device.feed);
        own.filter_map(|feed| Some(feed.suffix_of?.1)).collect()
    };
    let lines = all.iter().map(|d| {
        let mut line = format!("{}  {}  {}", d.feed.to_hex(), d.letter, d.name);
        if d.revoked {
            line.push_str("  已停用 / revoked");
        }
        if !forks_of(d).is_empty() {
            line.push_str("  硬盘曾恢复或被复制，两份记录都保留 / disk restored or copied: both records are kept");
        }
        line
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
            "forked_at": forks_of(d),
        })
    });
    Ok(Answer::new(all.collect(), text))
}

/// `revoke`: what the device wrote up to now counts; what comes later is held.
///
/// # Errors
/// `record.unknown`, `record.ambiguous`.
pub fn revoke(center: &Center, wanted: &str) -> Result<Answer, CenterError> {
    let now = system::now_ms();
    let known = center.read(|ledger| devices::find(ledger, wanted));
    let (device, known) = match known {
        Ok(device) => (device, true),
        // A restored center may know a device by its certificate alone.
        Err(CenterError::Said(Code::Unknown, _)) => {
            let device = center.read(|ledger| refill::find_unknown(center, ledger, wanted, now))?;
            (device, false)
        }
        Err(other) => return Err(other),
    };
    // Locked together with the center's own feed: no frame of the device slips in between.
    let feeds = BTreeSet::from([device.feed]);
    let last_good = center.authored_about(feeds, now, |ledger, page| {
        if !known {
            devices::enrol(page, &device);
        }
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
