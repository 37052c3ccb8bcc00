//! The township as a whole, and its history as a stream of steps in the order of time.
//!
//! Kept in memory: the people and the dates of what happens. Inputs are made one act at a time.

use std::collections::VecDeque;

use chrono::{Datelike, Days, NaiveDate, NaiveTime};
use serde_json::json;
use xunyi_model::Product;

use crate::TownshipError;
use crate::background::{self, Asked};
use crate::course::{self, Course, Intake};
use crate::formulary;
use crate::person::{self, Person};
use crate::regimen::{Medicine, Shelf};
use crate::rng::Rng;
use crate::site::{self, Cast, SiteData};
use crate::size::Size;
use crate::step::{Input, Step};
use crate::supply::{self, Demand, Month};
use crate::visit::Told;

/// Local time of the site is UTC+8, without summer time.
pub(crate) const LOCAL_MS: i64 = 8 * 3_600_000;
const MINUTE: i64 = 60_000;

/// Maker of demo townships.
pub struct Township;

impl Township {
    /// Makes up the township of this seed as it stands on the morning of `today`.
    ///
    /// Same arguments and same shipped formulary, same steps to the byte.
    pub fn generate(seed: u64, size: &Size, today: NaiveDate) -> Result<Plan, TownshipError> {
        let products = formulary::formulary()?.body;
        let shelf = Shelf::of(&products)?;
        let people = person::people(seed, size.people, site::village_plans(size), today);
        let courses: Vec<_> = people
            .iter()
            .map(|person| course::course(seed, person, size, today))
            .collect();
        let mut plan = Plan {
            seed,
            size: size.clone(),
            today,
            site: site::site(seed, size),
            cast: site::cast(seed),
            products,
            shelf,
            people,
            courses,
            demand: Demand::default(),
            acts: Vec::new(),
        };
        plan.acts = plan.timeline();
        Ok(plan)
    }
}

/// A made-up township: its site data, and its history as commands.
pub struct Plan {
    pub(crate) seed: u64,
    pub(crate) size: Size,
    pub(crate) today: NaiveDate,
    site: SiteData,
    pub(crate) cast: Cast,
    products: Vec<Product>,
    pub(crate) shelf: Shelf,
    people: Vec<Person>,
    courses: Vec<Option<Course>>,
    demand: Demand,
    acts: Vec<(i64, Act)>,
}

/// Something that happens at one time, before it is told as steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Act {
    Supply(Month),
    FullVehicle,
    Register(usize),
    Visit(usize, usize),
}

impl Plan {
    /// What the center must author first: villages, vehicles, staff with the demo's passwords and PINs.
    pub fn site(&self) -> &SiteData {
        &self.site
    }

    /// The people, in the order of their index.
    pub fn people(&self) -> &[Person] {
        &self.people
    }

    /// The course of a person with hypertension.
    pub fn course(&self, person: &Person) -> Option<&Course> {
        self.courses
            .get(usize::try_from(person.index).ok()?)?
            .as_ref()
    }

    /// The day the plan was made for.
    pub fn today(&self) -> NaiveDate {
        self.today
    }

    /// All that happened before today, in the order of time: registrations, visits, prescriptions, stock.
    pub fn steps(&self) -> Steps<'_> {
        Steps {
            plan: self,
            acts: self.acts.iter(),
            ready: VecDeque::new(),
        }
    }

    /// How many acts [`Plan::steps`] tells, for a progress bar; [`Steps::acts_left`] counts them down.
    pub fn act_count(&self) -> usize {
        self.acts.len()
    }

    fn timeline(&mut self) -> Vec<(i64, Act)> {
        let medicine_from =
            supply::month_of(self.today) - i32::try_from(self.size.medicine_months).unwrap_or(0);
        let mut acts = Vec::new();
        let mut demand = Demand::default();
        for (index, person) in self.people.iter().enumerate() {
            let course = self.courses.get(index).and_then(Option::as_ref);
            acts.push((self.registered(person, course), Act::Register(index)));
            let Some(course) = course else { continue };
            let medicines = self.medicines(person, course);
            for (nth, visit) in course.visits.iter().enumerate() {
                let at_ms = self.visit_time(person, visit.day);
                acts.push((at_ms, Act::Visit(index, nth)));
                let month = supply::month_of(visit.day);
                if month >= medicine_from {
                    let told = self.told(person, course, nth, at_ms);
                    for medicine in medicines.iter().filter(|_| told.is_some()) {
                        demand.add(
                            month,
                            medicine.slot,
                            told.as_ref().map_or(0, |t| medicine.units(t.days())),
                        );
                    }
                }
            }
        }
        acts.extend(demand.months().map(|month| {
            (
                local_ms(supply::first_day(month), 6 * 60),
                Act::Supply(month),
            )
        }));
        let yesterday = self
            .today
            .checked_sub_days(Days::new(1))
            .unwrap_or(self.today);
        acts.push((local_ms(yesterday, 17 * 60 + 30), Act::FullVehicle));
        acts.sort_unstable();
        self.demand = demand;
        acts
    }

    /// Those of the programme were registered when they joined it, the others at some time in the last years.
    fn registered(&self, person: &Person, course: Option<&Course>) -> i64 {
        let mut rng = Rng::of(self.seed, "registered", person.index);
        let latest = self
            .today
            .checked_sub_days(Days::new(1))
            .unwrap_or(self.today);
        let day = match course.and_then(|course| course.enrolled) {
            Some(enrolled) => enrolled,
            None => {
                let span = i64::from(self.size.history_years) * 365;
                let ago = u64::try_from(rng.between(2, span)).unwrap_or(2);
                let day = self
                    .today
                    .checked_sub_days(Days::new(ago))
                    .unwrap_or(latest);
                day.max(
                    person
                        .birth
                        .checked_add_days(Days::new(rng.below(90)))
                        .unwrap_or(day),
                )
            }
        };
        local_ms(day.min(latest), 8 * 60)
            + rng.between(0, 8 * 60) * MINUTE
            + rng.between(0, 59) * 1000
    }

    fn visit_time(&self, person: &Person, day: NaiveDate) -> i64 {
        let key = person.index << 20 | u64::from(day.num_days_from_ce().unsigned_abs() & 0xf_ffff);
        let mut rng = Rng::of(self.seed, "visit time", key);
        local_ms(day, 8 * 60 + 10) + rng.between(0, 7 * 60) * MINUTE + rng.between(0, 59) * 1000
    }

    /// What a person is prescribed, without what they are allergic to.
    pub(crate) fn medicines(&self, person: &Person, course: &Course) -> Vec<Medicine> {
        let mut medicines = self.shelf.regimen(self.seed, person.index, course);
        if let Asked::Listed(listed) = Asked::of(self.seed, person, Some(course))
            && listed
                .iter()
                .any(|(substance, _)| matches!(*substance, "阿司匹林" | "布洛芬"))
        {
            medicines.retain(|medicine| !medicine.product.generic_zh.contains("阿司匹林"));
        }
        medicines
    }

    fn told<'a>(
        &'a self,
        person: &'a Person,
        course: &'a Course,
        nth: usize,
        at_ms: i64,
    ) -> Option<Told<'a>> {
        let visit = course.visits.get(nth)?;
        Some(Told {
            seed: self.seed,
            cast: &self.cast,
            shelf: &self.shelf,
            person,
            course,
            nth,
            visit,
            at_ms,
        })
    }

    fn tell(&self, at_ms: i64, act: Act) -> Vec<Step> {
        match act {
            Act::Supply(month) => supply::monthly(
                self.seed,
                &self.cast,
                &self.shelf,
                &self.demand,
                month,
                at_ms,
            ),
            Act::FullVehicle => {
                supply::full_vehicle(self.seed, &self.cast, &self.products, self.today, at_ms)
            }
            Act::Register(index) => self
                .people
                .get(index)
                .map(|p| self.register(p, at_ms))
                .unwrap_or_default(),
            Act::Visit(index, nth) => self.visit(index, nth, at_ms).unwrap_or_default(),
        }
    }

    fn register(&self, person: &Person, at_ms: i64) -> Vec<Step> {
        let register = Input::default()
            .with("name", &person.name)
            .with("sex", &person.sex)
            .with("birth_date", person.birth)
            .with("id_number", &person.id_number)
            .with("phone", &person.phone)
            .with("village", site::village_id(self.seed, person.village))
            .with("address", &person.address)
            .with("household_head", &person.head)
            .with("not_a_duplicate", true)
            .with("patient", person.id)
            .done();
        let mut steps = vec![Step::on(
            at_ms,
            self.cast.nurse,
            "patient.register",
            person.id,
            register,
        )];
        steps.extend(self.background(person, at_ms + 3 * MINUTE));
        steps
    }

    /// Allergies, problems and programmes in one `patient.update`; none when nothing is known.
    fn background(&self, person: &Person, at_ms: i64) -> Option<Step> {
        let course = self.course(person);
        let asked = Asked::of(self.seed, person, course);
        let allergies = asked.to_add();
        let problems = background::problems(self.seed, person, course, self.today);
        let mut enrolments = Vec::new();
        if let Some((course, since)) = course.and_then(|course| Some((course, course.enrolled?))) {
            let mut rng = Rng::of(self.seed, "enrolment", person.index);
            let first_due = since.checked_add_days(Days::new(14 + rng.below(76)));
            let risk = if course.diabetes {
                "high"
            } else {
                rng.pick(&["low", "moderate", "moderate", "high"])
                    .unwrap_or(&"moderate")
            };
            let target = (course.diabetes && person.age_on(self.today) < 75)
                .then(|| json!({"sys_below": 130, "dia_below": 80, "version": "陈立"}));
            let enrolment = Input::default()
                .with("programme", "hypertension")
                .with("since", since)
                .with("status", "active")
                .with("risk", risk)
                .with("target", target)
                .with("first_due", first_due);
            enrolments.push(enrolment.done());
        }
        if allergies.is_empty()
            && problems.is_empty()
            && enrolments.is_empty()
            && asked != Asked::NoneKnown
        {
            return None;
        }
        let input = Input::default()
            .with("patient", person.id)
            .with_heads()
            .with("add_allergies", allergies)
            .with(
                "no_known_allergies",
                (asked == Asked::NoneKnown).then_some(true),
            )
            .with("add_problems", problems)
            .with("add_enrolments", enrolments)
            .done();
        Some(Step::on(
            at_ms,
            self.cast.gp,
            "patient.update",
            person.id,
            input,
        ))
    }

    fn visit(&self, index: usize, nth: usize, at_ms: i64) -> Option<Vec<Step>> {
        let person = self.people.get(index)?;
        let course = self.course(person)?;
        let told = self.told(person, course, nth, at_ms)?;
        let medicines = self.medicines(person, course);
        let mut steps = told.seen(&medicines);
        if self.demand.covers(supply::month_of(told.visit.day)) && course.intake != Intake::None {
            steps.extend(told.prescribed(&medicines, self.sulfa(person, course)));
            steps.extend(told.handed_out(&medicines));
        }
        Some(steps)
    }

    /// A listed sulfonamide allergy: some of the medicines ask for a word about it.
    pub(crate) fn sulfa(&self, person: &Person, course: &Course) -> bool {
        match Asked::of(self.seed, person, Some(course)) {
            Asked::Listed(listed) => listed
                .iter()
                .any(|(substance, _)| substance.starts_with("磺胺")),
            Asked::NoneKnown | Asked::Never => false,
        }
    }
}

/// Milliseconds of so many minutes after local midnight.
pub(crate) fn local_ms(day: NaiveDate, minutes: i64) -> i64 {
    day.and_time(NaiveTime::MIN).and_utc().timestamp_millis() - LOCAL_MS + minutes * MINUTE
}

/// The stream of steps of a [`Plan`].
pub struct Steps<'a> {
    plan: &'a Plan,
    acts: std::slice::Iter<'a, (i64, Act)>,
    ready: VecDeque<Step>,
}

impl Steps<'_> {
    /// Acts not told yet.
    pub fn acts_left(&self) -> usize {
        self.acts.len()
    }
}

impl Iterator for Steps<'_> {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        while self.ready.is_empty() {
            let (at_ms, act) = self.acts.next()?;
            self.ready.extend(self.plan.tell(*at_ms, *act));
        }
        self.ready.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    fn today() -> NaiveDate {
        "2026-11-23".parse().unwrap()
    }

    #[test]
    fn the_demo_township_has_6000_people_in_households_and_years_of_history() {
        let plan = Township::generate(1, &Size::demo(), today()).unwrap();
        assert_eq!(plan.people().len(), 6_000);
        let villages: BTreeSet<usize> = plan.people().iter().map(|p| p.village).collect();
        assert_eq!(villages.len(), 12);
        let names: BTreeSet<&str> = plan.people().iter().map(|p| p.name.as_str()).collect();
        assert!(
            names.len() > 3_000 && names.len() < 6_000,
            "{}",
            names.len()
        );
        let mut households: BTreeMap<(usize, &str), Vec<&Person>> = BTreeMap::new();
        for person in plan.people() {
            let house = (person.village, person.address.as_str());
            households.entry(house).or_default().push(person);
        }
        let shared = households.values().filter(|house| house.len() > 1);
        assert!(shared.count() > 1_000);
        for house in households.values() {
            assert!(house.iter().any(|person| person.name == person.head));
        }

        let mut commands: BTreeMap<&str, usize> = BTreeMap::new();
        let (mut first, mut last) = (i64::MAX, 0);
        for step in plan.steps() {
            *commands.entry(step.command).or_default() += 1;
            (first, last) = (first.min(step.at_ms), last.max(step.at_ms));
        }
        assert_eq!(commands["patient.register"], 6_000);
        assert!(
            commands["visit.sign"] > 6_000 && commands["stock.load"] > 0,
            "{commands:?}"
        );
        let years = (last - first) / (365 * 24 * 3_600_000);
        assert!(years >= 2, "{years} years");
    }

    #[test]
    fn the_same_seed_gives_the_same_steps_and_another_gives_others() {
        let told = |seed| {
            let plan = Township::generate(seed, &Size::small(), today()).unwrap();
            plan.steps()
                .map(|step| format!("{step:?}"))
                .collect::<Vec<_>>()
        };
        assert_eq!(told(3), told(3));
        assert_ne!(told(3), told(4));
    }
}
