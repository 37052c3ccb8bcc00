//! `dispense.*`: the pharmacist's counter.
use super::*;
use xunyi_model::*;

/// `dispense.list`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct List {
    /// Only this person's.
    pub patient: Option<PatientId>,
}

/// A lot proposed to pick from, first expiry first.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct LotPick {
    /// Which.
    pub lot: Lot,
    /// Base units.
    pub qty: u32,
    /// On hand of this lot on this vehicle before.
    pub on_hand: i64,
    /// Past its expiry today.
    pub expired: bool,
}

/// A hand-over in spite of what became known after the medicine was prescribed.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct HandedDespite {
    /// Who handed it out.
    pub by: String,
    /// When, ms.
    pub at: i64,
    /// Why.
    pub reason: String,
}

/// One prescription to dispense.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct DispenseItem {
    /// Which.
    pub prescription: PrescriptionId,
    /// What.
    pub order: PrescriptionOrder,
    /// When prescribed, ms.
    pub at: i64,
    /// By whom.
    pub prescriber: String,
    /// Base units still to hand out; absent where neither schedule nor prescriber says how many.
    pub remaining: Option<u32>,
    /// Base units handed out so far.
    pub dispensed: u32,
    /// Base units of them beyond what was prescribed: nothing is to be handed out, the person is to be told.
    pub over: u32,
    /// Stopped, and yet handed out, here or on another tablet: nothing is to be handed out, the person is to be told.
    pub stopped: bool,
    /// Who stopped it and why, oldest first.
    pub ends: Vec<super::patient::EndedBy>,
    /// What the listed allergies say of it now.
    pub warnings: Vec<super::prescription::Warning>,
    /// Keys of those that interrupt and that the prescriber was not shown: they became known since.
    pub unseen: Vec<String>,
    /// Why the prescriber went on in spite of what interrupted.
    pub override_reason: Option<String>,
    /// Hand-overs on it so far that were made in spite of what the prescriber was not shown, oldest first.
    pub handed_despite: Vec<HandedDespite>,
    /// Lots proposed, first expiry first; then, with a quantity of zero, the others that lie here.
    pub picks: Vec<LotPick>,
    /// Base units short on this vehicle.
    pub short: u32,
}

/// One person waiting for medicine.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct DispenseLine {
    /// Who, with allergies.
    pub banner: super::patient::Banner,
    /// Heads of the chart, for the hand-over.
    pub heads: Heads,
    /// What to hand out.
    pub items: Vec<DispenseItem>,
    /// Since when waiting, ms.
    pub since: i64,
}

/// Answer of `dispense.list`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Lines {
    /// Longest waiting first.
    pub lines: Vec<DispenseLine>,
}

/// What is handed out for one prescription.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Handed {
    /// Which.
    pub prescription: PrescriptionId,
    /// From which lots.
    pub picks: Vec<Picked>,
    /// Why it is handed out in spite of warnings that interrupt and that the prescriber was not shown; recorded.
    #[serde(default)]
    pub override_reason: Option<String>,
    /// Keys of those of them that were shown at the counter; a reason counts for no other.
    #[serde(default)]
    pub seen: Vec<String>,
}

/// So many of one lot.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Picked {
    /// Which.
    pub lot: Lot,
    /// Base units, at least 1.
    pub qty: u32,
    /// Why an expired lot is handed out; recorded.
    pub reason: Option<String>,
    /// The movement's id where an import must keep it; made when absent.
    pub movement: Option<MovementId>,
}

/// How the receiver was identified.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// Who receives: the person or a proxy.
    pub receiver: Attendee,
    /// `birth_date` or `id_tail`: what was asked and matched.
    pub confirmed_by: IdentityProof,
}

/// `dispense.complete`: checks, movement and dispensing in one commit.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Complete {
    /// Who.
    pub patient: PatientId,
    /// Heads as the line showed.
    pub heads: Heads,
    /// What.
    pub items: Vec<Handed>,
    /// Who received it.
    pub identity: Identity,
    /// Who reviewed the prescription (审方), where that was not who hands over.
    #[serde(default)]
    pub reviewer: Option<StaffId>,
    /// Who picked the goods (调配), where that was not who hands over.
    #[serde(default)]
    pub picker: Option<StaffId>,
    /// Who checked what was picked (核对): somebody else than who hands over where a lot is expired.
    #[serde(default)]
    pub checker: Option<StaffId>,
}

/// Answer of `dispense.complete`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Completed {
    /// One per item handed out.
    pub dispenses: Vec<DispenseId>,
    /// On disk.
    pub saved: Saved,
    /// Products whose count went below zero on this vehicle.
    pub below_zero: Vec<String>,
}
