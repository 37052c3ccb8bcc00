//! `stock.*`: what is where.
use super::*;
use xunyi_model::*;

/// One line of goods.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StockLine {
    /// A product of the formulary, or a described one it lacks.
    pub product: ProductRef,
    /// Lot number on the box.
    pub lot_number: String,
    /// Expiry on the box.
    pub expiry: Expiry,
    /// Base units, at least 1.
    pub qty: u32,
}

/// `stock.receive`: from a supplier into the center's store, or straight onto this vehicle.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Receive {
    /// What.
    pub lines: Vec<StockLine>,
    /// True: onto this device's vehicle.
    #[serde(default)]
    pub onto_vehicle: bool,
}

/// `stock.load`: from the center's store onto a vehicle.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Load {
    /// What.
    pub lines: Vec<StockLine>,
    /// The vehicle; this device's when absent.
    pub vehicle: Option<VehicleId>,
}

/// Answer of `stock.receive` and `stock.load`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Moved {
    /// One per line.
    pub movements: Vec<MovementId>,
    /// On disk.
    pub saved: Saved,
}

/// `stock.on_hand`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OnHand {
    /// Name, pinyin or initials; all when absent.
    pub query: Option<String>,
    /// True: the center's store instead of this vehicle.
    pub center_store: bool,
}

/// One lot on hand.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct OnHandRow {
    /// What.
    pub product: Product,
    /// Lot.
    pub lot: Lot,
    /// Base units; below zero when two tablets handed out the same last box.
    pub qty: i64,
    /// Past its expiry today.
    pub expired: bool,
    /// Expires within 90 days.
    pub expiring: bool,
}

/// Answer of `stock.on_hand`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct OnHandRows {
    /// By product, then expiry.
    pub rows: Vec<OnHandRow>,
    /// The place shown.
    pub place: Place,
}
