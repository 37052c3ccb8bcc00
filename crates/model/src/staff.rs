//! Reference data that the center authors: staff, villages, vehicles.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{StaffId, VehicleId, VillageId};

coded! {
    /// What a member of staff may do is decided by role, in each use-case.
    pub enum Role {
        /// 全科医生
        Gp = "gp",
        /// 护士
        Nurse = "nurse",
        /// 药师
        Pharmacist = "pharmacist",
        /// 专家
        Expert = "expert",
        /// 管理员
        Admin = "admin",
        /// 司机
        Driver = "driver",
    }
}

/// A member of staff (FHIR `Practitioner`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Staff {
    /// Who.
    pub id: StaffId,
    /// Name.
    pub name: String,
    /// Roles.
    pub roles: Vec<Role>,
    /// Title: 主治医师.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// True once they no longer work here: kept, so that old signatures have a name.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub left: bool,
}

/// A village (FHIR `Location`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Village {
    /// Which.
    pub id: VillageId,
    /// Name.
    pub name: String,
    /// Township.
    pub township: String,
    /// How many groups (组) it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<u16>,
}

/// A medical vehicle.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Vehicle {
    /// Which.
    pub id: VehicleId,
    /// Plate.
    pub plate: String,
    /// Name on the vehicle.
    pub name: String,
}
