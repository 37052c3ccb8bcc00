//! Which products a listed allergy concerns, by the table `data/allergy_groups.json`.
//! Finds what is listed; finding nothing never means that a product is safe.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Allergy, Severity};
use crate::medication::{Formulary, Product};

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

/// A milder level where the recorded reaction is of a certain kind and of no other (cough under an ACE inhibitor).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Softer {
    /// Words of the reaction that is milder. An older table calls them `reaction_has`.
    #[serde(alias = "reaction_has")]
    pub softened_by: Vec<String>,
    /// Words beside them that make it no worse; anything else that is written keeps the level.
    #[serde(default)]
    pub harmless: Vec<String>,
    /// Words that keep the level, whatever else the table calls harmless.
    #[serde(default)]
    pub never_softened: Vec<String>,
    /// The level then.
    pub level: AlertLevel,
}

impl Softer {
    /// True when nothing is recorded but the milder reaction. A severity of a newer version may be a worse one.
    fn applies(&self, allergy: &Allergy) -> bool {
        let mild = matches!(
            allergy.severity,
            None | Some(Severity::Mild | Severity::Moderate)
        );
        let reaction = allergy.reaction.as_deref().unwrap_or_default();
        let has = |words: &[String]| words.iter().any(|word| reaction.contains(word.as_str()));
        if !mild || !has(&self.softened_by) || has(&self.never_softened) {
            return false;
        }
        let mut words: Vec<&String> = self.softened_by.iter().chain(&self.harmless).collect();
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        let left = words
            .into_iter()
            .filter(|word| !word.is_empty())
            .fold(reaction.to_owned(), |left, word| left.replace(word, " "));
        !left.chars().any(char::is_alphanumeric)
    }
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
    /// True when an allergy told like this belongs to the group: by its code, by a name of the table, or by a name
    /// that the formulary has for a product of the class.
    pub fn covers(&self, allergy: &Allergy, formulary: &Formulary) -> bool {
        if let Some(code) = &allergy.substance_code {
            return *code == self.code;
        }
        let substance = allergy.substance.to_lowercase();
        self.names
            .iter()
            .any(|name| substance.contains(&name.to_lowercase()))
            || formulary
                .atcs_of(&substance)
                .iter()
                .any(|atc| under(&self.atc, atc))
    }

    /// Level, whether it is a cross reaction, and what is known of it.
    fn level_for(
        &self,
        product: &Product,
        formulary: &Formulary,
    ) -> Option<(AlertLevel, bool, String)> {
        let atcs = match product.atc.as_deref() {
            Some(atc) => vec![atc],
            None => formulary.atcs_of(&product.generic_zh),
        };
        let is_of = |codes: &[String]| atcs.iter().any(|atc| under(codes, atc));
        let named = || {
            self.names
                .iter()
                .any(|name| product_has_name(product, name))
        };
        if is_of(&self.atc) || named() {
            return Some((AlertLevel::Block, false, String::new()));
        }
        self.also
            .iter()
            .filter(|cross| is_of(&cross.atc))
            .map(|c| (c.level.clone(), true, c.note.clone()))
            .next()
    }
}

/// True when an ATC code is one of these or begins with one.
fn under(codes: &[String], atc: &str) -> bool {
    codes
        .iter()
        .any(|code| !code.is_empty() && atc.starts_with(code.as_str()))
}

/// The strongest match of one allergy with one product; `None` when the table and the names know of none.
pub fn matches(
    allergy: &Allergy,
    product: &Product,
    groups: &[AllergyGroup],
    formulary: &Formulary,
) -> Option<AllergyMatch> {
    if !allergy.holds() {
        return None;
    }
    let substance = allergy.substance.trim();
    let named = product_has_name(product, substance) || product.is_named_in(substance);
    let by_name = named.then(|| AllergyMatch {
        level: AlertLevel::Block,
        group: None,
        cross: false,
        substance: substance.to_owned(),
        note: String::new(),
    });
    let by_group = groups
        .iter()
        .filter(|group| group.covers(allergy, formulary))
        .filter_map(|group| {
            let (level, cross, note) = group.level_for(product, formulary)?;
            let softer = group.softer.as_ref().filter(|s| s.applies(allergy));
            let level = softer.map_or(level, |softer| softer.level.clone());
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

    fn formulary() -> Formulary {
        Formulary::new(demo_formulary().unwrap().body)
    }

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
            let found = matches(
                &allergy(substance),
                &product(atc, name),
                &groups,
                &formulary(),
            )
            .map(|m| m.level);
            assert_eq!(found, level, "{substance} / {name}");
        }
    }

    #[test]
    fn a_cough_under_an_ace_inhibitor_only_informs() {
        let groups = Tables::shipped().unwrap().allergy_groups.body;
        let mut ace = allergy("卡托普利");
        let captopril = product("C09AA01", "卡托普利片");
        assert_eq!(
            matches(&ace, &captopril, &groups, &formulary())
                .unwrap()
                .level,
            AlertLevel::Block
        );
        ace.reaction = Some("干咳".into());
        assert_eq!(
            matches(&ace, &captopril, &groups, &formulary())
                .unwrap()
                .level,
            AlertLevel::Info
        );
    }

    #[test]
    fn only_a_cough_and_nothing_worse_is_softened() {
        let groups = Tables::shipped().unwrap().allergy_groups.body;
        let captopril = product("C09AA01", "卡托普利片");
        let mild = Some(Severity::Mild);
        for (reaction, severity, level) in [
            ("干咳", None, AlertLevel::Info),
            (
                "服药后刺激性干咳，停药后消失",
                mild.clone(),
                AlertLevel::Info,
            ),
            ("咳嗽", Some(Severity::Moderate), AlertLevel::Info),
            ("咳嗽", Some(Severity::Severe), AlertLevel::Block),
            ("咳嗽", Some("fatal".into()), AlertLevel::Block),
            (
                "咳嗽后喉头水肿、呼吸困难",
                Some(Severity::Severe),
                AlertLevel::Block,
            ),
            ("咳嗽后喉头水肿、呼吸困难", None, AlertLevel::Block),
            ("咳嗽、皮疹", mild.clone(), AlertLevel::Block),
            ("咳，荨麻疹", None, AlertLevel::Block),
            ("咳嗽休克", None, AlertLevel::Block),
            ("咳血", None, AlertLevel::Block),
            ("干咳 lip swelling", None, AlertLevel::Block),
            ("皮疹", None, AlertLevel::Block),
        ] {
            let mut ace = allergy("卡托普利");
            ace.reaction = Some(reaction.into());
            ace.severity = severity;
            let found = matches(&ace, &captopril, &groups, &formulary()).unwrap();
            assert_eq!(found.level, level, "{reaction}");
        }
        // What the table calls never softened stays, even where it calls it harmless too.
        let mut softer = groups
            .iter()
            .find_map(|group| group.softer.clone())
            .unwrap();
        softer.harmless.push("喉头水肿".into());
        let mut ace = allergy("卡托普利");
        ace.reaction = Some("干咳，喉头水肿".into());
        assert!(!softer.applies(&ace));
        softer.never_softened.clear();
        assert!(softer.applies(&ace));
    }

    #[test]
    fn whatever_a_product_is_called_its_allergy_is_known() {
        let groups = Tables::shipped().unwrap().allergy_groups.body;
        let formulary = formulary();
        // listed, product of the formulary
        for (listed, name) in [
            ("氨氯地平片5mg", "苯磺酸氨氯地平片"),
            ("对络活喜过敏", "苯磺酸氨氯地平片"),
            ("芬必得", "双氯芬酸钠缓释片"),
            ("扶他林", "布洛芬缓释胶囊"),
            ("扶他林乳胶", "布洛芬缓释胶囊"),
            ("拜阿司匹灵", "布洛芬缓释胶囊"),
            ("开博通", "马来酸依那普利片"),
            ("阿莫仙", "阿莫西林胶囊"),
            ("菌必治", "头孢呋辛酯片"),
            ("Captopril 25mg", "马来酸依那普利片"),
            ("enalapril", "卡托普利片"),
            ("雷米普利", "卡托普利片"),
            ("苯唑西林", "阿莫西林胶囊"),
            ("美洛昔康片", "布洛芬缓释胶囊"),
        ] {
            let product = formulary.products().find(|p| p.generic_zh == name).unwrap();
            let found = matches(&allergy(listed), product, &groups, &formulary);
            assert_eq!(
                found.map(|m| m.level),
                Some(AlertLevel::Block),
                "{listed} / {name}"
            );
        }
        // And a product that is described as people call it.
        for (listed, described) in [("卡托普利", "依那普利片10mg"), ("青霉素", "阿莫仙")]
        {
            let product = Product {
                generic_zh: described.into(),
                ..Product::default()
            };
            let found = matches(&allergy(listed), &product, &groups, &formulary);
            assert!(found.is_some(), "{listed} / {described}");
        }
        // A site's formulary knows brands that the table lacks.
        let brand = Product {
            aliases: vec!["某某普".into()],
            ..product("C09AA05", "某某片")
        };
        let own = Formulary::new(vec![brand]);
        let captopril = product("C09AA01", "卡托普利片");
        let found = matches(&allergy("某某普片"), &captopril, &groups, &own);
        assert_eq!(found.map(|m| m.level), Some(AlertLevel::Block));
        for listed in ["花生", "海鲜", "片", "5mg"] {
            for product in formulary.products() {
                let found = matches(&allergy(listed), product, &groups, &formulary);
                assert_eq!(found, None, "{listed} / {}", product.generic_zh);
            }
        }
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
            assert_eq!(
                matches(&penicillin, &amoxicillin, &groups, &formulary()).is_some(),
                warns
            );
        }
    }

    #[test]
    fn every_antibiotic_of_the_demo_formulary_answers_to_its_group() {
        let groups = Tables::shipped().unwrap().allergy_groups.body;
        let products = demo_formulary().unwrap().body;
        let blocked = |substance: &str| {
            let hit = |p: &&Product| {
                matches(&allergy(substance), p, &groups, &formulary())
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
