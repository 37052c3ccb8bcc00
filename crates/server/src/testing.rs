//! A center for unit tests: on SQLite in a folder that vanishes, with one vehicle and one member of staff.

use std::sync::Arc;

use tempfile::TempDir;
use uuid::Uuid;
use xunyi_model::Role;
use xunyi_vault::{DatabaseKey, KdfCost};

use crate::center::Center;
use crate::seal::Sealer;
use crate::site::{places, settings, staff, tables};
use crate::store::SqliteStore;

/// 2026-11-23 08:00 where the vehicle is.
pub(crate) const MORNING: i64 = 1_795_392_000_000;

/// The center and the folder that it lives in.
pub(crate) struct Place {
    pub(crate) center: Arc<Center>,
    pub(crate) sealer: Sealer,
    pub(crate) store: Arc<SqliteStore>,
    _folder: TempDir,
}

/// A new center of site 7.
pub(crate) fn place() -> Place {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("center.db");
    let store = Arc::new(SqliteStore::open(&path, &DatabaseKey::from_bytes([1; 32])).unwrap());
    let sealer = Sealer::new([2; 32]);
    let member = staff::member(Uuid::from_u128(3), "陈立", vec![Role::Gp], None).unwrap();
    let roaming = staff::roaming(&member, "river-lantern-42", "卫生院", KdfCost::CHEAP).unwrap();
    let vehicle = places::vehicle(Uuid::from_u128(9), "浙K·M1052", "3 号车").unwrap();
    let center = Center::found(
        store.clone(),
        &sealer,
        7,
        "卫生院",
        MORNING,
        |ledger, page| {
            settings::first(page, "卫生院");
            settings::put_addresses(page, &["https://127.0.0.1:8443".to_owned()]);
            staff::add(page, &member, &roaming);
            places::add_vehicle(page, &vehicle);
            tables::publish_shipped(ledger, page)
        },
    )
    .unwrap();
    Place {
        center: Arc::new(center),
        sealer,
        store,
        _folder: folder,
    }
}
