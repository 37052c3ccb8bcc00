//! One table of cases. Each names the clause of 国家基本公共卫生服务规范(第三版), 高血压患者健康管理服务规范, or the
//! project's own decision, that it shows.

use super::*;
use crate::tables::Tables;
use crate::vitals::{BloodPressure, Mmhg};
use crate::{BpTarget, SignOff};

struct Case {
    clause: &'static str,
    bp: &'static [(u16, u16)],
    age: Option<u16>,
    own_target: Option<(u16, u16)>,
    previous: Option<(FollowupClass, Option<bool>)>,
    form: fn(&mut HypertensionForm),
    class: Option<FollowupClass>,
    rules: &'static [&'static str],
    due: Option<&'static str>,
    urgent: bool,
    refer: bool,
    repeat: bool,
}

const ORDINARY: Case = Case {
    clause: "",
    bp: &[(130, 80)],
    age: Some(50),
    own_target: None,
    previous: None,
    form: |_| {},
    class: Some(FollowupClass::Controlled),
    rules: &["htn.at_target"],
    due: Some("2027-02-24"),
    urgent: false,
    refer: false,
    repeat: false,
};

const UNSATISFACTORY: Case = Case {
    bp: &[(150, 80)],
    class: Some(FollowupClass::Unsatisfactory),
    rules: &["htn.not_at_target"],
    due: Some("2026-12-08"),
    ..ORDINARY
};

const SEVERE: Case = Case {
    bp: &[(180, 100)],
    class: Some(FollowupClass::Unsatisfactory),
    rules: &[
        "htn.severe_pressure",
        "htn.repeat_reading",
        "htn.not_at_target",
    ],
    due: Some("2026-12-08"),
    urgent: true,
    refer: true,
    repeat: true,
    ..ORDINARY
};

fn adverse(form: &mut HypertensionForm) {
    form.adverse_reaction = Some(AdverseReaction {
        present: true,
        ..Default::default()
    });
}

fn complication(form: &mut HypertensionForm) {
    form.complication = Some(Complication {
        present: true,
        ..Default::default()
    });
}

fn cases() -> Vec<Case> {
    vec![
        Case {
            clause: "分类干预(1): 控制满意, 3个月内",
            ..ORDINARY
        },
        Case {
            clause: "分类干预(1): 139/89 is below 140/90",
            bp: &[(139, 89)],
            ..ORDINARY
        },
        Case {
            clause: "分类干预(2): 收缩压≥140",
            bp: &[(140, 80)],
            ..UNSATISFACTORY
        },
        Case {
            clause: "分类干预(2): 舒张压≥90 alone",
            bp: &[(120, 90)],
            ..UNSATISFACTORY
        },
        Case {
            clause: "分类干预(2): the mean of the readings counts (project decision)",
            bp: &[(148, 84), (134, 80)],
            due: Some("2026-12-08"),
            ..UNSATISFACTORY
        },
        Case {
            clause: "the mean of the readings counts (project decision)",
            bp: &[(142, 84), (136, 80)],
            ..ORDINARY
        },
        Case {
            clause: "目标: ≥65岁 <150/90",
            bp: &[(149, 89)],
            age: Some(65),
            ..ORDINARY
        },
        Case {
            clause: "目标: 64岁 <140/90",
            bp: &[(149, 89)],
            age: Some(64),
            ..UNSATISFACTORY
        },
        Case {
            clause: "目标: ≥65岁, 舒张压≥90",
            bp: &[(149, 90)],
            age: Some(70),
            ..UNSATISFACTORY
        },
        Case {
            clause: "目标: age unknown, general target",
            bp: &[(145, 80)],
            age: None,
            ..UNSATISFACTORY
        },
        Case {
            clause: "目标: a person's own target goes before age",
            bp: &[(135, 75)],
            age: Some(80),
            own_target: Some((130, 80)),
            ..UNSATISFACTORY
        },
        Case {
            clause: "分类干预(3): 连续两次控制不满意, 建议转诊",
            previous: Some((FollowupClass::Unsatisfactory, None)),
            rules: &["htn.not_at_target_twice"],
            refer: true,
            ..UNSATISFACTORY
        },
        Case {
            clause: "分类干预(3): last time class 3, and not at target either",
            previous: Some((FollowupClass::AdverseReaction, Some(false))),
            rules: &["htn.not_at_target_twice"],
            refer: true,
            ..UNSATISFACTORY
        },
        Case {
            clause: "分类干预(2): last time class 3, but at target",
            previous: Some((FollowupClass::AdverseReaction, Some(true))),
            ..UNSATISFACTORY
        },
        Case {
            clause: "分类干预(2): last time controlled, first time unsatisfactory",
            previous: Some((FollowupClass::Controlled, None)),
            ..UNSATISFACTORY
        },
        Case {
            clause: "分类干预(1): last time unsatisfactory, now controlled",
            previous: Some((FollowupClass::Unsatisfactory, None)),
            ..ORDINARY
        },
        Case {
            clause: "分类干预(2): 第一次出现药物不良反应",
            form: adverse,
            class: Some(FollowupClass::AdverseReaction),
            rules: &["htn.adverse_reaction"],
            due: Some("2026-12-08"),
            ..ORDINARY
        },
        Case {
            clause: "分类干预(3): 药物不良反应难以控制, 建议转诊",
            form: |form| {
                form.adverse_reaction = Some(AdverseReaction {
                    present: true,
                    hard_to_control: true,
                    detail: None,
                });
            },
            class: Some(FollowupClass::AdverseReaction),
            rules: &["htn.adverse_reaction_hard_to_control"],
            due: Some("2026-12-08"),
            refer: true,
            ..ORDINARY
        },
        Case {
            clause: "分类干预(4): 出现新的并发症, 建议转诊",
            form: complication,
            class: Some(FollowupClass::Complication),
            rules: &["htn.complication"],
            due: Some("2026-12-08"),
            refer: true,
            ..ORDINARY
        },
        Case {
            clause: "precedence 4 > 3 > 2 > 1 (project decision)",
            bp: &[(150, 95)],
            form: |form| {
                adverse(form);
                complication(form);
            },
            class: Some(FollowupClass::Complication),
            rules: &[
                "htn.complication",
                "htn.adverse_reaction",
                "htn.not_at_target",
            ],
            refer: true,
            ..UNSATISFACTORY
        },
        Case {
            clause: "precedence 3 > 2 (project decision)",
            form: adverse,
            class: Some(FollowupClass::AdverseReaction),
            rules: &["htn.adverse_reaction", "htn.not_at_target"],
            ..UNSATISFACTORY
        },
        Case {
            clause: "随访评估(1): 收缩压≥180",
            ..SEVERE
        },
        Case {
            clause: "随访评估(1): 舒张压≥110 alone",
            bp: &[(138, 110)],
            ..SEVERE
        },
        Case {
            clause: "随访评估(1): 179/109 is no emergency value",
            bp: &[(179, 109)],
            ..UNSATISFACTORY
        },
        Case {
            clause: "repeat after rest: still severe (project decision)",
            bp: &[(186, 112), (182, 104)],
            rules: &["htn.severe_pressure", "htn.not_at_target"],
            repeat: false,
            ..SEVERE
        },
        Case {
            clause: "repeat after rest: no longer severe, both readings kept (project decision)",
            bp: &[(184, 100), (160, 90)],
            ..UNSATISFACTORY
        },
        Case {
            clause: "repeat after rest: the mean is still severe (project decision)",
            bp: &[(200, 100), (170, 90)],
            rules: &["htn.severe_pressure", "htn.not_at_target"],
            repeat: false,
            ..SEVERE
        },
        Case {
            clause: "随访评估(1): 危急情况 (心前区疼痛), whatever the pressure",
            form: |form| form.emergency_signs = Some(vec![EmergencySign::PrecordialPain]),
            rules: &["htn.emergency_sign", "htn.at_target"],
            due: Some("2026-12-08"),
            urgent: true,
            refer: true,
            ..ORDINARY
        },
        Case {
            clause: "随访评估(1): 妊娠期或哺乳期同时血压高于正常",
            form: |form| form.emergency_signs = Some(vec![EmergencySign::PregnancyOrLactation]),
            rules: &["htn.emergency_sign", "htn.not_at_target"],
            urgent: true,
            refer: true,
            ..UNSATISFACTORY
        },
        Case {
            clause: "随访评估(1): 妊娠期, 血压正常",
            form: |form| form.emergency_signs = Some(vec![EmergencySign::PregnancyOrLactation]),
            ..ORDINARY
        },
        Case {
            clause: "a sign of a newer version is taken seriously (project decision)",
            form: |form| form.emergency_signs = Some(vec!["seizure".into()]),
            rules: &["htn.emergency_sign", "htn.at_target"],
            due: Some("2026-12-08"),
            urgent: true,
            refer: true,
            ..ORDINARY
        },
        Case {
            clause: "随访评估(1): 心悸、胸闷, and nobody asked further (project decision)",
            form: |form| form.symptoms = Some(vec![Symptom::PalpitationsChestTightness]),
            rules: &["htn.symptom_may_be_emergency", "htn.at_target"],
            due: Some("2026-12-08"),
            urgent: true,
            refer: true,
            ..ORDINARY
        },
        Case {
            clause: "the same symptom, asked: no sign (project decision)",
            form: |form| {
                form.symptoms = Some(vec![Symptom::PalpitationsChestTightness]);
                form.emergency_signs = Some(vec![]);
            },
            ..ORDINARY
        },
        Case {
            clause: "severe with symptoms: urgent and a repeat, neither delays the other (project decision)",
            form: |form| form.emergency_signs = Some(vec![EmergencySign::AlteredConsciousness]),
            rules: &[
                "htn.severe_pressure",
                "htn.emergency_sign",
                "htn.repeat_reading",
                "htn.not_at_target",
            ],
            ..SEVERE
        },
        Case {
            clause: "no pressure measured: no class, no date (measured values are never assumed)",
            bp: &[],
            class: None,
            rules: &[],
            due: None,
            ..ORDINARY
        },
        Case {
            clause: "分类干预(4) without a pressure",
            bp: &[],
            form: complication,
            class: Some(FollowupClass::Complication),
            rules: &["htn.complication"],
            due: Some("2026-12-08"),
            refer: true,
            ..ORDINARY
        },
    ]
}

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 24).unwrap()
}

#[test]
fn the_rules_propose_what_their_clauses_say() {
    let table = Tables::shipped().unwrap().hypertension;
    for case in cases() {
        let readings: Vec<_> = case
            .bp
            .iter()
            .map(|(s, d)| BloodPressure::new(*s, *d))
            .collect();
        let mut form = HypertensionForm::default();
        (case.form)(&mut form);
        let target = case.own_target.map(|(s, d)| BpTarget {
            sys_below: Mmhg(s),
            dia_below: Mmhg(d),
            version: "own".into(),
        });
        let previous = case
            .previous
            .map(|(class, at_target)| PreviousFollowup { class, at_target });
        let input = HypertensionInput {
            readings: &readings,
            form: &form,
            age: case.age,
            target: target.as_ref(),
            previous: previous.as_ref(),
            face_to_face: true,
            today: today(),
        };
        let got = propose(&input, &table);
        let rules: Vec<_> = got.reasons.iter().map(|hit| hit.rule.as_str()).collect();
        assert_eq!(got.class, case.class, "{}", case.clause);
        assert_eq!(rules, case.rules, "{}", case.clause);
        assert_eq!(
            got.due.map(|d| d.to_string()).as_deref(),
            case.due,
            "{}",
            case.clause
        );
        assert_eq!(
            (got.urgent, got.refer, got.repeat_reading),
            (case.urgent, case.refer, case.repeat),
            "{}",
            case.clause
        );
        assert!(
            got.reasons.iter().all(|hit| !hit.clause.is_empty()),
            "{}",
            case.clause
        );
        assert_eq!(got.rules_version, table.version);
    }
}

#[test]
fn a_proposal_lists_what_it_could_not_take_into_account() {
    let table = Tables::shipped().unwrap().hypertension;
    let form = HypertensionForm::default();
    let input = HypertensionInput {
        readings: &[],
        form: &form,
        age: None,
        target: None,
        previous: None,
        face_to_face: false,
        today: today(),
    };
    let got = propose(&input, &table);
    assert_eq!(got.not_checked.len(), 9);
    assert_eq!(got.sign_off, SignOff::Unsigned);

    let asked = HypertensionForm {
        symptoms: Some(vec![Symptom::None]),
        emergency_signs: Some(vec![]),
        adverse_reaction: Some(AdverseReaction::default()),
        complication: Some(Complication::default()),
        adherence: Some(Adherence::Regular),
        ..Default::default()
    };
    let previous = PreviousFollowup {
        class: FollowupClass::Controlled,
        at_target: Some(true),
    };
    let readings = [BloodPressure::new(130, 80)];
    let input = HypertensionInput {
        readings: &readings,
        form: &asked,
        age: Some(60),
        previous: Some(&previous),
        face_to_face: true,
        ..input
    };
    assert_eq!(propose(&input, &table).not_checked, Vec::<String>::new());
}

#[test]
fn a_site_can_change_every_threshold_without_a_new_program() {
    let mut table = Tables::shipped().unwrap().hypertension;
    table.version = "local-1".into();
    table.body.target_elderly.age_from = 80;
    table.body.routine_months = 1;
    let form = HypertensionForm::default();
    let readings = [BloodPressure::new(145, 80)];
    let mut input = HypertensionInput {
        readings: &readings,
        form: &form,
        age: Some(79),
        target: None,
        previous: None,
        face_to_face: true,
        today: today(),
    };
    assert_eq!(
        propose(&input, &table).class,
        Some(FollowupClass::Unsatisfactory)
    );
    input.age = Some(80);
    let got = propose(&input, &table);
    assert_eq!(got.class, Some(FollowupClass::Controlled));
    assert_eq!(got.due.unwrap().to_string(), "2026-12-24");
    assert_eq!(got.rules_version, "local-1");
    assert_eq!(got.target.version, "local-1");
}

#[test]
fn the_paper_numbers_the_classes_one_to_four() {
    let numbers: Vec<_> = FollowupClass::known()
        .iter()
        .map(FollowupClass::number)
        .collect();
    assert_eq!(numbers, [Some(1), Some(2), Some(3), Some(4)]);
    assert_eq!(FollowupClass::from("stable").number(), None);
}

#[test]
fn a_form_survives_json_and_leaves_out_what_nobody_answered() {
    assert_eq!(
        serde_json::to_string(&HypertensionForm::default()).unwrap(),
        r#"{"lifestyle":{}}"#
    );
    let form = HypertensionForm {
        symptoms: Some(vec![Symptom::HeadacheDizziness, "itch".into()]),
        lifestyle: Lifestyle {
            smoking: Some(Goal {
                current: Some(10),
                target: Some(0),
                confirmed_unchanged: true,
            }),
            ..Default::default()
        },
        class: Some(FollowupClass::Unsatisfactory),
        ..Default::default()
    };
    let json = serde_json::to_string(&form).unwrap();
    assert!(
        json.contains(r#""symptoms":["headache_dizziness","itch"]"#),
        "{json}"
    );
    assert_eq!(
        serde_json::from_str::<HypertensionForm>(&json).unwrap(),
        form
    );
}
