//! The database once somebody has released its key: identity, workplace, and what follows the site's
//! records when they change.

use super::{About, Settings, State, knowledge};
use crate::further;
use crate::workplace::Parts;
use crate::{AppError, DeviceFacts, Knowledge, SignedIn, Workplace};
use serde::Deserialize;
use std::sync::Arc;
use xunyi_journal::{FeedId, feed_id};
use xunyi_ledger::Ledger;
use xunyi_model::{DeviceId, Staff, Vehicle};
use xunyi_pki::{CaCert, EnrolAnswer, SigningSeed, TlsIdentity};
use xunyi_store::unlock::StaffEntry;
use xunyi_store::{SiteTrust, Store, StoreError, local};
use xunyi_vault::{DatabaseKey, RoamingKey};
use zeroize::Zeroizing;

/// Names of what is local to this device.
pub(crate) mod name {
    /// Ed25519 seed of TLS and feed.
    pub(crate) const SEED: &str = "device.seed";
    /// Makes the feed's id together with the key.
    pub(crate) const NONCE: &str = "device.nonce";
    /// The center's answer to the enrolment.
    pub(crate) const ENROLLED: &str = "device.enrolled";
    /// What the center last said that it holds.
    pub(crate) const CENTER_HOLDS: &str = "center.holds";
    /// When the last complete exchange ended, ms as text.
    pub(crate) const LAST_EXCHANGE: &str = "center.last_exchange";
}

/// The open database and what the exchange needs of it.
pub(crate) struct Open {
    pub(crate) work: Workplace,
    /// Seals new staff to it; wiped when the device closes.
    key: DatabaseKey,
    pub(crate) identity: TlsIdentity,
    pub(crate) authorities: Vec<CaCert>,
    pub(crate) addresses: Vec<String>,
    pub(crate) feed: FeedId,
    enrolled_ms: i64,
}

/// The settings of a site that the exchange shows by.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub(crate) struct SiteSettings {
    /// News older than this is amber, hours.
    pub amber_after_hours: i64,
    /// Addresses of the center, best first.
    pub addresses: Vec<String>,
}

impl Default for SiteSettings {
    fn default() -> Self {
        Self {
            amber_after_hours: 24,
            addresses: Vec::new(),
        }
    }
}

impl Open {
    /// Opens the database with the first of these keys that fits; answers which that was.
    ///
    /// # Errors
    /// `store.*` as [`Store::open`] says, `device.not_enrolled` when its identity is not in it.
    pub(crate) fn with_any(
        state: &State,
        settings: &Settings,
        keys: &[DatabaseKey],
    ) -> Result<Self, AppError> {
        let mut last = StoreError::WrongKey;
        for key in keys {
            match Store::open(&state.folder.database(), key, state.about.site, None) {
                Ok(store) => return Self::over(store, key.clone(), &state.about, settings),
                Err(StoreError::WrongKey) => {}
                Err(e) => {
                    last = e;
                    break;
                }
            }
        }
        Err(last.into())
    }

    /// Over a store that was just opened or made.
    pub(crate) fn over(
        mut store: Store,
        key: DatabaseKey,
        about: &About,
        settings: &Settings,
    ) -> Result<Self, AppError> {
        let read = store.read(|ledger| {
            let kept = Kept::read(ledger)?;
            Ok::<_, AppError>((kept, knowledge::read(ledger)?))
        })?;
        let (kept, knowledge) = read;
        let author = further::author(&mut store, &kept.seed, kept.feed)?;
        let trust = Box::new(SiteTrust::new(kept.authorities.clone()));
        let work = Workplace::new(Parts {
            store,
            author,
            device: facts(about, kept.feed),
            knowledge,
            trust,
            clock: Arc::clone(&settings.clock),
            ids: Arc::clone(&settings.ids),
        })?;
        let seed = SigningSeed::from_bytes(&kept.seed);
        let identity = TlsIdentity::new(kept.certificate.into(), None, seed)?;
        Ok(Self {
            work,
            key,
            identity,
            authorities: kept.authorities,
            addresses: kept.addresses,
            feed: kept.feed,
            enrolled_ms: kept.enrolled_ms,
        })
    }

    /// The key that the database has.
    pub(crate) fn key(&self) -> &DatabaseKey {
        &self.key
    }

    /// The site's settings as last heard.
    pub(crate) fn site_settings(&mut self) -> Result<SiteSettings, AppError> {
        let rows = self.read(|ledger| Ok(ledger.records("setting", None)?))?;
        Ok(rows
            .iter()
            .find_map(|row| serde_json::from_str(&row.body).ok())
            .unwrap_or_default())
    }

    /// The latest time that the center has signed: the floor of this device's time.
    pub(crate) fn center_time(&mut self) -> Result<i64, AppError> {
        let heard = self.work.center_heard_at()?.unwrap_or(i64::MIN);
        Ok(heard.max(self.enrolled_ms))
    }

    /// Reads from the open database.
    pub(crate) fn read<T>(
        &mut self,
        work: impl FnOnce(&mut Ledger<'_>) -> Result<T, AppError>,
    ) -> Result<T, AppError> {
        Ok(self.work.store().read(work)?)
    }

    /// Writes what is local, outside any document.
    pub(crate) fn write_local<T>(
        &mut self,
        work: impl FnOnce(&mut Ledger<'_>) -> Result<T, AppError>,
    ) -> Result<T, AppError> {
        Ok(self.work.store().write(work)?)
    }

    /// Reads the reference tables again.
    pub(crate) fn reload_knowledge(&mut self) -> Result<(), AppError> {
        let knowledge: Knowledge = self.read(knowledge::read)?;
        self.work.set_knowledge(knowledge)
    }
}

impl State {
    /// Follows the site's records after an exchange changed them: who may unlock this device, what it is, and
    /// whether it still belongs to the site.
    pub(crate) fn follow_site(&mut self, settings: &Settings) -> Result<(), AppError> {
        let open = self.opened()?;
        let (staff, own, vehicles) = open.read(|ledger| {
            Ok((
                ledger.records("staff", None)?,
                ledger.records("device", None)?,
                ledger.records("vehicle", None)?,
            ))
        })?;
        let members: Vec<Staff> = staff
            .iter()
            .filter_map(|row| serde_json::from_str(&row.body).ok())
            .collect();
        let staff: Vec<StaffEntry> = staff
            .iter()
            .filter_map(|row| serde_json::from_str(&row.body).ok())
            .filter_map(staff_entry)
            .collect();
        let key = open.key().clone();
        let feed = open.feed;
        let at_work = |user: &SignedIn| {
            let record = members.iter().find(|member| member.id == user.staff);
            record.is_none_or(|member| !member.left)
        };
        if self.user.as_ref().is_some_and(|user| !at_work(user)) {
            // They no longer work here: the screen locks, and the next sign-in is refused.
            self.user = None;
        }
        if let Some(user) = &mut self.user
            && let Some(member) = members.iter().find(|member| member.id == user.staff)
        {
            user.roles.clone_from(&member.roles);
        }
        if !staff.is_empty() {
            let ids = &settings.ids;
            self.vault
                .reseal(&key, &staff, &mut |bytes| ids.fill(bytes))?;
        }
        let own: Option<OwnRecord> = own
            .iter()
            .filter_map(|row| serde_json::from_str(&row.body).ok())
            .find(|record: &OwnRecord| record.feed == feed.to_hex());
        if let Some(own) = own {
            let vehicle = vehicles
                .iter()
                .filter_map(|row| serde_json::from_str::<Vehicle>(&row.body).ok())
                .find(|vehicle| own.vehicle.as_deref() == Some(&vehicle.id.to_string()));
            self.become_known(own, vehicle, feed)?;
        }
        Ok(())
    }

    /// The center says that this device is revoked: it locks, and nobody signs in any more. What it still holds goes
    /// on being sent until the program ends.
    pub(crate) fn become_revoked(&mut self) -> Result<(), AppError> {
        if !self.about.revoked {
            let about = About {
                revoked: true,
                ..self.about.clone()
            };
            self.folder.put_about(&about)?;
            self.about = about;
        }
        self.user = None;
        Ok(())
    }

    fn become_known(
        &mut self,
        own: OwnRecord,
        vehicle: Option<Vehicle>,
        feed: FeedId,
    ) -> Result<(), AppError> {
        let about = About {
            device_name: own.name,
            letter: own.letter,
            vehicle,
            revoked: own.status == "revoked",
            ..self.about.clone()
        };
        if about != self.about {
            self.folder.put_about(&about)?;
            self.about = about;
            let facts = facts(&self.about, feed);
            self.opened()?.work.set_device(facts);
        }
        if self.about.revoked {
            // What it still holds has been sent or waits to be; nobody reads it here any more.
            self.user = None;
        }
        Ok(())
    }
}

/// This device among the site's records.
#[derive(Debug, Deserialize)]
#[serde(default)]
struct OwnRecord {
    feed: String,
    name: String,
    letter: String,
    vehicle: Option<String>,
    status: String,
}

impl Default for OwnRecord {
    fn default() -> Self {
        Self {
            feed: String::new(),
            name: String::new(),
            letter: String::new(),
            vehicle: None,
            status: "active".to_owned(),
        }
    }
}

/// A staff record as the slot file needs it; `None` for who has left or has no key yet.
pub(crate) fn staff_entry(record: serde_json::Value) -> Option<StaffEntry> {
    let roaming = serde_json::to_vec(record.get("roaming")?).ok()?;
    let staff: Staff = serde_json::from_value(record).ok()?;
    (!staff.left).then_some(StaffEntry {
        name: staff.name,
        roles: staff.roles.iter().map(|r| r.code().to_owned()).collect(),
        roaming: RoamingKey::from_bytes(&roaming).ok()?,
    })
}

fn facts(about: &About, feed: FeedId) -> DeviceFacts {
    DeviceFacts {
        device: DeviceId::from_bytes(feed.0),
        name: about.device_name.clone(),
        letter: about.letter.clone(),
        vehicle: about.vehicle.clone(),
    }
}

/// What the enrolment left in the database.
struct Kept {
    seed: Zeroizing<[u8; 32]>,
    feed: FeedId,
    certificate: Vec<u8>,
    authorities: Vec<CaCert>,
    addresses: Vec<String>,
    enrolled_ms: i64,
}

impl Kept {
    fn read(ledger: &mut Ledger<'_>) -> Result<Self, AppError> {
        let none = || AppError::new("device.not_enrolled");
        let mut get = |name: &str| local::get(ledger.sql(), name);
        let seed = get(name::SEED)?.map(Zeroizing::new).ok_or_else(none)?;
        let seed = Zeroizing::new(<[u8; 32]>::try_from(seed.as_slice()).map_err(|_| none())?);
        let nonce = get(name::NONCE)?.ok_or_else(none)?;
        let nonce = <[u8; 16]>::try_from(nonce.as_slice()).map_err(|_| none())?;
        let answer = get(name::ENROLLED)?.ok_or_else(none)?;
        let answer: EnrolAnswer = serde_json::from_slice(&answer).map_err(|_| none())?;
        let feed = feed_id(&SigningSeed::from_bytes(&seed).public_key(), &nonce);
        let authorities = answer
            .authorities
            .iter()
            .map(|der| CaCert::from_der(der))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            seed,
            feed,
            certificate: answer.certificate,
            authorities,
            addresses: answer.addresses,
            enrolled_ms: answer.center_time_ms,
        })
    }
}
