//! The `stock-page` document: one device's movements of one trip, written by that device alone.

use crate::fields::event;
use crate::{RecordKey, Write};
use serde_json::{Map, Value};
use xunyi_journal::DocId;
use xunyi_model::{DeviceId, Movement, Product};

/// Movements on one page at most; the next goes onto a new page.
pub const PAGE_MAX: u64 = 1_000;

/// Opens a page.
pub fn open_page(device: DeviceId, at: i64) -> Vec<Write> {
    let key = RecordKey::one("page");
    vec![
        Write::new(&key, "device", device.to_string()),
        Write::new(&key, "at", at),
    ]
}

/// Goods moved.
pub fn movement(movement: &Movement) -> Write {
    event(
        &RecordKey::many("movement", *movement.id.as_uuid()),
        movement,
    )
}

/// A product that the formulary lacks, described when it was received.
pub fn product(product: &Product) -> Write {
    event(&RecordKey::many("product", *product.id.as_uuid()), product)
}

/// A new page's id from 16 random bytes.
pub fn page_id(random: [u8; 16]) -> DocId {
    DocId(random)
}

/// Lifts a movement's lot and places to where the projection's columns look for them.
pub(crate) fn index_movement(body: &mut Map<String, Value>) {
    let Ok(movement) = serde_json::from_value::<Movement>(Value::Object(body.clone())) else {
        return;
    };
    let lot = &movement.lot;
    for (column, value) in [
        ("product", lot.product.key()),
        ("lot_number", lot.lot_number.trim().to_owned()),
        ("expiry", lot.expiry.to_string()),
        ("from_place", movement.from.to_string()),
        ("to_place", movement.to.to_string()),
    ] {
        body.insert(column.to_owned(), Value::String(value));
    }
}
