//! `device.*`: becoming one of the site's devices.
use super::*;

/// `device.enrol`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Enrol {
    /// The one-time code from the center, scanned or typed.
    pub code: String,
}

/// Answer of `device.enrol`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Enrolled {
    /// Name of the health center.
    pub site_name: String,
    /// The name the center gave this device.
    pub device_name: String,
}
