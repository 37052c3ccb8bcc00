//! The demo site: a health center, its villages, vehicles and staff. The town and its people do not exist.
//!
//! Passwords and PINs stand here for everyone to read: they are for the demo only.

use xunyi_model::{Role, Staff, StaffId, Vehicle, VehicleId, Village, VillageId};

use crate::rng;
use crate::size::Size;

/// What the center authors before anybody works.
#[derive(Clone, Debug, PartialEq)]
pub struct SiteData {
    /// Name of the health center.
    pub name: String,
    /// Villages.
    pub villages: Vec<Village>,
    /// Vehicles; the first is the one whose days the demo plays.
    pub vehicles: Vec<Vehicle>,
    /// Staff with the demo's secrets.
    pub staff: Vec<DemoStaff>,
}

impl SiteData {
    /// The site data of this seed and size, without the township's people.
    pub fn of(seed: u64, size: &Size) -> Self {
        site(seed, size)
    }
}

/// A member of the demo's staff.
#[derive(Clone, Debug, PartialEq)]
pub struct DemoStaff {
    /// Who.
    pub staff: Staff,
    /// Password for the first sign-in. Demo only.
    pub password: &'static str,
    /// PIN to choose on each device. Demo only.
    pub pin: &'static str,
}

/// Who acts in the steps.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cast {
    pub gp: StaffId,
    pub nurse: StaffId,
    pub pharmacist: StaffId,
    pub vehicle: VehicleId,
}

/// A village as it is made up.
pub(crate) struct VillagePlan {
    pub name: &'static str,
    /// Groups (组).
    pub groups: u16,
    /// People, against the other villages.
    pub weight: u32,
    /// Surnames that most households have.
    pub surnames: &'static [(&'static str, u32)],
}

const TOWNSHIP: &str = "大源镇";

const VILLAGES: &[VillagePlan] = &[
    VillagePlan {
        name: "龙坑村",
        groups: 6,
        weight: 12,
        surnames: &[("郑", 6), ("蓝", 4), ("雷", 4), ("钟", 3), ("朱", 2)],
    },
    VillagePlan {
        name: "上坪村",
        groups: 7,
        weight: 13,
        surnames: &[("叶", 7), ("吴", 5), ("季", 3)],
    },
    VillagePlan {
        name: "蓝家岱村",
        groups: 4,
        weight: 8,
        surnames: &[("蓝", 10), ("雷", 3), ("钟", 2)],
    },
    VillagePlan {
        name: "大源口村",
        groups: 9,
        weight: 17,
        surnames: &[("陈", 5), ("王", 4), ("林", 3), ("周", 3)],
    },
    VillagePlan {
        name: "叶坞村",
        groups: 4,
        weight: 7,
        surnames: &[("叶", 11), ("柳", 2)],
    },
    VillagePlan {
        name: "石仓坑村",
        groups: 5,
        weight: 9,
        surnames: &[("阙", 7), ("王", 3), ("单", 2)],
    },
    VillagePlan {
        name: "下洋畲族村",
        groups: 4,
        weight: 7,
        surnames: &[("雷", 9), ("蓝", 6), ("钟", 4)],
    },
    VillagePlan {
        name: "梅岭脚村",
        groups: 3,
        weight: 6,
        surnames: &[("梅", 8), ("潘", 4)],
    },
    VillagePlan {
        name: "樟树湾村",
        groups: 6,
        weight: 10,
        surnames: &[("吴", 6), ("毛", 5), ("项", 3)],
    },
    VillagePlan {
        name: "雷公岙村",
        groups: 3,
        weight: 5,
        surnames: &[("雷", 8), ("钟", 5)],
    },
    VillagePlan {
        name: "际坑村",
        groups: 4,
        weight: 7,
        surnames: &[("练", 6), ("夏", 4), ("李", 3)],
    },
    VillagePlan {
        name: "高坞坑村",
        groups: 3,
        weight: 5,
        surnames: &[("钟", 7), ("何", 4), ("曾", 2)],
    },
];

const VEHICLES: &[(&str, &str)] = &[
    ("浙K·M1052", "智慧流动医院 3 号车"),
    ("浙K·M1017", "智慧流动医院 1 号车"),
    ("浙K·M1035", "智慧流动医院 2 号车"),
];

struct Person {
    name: &'static str,
    role: Role,
    title: &'static str,
    password: &'static str,
    pin: &'static str,
}

const STAFF: &[Person] = &[
    Person {
        name: "陈立",
        role: Role::Gp,
        title: "主治医师",
        password: "demo-bamboo-ridge-chenli-41",
        pin: "258036",
    },
    Person {
        name: "蓝小梅",
        role: Role::Nurse,
        title: "主管护师",
        password: "demo-plum-valley-xiaomei-52",
        pin: "471529",
    },
    Person {
        name: "雷志强",
        role: Role::Pharmacist,
        title: "主管药师",
        password: "demo-thunder-creek-zhiqiang-63",
        pin: "693184",
    },
    Person {
        name: "周文",
        role: Role::Expert,
        title: "副主任医师",
        password: "demo-silver-retina-zhouwen-74",
        pin: "815207",
    },
    Person {
        name: "吴敏",
        role: Role::Admin,
        title: "信息管理员",
        password: "demo-ledger-keeper-wumin-85",
        pin: "362748",
    },
];

/// The first villages of the township, as many as the size says.
pub(crate) fn village_plans(size: &Size) -> &'static [VillagePlan] {
    VILLAGES
        .get(..size.villages.clamp(1, VILLAGES.len()))
        .unwrap_or(VILLAGES)
}

/// The site data under a seed.
pub(crate) fn site(seed: u64, size: &Size) -> SiteData {
    let villages = village_plans(size)
        .iter()
        .enumerate()
        .map(|(index, plan)| Village {
            id: village_id(seed, index),
            name: plan.name.to_owned(),
            township: TOWNSHIP.to_owned(),
            groups: Some(plan.groups),
        });
    let vehicles = VEHICLES
        .iter()
        .enumerate()
        .map(|(index, (plate, name))| Vehicle {
            id: rng::id(seed, "vehicle", index as u64).into(),
            plate: (*plate).to_owned(),
            name: (*name).to_owned(),
        });
    let staff = STAFF.iter().enumerate().map(|(index, person)| DemoStaff {
        staff: Staff {
            id: staff_id(seed, index),
            name: person.name.to_owned(),
            roles: vec![person.role.clone()],
            title: Some(person.title.to_owned()),
            left: false,
        },
        password: person.password,
        pin: person.pin,
    });
    SiteData {
        name: format!("{TOWNSHIP}中心卫生院"),
        villages: villages.collect(),
        vehicles: vehicles.collect(),
        staff: staff.collect(),
    }
}

/// Who does what in the steps.
pub(crate) fn cast(seed: u64) -> Cast {
    Cast {
        gp: staff_id(seed, 0),
        nurse: staff_id(seed, 1),
        pharmacist: staff_id(seed, 2),
        vehicle: rng::id(seed, "vehicle", 0).into(),
    }
}

pub(crate) fn village_id(seed: u64, index: usize) -> VillageId {
    rng::id(seed, "village", index as u64).into()
}

fn staff_id(seed: u64, index: usize) -> StaffId {
    rng::id(seed, "staff", index as u64).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_demo_site_has_its_villages_vehicles_and_five_roles() {
        let site = site(1, &Size::demo());
        assert_eq!(
            (site.villages.len(), site.vehicles.len(), site.staff.len()),
            (12, 3, 5)
        );
        let roles: HashSet<_> = site
            .staff
            .iter()
            .flat_map(|s| s.staff.roles.clone())
            .collect();
        assert_eq!(roles.len(), 5);
        let names: HashSet<_> = site.villages.iter().map(|village| &village.name).collect();
        assert_eq!(names.len(), 12);
        assert_eq!(site.staff[0].staff.id, cast(1).gp);
    }

    #[test]
    fn demo_secrets_have_the_form_that_the_app_asks_for_and_say_what_they_are() {
        for member in &site(1, &Size::demo()).staff {
            assert!(member.password.starts_with("demo-") && member.password.len() >= 10);
            assert!(member.pin.len() == 6 && member.pin.bytes().all(|b| b.is_ascii_digit()));
        }
    }
}
