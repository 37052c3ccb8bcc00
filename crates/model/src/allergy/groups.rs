//! Which products a listed allergy concerns, by the table `data/allergy_groups.json`.
//! Finds what is listed; finding nothing never means that a product is safe.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Allergy;
use crate::medication::Product;

coded! {
    /// What a match asks for.
    pub enum AlertLevel {
        /// Interrupts: not to be given.
        Block = "block",
        /// Interrupts: to be weighed.
        Warn = "warn",
        /// Stays in the margin.
        Info = "info",
    }
}

impl AlertLevel {
    /// True when it needs a reason to go on. A level of a newer version interrupts.
    pub fn interrupts(&self) -> bool {
        *self != AlertLevel::Info
    }

    fn weight(&self) -> u8 {
        match self {
            AlertLevel::Info => 0,
            AlertLevel::Warn => 1,
            AlertLevel::Block | AlertLevel::Other(_) => 2,
        }
    }
}

/// Products of another class that the allergy may concern too.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CrossReaction {
    /// ATC codes or their beginnings.
    pub atc: Vec<String>,
    /// How strongly.
    pub level: AlertLevel,
    /// What is known.
    pub note: String,
    /// Where from.
    pub reference: String,
}

/// A milder level where the recorded reaction is of a certain kind (cough under an ACE inhibitor).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Softer {
    /// Words in the reaction.
    pub reaction_has: Vec<String>,
    /// The level then.
    pub level: AlertLevel,
}

/// A group of substances that an allergy is told as.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AllergyGroup {
    /// Stable code, stored as `substance_code`.
    pub code: String,
    /// Name.
    pub name_zh: String,
    /// What people call it; a substance that holds one of these belongs here.
    pub names: Vec<String>,
    /// ATC codes (or their beginnings) of the class itself.
    pub atc: Vec<String>,
    /// Cross reactions.
    #[serde(default)]
    pub also: Vec<CrossReaction>,
    /// A milder level for some reactions.
    #[serde(default)]
    pub softer: Option<Softer>,
}

/// A product that a listed allergy concerns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AllergyMatch {
    /// How strongly.
    pub level: AlertLevel,
    /// The group; absent where the name alone matched.
    pub group: Option<String>,
    /// True for a product of another class that may cross-react, false for the substance or class itself.
    pub cross: bool,
    /// The substance as listed.
    pub substance: String,
    /// What is known about it.
    pub note: String,
}

impl AllergyGroup {
    /// True when an allergy told like this belongs to the group.
    pub fn covers(&self, allergy: &Allergy) -> bool {
        if let Some(code) = &allergy.substance_code {
            return *code == self.code;
        }
        let substance = allergy.substance.to_lowercase();
        self.names
            .iter()
            .any(|name| substance.contains(&name.to_lowercase()))
    }

    /// Level, whether it is a cross reaction, and what is known of it.
    fn level_for(&self, product: &Product) -> Option<(AlertLevel, bool, String)> {
        let atc = product.atc.as_deref().unwrap_or_default();
        let under = |codes: &[String]| {
            codes
                .iter()
                .any(|code| !code.is_empty() && atc.starts_with(code.as_str()))
        };
        let named = || {
            self.names
                .iter()
                .any(|name| product_has_name(product, name))
        };
        if under(&self.atc) || named() {
            return Some((AlertLevel::Block, false, String::new()));
        }
        self.also
            .iter()
            .filter(|cross| under(&cross.atc))
            .map(|c| (c.level.clone(), true, c.note.clone()))
            .next()
    }
}

/// The strongest match of one allergy with one product; `None` when the table and the names know of none.
pub fn matches(
    allergy: &Allergy,
    product: &Product,
    groups: &[AllergyGroup],
) -> Option<AllergyMatch> {
    if !allergy.holds() {
        return None;
    }
    let substance = allergy.substance.trim();
    let by_name = product_has_name(product, substance).then(|| AllergyMatch {
        level: AlertLevel::Block,
        group: None,
        cross: false,
        substance: substance.to_owned(),
        note: String::new(),
    });
    let by_group = groups
        .iter()
        .filter(|group| group.covers(allergy))
        .filter_map(|group| {
            let (level, cross, note) = group.level_for(product)?;
            let reaction = allergy.reaction.as_deref().unwrap_or_default();
            let level = match &group.softer {
                Some(softer)
                    if softer
                        .reaction_has
                        .iter()
                        .any(|word| reaction.contains(word.as_str())) =>
                {
                    softer.level.clone()
                }
                _ => level,
            };
            Some(AllergyMatch {
                level,
                group: Some(group.code.clone()),
                cross,
                substance: substance.to_owned(),
                note,
            })
        });
    // A group's word counts before the bare name: it knows the reaction.
    by_group
        .max_by_key(|found| found.level.weight())
        .or(by_name)
}

/// True when the product is called so. One character is too little to say anything.
fn product_has_name(product: &Product, name: &str) -> bool {
    let name = name.trim().to_lowercase();
    if name.chars().count() < 2 {
        return false;
    }
    let english = product.generic_en.as_deref().unwrap_or_default();
    [product.generic_zh.as_str(), english]
        .into_iter()
        .chain(product.aliases.iter().map(String::as_str))
        .any(|called| called.to_lowercase().contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::{Tables, demo_formulary};
    use crate::{AllergyState, NoneKnown, RecordStatus, StaffId};

    fn allergy(substance: &str) -> Allergy {
        Allergy {
            substance: substance.into(),
            ..Allergy::default()
        }
    }

    fn product(atc: &str, name: &str) -> Product {
        Product {
            atc: Some(atc.into()),
            generic_zh: name.into(),
            ..Product::default()
        }
    }

    #[test]
    fn a_listed_allergy_finds_its_class_and_its_cross_reactions() {
        let groups = Tables::shipped().unwrap().allergy_groups.body;
        // substance, ATC, product, level (source: data/allergy_groups.json, references there)
        let cases = [
            ("青霉素", "J01CA04", "阿莫西林胶囊", Some(AlertLevel::Block)),
            (
                "青霉素类药物",
                "J01CE01",
                "青霉素钠",
                Some(AlertLevel::Block),
            ),
            (
                "阿莫西林",
                "J01CA04",
                "阿莫西林胶囊",
                Some(AlertLevel::Block),
            ),
            ("青霉素", "J01DC04", "头孢克洛胶囊", Some(AlertLevel::Block)),
            ("青霉素", "J01DC02", "头孢呋辛酯片", Some(AlertLevel::Warn)),
            ("青霉素", "C08CA01", "苯磺酸氨氯地平片", None),
            ("头孢类", "J01DD04", "头孢曲松", Some(AlertLevel::Block)),
            (
                "磺胺",
                "J01EE01",
                "复方磺胺甲噁唑片",
                Some(AlertLevel::Block),
            ),
            ("磺胺", "C03AA03", "氢氯噻嗪片", Some(AlertLevel::Info)),
            (
                "阿司匹林",
                "B01AC06",
                "阿司匹林肠溶片",
                Some(AlertLevel::Block),
            ),
            (
                "阿司匹林",
                "M01AE01",
                "布洛芬缓释胶囊",
                Some(AlertLevel::Block),
            ),
            ("阿司匹林", "N02BE01", "对乙酰氨基酚片", None),
            ("链霉素", "J01GB03", "硫酸庆大霉素", Some(AlertLevel::Block)),
            (
                "Penicillin",
                "J01CA04",
                "阿莫西林胶囊",
                Some(AlertLevel::Block),
            ),
            ("花生", "J01CA04", "阿莫西林胶囊", None),
            ("藿香正气", "", "藿香正气水", Some(AlertLevel::Block)),
            ("水", "", "藿香正气水", None),
        ];
        for (substance, atc, name, level) in cases {
            let found = matches(&allergy(substance), &product(atc, name), &groups).map(|m| m.level);
            assert_eq!(found, level, "{substance} / {name}");
        }
    }

    #[test]
    fn a_cough_under_an_ace_inhibitor_only_informs() {
        let groups = Tables::shipped().unwrap().allergy_groups.body;
        let mut ace = allergy("卡托普利");
        let captopril = product("C09AA01", "卡托普利片");
        assert_eq!(
            matches(&ace, &captopril, &groups).unwrap().level,
            AlertLevel::Block
        );
        ace.reaction = Some("干咳".into());
        assert_eq!(
            matches(&ace, &captopril, &groups).unwrap().level,
            AlertLevel::Info
        );
    }

    #[test]
    fn what_was_taken_back_warns_no_more_and_an_unknown_status_does() {
        let groups = Tables::shipped().unwrap().allergy_groups.body;
        let amoxicillin = product("J01CA04", "阿莫西林胶囊");
        let mut penicillin = allergy("青霉素");
        for (status, warns) in [
            (RecordStatus::Active, true),
            (RecordStatus::Refuted, false),
            (RecordStatus::EnteredInError, false),
            ("suspected".into(), true),
        ] {
            penicillin.status = status;
            assert_eq!(matches(&penicillin, &amoxicillin, &groups).is_some(), warns);
        }
    }

    #[test]
    fn every_antibiotic_of_the_demo_formulary_answers_to_its_group() {
        let groups = Tables::shipped().unwrap().allergy_groups.body;
        let products = demo_formulary().unwrap().body;
        let blocked = |substance: &str| {
            let hit = |p: &&Product| {
                matches(&allergy(substance), p, &groups)
                    .is_some_and(|m| m.level == AlertLevel::Block)
            };
            products
                .iter()
                .filter(hit)
                .map(|p| p.generic_zh.clone())
                .collect::<Vec<_>>()
        };
        assert!(
            blocked("青霉素")
                .iter()
                .any(|name| name.contains("阿莫西林"))
        );
        assert!(
            blocked("头孢").iter().all(|name| name.contains("头孢")),
            "{:?}",
            blocked("头孢")
        );
        assert!(!blocked("头孢").is_empty());
    }

    #[test]
    fn allergies_have_three_states() {
        let asked = NoneKnown {
            by: StaffId::default(),
            at: 7,
        };
        let mut one = allergy("青霉素");
        assert_eq!(AllergyState::of([], None), AllergyState::NeverAsked);
        assert_eq!(
            AllergyState::of([], Some(asked)),
            AllergyState::NoneKnown {
                by: StaffId::default(),
                at: 7
            }
        );
        assert_eq!(AllergyState::of([&one], Some(asked)), AllergyState::Listed);
        one.status = RecordStatus::Refuted;
        assert_eq!(AllergyState::of([&one], None), AllergyState::NeverAsked);
        let json = serde_json::to_string(&AllergyState::NeverAsked).unwrap();
        assert_eq!(json, r#"{"state":"never_asked"}"#);
    }
}
