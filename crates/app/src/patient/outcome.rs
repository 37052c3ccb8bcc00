//! What the follow-ups of somebody came to: the last class, the last next date and the last urgency that a form
//! stated. A form that states nothing of it takes nothing back.

use std::borrow::Borrow;
use xunyi_model::*;

/// What was stated last.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct LastOutcome {
    /// The last class that a form states.
    pub class: Option<FollowupClass>,
    /// The last next date that a form states.
    pub next_visit: Option<chrono::NaiveDate>,
    /// The last form with a class, or one since, asks for treatment or referral at once.
    pub urgent: bool,
}

impl LastOutcome {
    /// From forms, newest first, each with whether an emergency pressure was taken in its visit. Reads no further
    /// than it must.
    pub fn of<F: Borrow<HypertensionForm>>(
        forms: impl IntoIterator<Item = (F, bool)>,
        rules: &HypertensionRules,
    ) -> Self {
        let mut last = Self::default();
        for (form, severe) in forms {
            let form = form.borrow();
            if last.class.is_none() {
                last.urgent |= severe || is_urgent(form, rules);
                last.class.clone_from(&form.class);
            }
            last.next_visit = last.next_visit.or(form.next_visit);
            if last.class.is_some() && last.next_visit.is_some() {
                break;
            }
        }
        last
    }
}

/// Referred at once, a danger sign, or a symptom that the rules take for one where nobody asked about signs.
fn is_urgent(form: &HypertensionForm, rules: &HypertensionRules) -> bool {
    let referred = form.referral.as_ref().is_some_and(|r| r.urgent);
    let sign = match &form.emergency_signs {
        Some(signs) => !signs.is_empty(),
        None => form
            .symptoms
            .iter()
            .flatten()
            .any(|s| rules.emergency_symptoms_if_not_asked.contains(s)),
    };
    referred || sign
}
