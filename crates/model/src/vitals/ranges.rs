//! Hard and soft limits of measured values. The limits are a table, not constants: `data/vital_ranges.json`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{BloodPressure, GlucoseReading, Vitals};
use crate::error::Invalid;

/// Which measured value.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum VitalKind {
    /// mmHg.
    Systolic,
    /// mmHg.
    Diastolic,
    /// Per minute.
    Pulse,
    /// Tenths of °C.
    Temperature,
    /// Grams.
    Weight,
    /// Millimetres.
    Height,
    /// Millimetres.
    Waist,
    /// Tenths of mmol/L.
    Glucose,
}

impl VitalKind {
    /// The name used in codes and parameters.
    pub const fn name(self) -> &'static str {
        match self {
            VitalKind::Systolic => "systolic",
            VitalKind::Diastolic => "diastolic",
            VitalKind::Pulse => "pulse",
            VitalKind::Temperature => "temperature",
            VitalKind::Weight => "weight",
            VitalKind::Height => "height",
            VitalKind::Waist => "waist",
            VitalKind::Glucose => "glucose",
        }
    }
    /// The code of a value beyond the hard limits.
    pub const fn impossible_code(self) -> &'static str {
        match self {
            VitalKind::Systolic => "vitals.systolic_impossible",
            VitalKind::Diastolic => "vitals.diastolic_impossible",
            VitalKind::Pulse => "vitals.pulse_impossible",
            VitalKind::Temperature => "vitals.temperature_impossible",
            VitalKind::Weight => "vitals.weight_impossible",
            VitalKind::Height => "vitals.height_impossible",
            VitalKind::Waist => "vitals.waist_impossible",
            VitalKind::Glucose => "vitals.glucose_impossible",
        }
    }
}

impl std::fmt::Display for VitalKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// Limits of one value, inclusive, in the unit of the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Range {
    /// Below: refused.
    pub hard_min: i64,
    /// Above: refused.
    pub hard_max: i64,
    /// Below: asked about.
    pub soft_min: i64,
    /// Above: asked about.
    pub soft_max: i64,
}

/// The limits of all measured values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VitalRanges {
    /// mmHg.
    pub systolic: Range,
    /// mmHg.
    pub diastolic: Range,
    /// Per minute.
    pub pulse: Range,
    /// Tenths of °C.
    pub temperature: Range,
    /// Grams.
    pub weight: Range,
    /// Millimetres.
    pub height: Range,
    /// Millimetres.
    pub waist: Range,
    /// Tenths of mmol/L.
    pub glucose: Range,
    /// Most blood pressures in one visit.
    pub max_bp_readings: usize,
}

/// A possible but unusual value: the form asks, and goes on when a person says that it is right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Unusual {
    /// Which.
    pub vital: VitalKind,
    /// The value, in the unit of the field.
    pub value: i64,
    /// Usual from.
    pub min: i64,
    /// Usual to.
    pub max: i64,
}

impl VitalRanges {
    fn range(&self, vital: VitalKind) -> Range {
        match vital {
            VitalKind::Systolic => self.systolic,
            VitalKind::Diastolic => self.diastolic,
            VitalKind::Pulse => self.pulse,
            VitalKind::Temperature => self.temperature,
            VitalKind::Weight => self.weight,
            VitalKind::Height => self.height,
            VitalKind::Waist => self.waist,
            VitalKind::Glucose => self.glucose,
        }
    }

    /// One value: refused beyond the hard limits, reported beyond the soft ones.
    pub fn check_value(&self, vital: VitalKind, value: i64) -> Result<Option<Unusual>, Invalid> {
        let Range {
            hard_min,
            hard_max,
            soft_min,
            soft_max,
        } = self.range(vital);
        if value < hard_min || value > hard_max {
            return Err(Invalid::VitalImpossible {
                vital,
                value,
                min: hard_min,
                max: hard_max,
            });
        }
        let unusual = value < soft_min || value > soft_max;
        Ok(unusual.then_some(Unusual {
            vital,
            value,
            min: soft_min,
            max: soft_max,
        }))
    }

    /// One pressure. A diastolic that is not below the systolic is asked about, not refused: it is most likely a
    /// slip, but what the cuff showed must be recordable.
    pub fn check_bp(&self, bp: &BloodPressure) -> Result<Vec<Unusual>, Invalid> {
        let sys = self.check_value(VitalKind::Systolic, i64::from(bp.sys.0))?;
        let value = i64::from(bp.dia.0);
        let dia = self.check_value(VitalKind::Diastolic, value)?;
        let swapped = (bp.dia >= bp.sys).then(|| Unusual {
            vital: VitalKind::Diastolic,
            value,
            min: self.diastolic.soft_min,
            max: i64::from(bp.sys.0) - 1,
        });
        Ok(sys.into_iter().chain(swapped.or(dia)).collect())
    }

    /// All that was measured: the first impossible value is refused; the unusual ones are listed.
    pub fn check(&self, vitals: &Vitals) -> Result<Vec<Unusual>, Invalid> {
        if vitals.bp.len() > self.max_bp_readings {
            return Err(Invalid::TooManyReadings {
                max: self.max_bp_readings,
            });
        }
        let mut unusual = Vec::new();
        for bp in &vitals.bp {
            unusual.extend(self.check_bp(bp)?);
        }
        let glucose = vitals.glucose.as_ref().and_then(|g| match &g.value {
            GlucoseReading::Deci(tenths) => Some(i64::from(*tenths)),
            GlucoseReading::Meter(_) => None,
        });
        let single = [
            (VitalKind::Pulse, vitals.pulse.map(|v| i64::from(v.0))),
            (
                VitalKind::Temperature,
                vitals.temperature.map(|v| i64::from(v.0)),
            ),
            (VitalKind::Weight, vitals.weight.map(|v| i64::from(v.0))),
            (VitalKind::Height, vitals.height.map(|v| i64::from(v.0))),
            (VitalKind::Waist, vitals.waist.map(|v| i64::from(v.0))),
            (VitalKind::Glucose, glucose),
        ];
        for (vital, value) in single {
            if let Some(value) = value {
                unusual.extend(self.check_value(vital, value)?);
            }
        }
        Ok(unusual)
    }
}
