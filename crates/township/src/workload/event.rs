//! The events of the benchmark workload (quality.md §1), one JSON object a line, each field named.
//!
//! A field that this reader does not know is an error, never dropped: a benchmark that compares what the center
//! holds with what was played must not compare less than everything.

use std::io::BufRead;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::TownshipError;

/// Something that happened, as the workload tells it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "lowercase")]
pub enum Event {
    /// A record as it is first written.
    Put(Put),
    /// Some fields of a person change.
    Patch(Patch),
}

/// A new record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Put {
    /// The record's id.
    pub id: Uuid,
    /// Whose it is; for a person their own id.
    pub patient: Uuid,
    /// When, as `2026-03-02T08:03:04+08:00`.
    pub at: String,
    /// What.
    #[serde(flatten)]
    pub record: Record,
}

/// What a [`Put`] writes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "body", rename_all = "lowercase")]
pub enum Record {
    /// A person.
    Patient(PatientBody),
    /// A visit.
    Encounter(EncounterBody),
    /// A form of a visit: `encounter`, `template` and about 20 more fields, kept as they come.
    Form(Map<String, Value>),
    /// A prescription line.
    Prescription(PrescriptionBody),
    /// Medicine handed out.
    Movement(MovementBody),
}

/// A person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PatientBody {
    /// Name.
    pub name: String,
    /// 男 or 女.
    pub sex: String,
    /// `YYYY-MM-DD`.
    pub birth: String,
    /// Village name.
    pub village: String,
    /// Village, group and house number.
    pub address: String,
    /// Phone.
    pub phone: String,
    /// Resident ID; its county code may not exist.
    pub idno: String,
    /// Substances.
    pub allergies: Vec<String>,
    /// Problems.
    pub problems: Vec<ProblemBody>,
}

/// An entry of the problem list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProblemBody {
    /// ICD-10 code.
    pub code: String,
    /// `YYYY-MM`.
    pub since: String,
}

/// A visit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EncounterBody {
    /// Measured.
    pub vitals: VitalsBody,
    /// Why they came.
    pub complaint: String,
    /// Note, up to 300 characters.
    pub notes: String,
    /// ICD-10 codes.
    pub dx: Vec<String>,
    /// `c1` to `c4`.
    pub clinician: String,
}

/// What was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VitalsBody {
    /// Two blood pressures.
    pub bp: Vec<BpBody>,
    /// Per minute.
    pub pulse: u16,
    /// kg, one decimal.
    pub weight: f64,
    /// mmol/L, one decimal; of what kind is not said.
    pub glucose: f64,
}

/// A blood pressure, mmHg.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BpBody {
    /// Systolic.
    pub sys: u16,
    /// Diastolic; the generator does not keep it below the systolic.
    pub dia: u16,
}

/// A prescription line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrescriptionBody {
    /// In which visit.
    pub encounter: Uuid,
    /// Generic name.
    pub drug: String,
    /// Strength.
    pub strength: String,
    /// 口服, 外用, …
    pub route: String,
    /// Such as `0.5片`.
    pub dose: String,
    /// Such as 每日两次.
    pub freq: String,
    /// Days.
    pub days: u16,
    /// Remark; often empty.
    pub remark: String,
}

/// Medicine handed out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MovementBody {
    /// In which visit.
    pub encounter: Uuid,
    /// For which prescription line.
    pub prescription: Uuid,
    /// Generic name.
    pub item: String,
    /// Base unit.
    pub unit: String,
    /// Below zero: so many base units went out.
    pub qty: i64,
    /// Lot number.
    pub lot: String,
    /// `YYYY-MM`.
    pub expiry: String,
    /// Which vehicle.
    pub location: String,
}

/// Some fields of a person change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Patch {
    /// Always `patient`.
    pub kind: PatchKind,
    /// Who.
    pub id: Uuid,
    /// When.
    pub at: String,
    /// To what.
    pub set: PatchSet,
}

/// What a [`Patch`] changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PatchKind {
    /// A person.
    Patient,
}

/// The new values; an absent one stays as it was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PatchSet {
    /// Phone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// All allergies from now on, those known before among them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allergies: Option<Vec<String>>,
}

impl Event {
    /// Reads one line. What does not come out again as it went in is refused.
    pub fn parse(line: &str) -> Result<Self, TownshipError> {
        let raw: Value = serde_json::from_str(line).map_err(TownshipError::Malformed)?;
        let event: Event = serde_json::from_value(raw.clone()).map_err(TownshipError::Malformed)?;
        let again = serde_json::to_value(&event).map_err(TownshipError::Malformed)?;
        if again == raw {
            Ok(event)
        } else {
            Err(TownshipError::NotRoundTrip)
        }
    }

    /// Whose record it concerns.
    pub fn patient(&self) -> Uuid {
        match self {
            Event::Put(put) => put.patient,
            Event::Patch(patch) => patch.id,
        }
    }

    /// When, as written.
    pub fn at(&self) -> &str {
        match self {
            Event::Put(put) => &put.at,
            Event::Patch(patch) => &patch.at,
        }
    }
}

/// Reads events line by line, so that a roster of millions need not fit in memory.
pub fn read(from: impl BufRead) -> impl Iterator<Item = Result<Event, TownshipError>> {
    from.lines()
        .enumerate()
        .filter_map(|(index, line)| match line {
            Ok(line) if line.trim().is_empty() => None,
            Ok(line) => Some(
                Event::parse(&line).map_err(|why| TownshipError::Line(index + 1, Box::new(why))),
            ),
            Err(_) => Some(Err(TownshipError::Unreadable(index + 1))),
        })
}
