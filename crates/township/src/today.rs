//! This morning: the day is open, the vehicle stands in the first village, people wait, two were seen already and
//! wait for their medicine.

use serde_json::json;

use crate::plan::{Plan, local_ms};
use crate::rng::Rng;
use crate::site;
use crate::step::{Input, Step};
use crate::visit::Told;

const MINUTE: i64 = 60_000;

/// Why they came, for whom they wait, and whether they go first; the first ones are those of the showcase.
const WAITING: &[(usize, &str, &str, bool)] = &[
    (0, "高血压随访", "gp", false),
    (2, "糖尿病随访", "gp", false),
    (3, "膝痛", "gp", false),
    (4, "取药", "pharmacy", false),
    (5, "头晕", "triage", true),
    (8, "氨氯地平快吃完了", "gp", false),
];

impl Plan {
    /// The steps of today as it stands at `now_ms`: all lie before it, and none before today's midnight.
    ///
    /// Give them after [`Plan::steps`], or leave them out for a day that nobody has opened yet.
    pub fn today_steps(&self, now_ms: i64) -> Vec<Step> {
        let midnight = local_ms(self.today, 0).min(now_ms);
        let before = |minutes: i64| (now_ms - minutes * MINUTE).max(midnight);
        let cast = &self.cast;
        let mut rng = Rng::of(self.seed, "today", 0);
        let odometer = 48_000 + rng.between(0, 900);
        let open = Input::default()
            .with("date", self.today)
            .with("odometer_km", odometer)
            .done();
        let arrive = Input::default()
            .with("village", site::village_id(self.seed, 0))
            .with("odometer_km", odometer + rng.between(9, 31))
            .done();
        let mut steps = vec![
            Step::of(before(96), cast.gp, "day.open", open),
            Step::of(before(74), cast.gp, "day.arrive", arrive),
        ];
        steps.extend(self.seen_today(before(50)));
        for (place, (index, reason, station, urgent)) in
            WAITING.iter().take(self.size.waiting).enumerate()
        {
            let Some(person) = self.people().get(*index) else {
                continue;
            };
            let at_ms = before(24 - 4 * i64::try_from(place).unwrap_or(0).min(5));
            let input = json!({"patient": person.id, "reason": reason, "station": station, "urgent": urgent});
            steps.push(Step::on(
                at_ms,
                cast.nurse,
                "day.check_in",
                person.id,
                input,
            ));
        }
        for step in &mut steps {
            step.at_ms = step.at_ms.min(now_ms);
        }
        steps
    }

    /// Two who were seen this morning and whose medicine is still to be handed out.
    fn seen_today(&self, at_ms: i64) -> Vec<Step> {
        let ready = self
            .people()
            .iter()
            .skip(crate::person::SHOWCASE.len())
            .filter(|p| p.village == 0);
        let followed = ready.filter_map(|person| {
            let course = self.course(person)?;
            let medicines = self.medicines(person, course);
            let last = course.visits.last()?;
            (!medicines.is_empty() && last.day < self.today)
                .then_some((person, course, medicines, *last))
        });
        let mut steps = Vec::new();
        for (place, (person, course, medicines, last)) in followed.take(2).enumerate() {
            let next = self
                .today
                .checked_add_days(chrono::Days::new(84))
                .unwrap_or(self.today);
            let visit = crate::course::Visit {
                day: self.today,
                controlled: true,
                next,
                ..last
            };
            let told = Told {
                seed: self.seed,
                cast: &self.cast,
                shelf: &self.shelf,
                person,
                course,
                nth: course.visits.len(),
                visit: &visit,
                at_ms: at_ms + i64::try_from(place).unwrap_or(0) * 10 * MINUTE,
            };
            steps.extend(told.seen(&medicines));
            steps.extend(told.prescribed(&medicines, self.sulfa(person, course)));
        }
        steps
    }
}
