//! What is measured: blood pressure, pulse, temperature, weight, height, waist, glucose.
//!
//! Integers in a named unit, never floats. A reading is one value: two tablets can't merge halves of two pressures
//! into one that nobody took. What is possible and what is unusual is data: see [`ranges`].

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub mod ranges;

pub use ranges::{Range, Unusual, VitalKind, VitalRanges};

macro_rules! units {
    ($($(#[$meta:meta])* $name:ident($inner:ty);)*) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(pub $inner);
    )*};
}

units! {
    /// Millimetres of mercury.
    Mmhg(u16);
    /// Beats per minute.
    Pulse(u16);
    /// Temperature in tenths of a degree Celsius: 365 is 36.5 °C.
    TemperatureDeci(u16);
    /// Weight in grams.
    WeightGrams(u32);
    /// Height in millimetres.
    HeightMm(u16);
    /// Waist in millimetres.
    WaistMm(u16);
}

/// One blood-pressure reading, taken at once: never merged in parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct BloodPressure {
    /// Systolic, mmHg.
    pub sys: Mmhg,
    /// Diastolic, mmHg.
    pub dia: Mmhg,
    /// When it was taken, ms since 1970; the visit's time when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<i64>,
}

impl BloodPressure {
    /// A reading of the visit's time.
    pub const fn new(sys: u16, dia: u16) -> Self {
        Self {
            sys: Mmhg(sys),
            dia: Mmhg(dia),
            at: None,
        }
    }

    /// The mean of the visit's readings, each part rounded half up; `None` without readings.
    pub fn mean(readings: &[BloodPressure]) -> Option<BloodPressure> {
        let n = u32::try_from(readings.len()).ok().filter(|n| *n > 0)?;
        let part = |of: fn(&BloodPressure) -> u16| {
            let sum: u32 = readings.iter().map(|r| u32::from(of(r))).sum();
            u16::try_from((sum + n / 2) / n).ok().map(Mmhg)
        };
        Some(BloodPressure {
            sys: part(|r| r.sys.0)?,
            dia: part(|r| r.dia.0)?,
            at: None,
        })
    }
}

coded! {
    /// When in relation to food the glucose was measured. Only fasting values classify.
    #[derive(Default)]
    pub enum GlucoseKind {
        /// 空腹
        Fasting = "fasting",
        /// 餐后2小时
        TwoHour = "two_hour",
        /// 随机
        Random = "random",
        /// Not told; counts as random.
        #[default]
        Unknown = "unknown",
    }
}

coded! {
    /// What a meter shows beyond its range.
    pub enum MeterLimit {
        /// Above the meter's range.
        Hi = "hi",
        /// Below the meter's range.
        Lo = "lo",
    }
}

/// What the meter showed: tenths of mmol/L, or `hi` / `lo`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum GlucoseReading {
    /// Tenths of mmol/L: 67 is 6.7 mmol/L.
    Deci(u16),
    /// Beyond the meter's range.
    Meter(MeterLimit),
}

/// One glucose reading with its kind: one value.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Glucose {
    /// Tenths of mmol/L, or `hi` / `lo`.
    pub value: GlucoseReading,
    /// Fasting, two hours after a meal, random.
    #[serde(default)]
    pub kind: GlucoseKind,
}

/// What was measured in a visit. Never prefilled.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Vitals {
    /// Blood pressures in the order they were taken, mmHg; all are kept.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bp: Vec<BloodPressure>,
    /// Pulse, per minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pulse: Option<Pulse>,
    /// Weight, grams.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<WeightGrams>,
    /// Height, millimetres.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<HeightMm>,
    /// Temperature, tenths of °C.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<TemperatureDeci>,
    /// Glucose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub glucose: Option<Glucose>,
    /// Waist, millimetres.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waist: Option<WaistMm>,
}

/// Body-mass index in tenths of kg/m²; `None` for a height of zero.
pub fn bmi_deci(weight: WeightGrams, height: HeightMm) -> Option<u16> {
    let square_mm = u64::from(height.0) * u64::from(height.0);
    if square_mm == 0 {
        return None;
    }
    // g / mm² = 1000 kg / m²; times 10 for tenths, rounded half up.
    u16::try_from((u64::from(weight.0) * 10_000 + square_mm / 2) / square_mm).ok()
}
