//! `sync.status`: what is where, in one glance. The light never promises more than the center has said.

use super::background::Failed;
use super::problem::passes;
use crate::api::sync::{DeviceView, Exchange, SyncLight, SyncProblem, SyncStatus};
use crate::device::name;
use crate::{AppError, Device};
use serde::Deserialize;
use xunyi_ledger::{FeedInfo, RecordRow};
use xunyi_model::Vehicle;
use xunyi_store::local::{self, ExchangeRow};

const HOUR_MS: i64 = 3_600_000;

/// The state of things as this device knows it.
pub(crate) fn status(device: &Device) -> Result<SyncStatus, AppError> {
    let now = device.now();
    let failed = device.shared.exchanger.failed();
    let under_way = device.shared.exchanger.is_under_way();
    let mut state = device.state();
    let revoked = state.about.revoked;
    let open = state.opened()?;
    let center = open.work.center_holds()?;
    let key = open.work.public_key();
    let settings = open.site_settings()?;
    // Without any exchange the news are as old as the enrolment.
    let enrolled = open.center_time()?;
    let (own, address) = (open.feed, open.addresses.first().cloned());
    let seen = open.read(|ledger| {
        let waiting = ledger.unsent(&key, &center)?;
        let last = local::get(ledger.sql(), name::LAST_EXCHANGE)?
            .and_then(|bytes| String::from_utf8(bytes).ok()?.parse().ok());
        Ok(Seen {
            commits: waiting.commits,
            bytes: waiting.bytes,
            last,
            held: ledger.held()?,
            entries: ledger.entries()?,
            feeds: ledger.feeds()?,
            devices: ledger.records("device", None)?,
            vehicles: ledger.records("vehicle", None)?,
            history: local::exchanges(ledger.sql())?,
        })
    })?;
    drop(state);
    let newest = seen.last.unwrap_or(enrolled);
    let old = now - newest > settings.amber_after_hours * HOUR_MS;
    let care = revoked || old || failed.as_ref().is_some_and(|f| !passes(&f.error.code));
    let light = match (under_way && seen.commits > 0, care) {
        (true, _) => SyncLight::OnItsWay,
        (false, true) => SyncLight::NeedsCare,
        (false, false) if seen.commits == 0 && seen.last.is_some() => SyncLight::AtCenter,
        (false, false) => SyncLight::SavedHere,
    };
    Ok(SyncStatus {
        light,
        waiting_commits: seen.commits,
        waiting_bytes: seen.bytes,
        last_exchange: seen.last,
        problem: failed.map(problem),
        held: seen.held,
        entries: seen.entries,
        center: settings.addresses.first().cloned().or(address),
        devices: devices(&seen, own),
        history: seen.history.into_iter().map(past).collect(),
    })
}

struct Seen {
    commits: u64,
    bytes: u64,
    last: Option<i64>,
    held: u64,
    entries: u64,
    feeds: Vec<FeedInfo>,
    devices: Vec<RecordRow>,
    vehicles: Vec<RecordRow>,
    history: Vec<ExchangeRow>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Listed {
    feed: String,
    name: String,
    vehicle: Option<String>,
    status: String,
}

/// The devices that the site lists, and those whose feed is here although their record is not yet.
fn devices(seen: &Seen, own: xunyi_journal::FeedId) -> Vec<DeviceView> {
    let vehicles: Vec<Vehicle> = typed(&seen.vehicles);
    let listed: Vec<Listed> = typed(&seen.devices);
    let last_entry = |feed: &str| {
        seen.feeds
            .iter()
            .find(|info| info.feed.to_hex() == feed)
            .map(|info| info.last_at)
    };
    let mut views: Vec<DeviceView> = listed
        .iter()
        .map(|device| DeviceView {
            device: device.feed.clone(),
            name: device.name.clone(),
            vehicle: vehicles
                .iter()
                .find(|v| device.vehicle.as_deref() == Some(&v.id.to_string()))
                .map(|v| v.name.clone()),
            this: device.feed == own.to_hex(),
            last_entry: last_entry(&device.feed),
            revoked: device.status == "revoked",
        })
        .collect();
    for info in &seen.feeds {
        let feed = info.feed.to_hex();
        if !views.iter().any(|view| view.device == feed) {
            views.push(DeviceView {
                this: info.feed == own,
                device: feed,
                name: info.name.clone(),
                vehicle: None,
                last_entry: Some(info.last_at),
                revoked: false,
            });
        }
    }
    views.sort_by(|a, b| b.this.cmp(&a.this).then_with(|| a.name.cmp(&b.name)));
    views
}

fn typed<T: serde::de::DeserializeOwned>(rows: &[RecordRow]) -> Vec<T> {
    rows.iter()
        .filter_map(|row| serde_json::from_str(&row.body).ok())
        .collect()
}

fn problem(failed: Failed) -> SyncProblem {
    SyncProblem {
        code: failed.error.code,
        params: failed.error.params,
        at: failed.at,
    }
}

fn past(row: ExchangeRow) -> Exchange {
    let count = |n: i64| u64::try_from(n).unwrap_or(0);
    Exchange {
        at: row.at,
        sent: count(row.sent),
        received: count(row.received),
        problem: row.problem,
    }
}
