//! What one follow-up visit of the demo records, and what is prescribed and handed out in it.

use serde_json::{Value, json};
use xunyi_model::{
    Adherence, AdverseReaction, BloodPressure, Diagnosis, EncounterId, FollowupClass, Goal,
    HeightMm, HypertensionForm, Icd10, Lifestyle, PrescriptionId, Pulse, Rating, Referral,
    SaltGoal, SaltLevel, Symptom, Vitals, WeightGrams,
};

use crate::course::{Course, Intake, Visit};
use crate::person::Person;
use crate::regimen::{Medicine, Shelf};
use crate::rng::{self, Rng};
use crate::site::Cast;
use crate::step::{Input, Step};
use crate::supply;

const NOTES: &[&str] = &[
    "自诉近来睡眠欠佳，嘱规律作息。",
    "采茶季较忙，偶有漏服，已教用药盒。",
    "家中自测血压记录较完整，数值与本次相近。",
    "步行来诊，精神好。",
    "与老伴同来，老伴协助记服药时间。",
    "嘱少吃腌菜腊肉，每日食盐不超过5克。",
    "近期盖房劳累，嘱注意休息。",
    "儿子在外务工，独居，电话能接通。",
    "嘱起身时慢一些，防跌倒。",
    "下次带家中自测记录本来。",
    "膝痛自购药膏外用，嘱勿自购止痛片久服。",
];

/// One visit with all that belongs to it.
pub(crate) struct Told<'a> {
    pub seed: u64,
    pub cast: &'a Cast,
    pub shelf: &'a Shelf,
    pub person: &'a Person,
    pub course: &'a Course,
    pub nth: usize,
    pub visit: &'a Visit,
    pub at_ms: i64,
}

impl Told<'_> {
    fn key(&self) -> u64 {
        self.person.index << 12 | self.nth as u64
    }

    fn encounter(&self) -> EncounterId {
        rng::id(self.seed, "encounter", self.key()).into()
    }

    /// `visit.start` and `visit.sign`.
    pub fn seen(&self, medicines: &[Medicine]) -> Vec<Step> {
        let (gp, patient) = (self.cast.gp, self.person.id);
        let start = Input::default()
            .with("patient", patient)
            .with("encounter", self.encounter())
            .done();
        let sign = Input::default()
            .with("patient", patient)
            .with("encounter", self.encounter())
            .with("opened_at", self.at_ms)
            .with_heads()
            .with("content", self.content(medicines))
            .done();
        vec![
            Step::on(self.at_ms, gp, "visit.start", patient, start),
            Step::on(self.at_ms + 240_000, gp, "visit.sign", patient, sign),
        ]
    }

    fn content(&self, medicines: &[Medicine]) -> Value {
        let mut rng = Rng::of(self.seed, "content", self.key());
        let measured = &self.visit.measured;
        let vitals = Vitals {
            bp: measured
                .readings
                .iter()
                .map(|(sys, dia)| BloodPressure::new(*sys, *dia))
                .collect(),
            pulse: Some(Pulse(measured.pulse)),
            weight: Some(WeightGrams(measured.grams)),
            height: (self.nth == 0).then_some(HeightMm(self.course.height_mm)),
            ..Vitals::default()
        };
        let diagnoses: Vec<Diagnosis> = Icd10::parse("I10")
            .map(|code| {
                vec![Diagnosis {
                    code,
                    name: "高血压".to_owned(),
                }]
            })
            .unwrap_or_default();
        let form = self.form(&mut rng, medicines);
        let plan = if self.visit.controlled {
            "维持原方案，低盐饮食，按时服药。"
        } else {
            "调整用药，两周内复查血压。"
        };
        let mut content = Input::default()
            .with("reason", "高血压随访")
            .with("vitals", vitals)
            .with("diagnoses", diagnoses)
            .with("plan", plan)
            .with("next_visit", self.visit.next);
        if rng.chance(7) {
            content = content.with("channel", "home");
        }
        if rng.chance(35) {
            content = content.with("note", rng.pick(NOTES));
        }
        content.with("hypertension", form).done()
    }

    fn form(&self, rng: &mut Rng, medicines: &[Medicine]) -> HypertensionForm {
        let symptoms = match rng.below(100) {
            0..=8 => vec![Symptom::HeadacheDizziness],
            9..=11 => vec![Symptom::BlurredVisionTinnitus],
            12..=14 => vec![Symptom::PalpitationsChestTightness],
            15..=16 => vec![Symptom::NumbLimbs],
            17..=18 => vec![Symptom::LegOedema],
            _ => vec![Symptom::None],
        };
        let oedema = symptoms == [Symptom::LegOedema];
        let class = match (self.visit.controlled, oedema) {
            (_, true) => FollowupClass::AdverseReaction,
            (true, false) => FollowupClass::Controlled,
            (false, false) => FollowupClass::Unsatisfactory,
        };
        let second_miss = !self.visit.controlled
            && self
                .nth
                .checked_sub(1)
                .and_then(|before| self.course.visits.get(before))
                .is_some_and(|v| !v.controlled);
        HypertensionForm {
            symptoms: Some(symptoms),
            emergency_signs: Some(Vec::new()),
            lifestyle: self.lifestyle(),
            adherence: Some(match self.course.intake {
                Intake::Regular => Adherence::Regular,
                Intake::Patchy => Adherence::Intermittent,
                Intake::None => Adherence::NotTaking,
            }),
            adverse_reaction: Some(AdverseReaction {
                present: oedema,
                detail: oedema.then(|| "踝部水肿".to_owned()),
                hard_to_control: false,
            }),
            class: Some(class),
            medicines: medicines.iter().map(Medicine::on_form).collect(),
            referral: second_miss.then(|| Referral {
                reason: "连续两次血压控制不满意".to_owned(),
                to: "县人民医院心内科".to_owned(),
                urgent: false,
            }),
            next_visit: Some(self.visit.next),
            ..HypertensionForm::default()
        }
    }

    /// Habits of this person; told again every year.
    fn lifestyle(&self) -> Lifestyle {
        let mut rng = Rng::of(self.seed, "habits", self.person.index);
        let man = self.person.sex == xunyi_model::Sex::Male;
        let now = |value: i64| {
            Some(Goal {
                current: u16::try_from(value).ok(),
                ..Goal::default()
            })
        };
        let smokes = if man && rng.chance(42) {
            rng.between(5, 20)
        } else {
            0
        };
        let drinks = if man && rng.chance(45) {
            rng.between(5, 40)
        } else {
            0
        };
        let salt = match rng.below(10) {
            0..=2 => SaltLevel::Light,
            3..=6 => SaltLevel::Medium,
            _ => SaltLevel::Heavy,
        };
        Lifestyle {
            smoking: now(smokes),
            drinking: now(drinks),
            exercise_per_week: now(rng.between(0, 7)),
            exercise_minutes: now(rng.between(1, 6) * 10),
            salt: Some(SaltGoal {
                current: Some(salt),
                target: Some(SaltLevel::Light),
                confirmed_unchanged: false,
            }),
            psychological: Some(if rng.chance(80) {
                Rating::Good
            } else {
                Rating::Fair
            }),
            compliance: Some(if self.course.intake == Intake::Regular {
                Rating::Good
            } else {
                Rating::Fair
            }),
        }
    }

    /// Days that a prescription of this visit covers.
    pub fn days(&self) -> u16 {
        let mut rng = Rng::of(self.seed, "days", self.key());
        if self.visit.controlled && rng.chance(70) {
            84
        } else {
            28
        }
    }

    fn prescription(&self, line: usize) -> PrescriptionId {
        rng::id(self.seed, "prescription", self.key() << 4 | line as u64).into()
    }

    /// One `prescription.add` per medicine.
    pub fn prescribed(&self, medicines: &[Medicine], known_sulfa_allergy: bool) -> Vec<Step> {
        let one = |(line, medicine): (usize, &Medicine)| {
            let reason = known_sulfa_allergy.then_some("既往长期服用，无不适");
            let input = Input::default()
                .with("patient", self.person.id)
                .with("encounter", self.encounter())
                .with_heads()
                .with("order", medicine.order(self.days()))
                .with("override_reason", reason)
                .with("prescription", self.prescription(line))
                .done();
            let at_ms = self.at_ms + 260_000 + 20_000 * i64::try_from(line).unwrap_or(0);
            Step::on(
                at_ms,
                self.cast.gp,
                "prescription.add",
                self.person.id,
                input,
            )
        };
        medicines.iter().enumerate().map(one).collect()
    }

    /// `dispense.complete` for all of them, each from the lot of the month.
    pub fn handed_out(&self, medicines: &[Medicine]) -> Option<Step> {
        let mut rng = Rng::of(self.seed, "counter", self.key());
        let month = supply::month_of(self.visit.day);
        let mut items = Vec::new();
        for (line, medicine) in medicines.iter().enumerate() {
            let pick = json!({
                "lot": supply::lot(self.seed, self.shelf, medicine.slot, month)?,
                "qty": medicine.units(self.days()),
                "movement": rng::id(self.seed, "movement", self.key() << 4 | line as u64),
            });
            items.push(json!({"prescription": self.prescription(line), "picks": [pick]}));
        }
        if items.is_empty() {
            return None;
        }
        let alone = self.person.head == self.person.name || rng.chance(70);
        let receiver = if alone {
            json!({"kind": "person"})
        } else {
            json!({"kind": "proxy", "name": self.person.head, "relation": "家属"})
        };
        let proof = if self.person.id_number.is_some() && rng.chance(50) {
            "id_tail"
        } else {
            "birth_date"
        };
        let input = Input::default()
            .with("patient", self.person.id)
            .with_heads()
            .with("items", items)
            .with(
                "identity",
                json!({"receiver": receiver, "confirmed_by": proof}),
            )
            .done();
        Some(Step::on(
            self.at_ms + 900_000,
            self.cast.pharmacist,
            "dispense.complete",
            self.person.id,
            input,
        ))
    }
}
