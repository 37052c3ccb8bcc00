//! Stock as double entry: a movement carries base units of one lot from one place to another.
//!
//! On hand is a sum of movements, never a stored number (Invariant K1), and may fall below zero: what happened is
//! recorded even where two tablets handed out the same last box.

mod movement;
mod on_hand;
#[cfg(test)]
mod tests;

pub use on_hand::{OnHand, ProposedPick, ProposedPicks, fold_independently, on_hand, propose_lots};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use crate::date::Expiry;
use crate::error::Invalid;
use crate::ids::{MovementId, PatientId, PrescriptionId, StaffId, VehicleId};
use crate::medication::ProductRef;
use crate::text;

/// A count of base units (tablets, sachets, tubes): at least 1.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct BaseUnits(NonZeroU32);

impl BaseUnits {
    /// Most that one line moves.
    pub const MAX: u32 = 1_000_000;

    /// The edge: 1 to 1,000,000.
    pub fn parse(units: u32) -> Result<Self, Invalid> {
        if units > Self::MAX {
            return Err(Invalid::QuantityTooBig { max: Self::MAX });
        }
        NonZeroU32::new(units)
            .map(Self)
            .ok_or(Invalid::QuantityZero)
    }
    /// The count.
    pub const fn get(self) -> u32 {
        self.0.get()
    }
}

impl fmt::Display for BaseUnits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Goods of one product, lot number and expiry. One value.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Lot {
    /// What.
    pub product: ProductRef,
    /// Lot number on the box.
    pub lot_number: String,
    /// Expiry on the box.
    pub expiry: Expiry,
}

impl Lot {
    /// What tells lots apart. A lot number means the same in capitals and small letters, in full and half width; it is
    /// folded here, where lots are compared, and stands everywhere else as somebody typed it.
    pub fn key(&self) -> LotKey {
        LotKey(format!(
            "{}|{}|{}",
            self.product.key(),
            text::folded(&self.lot_number),
            self.expiry
        ))
    }
}

/// Key of a lot: product, lot number and expiry in one text. For maps and table columns; not for people.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct LotKey(String);

impl LotKey {
    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LotKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where goods are. JSON is a plain string: `center_store`, `vehicle:0190…`; an unknown place is kept as it came.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// Outside, before they came: `supplier`.
    Supplier,
    /// The health center's store: `center_store`.
    CenterStore,
    /// Between places: `transit`.
    Transit,
    /// On a vehicle: `vehicle:` and its id.
    Vehicle(VehicleId),
    /// Handed out: `patient`.
    Patient,
    /// Thrown away: `waste`.
    Waste,
    /// Locked away, as after a recall: `quarantine`.
    Quarantine,
    /// What a count found too much or too little: `variance`.
    Variance,
    /// A place of a newer version.
    Other(String),
}

impl Place {
    /// True for places whose goods are ours and are counted: store, vehicles, transit, quarantine.
    pub fn is_held(&self) -> bool {
        matches!(
            self,
            Place::CenterStore | Place::Transit | Place::Vehicle(_) | Place::Quarantine
        )
    }
}

impl From<&str> for Place {
    fn from(text: &str) -> Self {
        let vehicle = |id: &str| VehicleId::from_str(id).ok().filter(|v| v.to_string() == id);
        match text {
            "supplier" => Place::Supplier,
            "center_store" => Place::CenterStore,
            "transit" => Place::Transit,
            "patient" => Place::Patient,
            "waste" => Place::Waste,
            "quarantine" => Place::Quarantine,
            "variance" => Place::Variance,
            other => match other.strip_prefix("vehicle:").and_then(vehicle) {
                Some(id) => Place::Vehicle(id),
                None => Place::Other(other.to_owned()),
            },
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Supplier => f.write_str("supplier"),
            Place::CenterStore => f.write_str("center_store"),
            Place::Transit => f.write_str("transit"),
            Place::Vehicle(id) => write!(f, "vehicle:{id}"),
            Place::Patient => f.write_str("patient"),
            Place::Waste => f.write_str("waste"),
            Place::Quarantine => f.write_str("quarantine"),
            Place::Variance => f.write_str("variance"),
            Place::Other(other) => f.write_str(other),
        }
    }
}

impl Serialize for Place {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(String::deserialize(deserializer)?.as_str().into())
    }
}

impl JsonSchema for Place {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Place".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "supplier, center_store, transit, vehicle:<id>, patient, waste, quarantine or variance.",
            "examples": ["center_store", "patient"],
        })
    }
}

coded! {
    /// What kind of movement it was.
    pub enum MovementKind {
        /// From a supplier.
        Receive = "receive",
        /// From the store onto a vehicle.
        Load = "load",
        /// From a vehicle back to the store.
        Return = "return",
        /// To a patient.
        Dispense = "dispense",
        /// Back from a patient; never to be handed out again.
        TakeBack = "take_back",
        /// Thrown away.
        Waste = "waste",
        /// A count found another number.
        CountCorrection = "count_correction",
        /// Locked away for a recall.
        Recall = "recall",
    }
}

/// A movement: an event that stands. Counted once per id, however often it arrives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Movement {
    /// Which.
    pub id: MovementId,
    /// Kind.
    pub kind: MovementKind,
    /// Of which lot.
    pub lot: Lot,
    /// How many base units.
    pub qty: BaseUnits,
    /// From where.
    pub from: Place,
    /// To where.
    pub to: Place,
    /// When, ms.
    pub at: i64,
    /// By whom.
    pub by: StaffId,
    /// On which prescription.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prescription: Option<PrescriptionId>,
    /// For whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patient: Option<PatientId>,
    /// Why, where the kind asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}
