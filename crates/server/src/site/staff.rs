//! Who works here: a record per member of staff, with the roaming key that their password opens. The password
//! itself is nowhere.

use serde_json::{Map, Value, json};
use uuid::Uuid;
use xunyi_ledger::Ledger;
use xunyi_model::{Role, Staff};
use xunyi_record::site::{record, topic};
use xunyi_record::{RecordKey, Write};
use xunyi_vault::{KdfCost, RoamingKey};

use super::{name, pick, read, records};
use crate::center::Page;
use crate::error::CenterError;
use crate::system;
use crate::words::Code;

const SECTION: &str = "staff";
const ROAMING: &str = "roaming";

/// A role by its word.
///
/// # Errors
/// `staff.role_unknown`.
pub fn role(word: &str) -> Result<Role, CenterError> {
    let role = Role::from(word.trim());
    if role.is_known() {
        Ok(role)
    } else {
        Err(CenterError::with(
            Code::RoleUnknown,
            json!({ "role": word }),
        ))
    }
}

/// A new member of staff.
///
/// # Errors
/// `name.unusable`, `staff.role_unknown` when there is no role.
pub fn member(
    id: Uuid,
    named: &str,
    roles: Vec<Role>,
    title: Option<&str>,
) -> Result<Staff, CenterError> {
    if roles.is_empty() {
        return Err(CenterError::code_only(Code::RoleUnknown));
    }
    Ok(Staff {
        id: id.into(),
        name: name(named)?,
        roles,
        title: title.map(name).transpose()?,
        left: false,
    })
}

/// Makes the key that a password opens. Takes a second and 256 MiB at its real cost: call it before the
/// transaction.
///
/// # Errors
/// `unlock.password_too_weak`.
pub fn roaming(
    staff: &Staff,
    password: &str,
    site_name: &str,
    cost: KdfCost,
) -> Result<Value, CenterError> {
    let mut failed = None;
    let mut random = |bytes: &mut [u8]| {
        if let Err(e) = system::fill(bytes) {
            failed = Some(e);
        }
    };
    let personal = [staff.name.as_str(), site_name];
    let (key, _) = RoamingKey::make(uuid_of(staff), password, &personal, cost, &mut random)?;
    match failed {
        Some(e) => Err(e),
        None => Ok(serde_json::from_slice(&key.to_bytes()?).map_err(std::io::Error::from)?),
    }
}

/// Writes a member of staff with their key.
pub fn add(page: &mut Page, staff: &Staff, roaming: &Value) {
    let id = uuid_of(staff);
    page.put(topic::STAFF, record(SECTION, id, staff));
    page.put(topic::STAFF, [field(id, ROAMING, roaming.clone())]);
}

/// Puts a new key in place of the old one: the password was lost, and whoever has the old one opens nothing new.
pub fn replace_key(page: &mut Page, staff: &Staff, roaming: &Value) {
    page.put(
        topic::STAFF,
        [field(uuid_of(staff), ROAMING, roaming.clone())],
    );
}

/// They no longer work here: kept for old signatures, without a key.
pub fn retire(page: &mut Page, staff: &Staff) {
    let id = uuid_of(staff);
    page.put(
        topic::STAFF,
        [
            field(id, "left", json!(true)),
            field(id, ROAMING, Value::Null),
        ],
    );
}

/// Everybody, those who left included.
///
/// # Errors
/// Those of the store.
pub fn list(ledger: &mut Ledger<'_>) -> Result<Vec<Staff>, CenterError> {
    read(ledger, SECTION)
}

/// The one that is meant, by id or name, among those who still work here.
///
/// # Errors
/// `record.unknown`, `record.ambiguous`, `staff.left`.
pub fn find(ledger: &mut Ledger<'_>, wanted: &str) -> Result<Staff, CenterError> {
    let all = list(ledger)?;
    let named = |one: &Staff| !one.left && one.name == wanted.trim();
    let found = pick(&all, wanted, uuid_of, named)?;
    if found.left {
        return Err(CenterError::code_only(Code::StaffLeft));
    }
    Ok(found.clone())
}

/// The records that a new device takes along, so that anyone can sign in before the first exchange.
///
/// # Errors
/// Those of the store.
pub fn for_a_new_device(ledger: &mut Ledger<'_>) -> Result<Vec<Value>, CenterError> {
    let works_here = |body: &Map<String, Value>| body.get("left") != Some(&json!(true));
    Ok(records(ledger, SECTION)?
        .into_iter()
        .filter(|(_, body)| works_here(body))
        .map(|(_, body)| Value::Object(body))
        .collect())
}

/// Their id as documents have it.
pub fn uuid_of(staff: &Staff) -> Uuid {
    *staff.id.as_uuid()
}

fn field(id: Uuid, name: &str, value: Value) -> Write {
    Write::new(&RecordKey::many(SECTION, id), name, value)
}
