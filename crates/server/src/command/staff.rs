//! `staff add|list|password|retire`.

use serde_json::{Value, json};
use xunyi_model::Staff;
use xunyi_vault::KdfCost;
use zeroize::Zeroizing;

use super::Answer;
use crate::center::Center;
use crate::error::CenterError;
use crate::site::{settings, staff};
use crate::system;

/// A new member of staff as the command line has them.
#[derive(Clone, Debug)]
pub struct New {
    /// Name.
    pub name: String,
    /// Roles by their words.
    pub roles: Vec<String>,
    /// Title.
    pub title: Option<String>,
}

/// `staff add`.
///
/// # Errors
/// `name.unusable`, `staff.role_unknown`, `unlock.password_too_weak`.
pub fn add(
    center: &Center,
    new: &New,
    password: &Zeroizing<String>,
    cost: KdfCost,
) -> Result<Answer, CenterError> {
    let now = system::now_ms();
    let roles = new.roles.iter().map(|word| staff::role(word));
    let roles = roles.collect::<Result<Vec<_>, _>>()?;
    let member = staff::member(system::uuid(now)?, &new.name, roles, new.title.as_deref())?;
    let roaming = staff::roaming(&member, password, &site_name(center)?, cost)?;
    center.authored(now, |_, page| {
        staff::add(page, &member, &roaming);
        Ok(())
    })?;
    Ok(Answer::new(json!(member), line(&member)))
}

/// `staff list`.
///
/// # Errors
/// Those of the store.
pub fn list(center: &Center) -> Result<Answer, CenterError> {
    let all = center.read(staff::list)?;
    let lines: Vec<_> = all.iter().map(line).collect();
    Ok(Answer::new(json!(all), lines.join("\n")))
}

/// `staff password`: a new key under a new password. Devices take it at the next exchange; PINs chosen before stay.
///
/// # Errors
/// `record.unknown`, `record.ambiguous`, `staff.left`, `unlock.password_too_weak`.
pub fn password(
    center: &Center,
    wanted: &str,
    password: &Zeroizing<String>,
    cost: KdfCost,
) -> Result<Answer, CenterError> {
    let member = center.read(|ledger| staff::find(ledger, wanted))?;
    let roaming = staff::roaming(&member, password, &site_name(center)?, cost)?;
    let now = system::now_ms();
    center.authored(now, |ledger, page| {
        // They may have left meanwhile.
        let member = staff::find(ledger, &member.id.to_string())?;
        staff::replace_key(page, &member, &roaming);
        Ok(())
    })?;
    Ok(Answer::new(json!({ "id": member.id }), line(&member)))
}

/// `staff retire`.
///
/// # Errors
/// `record.unknown`, `record.ambiguous`, `staff.left`.
pub fn retire(center: &Center, wanted: &str) -> Result<Answer, CenterError> {
    let now = system::now_ms();
    let member = center.authored(now, |ledger, page| {
        let member = staff::find(ledger, wanted)?;
        staff::retire(page, &member);
        Ok(member)
    })?;
    Ok(Answer::new(json!({ "id": member.id }), line(&member)))
}

fn site_name(center: &Center) -> Result<String, CenterError> {
    let now = center.read(settings::site_name)?;
    Ok(now.unwrap_or_else(|| center.name().to_owned()))
}

fn line(member: &Staff) -> String {
    let roles: Vec<_> = member.roles.iter().map(|role| role.code()).collect();
    let left = if member.left {
        "  已离职 / left"
    } else {
        ""
    };
    let title = member
        .title
        .as_deref()
        .map_or_else(String::new, |t| format!("  {t}"));
    format!(
        "{}  {}  {}{title}{left}",
        member.id,
        member.name,
        roles.join("+")
    )
}

/// As the demo tells who may sign in.
pub(super) fn with_secrets(member: &Staff, password: &str, pin: &str) -> Value {
    json!({
        "id": member.id,
        "name": member.name,
        "roles": member.roles,
        "title": member.title,
        "password": password,
        "pin": pin,
    })
}
