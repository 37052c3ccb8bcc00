//! 高血压患者随访服务记录表 of the national basic public health service specification (third edition, 2017).
//!
//! Measured values, symptoms, adherence and adverse reactions are options: never prefilled. Pressure, weight and
//! pulse are the visit's vitals, shared by all its forms, so they do not stand here a second time.

mod rules;
#[cfg(test)]
mod tests;

pub use rules::{
    HypertensionInput, HypertensionRules, PressureFrom, PreviousFollowup, Proposal, RuleHit,
    TableTarget, propose, target_of,
};

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::vitals::WeightGrams;

coded! {
    /// 症状, in the order of the paper (codes 1 to 10).
    pub enum Symptom {
        /// 1 无症状
        None = "none",
        /// 2 头痛头晕
        HeadacheDizziness = "headache_dizziness",
        /// 3 恶心呕吐
        NauseaVomiting = "nausea_vomiting",
        /// 4 眼花耳鸣
        BlurredVisionTinnitus = "blurred_vision_tinnitus",
        /// 5 呼吸困难
        Dyspnoea = "dyspnoea",
        /// 6 心悸胸闷
        PalpitationsChestTightness = "palpitations_chest_tightness",
        /// 7 鼻衄出血不止
        Epistaxis = "epistaxis",
        /// 8 四肢发麻
        NumbLimbs = "numb_limbs",
        /// 9 下肢水肿
        LegOedema = "leg_oedema",
        /// 10 其他
        Elsewhere = "other",
    }
}

coded! {
    /// Signs that, with a raised pressure, ask for treatment and referral at once (specification, "Emergency").
    pub enum EmergencySign {
        /// 意识改变
        AlteredConsciousness = "altered_consciousness",
        /// 剧烈头痛或头晕
        SevereHeadache = "severe_headache",
        /// 恶心呕吐
        NauseaVomiting = "nausea_vomiting",
        /// 视力模糊、眼痛
        BlurredVisionEyePain = "blurred_vision_eye_pain",
        /// 心悸、胸闷
        PalpitationsChestTightness = "palpitations_chest_tightness",
        /// 喘憋不能平卧
        CannotLieFlat = "cannot_lie_flat",
        /// 心前区疼痛
        PrecordialPain = "precordial_pain",
        /// 妊娠期或哺乳期血压高于正常
        PregnancyOrLactation = "pregnancy_or_lactation",
        /// 其他不能处理的情况
        CannotHandle = "cannot_handle",
    }
}

coded! {
    /// 服药依从性
    pub enum Adherence {
        /// 1 规律
        Regular = "regular",
        /// 2 间断
        Intermittent = "intermittent",
        /// 3 不服药
        NotTaking = "not_taking",
    }
}

coded! {
    /// 心理调整, 遵医行为
    pub enum Rating {
        /// 1 良好
        Good = "good",
        /// 2 一般
        Fair = "fair",
        /// 3 差
        Poor = "poor",
    }
}

coded! {
    /// 摄盐情况
    pub enum SaltLevel {
        /// 轻
        Light = "light",
        /// 中
        Medium = "medium",
        /// 重
        Heavy = "heavy",
    }
}

coded! {
    /// 此次随访分类
    pub enum FollowupClass {
        /// 1 控制满意
        Controlled = "controlled",
        /// 2 控制不满意
        Unsatisfactory = "unsatisfactory",
        /// 3 不良反应
        AdverseReaction = "adverse_reaction",
        /// 4 并发症
        Complication = "complication",
    }
}

impl FollowupClass {
    /// The number on the paper (CV05.10.012): 1 to 4; `None` for a class of a newer version.
    pub fn number(&self) -> Option<u8> {
        match self {
            FollowupClass::Controlled => Some(1),
            FollowupClass::Unsatisfactory => Some(2),
            FollowupClass::AdverseReaction => Some(3),
            FollowupClass::Complication => Some(4),
            FollowupClass::Other(_) => None,
        }
    }
}

/// A habit today and what it should become. Shown grey as "last time" until confirmed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Goal {
    /// Today's value, in the unit of the field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current: Option<u16>,
    /// Agreed aim.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<u16>,
    /// True when the value is last time's and the person said that it still holds.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub confirmed_unchanged: bool,
}

/// Salt today and what it should become.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SaltGoal {
    /// Today.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current: Option<SaltLevel>,
    /// Agreed aim.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<SaltLevel>,
    /// True when the value is last time's and the person said that it still holds.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub confirmed_unchanged: bool,
}

/// 生活方式指导. A value counts for today only when given today or confirmed unchanged.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Lifestyle {
    /// 日吸烟量: cigarettes a day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smoking: Option<Goal>,
    /// 日饮酒量: tenths of a 两 a day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drinking: Option<Goal>,
    /// 运动: times a week.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exercise_per_week: Option<Goal>,
    /// 运动: minutes each time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exercise_minutes: Option<Goal>,
    /// 摄盐情况.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub salt: Option<SaltGoal>,
    /// 心理调整.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub psychological: Option<Rating>,
    /// 遵医行为.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compliance: Option<Rating>,
}

/// 药物不良反应.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct AdverseReaction {
    /// Is there one?
    pub present: bool,
    /// Which.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Hard to control (难以控制): refer.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub hard_to_control: bool,
}

/// New complication, or an old one that got worse.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Complication {
    /// Is there one?
    pub present: bool,
    /// Which.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// 用药情况: a medicine as the person takes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct FormMedicine {
    /// 药物名称.
    pub name: String,
    /// 每日几次.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times_per_day: Option<u8>,
    /// 每次用量, with its unit.
    pub dose: String,
}

/// 转诊.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Referral {
    /// 原因.
    pub reason: String,
    /// 机构及科别.
    pub to: String,
    /// At once.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub urgent: bool,
}

/// The form. What is `None` was not asked or not answered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct HypertensionForm {
    /// 症状.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub symptoms: Option<Vec<Symptom>>,
    /// 症状: 其他.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub symptoms_other: Option<String>,
    /// Signs that ask for treatment and referral at once; an empty list means asked and none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub emergency_signs: Option<Vec<EmergencySign>>,
    /// 体重: 目标, grams.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight_target: Option<WeightGrams>,
    /// 体质指数: 目标, tenths of kg/m².
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bmi_target: Option<u16>,
    /// 体征: 其他.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signs_other: Option<String>,
    /// 生活方式指导.
    pub lifestyle: Lifestyle,
    /// 辅助检查.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub examinations: Option<String>,
    /// 服药依从性.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adherence: Option<Adherence>,
    /// 药物不良反应.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adverse_reaction: Option<AdverseReaction>,
    /// New or worse complication.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub complication: Option<Complication>,
    /// 此次随访分类, as the clinician decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<FollowupClass>,
    /// The class that the rules proposed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class_proposed: Option<FollowupClass>,
    /// Why the clinician decided otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class_reason: Option<String>,
    /// Version of the rules that proposed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rules_version: Option<String>,
    /// 用药情况.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub medicines: Vec<FormMedicine>,
    /// 转诊.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referral: Option<Referral>,
    /// 下次随访日期.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_visit: Option<NaiveDate>,
}
