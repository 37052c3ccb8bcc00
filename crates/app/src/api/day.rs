//! `day.*`: the vehicle's day and its line.
use super::*;
use chrono::NaiveDate;
use xunyi_model::*;

/// `day.open`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Open {
    /// The date, confirmed by a person when the clock is implausible; today when absent.
    pub date: Option<NaiveDate>,
    /// Kilometres on the odometer.
    pub odometer_km: Option<u32>,
}

/// `day.arrive`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Arrive {
    /// Where.
    pub village: VillageId,
    /// Kilometres on the odometer.
    pub odometer_km: Option<u32>,
}

/// `day.check_in`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckIn {
    /// Who.
    pub patient: PatientId,
    /// Why, in a few words.
    #[serde(default)]
    pub reason: String,
    /// For whom they wait.
    pub station: Station,
    /// To the front of the line.
    #[serde(default)]
    pub urgent: bool,
}

/// `day.call_next`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CallNext {
    /// This one; the first waiting when absent.
    pub entry: Option<QueueEntryId>,
    /// Only this station's line.
    pub station: Option<Station>,
}

/// `day.finish`: seen, left, or handed on without a visit.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Finish {
    /// Which.
    pub entry: QueueEntryId,
    /// How it ended.
    pub outcome: QueueOutcome,
}

/// `day.close`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Close {
    /// Kilometres on the odometer.
    pub odometer_km: Option<u32>,
    /// Somebody saw whose visits of the day are not signed or not ended, and closes it all the same.
    pub leave_unsigned: bool,
}

/// One person in the line.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct QueueView {
    /// Which.
    pub entry: QueueEntryId,
    /// Number as called out, with the device's letter: `A7`.
    pub number: String,
    /// Who.
    pub patient: PatientId,
    /// What is known of them; nothing as long as their chart has not arrived on this device.
    pub hit: Option<PatientHit>,
    /// Why.
    pub reason: String,
    /// For whom.
    pub station: Station,
    /// To the front.
    pub urgent: bool,
    /// Waiting, called, done, left.
    pub state: QueueState,
    /// When checked in, ms.
    pub since: i64,
    /// Who called them.
    pub called_by: Vec<String>,
    /// Called on two devices that could not see one another: shown, never hidden.
    pub double_called: bool,
}

use super::patient::PatientHit;

/// A visit in which something was typed on this device and that nobody has signed.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct UnsignedVisit {
    /// Which.
    pub encounter: EncounterId,
    /// Whose.
    pub patient: PatientId,
    /// What is known of them.
    pub hit: Option<PatientHit>,
    /// The day it was begun.
    pub date: NaiveDate,
    /// True when that is the day shown.
    pub today: bool,
    /// When it was begun, ms.
    pub opened_at: i64,
    /// When it was last typed in, ms.
    pub saved_at: i64,
    /// Name of the village where the vehicle stood then.
    pub village: Option<String>,
    /// Name of who typed last.
    pub by: String,
    /// It can still be signed; an older one can be read with the person.
    pub may_sign: bool,
}

/// Answer of every `day.*` command: the day as it stands.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct DayView {
    /// The date.
    pub date: NaiveDate,
    /// Opened yet?
    pub open: bool,
    /// Closed already?
    pub closed: bool,
    /// The vehicle.
    pub vehicle: Option<Vehicle>,
    /// The current stop.
    pub stop: Option<StopView>,
    /// The line, in order, with those already seen at the end.
    pub line: Vec<QueueView>,
    /// Visits begun on this device, today or earlier, and not signed; the oldest first.
    pub unsigned: Vec<UnsignedVisit>,
    /// Seen today.
    pub seen: u32,
    /// Waiting now.
    pub waiting: u32,
    /// The entry just called by `day.call_next`.
    pub called: Option<QueueEntryId>,
    /// All villages of the site, for the choice of the stop.
    pub villages: Vec<Village>,
    /// The device clock is implausible: a person must confirm the date.
    pub clock_implausible: bool,
}

/// A stop.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct StopView {
    /// Where.
    pub village: Village,
    /// When, ms.
    pub arrived_at: i64,
    /// Kilometres.
    pub odometer_km: Option<u32>,
}
