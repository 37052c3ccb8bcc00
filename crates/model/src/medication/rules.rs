//! How much a prescription comes to, and what it may have (`data/prescription_rules.json`).

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{DoseSchedule, PrescriptionOrder, Timing};
use crate::error::Invalid;
use crate::stock::BaseUnits;
use crate::text;

/// Body of `prescription_rules.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PrescriptionRules {
    /// Most items in one visit.
    pub max_items: usize,
    /// Days of an ordinary prescription; more is a long one and is asked about.
    pub ordinary_days: u16,
    /// Longest at all; more is refused.
    pub max_days: u16,
    /// Days of a controlled product; more asks for a reason.
    pub controlled_days: u16,
    /// Days on which a prescription may be handed out, the day it was written being the first.
    pub valid_days: u16,
    /// Most base units in one item.
    pub max_quantity: u32,
}

impl DoseSchedule {
    /// Quarters of a base unit in a day.
    pub fn quarters_per_day(&self) -> u32 {
        [self.morning, self.noon, self.evening, self.bedtime]
            .into_iter()
            .map(u32::from)
            .sum()
    }

    /// Base units for so many days, rounded up to whole ones; `None` when nothing is scheduled or it is too much.
    pub fn quantity(&self, days: u16) -> Option<BaseUnits> {
        let quarters = self.quarters_per_day().checked_mul(u32::from(days))?;
        BaseUnits::parse(quarters.div_ceil(4)).ok()
    }
}

impl PrescriptionOrder {
    /// The quantity that the schedule comes to; `None` where the timing is in words.
    pub fn computed_quantity(&self) -> Option<BaseUnits> {
        match &self.timing {
            Timing::Schedule(schedule) => schedule.quantity(self.days),
            Timing::Text(_) => None,
        }
    }

    /// The quantity to hand out: as written, else as computed.
    pub fn quantity_due(&self) -> Option<BaseUnits> {
        self.quantity.or_else(|| self.computed_quantity())
    }

    /// Base units handed out beyond the quantity: two counters that could not see one another, or a mistake. Zero
    /// where nobody says how many it should be.
    pub fn over(&self, handed: u64) -> u32 {
        let due = self.quantity_due().map(|due| u64::from(due.get()));
        let over = due.map_or(0, |due| handed.saturating_sub(due));
        u32::try_from(over).unwrap_or(u32::MAX)
    }

    /// The edge: a product, a timing, days and texts within their limits.
    pub fn check(&self, rules: &PrescriptionRules) -> Result<(), Invalid> {
        text::required("product", &self.product.name, text::LINE_MAX)?;
        text::line("unit", &self.product.unit, 20)?;
        text::line("strength", &self.strength, 100)?;
        text::line("route", self.route.code(), 50)?;
        text::line("dose", &self.dose, 100)?;
        text::note("remark", &self.remark, 500)?;
        if self.days == 0 || self.days > rules.max_days {
            return Err(Invalid::DaysOutOfRange {
                max: rules.max_days,
            });
        }
        match &self.timing {
            Timing::Schedule(schedule) if schedule.quarters_per_day() == 0 => {
                return Err(Invalid::TimingMissing);
            }
            Timing::Text(words) if words.trim().is_empty() => return Err(Invalid::TimingMissing),
            Timing::Text(words) => {
                text::line("timing", words, 100)?;
            }
            Timing::Schedule(_) => {}
        }
        let quarters = match &self.timing {
            Timing::Schedule(schedule) => u64::from(schedule.quarters_per_day()),
            Timing::Text(_) => 0,
        };
        // What the schedule comes to is held against the limit as it is, however large.
        let scheduled = (quarters * u64::from(self.days)).div_ceil(4);
        let written = self.quantity.map_or(scheduled, |q| u64::from(q.get()));
        if written > u64::from(rules.max_quantity) || scheduled > u64::from(rules.max_quantity) {
            return Err(Invalid::QuantityTooBig {
                max: rules.max_quantity,
            });
        }
        Ok(())
    }
}

impl PrescriptionRules {
    /// Refuses one item more than a visit may have.
    pub fn check_items(&self, items: usize) -> Result<(), Invalid> {
        if items > self.max_items {
            Err(Invalid::TooManyItems {
                max: self.max_items,
            })
        } else {
            Ok(())
        }
    }

    /// True when the days are beyond an ordinary prescription (or a controlled one): to be asked about.
    pub fn is_long(&self, days: u16, controlled: bool) -> bool {
        days > if controlled {
            self.controlled_days
        } else {
            self.ordinary_days
        }
    }

    /// True while a prescription of `written` may be handed out on `today`.
    pub fn is_valid(&self, written: NaiveDate, today: NaiveDate) -> bool {
        (today - written).num_days() < i64::from(self.valid_days)
    }

    /// The first day of which prescriptions may still be handed out on `today`.
    pub fn valid_from(&self, today: NaiveDate) -> NaiveDate {
        let before = u64::from(self.valid_days.saturating_sub(1));
        today
            .checked_sub_days(chrono::Days::new(before))
            .unwrap_or(today)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::medication::{ProductRef, Route};
    use crate::tables::Tables;

    fn order(timing: Timing, days: u16) -> PrescriptionOrder {
        PrescriptionOrder {
            product: ProductRef {
                id: None,
                name: "氨氯地平片".into(),
                unit: "片".into(),
            },
            strength: "5mg".into(),
            route: Route::Oral,
            timing,
            dose: "1片".into(),
            days,
            quantity: None,
            remark: String::new(),
        }
    }

    fn schedule(morning: u16, noon: u16, evening: u16, bedtime: u16) -> Timing {
        Timing::Schedule(DoseSchedule {
            morning,
            noon,
            evening,
            bedtime,
        })
    }

    #[test]
    fn the_quantity_is_the_schedule_times_the_days_rounded_up() {
        for (timing, days, units) in [
            (schedule(4, 0, 0, 0), 28, Some(28)),
            (schedule(4, 4, 4, 0), 7, Some(21)),
            (schedule(2, 0, 2, 0), 7, Some(7)),
            (schedule(2, 0, 0, 0), 7, Some(4)),
            (schedule(1, 0, 0, 0), 3, Some(1)),
            (schedule(0, 0, 0, 6), 30, Some(45)),
            (schedule(0, 0, 0, 0), 30, None),
            (
                schedule(u16::MAX, u16::MAX, u16::MAX, u16::MAX),
                u16::MAX,
                None,
            ),
            (Timing::Text("必要时".into()), 7, None),
        ] {
            let got = order(timing.clone(), days)
                .computed_quantity()
                .map(BaseUnits::get);
            assert_eq!(got, units, "{timing:?} {days}");
        }
    }

    #[test]
    fn what_is_written_goes_before_what_is_computed() {
        let mut written = order(schedule(4, 0, 0, 0), 28);
        assert_eq!(written.quantity_due().map(BaseUnits::get), Some(28));
        written.quantity = BaseUnits::parse(30).ok();
        assert_eq!(written.quantity_due().map(BaseUnits::get), Some(30));
        assert_eq!([29, 30, 58].map(|handed| written.over(handed)), [0, 0, 28]);
    }

    #[test]
    fn an_order_is_checked_at_the_edge() {
        let rules = Tables::shipped().unwrap().prescription.body;
        let good = order(schedule(4, 0, 0, 0), 28);
        assert_eq!(good.check(&rules), Ok(()));
        let spoilt = |spoil: fn(&mut PrescriptionOrder)| {
            let mut order = good.clone();
            spoil(&mut order);
            order.check(&rules).unwrap_err().code()
        };
        assert_eq!(spoilt(|o| o.days = 0), "prescription.days_out_of_range");
        assert_eq!(spoilt(|o| o.days = 85), "prescription.days_out_of_range");
        assert_eq!(
            spoilt(|o| o.timing = schedule(0, 0, 0, 0)),
            "prescription.timing_missing"
        );
        assert_eq!(
            spoilt(|o| o.timing = Timing::Text(" ".into())),
            "prescription.timing_missing"
        );
        assert_eq!(spoilt(|o| o.product.name.clear()), "text.empty");
        assert_eq!(spoilt(|o| o.remark = "长".repeat(501)), "text.too_long");
        assert_eq!(
            spoilt(|o| o.quantity = BaseUnits::parse(10_001).ok()),
            "stock.quantity_too_big"
        );
        assert_eq!(rules.check_items(5), Ok(()));
        assert_eq!(
            rules.check_items(6).unwrap_err().code(),
            "prescription.too_many_items"
        );
        assert!(!rules.is_long(7, false) && rules.is_long(8, false));
    }

    #[test]
    fn a_prescription_is_valid_on_its_own_day_and_as_long_as_the_table_says() {
        let mut rules = Tables::shipped().unwrap().prescription.body;
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let (sunday, monday, tuesday) = (day("2026-11-22"), day("2026-11-23"), day("2026-11-24"));
        assert!(rules.is_valid(monday, monday) && !rules.is_valid(sunday, monday));
        assert_eq!(rules.valid_from(monday), monday);
        // A site may extend it, at most to three days.
        rules.valid_days = 3;
        assert!(rules.is_valid(sunday, tuesday) && !rules.is_valid(sunday, day("2026-11-25")));
        assert_eq!(rules.valid_from(tuesday), sunday);
    }

    #[test]
    fn a_timing_is_a_schedule_or_words_in_json() {
        let words: Timing = serde_json::from_str(r#""每日三次""#).unwrap();
        assert_eq!(words, Timing::Text("每日三次".into()));
        let pictured: Timing = serde_json::from_str(r#"{"morning":4,"bedtime":2}"#).unwrap();
        assert_eq!(pictured, schedule(4, 0, 0, 2));
    }

    #[test]
    fn a_dose_beyond_all_numbers_is_too_big_and_not_unknown() {
        let rules = Tables::shipped().unwrap().prescription.body;
        for dose in [20_000, u16::MAX] {
            let order = order(schedule(dose, dose, dose, dose), 84);
            let refused = order.check(&rules);
            assert!(matches!(refused, Err(Invalid::QuantityTooBig { .. })));
        }
    }
}
