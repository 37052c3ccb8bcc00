//! Products, prescriptions and when to take what.
//!
//! A prescription keeps the product's name as it was written, so that a chart reads the same when the formulary
//! has changed since.

mod formulary;
mod rules;
pub(crate) mod substance;

pub use formulary::Formulary;
pub use rules::PrescriptionRules;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{EncounterId, PrescriptionId, ProductId, StaffId};
use crate::stock::BaseUnits;

coded! {
    /// How it is taken. What a paper or an import writes otherwise is kept as it is.
    #[derive(Default)]
    pub enum Route {
        /// 口服
        #[default]
        Oral = "oral",
        /// 舌下含服
        Sublingual = "sublingual",
        /// 外用
        Topical = "topical",
        /// 吸入
        Inhaled = "inhaled",
        /// 滴眼
        Eye = "eye",
        /// 滴耳
        Ear = "ear",
        /// 喷鼻、滴鼻
        Nasal = "nasal",
        /// 直肠给药
        Rectal = "rectal",
        /// 阴道给药
        Vaginal = "vaginal",
        /// 皮下注射
        Subcutaneous = "subcutaneous",
        /// 肌内注射
        Intramuscular = "intramuscular",
        /// 静脉给药
        Intravenous = "intravenous",
    }
}

/// A product of the formulary (FHIR `Medication`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Product {
    /// Which.
    pub id: ProductId,
    /// Generic name with dosage form: 氨氯地平片.
    pub generic_zh: String,
    /// International name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generic_en: Option<String>,
    /// ATC code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub atc: Option<String>,
    /// Strength of one base unit: 5mg.
    pub strength: String,
    /// Dosage form: 片剂.
    pub form: String,
    /// What is counted: 片, 粒, 支, 袋.
    pub base_unit: String,
    /// Base units in a pack.
    pub pack_size: u32,
    /// What a pack is called: 盒, 瓶.
    pub pack_unit: String,
    /// Usual route.
    pub route: Route,
    /// On prescription only.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub prescription_only: bool,
    /// Controlled substance: a witness is needed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub controlled: bool,
    /// Other names it is asked for by: brands, short forms.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
}

/// A product of the formulary, or a described one that it lacks. One value.
///
/// Two references mean the same product when [`ProductRef::key`] is equal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ProductRef {
    /// The formulary's product; absent for a described one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<ProductId>,
    /// Name as written.
    pub name: String,
    /// What is counted: 片.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub unit: String,
}

impl ProductRef {
    /// What tells products apart: the formulary's id, else name and unit as described.
    pub fn key(&self) -> String {
        match &self.id {
            Some(id) => id.to_string(),
            None => format!("{}|{}", self.name.trim(), self.unit.trim()),
        }
    }
}

impl From<&Product> for ProductRef {
    fn from(product: &Product) -> Self {
        Self {
            id: Some(product.id),
            name: product.generic_zh.clone(),
            unit: product.base_unit.clone(),
        }
    }
}

/// How much at which time of day, in quarters of a base unit: 4 is one tablet, 2 half a tablet. One value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DoseSchedule {
    /// 早, quarters.
    #[serde(default)]
    pub morning: u16,
    /// 中, quarters.
    #[serde(default)]
    pub noon: u16,
    /// 晚, quarters.
    #[serde(default)]
    pub evening: u16,
    /// 睡前, quarters.
    #[serde(default)]
    pub bedtime: u16,
}

/// When to take it: by the pictured schedule, or in words (每日三次, 必要时).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Timing {
    /// 早 中 晚 睡前.
    Schedule(DoseSchedule),
    /// In words.
    Text(String),
}

/// What is prescribed: one value, never merged in parts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PrescriptionOrder {
    /// What.
    pub product: ProductRef,
    /// Strength as written: 5mg.
    #[serde(default)]
    pub strength: String,
    /// How.
    #[serde(default)]
    pub route: Route,
    /// When to take it.
    pub timing: Timing,
    /// How much at a time, in words: 1片.
    #[serde(default)]
    pub dose: String,
    /// For how many days.
    pub days: u16,
    /// How many base units to hand out; unknown where neither schedule nor prescriber says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<BaseUnits>,
    /// Remark.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub remark: String,
}

/// A prescription line (FHIR `MedicationRequest`): an event that stands; stopping it is another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Prescription {
    /// In which visit.
    pub encounter: EncounterId,
    /// What.
    pub order: PrescriptionOrder,
    /// By whom.
    pub by: StaffId,
    /// When, ms.
    pub at: i64,
    /// Codes of the warnings that were overridden.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overridden: Vec<String>,
    /// Which they were: each code with what it was about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overridden_keys: Vec<String>,
    /// Why they were overridden.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub override_reason: Option<String>,
}

/// A prescription was stopped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PrescriptionStop {
    /// Which.
    pub prescription: PrescriptionId,
    /// Why.
    pub reason: String,
    /// By whom.
    pub by: StaffId,
    /// When, ms.
    pub at: i64,
}
