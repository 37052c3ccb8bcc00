//! The `vehicle-day` document: what happened on a vehicle's day, each event under its own id.

use crate::fields::event;
use crate::{RecordKey, Write};
use xunyi_journal::DocId;
use xunyi_model::{DayEvent, EventId, VehicleId};

/// The document of a vehicle's date (`YYYY-MM-DD`): the same on every device of the vehicle.
pub fn document_id(vehicle: VehicleId, date: &str) -> DocId {
    let mut hasher = blake3::Hasher::new();
    hasher
        .update(b"vehicle-day")
        .update(vehicle.as_bytes())
        .update(date.as_bytes());
    let mut id = [0u8; 16];
    hasher.finalize_xof().fill(&mut id);
    DocId(id)
}

/// Names the day; every device that opens it writes the same.
pub fn name(vehicle: VehicleId, date: &str) -> Vec<Write> {
    let key = RecordKey::one("day");
    vec![
        Write::new(&key, "vehicle", vehicle.to_string()),
        Write::new(&key, "date", date),
    ]
}

/// Something happened. A place in the line and a call are kept under their own ids, the rest under `id`.
pub fn happened(id: EventId, what: &DayEvent) -> Write {
    let key = match what {
        DayEvent::Opened { .. } => RecordKey::many("opening", *id.as_uuid()),
        DayEvent::Arrived { .. } => RecordKey::many("stop", *id.as_uuid()),
        DayEvent::CheckedIn(entry) => RecordKey::many("queue", *entry.id.as_uuid()),
        DayEvent::Called { call, .. } => RecordKey::many("call", *call.as_uuid()),
        DayEvent::Finished { .. } => RecordKey::many("turn", *id.as_uuid()),
        DayEvent::Closed { .. } => RecordKey::many("closing", *id.as_uuid()),
    };
    event(&key, what)
}

/// The parts that hold events.
pub const EVENT_SECTIONS: &[&str] = &["opening", "stop", "queue", "call", "turn", "closing"];
