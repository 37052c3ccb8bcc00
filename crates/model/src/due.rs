//! Who is due: sorted by clinical urgency, then by days overdue.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::enrolment::Programme;
use crate::followup::hypertension::FollowupClass;
use crate::ids::PatientId;

coded! {
    /// How pressing it is, most pressing first.
    pub enum Urgency {
        /// An emergency value or an urgent referral without a follow-up.
        Emergency = "emergency",
        /// Not at target, adverse reaction or complication at the last follow-up.
        Raised = "raised",
        /// Ordinary follow-up.
        Routine = "routine",
    }
}

/// Why somebody is due, in words that the UI translates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DueReason {
    /// Stable code, such as `due.hypertension_overdue`.
    pub code: String,
    /// Values for the text.
    #[serde(default)]
    pub params: Map<String, Value>,
}

/// Somebody who is due.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DueItem {
    /// Who.
    pub patient: PatientId,
    /// In which programme.
    pub programme: Programme,
    /// The date set by the last outcome.
    pub due_date: NaiveDate,
    /// Today minus the due date; negative when it is still to come.
    pub overdue_days: i32,
    /// How pressing.
    pub urgency: Urgency,
    /// Why.
    pub reason: DueReason,
}

/// What the due date of one programme follows from.
#[derive(Clone, Debug, PartialEq)]
pub struct DueInput {
    /// Who.
    pub patient: PatientId,
    /// Which programme.
    pub programme: Programme,
    /// Date set by the last outcome, or by the enrolment.
    pub due_date: NaiveDate,
    /// Class of the last follow-up; `None` before the first one.
    pub last_class: Option<FollowupClass>,
    /// The last follow-up asked for treatment and referral at once.
    pub last_urgent: bool,
}

impl DueItem {
    /// How somebody stands today. Overdue = today minus the date that the last outcome set.
    pub fn of(input: DueInput, today: NaiveDate) -> Self {
        let overdue_days = i32::try_from((today - input.due_date).num_days()).unwrap_or(i32::MAX);
        let urgency = match &input.last_class {
            _ if input.last_urgent => Urgency::Emergency,
            None | Some(FollowupClass::Controlled) => Urgency::Routine,
            Some(_) => Urgency::Raised,
        };
        let code = match (&urgency, &input.last_class) {
            (Urgency::Emergency, _) => "due.urgent_referral",
            (_, None) => "due.first_followup",
            (_, Some(FollowupClass::Unsatisfactory)) => "due.not_at_target",
            (_, Some(FollowupClass::AdverseReaction)) => "due.adverse_reaction",
            (_, Some(FollowupClass::Complication)) => "due.complication",
            (_, Some(_)) => "due.followup",
        };
        let mut params = Map::new();
        params.insert("programme".into(), input.programme.code().into());
        params.insert("overdue_days".into(), overdue_days.into());
        Self {
            patient: input.patient,
            programme: input.programme,
            due_date: input.due_date,
            overdue_days,
            urgency,
            reason: DueReason {
                code: code.to_owned(),
                params,
            },
        }
    }
}

impl DueItem {
    /// Somebody who needs no follow-up today, but whose medicine runs out: `days_left` below zero when it has.
    pub fn refill(
        patient: PatientId,
        programme: Programme,
        days_left: i32,
        today: NaiveDate,
    ) -> Self {
        let code = if days_left < 0 {
            "due.medicine_out"
        } else {
            "due.medicine_soon_out"
        };
        let mut params = Map::new();
        params.insert("programme".into(), programme.code().into());
        params.insert("days_left".into(), days_left.into());
        Self {
            patient,
            programme,
            due_date: today
                .checked_add_signed(chrono::TimeDelta::days(i64::from(days_left)))
                .unwrap_or(today),
            overdue_days: days_left.saturating_neg(),
            urgency: Urgency::Routine,
            reason: DueReason {
                code: code.to_owned(),
                params,
            },
        }
    }
}

/// Every code that a [`DueReason`] can have: the window's translations are checked against this list.
pub const REASON_CODES: &[&str] = &[
    "due.urgent_referral",
    "due.first_followup",
    "due.not_at_target",
    "due.adverse_reaction",
    "due.complication",
    "due.followup",
    "due.medicine_soon_out",
    "due.medicine_out",
];

/// Sorts by clinical urgency, then days overdue, the longest first, then by person so that all devices agree.
pub fn sort(items: &mut [DueItem]) {
    // An urgency of a newer version goes before routine: it was worth a name of its own.
    let weight = |urgency: &Urgency| match urgency {
        Urgency::Emergency => 0,
        Urgency::Raised | Urgency::Other(_) => 1,
        Urgency::Routine => 2,
    };
    items.sort_by(|a, b| {
        let key = |item: &DueItem| {
            (
                weight(&item.urgency),
                std::cmp::Reverse(item.overdue_days),
                item.patient,
            )
        };
        key(a)
            .cmp(&key(b))
            .then_with(|| a.programme.cmp(&b.programme))
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn item(n: u128, due: &str, last_class: Option<FollowupClass>, last_urgent: bool) -> DueItem {
        let input = DueInput {
            patient: PatientId::from_uuid(Uuid::from_u128(n)),
            programme: Programme::Hypertension,
            due_date: due.parse().unwrap(),
            last_class,
            last_urgent,
        };
        DueItem::of(input, "2026-11-24".parse().unwrap())
    }

    #[test]
    fn the_list_goes_by_urgency_and_then_by_days_overdue() {
        let mut items = vec![
            item(1, "2026-11-20", Some(FollowupClass::Controlled), false),
            item(2, "2026-09-06", Some(FollowupClass::Controlled), false),
            item(3, "2026-11-23", Some(FollowupClass::Unsatisfactory), false),
            item(4, "2026-12-01", Some(FollowupClass::Unsatisfactory), true),
            item(5, "2026-11-23", Some(FollowupClass::Complication), false),
            item(6, "2026-11-24", None, false),
        ];
        sort(&mut items);
        let order: Vec<_> = items
            .iter()
            .map(|i| {
                (
                    i.patient.as_uuid().as_u128(),
                    i.overdue_days,
                    i.reason.code.as_str(),
                )
            })
            .collect();
        assert_eq!(
            order,
            [
                (4, -7, "due.urgent_referral"),
                (3, 1, "due.not_at_target"),
                (5, 1, "due.complication"),
                (2, 79, "due.followup"),
                (1, 4, "due.followup"),
                (6, 0, "due.first_followup"),
            ]
        );
        assert_eq!(items[3].reason.params["overdue_days"], 79);
        for item in &items {
            assert!(REASON_CODES.contains(&item.reason.code.as_str()));
        }
    }

    #[test]
    fn medicine_that_runs_out_is_due_on_the_day_it_does() {
        let today = "2026-11-24".parse().unwrap();
        let item = |days_left| {
            DueItem::refill(
                PatientId::default(),
                Programme::Hypertension,
                days_left,
                today,
            )
        };
        let (soon, out) = (item(4), item(-3));
        assert_eq!(
            (soon.due_date.to_string(), soon.overdue_days),
            ("2026-11-28".into(), -4)
        );
        assert_eq!(soon.reason.code, "due.medicine_soon_out");
        assert_eq!(
            (out.due_date.to_string(), out.overdue_days),
            ("2026-11-21".into(), 3)
        );
        assert_eq!(out.reason.code, "due.medicine_out");
        for item in [soon, out] {
            assert!(REASON_CODES.contains(&item.reason.code.as_str()));
        }
    }
}
