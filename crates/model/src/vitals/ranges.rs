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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::Tables;
    use crate::vitals::{
        Glucose, GlucoseKind, HeightMm, MeterLimit, Pulse, TemperatureDeci, WaistMm, WeightGrams,
        bmi_deci,
    };

    fn ranges() -> VitalRanges {
        Tables::shipped().unwrap().vital_ranges.body
    }

    #[test]
    fn impossible_values_are_refused_and_unusual_ones_asked_about() {
        let sys = |v| ranges().check_bp(&BloodPressure::new(v, 30));
        for (value, asked) in [
            (40, true),
            (79, true),
            (80, false),
            (200, false),
            (201, true),
            (300, true),
        ] {
            let unusual = sys(value).unwrap();
            assert_eq!(
                unusual.iter().any(|u| u.vital == VitalKind::Systolic),
                asked,
                "{value}"
            );
        }
        for value in [0, 15, 39, 301, 1520] {
            let refused = sys(value).unwrap_err();
            assert_eq!(refused.code(), "vitals.systolic_impossible");
            let params = refused.params();
            assert_eq!(
                (&params["value"], &params["min"], &params["max"]),
                (&value.into(), &40.into(), &300.into())
            );
        }
    }

    #[test]
    fn a_diastolic_above_the_systolic_is_asked_about() {
        let asked = ranges().check_bp(&BloodPressure::new(98, 112)).unwrap();
        assert_eq!(
            asked,
            [Unusual {
                vital: VitalKind::Diastolic,
                value: 112,
                min: 45,
                max: 97
            }]
        );
    }

    #[test]
    fn every_kind_has_its_limits_and_its_code() {
        let glucose = |value| {
            Some(Glucose {
                value,
                kind: GlucoseKind::Fasting,
            })
        };
        type Spoil = fn(&mut Vitals);
        let cases: [(Spoil, &str); 8] = [
            (
                |v| v.bp = vec![BloodPressure::new(120, 10)],
                "vitals.diastolic_impossible",
            ),
            (|v| v.pulse = Some(Pulse(3)), "vitals.pulse_impossible"),
            (
                |v| v.temperature = Some(TemperatureDeci(3_700)),
                "vitals.temperature_impossible",
            ),
            (
                |v| v.weight = Some(WeightGrams(615_000)),
                "vitals.weight_impossible",
            ),
            (
                |v| v.height = Some(HeightMm(17_000)),
                "vitals.height_impossible",
            ),
            (|v| v.waist = Some(WaistMm(85)), "vitals.waist_impossible"),
            (
                |v| v.bp = vec![BloodPressure::new(120, 80); 11],
                "vitals.too_many_readings",
            ),
            (
                |v| v.bp = vec![BloodPressure::new(15, 10)],
                "vitals.systolic_impossible",
            ),
        ];
        for (spoil, code) in cases {
            let mut vitals = Vitals::default();
            spoil(&mut vitals);
            let refused = ranges().check(&vitals).unwrap_err().code();
            assert_eq!(refused, code);
            assert!(Invalid::CODES.contains(&refused));
        }
        let of = |value| {
            ranges().check(&Vitals {
                glucose: glucose(value),
                ..Vitals::default()
            })
        };
        assert_eq!(
            of(GlucoseReading::Deci(601)).unwrap_err().code(),
            "vitals.glucose_impossible"
        );
        assert_eq!(of(GlucoseReading::Deci(67)), Ok(vec![]));
        assert_eq!(of(GlucoseReading::Meter(MeterLimit::Hi)), Ok(vec![]));
        assert_eq!(of(GlucoseReading::Deci(210)).unwrap().len(), 1);
    }

    #[test]
    fn the_mean_of_readings_rounds_half_up() {
        let mean = |readings: &[(u16, u16)]| {
            let readings: Vec<_> = readings
                .iter()
                .map(|(s, d)| BloodPressure::new(*s, *d))
                .collect();
            BloodPressure::mean(&readings).map(|bp| (bp.sys.0, bp.dia.0))
        };
        assert_eq!(mean(&[]), None);
        assert_eq!(mean(&[(140, 90)]), Some((140, 90)));
        assert_eq!(mean(&[(140, 90), (135, 85)]), Some((138, 88)));
        assert_eq!(mean(&[(140, 90), (135, 85), (136, 86)]), Some((137, 87)));
        assert_eq!(mean(&[(u16::MAX, u16::MAX); 9]), Some((u16::MAX, u16::MAX)));
    }

    #[test]
    fn vitals_have_a_stable_form() {
        let vitals = Vitals {
            bp: vec![BloodPressure::new(138, 86)],
            weight: Some(WeightGrams(61_500)),
            glucose: Some(Glucose {
                value: GlucoseReading::Meter("hi".into()),
                kind: GlucoseKind::Random,
            }),
            ..Vitals::default()
        };
        let json = serde_json::to_string(&vitals).unwrap();
        assert_eq!(
            json,
            r#"{"bp":[{"sys":138,"dia":86}],"weight":61500,"glucose":{"value":"hi","kind":"random"}}"#
        );
        assert_eq!(serde_json::from_str::<Vitals>(&json).unwrap(), vitals);
        assert_eq!(bmi_deci(WeightGrams(61_500), HeightMm(1_650)), Some(226));
        assert_eq!(bmi_deci(WeightGrams(61_500), HeightMm(0)), None);
    }
}
