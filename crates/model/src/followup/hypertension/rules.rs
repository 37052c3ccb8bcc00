//! The rules that propose a class and a due date. They propose; a clinician decides.
//!
//! All thresholds and intervals come from the table (`data/hypertension_rules.json`), each rule hit names its
//! clause. When several classes apply: complication > adverse reaction > unsatisfactory > controlled (project
//! decision, since the paper allows one).

use std::collections::BTreeMap;

use chrono::{Days, Months, NaiveDate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{EmergencySign, FollowupClass, HypertensionForm, Symptom};
use crate::enrolment::BpTarget;
use crate::tables::{SignOff, Table};
use crate::vitals::{BloodPressure, Mmhg};

/// A pressure from which something holds: either part suffices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PressureFrom {
    /// mmHg, inclusive.
    pub sys_from: Mmhg,
    /// mmHg, inclusive.
    pub dia_from: Mmhg,
}

impl PressureFrom {
    /// True when either part reaches it.
    pub fn reached_by(&self, bp: &BloodPressure) -> bool {
        bp.sys >= self.sys_from || bp.dia >= self.dia_from
    }
}

/// Target of a person without one of their own, mmHg; the target is below both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TableTarget {
    /// From this age; from birth when absent.
    #[serde(default)]
    pub age_from: u16,
    /// mmHg.
    pub sys_below: Mmhg,
    /// mmHg.
    pub dia_below: Mmhg,
}

/// Body of `hypertension_rules.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HypertensionRules {
    /// Emergency value.
    pub severe: PressureFrom,
    /// Raised: what "above normal" means for signs that count only then.
    pub raised: PressureFrom,
    /// General target.
    pub target: TableTarget,
    /// Target of the old.
    pub target_elderly: TableTarget,
    /// Signs that are an emergency by themselves.
    pub emergency_signs: Vec<EmergencySign>,
    /// Signs that are one together with a raised pressure.
    pub emergency_signs_if_raised: Vec<EmergencySign>,
    /// Symptoms that count as an emergency as long as nobody answered the question for signs.
    pub emergency_symptoms_if_not_asked: Vec<Symptom>,
    /// Next routine visit at the latest.
    pub routine_months: u32,
    /// Next visit after a change of treatment.
    pub adjust_days: u64,
    /// Follow-up of a referral.
    pub referral_days: u64,
    /// Rule id → clause of the source.
    pub clauses: BTreeMap<String, String>,
}

/// What the last follow-up found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PreviousFollowup {
    /// Its class.
    pub class: FollowupClass,
    /// Whether its pressure met the target, where that is known: a follow-up of class 3 or 4 may have been
    /// unsatisfactory too.
    pub at_target: Option<bool>,
}

impl PreviousFollowup {
    fn was_unsatisfactory(&self) -> bool {
        self.at_target
            .map_or(self.class == FollowupClass::Unsatisfactory, |met| !met)
    }
}

/// What the proposal is made from.
#[derive(Clone, Copy, Debug)]
pub struct HypertensionInput<'a> {
    /// Today's readings in the order they were taken.
    pub readings: &'a [BloodPressure],
    /// The form as far as it is filled.
    pub form: &'a HypertensionForm,
    /// Whole years; the general target counts when unknown.
    pub age: Option<u16>,
    /// Target set for this person.
    pub target: Option<&'a BpTarget>,
    /// The follow-up before this one.
    pub previous: Option<&'a PreviousFollowup>,
    /// False for a proxy's visit or a phone call.
    pub face_to_face: bool,
    /// Today.
    pub today: NaiveDate,
}

/// A rule that spoke.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RuleHit {
    /// Stable id, such as `htn.not_at_target`: the code of the text.
    pub rule: String,
    /// Values for the text.
    pub params: Map<String, Value>,
    /// Clause of the source document.
    pub clause: String,
}

/// What the rules propose. `None` means that they can't say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Proposal {
    /// Class.
    pub class: Option<FollowupClass>,
    /// Why, most pressing first.
    pub reasons: Vec<RuleHit>,
    /// Next visit.
    pub due: Option<NaiveDate>,
    /// Treat and refer at once.
    pub urgent: bool,
    /// Refer up.
    pub refer: bool,
    /// Measure again after rest and keep both readings; never delays what is urgent.
    pub repeat_reading: bool,
    /// The pressure that was compared: the mean of the readings.
    pub pressure: Option<BloodPressure>,
    /// The target that it was compared with.
    pub target: BpTarget,
    /// What could not be taken into account, as codes.
    pub not_checked: Vec<String>,
    /// Version of the rules.
    pub rules_version: String,
    /// Their sign-off.
    pub sign_off: SignOff,
}

/// Proposes class, due date and referral for one follow-up.
pub fn propose(input: &HypertensionInput<'_>, table: &Table<HypertensionRules>) -> Proposal {
    let rules = &table.body;
    let target = target_of(input.target, input.age, table);
    let pressure = BloodPressure::mean(input.readings);
    let mut hits = Hits {
        clauses: &rules.clauses,
        found: Vec::new(),
    };

    let (severe, repeat_reading) =
        severe_pressure(input.readings, pressure.as_ref(), rules, &mut hits);
    let sign = emergency_signs(input, rules, &mut hits);
    let urgent = severe || sign;
    if repeat_reading {
        hits.add("htn.repeat_reading", json!({}));
    }

    let complication = input.form.complication.as_ref().is_some_and(|c| c.present);
    if complication {
        hits.add("htn.complication", json!({}));
    }
    let reaction = input.form.adverse_reaction.as_ref().filter(|r| r.present);
    let hard_reaction = reaction.is_some_and(|r| r.hard_to_control);
    if hard_reaction {
        hits.add("htn.adverse_reaction_hard_to_control", json!({}));
    } else if reaction.is_some() {
        hits.add("htn.adverse_reaction", json!({}));
    }
    let at_target = pressure.as_ref().map(|bp| target.is_met(bp));
    let twice = at_target == Some(false)
        && input
            .previous
            .is_some_and(PreviousFollowup::was_unsatisfactory);
    if let Some(bp) = pressure.as_ref().filter(|_| at_target == Some(false)) {
        let rule = if twice {
            "htn.not_at_target_twice"
        } else {
            "htn.not_at_target"
        };
        hits.add(rule, against(bp, &target));
    }

    let class = if complication {
        Some(FollowupClass::Complication)
    } else if reaction.is_some() {
        Some(FollowupClass::AdverseReaction)
    } else {
        match at_target {
            Some(false) => Some(FollowupClass::Unsatisfactory),
            Some(true) => Some(FollowupClass::Controlled),
            None => None,
        }
    };
    if let (Some(FollowupClass::Controlled), Some(bp)) = (&class, &pressure) {
        hits.add("htn.at_target", against(bp, &target));
    }

    let refer = urgent || complication || hard_reaction || twice;
    Proposal {
        due: due(class.as_ref(), refer, input.today, rules),
        class,
        reasons: hits.found,
        urgent,
        refer,
        repeat_reading,
        pressure,
        target,
        not_checked: not_checked(input),
        rules_version: table.version.clone(),
        sign_off: table.sign_off.clone(),
    }
}

/// The person's own target, else the table's by age in whole years; the general one when the age is unknown.
pub fn target_of(
    own: Option<&BpTarget>,
    age: Option<u16>,
    table: &Table<HypertensionRules>,
) -> BpTarget {
    if let Some(own) = own {
        return own.clone();
    }
    let elderly = age.is_some_and(|age| age >= table.body.target_elderly.age_from);
    let TableTarget {
        sys_below,
        dia_below,
        ..
    } = if elderly {
        table.body.target_elderly
    } else {
        table.body.target
    };
    BpTarget {
        sys_below,
        dia_below,
        version: table.version.clone(),
    }
}

/// One severe reading alone counts, and asks for another after rest. With more readings, the last one or the mean
/// must still be severe.
fn severe_pressure(
    readings: &[BloodPressure],
    mean: Option<&BloodPressure>,
    rules: &HypertensionRules,
    hits: &mut Hits<'_>,
) -> (bool, bool) {
    let (Some(last), Some(mean)) = (readings.last(), mean) else {
        return (false, false);
    };
    let severe = rules.severe.reached_by(last) || rules.severe.reached_by(mean);
    if severe {
        let worst = if rules.severe.reached_by(last) {
            last
        } else {
            mean
        };
        hits.add(
            "htn.severe_pressure",
            json!({"sys": worst.sys, "dia": worst.dia}),
        );
    }
    (severe, severe && readings.len() == 1)
}

fn emergency_signs(
    input: &HypertensionInput<'_>,
    rules: &HypertensionRules,
    hits: &mut Hits<'_>,
) -> bool {
    let raised = input.readings.iter().any(|bp| rules.raised.reached_by(bp));
    let Some(signs) = &input.form.emergency_signs else {
        // Nobody answered the question: a symptom that reads like a sign is taken for one.
        let symptoms = input.form.symptoms.iter().flatten();
        let mut found = false;
        for symptom in symptoms.filter(|s| rules.emergency_symptoms_if_not_asked.contains(s)) {
            hits.add("htn.symptom_may_be_emergency", json!({"symptom": symptom}));
            found = true;
        }
        return found;
    };
    let mut found = false;
    for sign in signs {
        let counts = rules.emergency_signs.contains(sign)
            || (raised && rules.emergency_signs_if_raised.contains(sign))
            // A sign that a newer version knows is taken seriously by an older one.
            || !sign.is_known();
        if counts {
            hits.add("htn.emergency_sign", json!({"sign": sign}));
            found = true;
        }
    }
    found
}

fn due(
    class: Option<&FollowupClass>,
    refer: bool,
    today: NaiveDate,
    rules: &HypertensionRules,
) -> Option<NaiveDate> {
    if refer {
        return today.checked_add_days(Days::new(rules.referral_days));
    }
    match class? {
        FollowupClass::Controlled => today.checked_add_months(Months::new(rules.routine_months)),
        _ => today.checked_add_days(Days::new(rules.adjust_days)),
    }
}

/// A check never says "all clear": what it could not know is listed.
fn not_checked(input: &HypertensionInput<'_>) -> Vec<String> {
    let form = input.form;
    let gaps = [
        (input.readings.is_empty(), "htn.no_pressure"),
        (form.symptoms.is_none(), "htn.symptoms_not_asked"),
        (
            form.emergency_signs.is_none(),
            "htn.emergency_signs_not_asked",
        ),
        (
            form.adverse_reaction.is_none(),
            "htn.adverse_reaction_not_asked",
        ),
        (form.complication.is_none(), "htn.complication_not_asked"),
        (form.adherence.is_none(), "htn.adherence_not_asked"),
        (
            input.target.is_none() && input.age.is_none(),
            "htn.age_unknown",
        ),
        (input.previous.is_none(), "htn.no_previous_followup"),
        (!input.face_to_face, "htn.not_face_to_face"),
    ];
    gaps.into_iter()
        .filter(|(gap, _)| *gap)
        .map(|(_, code)| code.to_owned())
        .collect()
}

fn against(bp: &BloodPressure, target: &BpTarget) -> Value {
    json!({"sys": bp.sys, "dia": bp.dia, "sys_below": target.sys_below, "dia_below": target.dia_below})
}

struct Hits<'a> {
    clauses: &'a BTreeMap<String, String>,
    found: Vec<RuleHit>,
}

impl Hits<'_> {
    fn add(&mut self, rule: &str, params: Value) {
        let params = match params {
            Value::Object(map) => map,
            _ => Map::new(),
        };
        let clause = self.clauses.get(rule).cloned().unwrap_or_default();
        self.found.push(RuleHit {
            rule: rule.to_owned(),
            params,
            clause,
        });
    }
}
