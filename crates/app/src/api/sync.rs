//! `sync.*`: what is where, in one glance and in words.
use super::*;

/// The light at the top right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SyncLight {
    /// Everything made here is at the center.
    AtCenter,
    /// An exchange is under way.
    OnItsWay,
    /// Saved here, waiting for a link: normal, grey.
    SavedHere,
    /// Something needs someone: amber.
    NeedsCare,
}

/// Why the last exchange failed, in words the UI translates.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SyncProblem {
    /// Stable code, such as `sync.unreachable`, `sync.wrong_ca`, `sync.captive_portal`.
    pub code: String,
    /// Values for the text.
    pub params: serde_json::Map<String, serde_json::Value>,
    /// When, ms.
    pub at: i64,
}

/// `sync.status`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SyncStatus {
    /// The light.
    pub light: SyncLight,
    /// Commits made here that the center has not acknowledged.
    pub waiting_commits: u64,
    /// Their bytes in the journal.
    pub waiting_bytes: u64,
    /// Last complete exchange, ms: how old the newest news from the center is.
    pub last_exchange: Option<i64>,
    /// What went wrong since.
    pub problem: Option<SyncProblem>,
    /// Commits held by policy, for the admin.
    pub held: u64,
    /// Entries in this device's journal.
    pub entries: u64,
    /// The center's address.
    pub center: Option<String>,
    /// Past exchanges, newest first, at most 50.
    pub history: Vec<Exchange>,
    /// Devices of the site.
    pub devices: Vec<DeviceView>,
}

/// A past exchange.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Exchange {
    /// When it ended, ms.
    pub at: i64,
    /// Commits sent.
    pub sent: u64,
    /// Commits received.
    pub received: u64,
    /// How it failed; absent when it did not.
    pub problem: Option<String>,
}

/// A device of the site as this one knows it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct DeviceView {
    /// Feed id, hex.
    pub device: String,
    /// Name.
    pub name: String,
    /// Vehicle it belongs to.
    pub vehicle: Option<String>,
    /// This device itself.
    pub this: bool,
    /// Newest entry known from it, ms.
    pub last_entry: Option<i64>,
    /// Revoked.
    pub revoked: bool,
}

/// Answer of `sync.run`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SyncReport {
    /// Commits sent and acknowledged.
    pub sent: u64,
    /// Commits received and stored.
    pub received: u64,
    /// Status after it.
    pub status: SyncStatus,
}
