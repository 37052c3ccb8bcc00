//! How one person's blood pressure goes over the years: a level of their own, a slow drift, winter, missed tablets,
//! a little less after each change of treatment.
//!
//! Plain arithmetic on seeded numbers so that curves look like people. What counts as raised here only decides when
//! an invented person comes back; the program's own rules decide everything in the program.

use chrono::{Datelike, Days, Months, NaiveDate};
use xunyi_model::Sex;

use crate::person::Person;
use crate::rng::Rng;
use crate::size::Size;

/// What a person of the hypertension programme does about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Habit {
    /// Comes when due.
    Comes,
    /// Came for a while, then stayed away.
    Lost,
    /// Was last seen with a high reading, and is overdue since.
    LateHigh,
    /// Enrolled, never seen since.
    NeverCame,
}

/// Tablets as taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intake {
    /// Every day.
    Regular,
    /// Now and then forgotten.
    Patchy,
    /// Not at all.
    None,
}

/// The course of one person with hypertension.
#[derive(Clone, Debug, PartialEq)]
pub struct Course {
    /// Diagnosed.
    pub since: NaiveDate,
    /// Joined the programme; `None` for the few who did not.
    pub enrolled: Option<NaiveDate>,
    /// Also has type-2 diabetes.
    pub diabetes: bool,
    /// Comes, or not.
    pub habit: Habit,
    /// Tablets.
    pub intake: Intake,
    /// Body height, mm.
    pub height_mm: u16,
    /// Visits, oldest first.
    pub visits: Vec<Visit>,
    level: f64,
    drift: f64,
    width: f64,
    kilos: f64,
}

/// One follow-up visit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Visit {
    /// The day.
    pub day: NaiveDate,
    /// What was measured.
    pub measured: Measured,
    /// The mean was below the target of this person's age.
    pub controlled: bool,
    /// When to come again.
    pub next: NaiveDate,
}

/// What is measured on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measured {
    /// Two readings, systolic and diastolic, mmHg.
    pub readings: [(u16, u16); 2],
    /// Per minute.
    pub pulse: u16,
    /// Grams, to the half kilogram.
    pub grams: u32,
}

impl Measured {
    /// Mean of the two readings, rounded half up.
    pub fn mean(&self) -> (u16, u16) {
        let [first, second] = self.readings;
        (
            (first.0 + second.0).div_ceil(2),
            (first.1 + second.1).div_ceil(2),
        )
    }
}

/// Of 100 people of that age, how many have high blood pressure.
fn prevalence(age: u32) -> u64 {
    match age {
        0..=34 => 0,
        35..=49 => 11,
        50..=64 => 24,
        65..=79 => 35,
        _ => 38,
    }
}

/// The course of this person, `None` without hypertension.
pub(crate) fn course(seed: u64, person: &Person, size: &Size, today: NaiveDate) -> Option<Course> {
    let mut rng = Rng::of(seed, "hypertension", person.index);
    let age = person.age_on(today);
    let shown = person.showcase();
    let ill = rng.chance(prevalence(age));
    if shown.map_or(!ill, |shown| shown.last_seen.is_none()) {
        return None;
    }
    let habit = match rng.below(100) {
        _ if shown.is_some() => Habit::Comes,
        0..=82 => Habit::Comes,
        83..=91 => Habit::Lost,
        92..=95 => Habit::LateHigh,
        _ => Habit::NeverCame,
    };
    let years = *rng.early(&[2, 3, 4, 5, 6, 7, 8, 9, 10], 2).unwrap_or(&2);
    let joined = back(
        today,
        i64::from(size.history_years.min(years)) * 365 - rng.between(0, 200),
    );
    let since = back(
        joined,
        rng.between(20, i64::from(age.clamp(36, 55) - 35) * 365),
    );
    let mut course = Course {
        since,
        enrolled: (rng.chance(93) || shown.is_some()).then_some(joined),
        diabetes: rng.chance(21) || person.index == 0,
        habit,
        intake: match rng.below(100) {
            _ if shown.is_some() => Intake::Regular,
            0..=71 => Intake::Regular,
            72..=93 => Intake::Patchy,
            _ => Intake::None,
        },
        height_mm: whole(
            if person.sex == Sex::Male {
                1655.0
            } else {
                1545.0
            } + 55.0 * rng.bell(),
            1350,
            1900,
        ),
        visits: Vec::new(),
        level: 139.0 + 9.0 * rng.bell(),
        drift: 0.7 * rng.bell(),
        width: 55.0 + 6.0 * rng.bell() + f64::from(age.saturating_sub(60)) * 0.4,
        kilos: 58.0 + 8.0 * rng.bell(),
    };
    if let Some(enrolled) = course.enrolled {
        course.come(&mut rng, enrolled, seed, person, size, today);
    }
    Some(course)
}

impl Course {
    /// Fills in the visits: on days when the vehicle stands in the person's village.
    fn come(
        &mut self,
        rng: &mut Rng,
        enrolled: NaiveDate,
        seed: u64,
        person: &Person,
        size: &Size,
        today: NaiveDate,
    ) {
        let shown = person.showcase();
        let last_day = shown
            .and_then(|shown| shown.last_seen)
            .map(|days| back(today, days));
        let until = match (last_day, self.habit) {
            (Some(day), _) => back(day, 30),
            (None, Habit::Comes) => back(today, 1),
            (None, Habit::Lost) => back(today, rng.between(200, 800)),
            (None, Habit::LateHigh) => back(today, rng.between(60, 190)),
            (None, Habit::NeverCame) => return,
        };
        let quarterly_from = today
            .checked_sub_months(Months::new(size.quarterly_months))
            .unwrap_or(today);
        let whole_history = rng.below(1000) < u64::from(size.full_histories_per_mille);
        // Where most of the old visits are left out, the first day is drawn so that they do not bunch.
        let mut due = ahead(enrolled, rng.between(10, 100));
        let mut changes = 0.0;
        let mut misses = 0;
        loop {
            let day = stop_day_before(due, person.village, today);
            if day > until || self.visits.len() >= 70 {
                break;
            }
            let seen_before = self.visits.last().is_some_and(|visit| visit.day >= day);
            if day <= enrolled || seen_before {
                due = ahead(due, 14);
                continue;
            }
            let visit = self.visit(seed, person, day, changes, None);
            self.visits.push(visit);
            if visit.controlled {
                misses = 0;
            } else {
                misses += 1;
                changes += if misses <= 3 { 5.0 } else { 1.0 };
            }
            let quarterly = whole_history || day >= quarterly_from;
            let wait = match (quarterly, visit.controlled || misses > 2) {
                (false, _) => rng.between(320, 400),
                (true, true) => rng.between(78, 104),
                (true, false) if rng.chance(75) => rng.between(14, 20),
                (true, false) => rng.between(40, 100),
            };
            due = ahead(day, wait);
        }
        match (last_day, self.habit) {
            (Some(day), _) => {
                let reading = shown.map(|shown| shown.last_reading);
                let visit = self.visit(seed, person, day, changes, reading);
                self.visits.push(visit);
            }
            (None, Habit::LateHigh) => {
                let reading = (
                    whole_of(rng.between(162, 178)),
                    whole_of(rng.between(92, 104)),
                );
                if let Some(last) = self.visits.last().copied() {
                    let visit = self.visit(seed, person, last.day, changes, Some(reading));
                    self.visits.pop();
                    self.visits.push(visit);
                }
            }
            _ => {}
        }
    }

    fn visit(
        &self,
        seed: u64,
        person: &Person,
        day: NaiveDate,
        less: f64,
        both: Option<(u16, u16)>,
    ) -> Visit {
        let mut rng = Rng::of(
            seed,
            "visit",
            person.index << 20 | u64::from(day.num_days_from_ce().unsigned_abs()) & 0xf_ffff,
        );
        let measured = match both {
            Some(reading) => Measured {
                readings: [reading, reading],
                ..self.measure(&mut rng, day, less)
            },
            None => self.measure(&mut rng, day, less),
        };
        let (sys, dia) = measured.mean();
        let controlled = sys < if person.age_on(day) >= 65 { 150 } else { 140 } && dia < 90;
        let next = ahead(day, if controlled { rng.between(80, 90) } else { 14 });
        Visit {
            day,
            measured,
            controlled,
            next,
        }
    }

    fn measure(&self, rng: &mut Rng, day: NaiveDate, less: f64) -> Measured {
        let years = f64::from(i32::try_from((day - self.since).num_days()).unwrap_or(0)) / 365.0;
        let winter = match day.month() {
            12 | 1 | 2 => 4.0,
            6..=8 => -4.0,
            _ => 0.0,
        };
        let missed = match self.intake {
            Intake::Regular => 0.0,
            Intake::Patchy => 6.0,
            Intake::None => 15.0,
        };
        let own = self.level + self.drift * years.clamp(0.0, 10.0) + winter + missed - less
            + 7.0 * rng.bell();
        let sys = whole(own, 98, 204);
        let dia = whole(own - self.width + 4.0 * rng.bell(), 50, 116).min(sys - 24);
        let second_sys = whole_of(i64::from(sys) - rng.between(-2, 6));
        let second_dia = whole_of(i64::from(dia) - rng.between(-3, 4)).min(second_sys - 20);
        let grams = u32::from(whole((self.kilos + 1.2 * rng.bell()) * 2.0, 70, 200)) * 500;
        Measured {
            readings: [(sys, dia), (second_sys, second_dia)],
            pulse: whole(74.0 + 8.0 * rng.bell(), 52, 112),
            grams,
        }
    }
}

/// The last day up to `day` on which the vehicle stands in that village: it calls at each every 14 days, at the
/// first of them today.
pub(crate) fn stop_day_before(day: NaiveDate, village: usize, today: NaiveDate) -> NaiveDate {
    let offset = i64::try_from(village % 14).unwrap_or(0);
    let behind = (today - day).num_days() - offset;
    back(day, (-behind).rem_euclid(14))
}

fn whole_of(value: i64) -> u16 {
    u16::try_from(value.clamp(40, 260)).unwrap_or(120)
}

/// The nearest whole number within the limits, without a float cast: counted up, the span is small.
fn whole(value: f64, low: u16, high: u16) -> u16 {
    let mut near = low;
    while near < high && f64::from(near) + 0.5 <= value {
        near += 1;
    }
    near
}

fn back(from: NaiveDate, days: i64) -> NaiveDate {
    from.checked_sub_days(Days::new(u64::try_from(days).unwrap_or(0)))
        .unwrap_or(from)
}

fn ahead(from: NaiveDate, days: i64) -> NaiveDate {
    from.checked_add_days(Days::new(u64::try_from(days).unwrap_or(0)))
        .unwrap_or(from)
}
