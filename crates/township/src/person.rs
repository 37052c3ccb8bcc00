//! The people of the township: households of a mountain village, with the old in the majority.
//!
//! Every number and address is invented. Resident IDs carry a valid check digit, but county codes that no county
//! of Lishui (3311xx) has; phone numbers begin with 154, which no carrier was ever given.

use std::collections::HashMap;

use chrono::{Datelike, Days, NaiveDate};
use xunyi_model::{PatientId, Sex};

use crate::names;
use crate::rng::{self, Rng};
use crate::site::VillagePlan;

/// County codes within 3311xx that GB/T 2260 does not assign: the township's own, and where wives came from.
const COUNTIES: [&str; 3] = ["331190", "331191", "331192"];

/// Somebody of the township.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    /// Where in the list of people, from 0: names this person's streams of numbers.
    pub index: u64,
    /// The id under which they are registered.
    pub id: PatientId,
    /// Name.
    pub name: String,
    /// Sex.
    pub sex: Sex,
    /// Born.
    pub birth: NaiveDate,
    /// Which village, from 0.
    pub village: usize,
    /// Group and house number, such as `3组41号`.
    pub address: String,
    /// Head of the household; the person themself for the head.
    pub head: String,
    /// Resident ID; some old people never brought it.
    pub id_number: Option<String>,
    /// Phone; the household's for children.
    pub phone: Option<String>,
}

impl Person {
    /// Whole years on `date`; 0 before birth.
    pub fn age_on(&self, date: NaiveDate) -> u32 {
        date.years_since(self.birth).unwrap_or(0)
    }
}

/// People whom screenshots and flows can count on: name, man?, age, and how the last visit went.
pub(crate) const SHOWCASE: &[Showcase] = &[
    Showcase {
        name: "郑桂叶",
        man: false,
        age: 67,
        last_seen: Some(93),
        last_reading: (152, 88),
    },
    Showcase {
        name: "郑樟森",
        man: true,
        age: 70,
        last_seen: Some(135),
        last_reading: (168, 96),
    },
    Showcase {
        name: "雷水根",
        man: true,
        age: 72,
        last_seen: Some(98),
        last_reading: (136, 78),
    },
    Showcase {
        name: "蓝银娇",
        man: false,
        age: 58,
        last_seen: None,
        last_reading: (0, 0),
    },
    Showcase {
        name: "钟土金",
        man: true,
        age: 81,
        last_seen: Some(84),
        last_reading: (144, 76),
    },
    Showcase {
        name: "朱月仙",
        man: false,
        age: 63,
        last_seen: Some(20),
        last_reading: (158, 94),
    },
    Showcase {
        name: "蓝招弟",
        man: false,
        age: 66,
        last_seen: Some(59),
        last_reading: (166, 92),
    },
    Showcase {
        name: "雷金土",
        man: true,
        age: 69,
        last_seen: Some(115),
        last_reading: (138, 84),
    },
    Showcase {
        name: "钟秀莲",
        man: false,
        age: 74,
        last_seen: Some(80),
        last_reading: (132, 74),
    },
    Showcase {
        name: "郑岳根",
        man: true,
        age: 65,
        last_seen: Some(91),
        last_reading: (134, 80),
    },
];

/// One of them; they live alone in the first village and come first in the list of people.
pub(crate) struct Showcase {
    pub name: &'static str,
    pub man: bool,
    pub age: i64,
    /// Days since the last visit; `None` for somebody without hypertension.
    pub last_seen: Option<i64>,
    /// Both readings of that visit, mmHg.
    pub last_reading: (u16, u16),
}

impl Showcase {
    fn member(&self) -> Member {
        let after_surname = self.name.char_indices().nth(1).map_or(0, |(at, _)| at);
        let (surname, given) = self.name.split_at(after_surname);
        let sex = if self.man { Sex::Male } else { Sex::Female };
        Member {
            surname,
            given: Some(given),
            sex,
            age: self.age,
            married_in: false,
        }
    }
}

impl Person {
    pub(crate) fn showcase(&self) -> Option<&'static Showcase> {
        SHOWCASE.get(usize::try_from(self.index).ok()?)
    }
}

/// One member as the household is made up, before addresses and numbers.
struct Member {
    surname: &'static str,
    given: Option<&'static str>,
    sex: Sex,
    age: i64,
    married_in: bool,
}

/// `count` people spread over the villages by their size, `today` being the day their ages count from.
pub(crate) fn people(
    seed: u64,
    count: u32,
    villages: &[VillagePlan],
    today: NaiveDate,
) -> Vec<Person> {
    let mut people = Vec::with_capacity(usize::try_from(count).unwrap_or(0));
    let mut numbers = Numbers::default();
    let weight: u64 = villages
        .iter()
        .map(|village| u64::from(village.weight))
        .sum();
    let mut upto = 0;
    for (place, village) in villages.iter().enumerate() {
        upto += u64::from(village.weight);
        let last = u64::from(count) * upto / weight.max(1);
        let mut house = 0;
        while (people.len() as u64) < last {
            house += 1;
            let key = (place as u64) << 32 | u64::from(house);
            let mut rng = Rng::of(seed, "household", key);
            let room = usize::try_from(last - people.len() as u64).unwrap_or(0);
            settle(
                &mut rng,
                seed,
                &mut people,
                &mut numbers,
                place,
                village,
                house,
                today,
                room,
            );
        }
    }
    people
}

/// Gives a household its address, head, names and numbers.
#[allow(clippy::too_many_arguments)] // one caller; a struct of these would only rename them
fn settle(
    rng: &mut Rng,
    seed: u64,
    people: &mut Vec<Person>,
    numbers: &mut Numbers,
    place: usize,
    village: &VillagePlan,
    house: u32,
    today: NaiveDate,
    room: usize,
) {
    let address = format!(
        "{}组{}号",
        1 + house / 24 % u32::from(village.groups),
        1 + house * 2 % 240 + house / 200
    );
    let mut head = None;
    let mut family_phone = None;
    let members = match SHOWCASE.get(people.len()) {
        Some(shown) => vec![shown.member()],
        None => household(rng, village),
    };
    for member in members.into_iter().take(room) {
        let birth = born(rng, member.age, today);
        let given = match member.given {
            Some(given) => given.to_owned(),
            None => names::given(rng, &member.sex, birth.year()),
        };
        let name = format!("{}{given}", member.surname);
        let head = head.get_or_insert_with(|| name.clone()).clone();
        let grown = member.age >= 16;
        let own_phone =
            (grown && rng.chance(if member.age > 75 { 55 } else { 88 })).then(|| phone(rng));
        if family_phone.is_none() {
            family_phone.clone_from(&own_phone);
        }
        let has_id = member.age >= 1 && rng.chance(if member.age > 80 { 88 } else { 96 });
        let county = if member.married_in {
            1 + rng.below(2)
        } else {
            0
        };
        let id_number = numbers.next(county, birth, &member.sex).filter(|_| has_id);
        let index = people.len() as u64;
        people.push(Person {
            index,
            id: rng::id(seed, "patient", index).into(),
            name,
            sex: member.sex,
            birth,
            village: place,
            address: address.clone(),
            head,
            id_number,
            phone: own_phone.or_else(|| family_phone.clone()),
        });
    }
}

/// Who lives together, the head first.
fn household(rng: &mut Rng, village: &VillagePlan) -> Vec<Member> {
    let family = names::surname(rng, village.surnames);
    let man = |age| Member {
        surname: family,
        given: None,
        sex: Sex::Male,
        age,
        married_in: false,
    };
    let wife = |rng: &mut Rng, age: i64| Member {
        surname: names::surname(rng, village.surnames),
        given: None,
        sex: Sex::Female,
        age,
        married_in: rng.chance(55),
    };
    let mut members = Vec::new();
    match rng.below(100) {
        // The young are in town: an old couple, or what is left of one.
        0..=37 => {
            let age = rng.between(54, 84);
            members.push(man(age));
            let younger = rng.between(-2, 6);
            members.push(wife(rng, (age - younger).max(48)));
        }
        38..=57 => {
            let age = rng.between(58, 93);
            let widow = rng.chance(68);
            members.push(if widow { wife(rng, age) } else { man(age) });
        }
        58..=75 => {
            let old = rng.between(60, 84);
            members.push(man(old));
            if rng.chance(75) {
                let younger = rng.between(-1, 5);
                members.push(wife(rng, old - younger));
            }
            let son = (old - rng.between(22, 31)).max(24);
            members.push(man(son));
            let younger = rng.between(-1, 5);
            members.push(wife(rng, (son - younger).max(22)));
            children(rng, family, son, &mut members);
        }
        76..=89 => {
            let father = rng.between(29, 58);
            members.push(man(father));
            let younger = rng.between(-2, 5);
            members.push(wife(rng, (father - younger).max(24)));
            children(rng, family, father, &mut members);
        }
        _ => {
            let old = rng.between(62, 88);
            members.push(if rng.chance(50) {
                wife(rng, old)
            } else {
                man(old)
            });
            members.push(man((old - rng.between(23, 36)).max(26)));
        }
    }
    members
}

fn children(rng: &mut Rng, family: &'static str, father: i64, members: &mut Vec<Member>) {
    for _ in 0..rng.between(0, 2) {
        let age = father - rng.between(23, 34);
        // The grown ones have left.
        if (0..=24).contains(&age) {
            let sex = if rng.chance(52) {
                Sex::Male
            } else {
                Sex::Female
            };
            members.push(Member {
                surname: family,
                given: None,
                sex,
                age,
                married_in: false,
            });
        }
    }
}

/// A birthday that makes somebody `age` years old on `today`.
fn born(rng: &mut Rng, age: i64, today: NaiveDate) -> NaiveDate {
    let days = age * 36_525 / 100 + rng.between(1, 364);
    today
        .checked_sub_days(Days::new(u64::try_from(days).unwrap_or(0)))
        .unwrap_or(today)
}

fn phone(rng: &mut Rng) -> String {
    format!("154{:08}", rng.below(100_000_000))
}

/// Hands out resident IDs, none twice.
#[derive(Default)]
struct Numbers(HashMap<(u64, NaiveDate, bool), u32>);

impl Numbers {
    fn next(&mut self, county: u64, birth: NaiveDate, sex: &Sex) -> Option<String> {
        let man = *sex == Sex::Male;
        let used = self.0.entry((county, birth, man)).or_insert(0);
        *used += 1;
        let sequence = *used * 2 + u32::from(man);
        let county = COUNTIES.get(usize::try_from(county).ok()?)?;
        with_check_digit(&format!("{county}{}{sequence:03}", birth.format("%Y%m%d")))
    }
}

/// The 17 digits and their check character (GB 11643-1999); `None` unless there are 17 digits.
pub fn with_check_digit(first_17: &str) -> Option<String> {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let digits: Vec<u32> = first_17
        .chars()
        .map(|c| c.to_digit(10))
        .collect::<Option<_>>()?;
    if digits.len() != WEIGHTS.len() {
        return None;
    }
    let sum: u32 = digits
        .iter()
        .zip(WEIGHTS)
        .map(|(digit, weight)| digit * weight)
        .sum();
    let check = "10X98765432".chars().nth(usize::try_from(sum % 11).ok()?)?;
    Some(format!("{first_17}{check}"))
}
