//! What a person brings along: allergies (listed, none known, never asked) and problems.

use chrono::{Datelike, NaiveDate};
use serde_json::{Value, json};

use crate::course::Course;
use crate::person::Person;
use crate::rng::Rng;

/// What is known about a person's allergies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// These.
    Listed(Vec<(&'static str, &'static str)>),
    /// Asked, and none known.
    NoneKnown,
    /// Nobody asked yet.
    Never,
}

/// Substances and what happened, with how often.
const ALLERGIES: &[((&str, &str), u32)] = &[
    (("青霉素", "皮疹"), 30),
    (("青霉素", "过敏性休克"), 4),
    (("头孢类", "皮疹"), 12),
    (("磺胺类", "皮疹"), 12),
    (("阿司匹林", "哮喘"), 4),
    (("链霉素", "耳鸣"), 5),
    (("布洛芬", "面部水肿"), 4),
    (("碘造影剂", "荨麻疹"), 3),
    (("海鲜", "荨麻疹"), 10),
    (("酒精", "皮肤潮红"), 5),
    (("花生", "喉头水肿"), 2),
    (("膏药胶布", "接触性皮炎"), 6),
];

/// ICD-10 code, name, from what age on, and how often in 100 of those.
const PROBLEMS: &[(&str, &str, u32, u64)] = &[
    ("E78.5", "高脂血症", 40, 12),
    ("M17.9", "膝关节病", 55, 16),
    ("K29.5", "慢性胃炎", 30, 9),
    ("J44.9", "慢性阻塞性肺病", 58, 7),
    ("I25.1", "冠心病", 60, 6),
    ("I69.3", "脑梗死后遗症", 60, 4),
    ("M54.5", "腰痛", 40, 12),
    ("H25.9", "老年性白内障", 65, 12),
    ("M81.0", "绝经后骨质疏松", 65, 5),
    ("B18.1", "慢性乙型病毒性肝炎", 30, 3),
    ("M10.9", "痛风", 45, 4),
    ("G47.0", "失眠", 50, 7),
    ("J45.9", "哮喘", 6, 2),
];

impl Asked {
    /// Of this person: those in the programme were nearly all asked.
    pub(crate) fn of(seed: u64, person: &Person, course: Option<&Course>) -> Self {
        let mut rng = Rng::of(seed, "allergy", person.index);
        if person.index == 0 {
            return Asked::Listed(vec![("青霉素", "皮疹")]);
        }
        let followed = course.is_some_and(|course| !course.visits.is_empty());
        match rng.below(100) {
            0..=6 => {
                let mut listed: Vec<_> = rng.weighted(ALLERGIES).copied().into_iter().collect();
                if rng.chance(15)
                    && let Some(second) = rng.weighted(ALLERGIES)
                    && !listed.iter().any(|(substance, _)| *substance == second.0)
                {
                    listed.push(*second);
                }
                Asked::Listed(listed)
            }
            7..=60 => Asked::NoneKnown,
            61..=99 if followed => Asked::NoneKnown,
            _ => Asked::Never,
        }
    }

    /// As `patient.update` takes listed ones.
    pub(crate) fn to_add(&self) -> Vec<Value> {
        match self {
            Asked::Listed(listed) => listed.iter().map(|(substance, reaction)| {
                let severity = if matches!(*reaction, "过敏性休克" | "喉头水肿") { "severe" } else { "mild" };
                json!({"substance": substance, "reaction": reaction, "severity": severity, "status": "active"})
            }).collect(),
            Asked::NoneKnown | Asked::Never => Vec::new(),
        }
    }
}

/// The problem list as `patient.update` takes it.
pub(crate) fn problems(
    seed: u64,
    person: &Person,
    course: Option<&Course>,
    today: NaiveDate,
) -> Vec<Value> {
    let mut rng = Rng::of(seed, "problem", person.index);
    let age = person.age_on(today);
    let mut listed = Vec::new();
    if let Some(course) = course {
        listed.push(problem(
            "I10",
            "高血压",
            &course.since.format("%Y-%m").to_string(),
        ));
        if course.diabetes {
            let later =
                (course.since.year() + i32::try_from(rng.below(4)).unwrap_or(0)).min(today.year());
            listed.push(problem("E11.9", "2型糖尿病", &later.to_string()));
        }
    } else if age >= 45 && rng.chance(4) {
        let year = today.year() - i32::try_from(rng.below(9)).unwrap_or(0);
        listed.push(problem("E11.9", "2型糖尿病", &year.to_string()));
    }
    for (code, name, from_age, percent) in PROBLEMS {
        if age >= *from_age && rng.chance(*percent) {
            let years = rng.below(u64::from(age - from_age).clamp(1, 12));
            let year = today.year() - i32::try_from(years).unwrap_or(0);
            listed.push(problem(code, name, &year.to_string()));
        }
    }
    listed.truncate(5);
    listed
}

fn problem(code: &str, name: &str, since: &str) -> Value {
    json!({"code": code, "name": name, "since": since, "status": "active"})
}
