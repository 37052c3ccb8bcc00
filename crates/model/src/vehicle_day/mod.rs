//! A vehicle's day as events: opened, arrived, checked in, called, finished, closed.
//! The line is derived from them ([`line::Line`]); nobody writes a state.

mod line;

pub use line::{Call, Line, LineEntry, Stop};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

use crate::error::Invalid;
use crate::ids::{CallId, DeviceId, PatientId, QueueEntryId, StaffId, VillageId};

coded! {
    /// For whom a person waits.
    pub enum Station {
        /// 预检: the nurse.
        Triage = "triage",
        /// 全科
        Gp = "gp",
        /// 眼底
        Eye = "eye",
        /// 药房
        Pharmacy = "pharmacy",
    }
}

coded! {
    /// How a place in the line ended.
    pub enum QueueOutcome {
        /// Seen.
        Seen = "seen",
        /// Went away unseen.
        Left = "left",
        /// Handed on to another station.
        HandedOn = "handed_on",
    }
}

/// How a person stands in the line: derived.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum QueueState {
    /// Waits.
    Waiting,
    /// Was called, is being seen.
    Called,
    /// Was seen or handed on.
    Done,
    /// Went away unseen.
    Left,
}

/// A number as called out: the device's letter and a count, `A12`. Devices apart never give the same one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct QueueNumber {
    /// The device's letter: one or two capitals.
    pub letter: String,
    /// From 1.
    pub n: u32,
}

impl fmt::Display for QueueNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.letter, self.n)
    }
}

impl FromStr for QueueNumber {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let split = text
            .find(|c: char| !c.is_ascii_uppercase())
            .unwrap_or(text.len());
        let (letter, n) = text.split_at_checked(split).ok_or(Invalid::QueueNumber)?;
        let digits = !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()) && !n.starts_with('0');
        match n.parse::<u32>() {
            Ok(n) if digits && (1..=2).contains(&letter.len()) => Ok(Self {
                letter: letter.to_owned(),
                n,
            }),
            _ => Err(Invalid::QueueNumber),
        }
    }
}

impl Serialize for QueueNumber {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for QueueNumber {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for QueueNumber {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "QueueNumber".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^[A-Z]{1,2}[1-9][0-9]*$",
            "description": "A number as called out: the device's letter and a count.",
        })
    }
}

/// A place in the line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct QueueEntry {
    /// Which.
    pub id: QueueEntryId,
    /// Who.
    pub patient: PatientId,
    /// Number as called out.
    pub number: QueueNumber,
    /// Why they came.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// For whom they wait.
    pub station: Station,
    /// When checked in, ms.
    pub at: i64,
    /// By whom.
    pub by: StaffId,
    /// To the front of the line.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub urgent: bool,
}

/// What happened on a vehicle's day. Each is kept under its own id; nothing is ever rewritten.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DayEvent {
    /// The day was opened on a device.
    Opened {
        /// When, ms.
        at: i64,
        /// By whom.
        by: StaffId,
        /// On which device.
        device: DeviceId,
        /// Kilometres on the odometer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        odometer_km: Option<u32>,
    },
    /// The vehicle stopped in a village.
    Arrived {
        /// Where.
        village: VillageId,
        /// When, ms.
        at: i64,
        /// Recorded by.
        by: StaffId,
        /// Kilometres on the odometer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        odometer_km: Option<u32>,
    },
    /// Somebody joined the line.
    CheckedIn(QueueEntry),
    /// Somebody was called.
    Called {
        /// This call.
        call: CallId,
        /// Who, by their place in the line.
        entry: QueueEntryId,
        /// By whom.
        by: StaffId,
        /// When, ms.
        at: i64,
        /// On which device.
        device: DeviceId,
    },
    /// Their turn ended.
    Finished {
        /// Who, by their place in the line.
        entry: QueueEntryId,
        /// How.
        outcome: QueueOutcome,
        /// When, ms.
        at: i64,
        /// By whom.
        by: StaffId,
    },
    /// The day was closed.
    Closed {
        /// When, ms.
        at: i64,
        /// By whom.
        by: StaffId,
        /// Kilometres on the odometer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        odometer_km: Option<u32>,
    },
}

impl DayEvent {
    /// When it happened, ms, by the clock of the device that wrote it.
    pub fn at(&self) -> i64 {
        match self {
            Self::CheckedIn(entry) => entry.at,
            Self::Opened { at, .. }
            | Self::Arrived { at, .. }
            | Self::Called { at, .. }
            | Self::Finished { at, .. }
            | Self::Closed { at, .. } => *at,
        }
    }
}
