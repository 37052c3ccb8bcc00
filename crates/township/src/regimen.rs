//! What people of the programme take: ordinary combinations of the demo formulary, as invented as the people.

use xunyi_model::{
    BaseUnits, DoseSchedule, FormMedicine, PrescriptionOrder, Product, ProductRef, Timing,
};

use crate::TownshipError;
use crate::course::{Course, Intake};
use crate::formulary;
use crate::rng::Rng;

/// One medicine as taken, in quarters of a base unit at morning, noon, evening and bedtime.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Medicine {
    /// Where in the list of those that the demo prescribes: names its lots.
    pub slot: usize,
    pub product: Product,
    pub schedule: DoseSchedule,
}

type Line = (&'static str, [u16; 4]);

const AMLODIPINE: Line = ("苯磺酸氨氯地平片", [4, 0, 0, 0]);
const NIFEDIPINE: Line = ("硝苯地平控释片", [4, 0, 0, 0]);
const VALSARTAN: Line = ("缬沙坦胶囊", [4, 0, 0, 0]);
const LOSARTAN: Line = ("氯沙坦钾片", [4, 0, 0, 0]);
const IRBESARTAN: Line = ("厄贝沙坦片", [4, 0, 0, 0]);
const ENALAPRIL: Line = ("马来酸依那普利片", [4, 0, 0, 0]);
const FELODIPINE: Line = ("非洛地平缓释片", [4, 0, 0, 0]);
const INDAPAMIDE: Line = ("吲达帕胺缓释片", [4, 0, 0, 0]);
const THIAZIDE: Line = ("氢氯噻嗪片", [2, 0, 0, 0]);
const METOPROLOL: Line = ("琥珀酸美托洛尔缓释片", [4, 0, 0, 0]);
const CAPTOPRIL: Line = ("卡托普利片", [4, 0, 4, 0]);
const COMPOUND: Line = ("复方利血平氨苯蝶啶片", [4, 0, 0, 0]);
const METFORMIN: Line = ("盐酸二甲双胍片", [4, 0, 4, 0]);
const GLICLAZIDE: Line = ("格列齐特缓释片", [4, 0, 0, 0]);
const ATORVASTATIN: Line = ("阿托伐他汀钙片", [0, 0, 0, 4]);
const ASPIRIN: Line = ("阿司匹林肠溶片", [4, 0, 0, 0]);

/// All that the demo prescribes; the order names the lots.
const ALL: [Line; 16] = [
    AMLODIPINE,
    NIFEDIPINE,
    VALSARTAN,
    LOSARTAN,
    IRBESARTAN,
    ENALAPRIL,
    FELODIPINE,
    INDAPAMIDE,
    THIAZIDE,
    METOPROLOL,
    CAPTOPRIL,
    COMPOUND,
    METFORMIN,
    GLICLAZIDE,
    ATORVASTATIN,
    ASPIRIN,
];

/// For the pressure, with how often.
const PRESSURE: &[(&[Line], u32)] = &[
    (&[AMLODIPINE], 30),
    (&[NIFEDIPINE], 12),
    (&[VALSARTAN], 10),
    (&[LOSARTAN], 8),
    (&[IRBESARTAN], 6),
    (&[ENALAPRIL], 5),
    (&[FELODIPINE], 3),
    (&[COMPOUND], 5),
    (&[CAPTOPRIL], 2),
    (&[AMLODIPINE, VALSARTAN], 9),
    (&[AMLODIPINE, THIAZIDE], 4),
    (&[NIFEDIPINE, METOPROLOL], 4),
    (&[LOSARTAN, INDAPAMIDE], 3),
];

/// The medicines that the demo prescribes, each with its product.
#[derive(Clone, Debug)]
pub(crate) struct Shelf(Vec<Product>);

impl Shelf {
    /// Finds each in the formulary.
    pub fn of(products: &[Product]) -> Result<Self, TownshipError> {
        let found = ALL
            .iter()
            .map(|(name, _)| formulary::named(products, name).cloned());
        found.collect::<Result<_, _>>().map(Self)
    }

    pub fn products(&self) -> &[Product] {
        &self.0
    }

    fn medicine(&self, line: &Line) -> Option<Medicine> {
        let slot = ALL.iter().position(|(name, _)| *name == line.0)?;
        let [morning, noon, evening, bedtime] = line.1;
        let schedule = DoseSchedule {
            morning,
            noon,
            evening,
            bedtime,
        };
        Some(Medicine {
            slot,
            product: self.0.get(slot)?.clone(),
            schedule,
        })
    }

    /// What this person takes; nothing for those who take none.
    pub fn regimen(&self, seed: u64, person: u64, course: &Course) -> Vec<Medicine> {
        if course.intake == Intake::None {
            return Vec::new();
        }
        let mut rng = Rng::of(seed, "regimen", person);
        let mut lines = rng.weighted(PRESSURE).copied().unwrap_or_default().to_vec();
        if course.diabetes {
            lines.push(METFORMIN);
            if rng.chance(25) {
                lines.push(GLICLAZIDE);
            }
        }
        if rng.chance(25) {
            lines.push(ATORVASTATIN);
        }
        if rng.chance(14) {
            lines.push(ASPIRIN);
        }
        lines.truncate(5);
        lines
            .iter()
            .filter_map(|line| self.medicine(line))
            .collect()
    }
}

impl Medicine {
    fn quarters_a_day(&self) -> u32 {
        let DoseSchedule {
            morning,
            noon,
            evening,
            bedtime,
        } = self.schedule;
        [morning, noon, evening, bedtime]
            .into_iter()
            .map(u32::from)
            .sum()
    }

    /// Base units for so many days.
    pub fn units(&self, days: u16) -> u32 {
        (self.quarters_a_day() * u32::from(days)).div_ceil(4)
    }

    /// As it is prescribed for so many days.
    pub fn order(&self, days: u16) -> PrescriptionOrder {
        PrescriptionOrder {
            product: ProductRef::from(&self.product),
            strength: self.product.strength.clone(),
            route: self.product.route.clone(),
            timing: Timing::Schedule(self.schedule),
            dose: self.dose(),
            days,
            quantity: BaseUnits::parse(self.units(days)).ok(),
            remark: String::new(),
        }
    }

    /// As it stands in the form.
    pub fn on_form(&self) -> FormMedicine {
        let DoseSchedule {
            morning,
            noon,
            evening,
            bedtime,
        } = self.schedule;
        let times = [morning, noon, evening, bedtime]
            .into_iter()
            .filter(|quarters| *quarters > 0)
            .count();
        FormMedicine {
            name: self.product.generic_zh.clone(),
            times_per_day: u8::try_from(times).ok(),
            dose: self.dose(),
        }
    }

    fn dose(&self) -> String {
        let DoseSchedule {
            morning,
            noon,
            evening,
            bedtime,
        } = self.schedule;
        match [morning, noon, evening, bedtime].into_iter().max() {
            Some(2) => format!("半{}", self.product.base_unit),
            Some(quarters) if quarters % 4 == 0 => {
                format!("{}{}", quarters / 4, self.product.base_unit)
            }
            _ => self.product.strength.clone(),
        }
    }
}
