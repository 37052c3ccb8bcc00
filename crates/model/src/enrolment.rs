//! Chronic-disease programmes of the national basic public health service and the targets set for a person.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::coded::RecordStatus;
use crate::vitals::{BloodPressure, Mmhg};

coded! {
    /// A chronic-disease programme.
    pub enum Programme {
        /// 高血压患者健康管理
        Hypertension = "hypertension",
        /// 2型糖尿病患者健康管理
        DiabetesT2 = "diabetes_t2",
    }
}

coded! {
    /// Cardiovascular risk stratum of the Chinese hypertension guideline.
    pub enum RiskLevel {
        /// 低危
        Low = "low",
        /// 中危
        Moderate = "moderate",
        /// 高危
        High = "high",
        /// 很高危
        VeryHigh = "very_high",
    }
}

/// Blood pressure to reach: systolic below `sys_below` and diastolic below `dia_below`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BpTarget {
    /// mmHg; the target is below it.
    pub sys_below: Mmhg,
    /// mmHg; the target is below it.
    pub dia_below: Mmhg,
    /// Version of the table it came from, or of the person who set it.
    pub version: String,
}

impl BpTarget {
    /// True when both parts are below the target.
    pub fn is_met(&self, bp: &BloodPressure) -> bool {
        bp.sys < self.sys_below && bp.dia < self.dia_below
    }
}

/// Membership in a programme (FHIR `EpisodeOfCare`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Enrolment {
    /// Which.
    pub programme: Programme,
    /// Since when.
    pub since: NaiveDate,
    /// Standing.
    #[serde(default)]
    pub status: RecordStatus,
    /// Risk stratum.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub risk: Option<RiskLevel>,
    /// Target set for this person; the table's by age when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<BpTarget>,
    /// First follow-up due; the date of the enrolment when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_due: Option<NaiveDate>,
}
