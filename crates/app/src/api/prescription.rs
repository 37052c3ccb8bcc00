//! `prescription.*` and `formulary.search`.
use super::*;
use xunyi_model::*;

/// `formulary.search`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FormularySearch {
    /// Chinese, pinyin, initials, generic or ATC.
    pub query: String,
}

/// A product with what this vehicle has of it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ProductHit {
    /// What.
    pub product: Product,
    /// Base units on this vehicle (may be negative: see stock).
    pub on_hand: i64,
}

/// Answer of `formulary.search`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct FormularyHits {
    /// Best first.
    pub hits: Vec<ProductHit>,
    /// Version and sign-off of the formulary, shown under the list.
    pub version: String,
    /// Sign-off.
    pub sign_off: SignOff,
}

/// A warning of the checks.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Warning {
    /// Stable code, such as `allergy.listed`.
    pub code: String,
    /// What tells it from others of its code: an allergy that was listed since has another. `prescription.add` hands
    /// back those that were shown.
    pub key: String,
    /// Interrupts (needs a reason to go on), or stays in the margin.
    pub interrupts: bool,
    /// Values for the text.
    pub params: serde_json::Map<String, serde_json::Value>,
}

/// `prescription.check`: what the rule base finds as one types.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// Who.
    pub patient: PatientId,
    /// What.
    pub order: PrescriptionOrder,
}

/// What the checks found, and what they could not check. Never "all clear".
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Checked {
    /// Found.
    pub warnings: Vec<Warning>,
    /// Codes of the checks that are not there yet or could not be made.
    pub not_checked: Vec<String>,
    /// Version of the rule base.
    pub rules_version: String,
    /// Its sign-off.
    pub sign_off: SignOff,
    /// Quantity computed from schedule and days, base units.
    pub quantity: Option<u32>,
}

/// `prescription.add`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Add {
    /// Who.
    pub patient: PatientId,
    /// In which visit.
    pub encounter: EncounterId,
    /// Heads the form was opened at.
    pub heads: Heads,
    /// What.
    pub order: PrescriptionOrder,
    /// Why a warning that interrupts is overridden; recorded.
    pub override_reason: Option<String>,
    /// Keys of the interrupting warnings that were shown; a reason counts for no other.
    #[serde(default)]
    pub seen: Vec<String>,
    /// The id where an import must keep it; made when absent.
    pub prescription: Option<PrescriptionId>,
}

/// Answer of `prescription.add`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Added {
    /// The prescription.
    pub prescription: PrescriptionId,
    /// On disk.
    pub saved: Saved,
}

/// `prescription.stop`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stop {
    /// Who.
    pub patient: PatientId,
    /// Which.
    pub prescription: PrescriptionId,
    /// Heads the form was opened at.
    pub heads: Heads,
    /// Why.
    pub reason: String,
}
