//! `session.*`: who is using this device.
use super::*;
use xunyi_model::{Role, StaffId};

/// What the window shows first.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Screen {
    /// No center knows this device yet.
    Enrol,
    /// Nobody is signed in.
    Locked,
    /// Somebody is at work.
    Open,
}

/// `session.state`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SessionState {
    /// Which screen to show.
    pub screen: Screen,
    /// Name of the health center, once enrolled.
    pub site_name: Option<String>,
    /// Name given to this device at enrolment.
    pub device_name: Option<String>,
    /// The letter before this device's queue numbers.
    pub device_letter: Option<String>,
    /// Plate or name of the vehicle this device belongs to.
    pub vehicle: Option<String>,
    /// Staff who may sign in on this device.
    pub staff: Vec<StaffTile>,
    /// Who is signed in.
    pub user: Option<User>,
    /// True while the device secret lies in a plain file because the system offers no keyring.
    pub weak_device_secret: bool,
    /// Version of the program.
    pub version: String,
}

/// A tile on the lock screen. No patient data.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct StaffTile {
    /// Who.
    pub staff: StaffId,
    /// Name.
    pub name: String,
    /// Roles at this site.
    pub roles: Vec<Role>,
    /// False before the first sign-in on this device (asks for the password).
    pub has_pin: bool,
    /// True when the PIN was wrong too often: the password is asked, then a new PIN is chosen.
    pub pin_locked: bool,
    /// Not before this time, after wrong PINs; ms.
    pub wait_until: Option<i64>,
    /// Wrong PINs since the last right one.
    pub wrong_attempts: u32,
}

/// The person at work.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct User {
    /// Who.
    pub staff: StaffId,
    /// Name.
    pub name: String,
    /// Roles.
    pub roles: Vec<Role>,
    /// Commands this person may use: the window shows nothing else.
    pub commands: Vec<String>,
}

/// `session.first_sign_in`: password once, then a PIN for this device.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FirstSignIn {
    /// Who.
    pub staff: StaffId,
    /// The password the center gave, at least 10 characters.
    pub password: String,
    /// Six digits for this device.
    pub new_pin: String,
}

/// `session.sign_in`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// Who.
    pub staff: StaffId,
    /// Six digits.
    pub pin: String,
}
