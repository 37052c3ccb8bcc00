//! What the slot file says, and its bytes: a header line `xunyi-slots VERSION SHA256`, then JSON. The
//! digest covers version and JSON; it is there against torn writes and flipped bits, not against
//! people: what a person must not alter is authenticated by the ciphers inside.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use xunyi_vault::{PinKey, RoamingKey, SealedKey};

use super::{attempts::Attempts, generations::MAX_BYTES};

/// The version of file that this software writes, and the newest that it reads.
const VERSION: u32 = 1;
const MAGIC: &str = "xunyi-slots";

/// The whole file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct SlotFile {
    /// Counts up with each write.
    pub(super) generation: u64,
    /// In the order of the staff list.
    pub(super) people: Vec<PersonSlot>,
}

/// One staff member on this device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct PersonSlot {
    pub(super) staff: Uuid,
    /// As the lock screen shows it.
    pub(super) name: String,
    /// Role codes as the staff list has them, those of newer versions included.
    pub(super) roles: Vec<String>,
    pub(super) roaming: RoamingKey,
    /// The database key; two while a key rotation is under way.
    pub(super) sealed: Vec<SealedKey>,
    pub(super) pin: Option<PinKey>,
    pub(super) pin_attempts: Attempts,
    pub(super) password_attempts: Attempts,
}

/// Why bytes are no slot file for this software.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// Torn, flipped, or never one.
    Damaged,
    /// Whole, and written by a newer version.
    Newer(u32),
}

impl SlotFile {
    pub(super) fn person(&self, staff: Uuid) -> Option<&PersonSlot> {
        self.people.iter().find(|person| person.staff == staff)
    }

    pub(super) fn person_mut(&mut self, staff: Uuid) -> Option<&mut PersonSlot> {
        self.people.iter_mut().find(|person| person.staff == staff)
    }

    pub(super) fn encode(&self) -> Result<Vec<u8>, std::io::Error> {
        let body = serde_json::to_vec(self)?;
        let mut bytes = format!("{MAGIC} {VERSION} {}\n", digest(VERSION, &body)).into_bytes();
        bytes.extend(body);
        Ok(bytes)
    }

    /// Reads the bytes of a file; anything is an answer, nothing a panic.
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, Unreadable> {
        Self::split(bytes)
            .ok_or(Unreadable::Damaged)
            .and_then(|(version, body)| {
                if version > VERSION {
                    return Err(Unreadable::Newer(version));
                }
                let file: Self = serde_json::from_slice(body).map_err(|_| Unreadable::Damaged)?;
                if file.people.iter().all(PersonSlot::is_whole) {
                    Ok(file)
                } else {
                    Err(Unreadable::Damaged)
                }
            })
    }

    /// Version and JSON, once the digest was found right.
    fn split(bytes: &[u8]) -> Option<(u32, &[u8])> {
        if u64::try_from(bytes.len()).ok()? > MAX_BYTES {
            return None;
        }
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        let (header, body) = (bytes.get(..end)?, bytes.get(end + 1..)?);
        let mut words = std::str::from_utf8(header).ok()?.split(' ');
        let (magic, version, sum) = (words.next()?, words.next()?, words.next()?);
        let version: u32 = version.parse().ok()?;
        let whole =
            magic == MAGIC && words.next().is_none() && version > 0 && sum == digest(version, body);
        whole.then_some((version, body))
    }
}

impl PersonSlot {
    fn is_whole(&self) -> bool {
        (1..=2).contains(&self.sealed.len())
            && self.roaming.staff() == self.staff
            && self.pin.as_ref().is_none_or(|pin| {
                pin.staff() == self.staff && pin.public() == self.roaming.public()
            })
    }
}

fn digest(version: u32, body: &[u8]) -> String {
    let sum = Sha256::new()
        .chain_update(format!("{MAGIC} {version}\n"))
        .chain_update(body)
        .finalize();
    sum.iter().map(|byte| format!("{byte:02x}")).collect()
}
