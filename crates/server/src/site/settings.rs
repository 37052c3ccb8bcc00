//! The site's settings: one record, each setting a field of its own.

use serde_json::{Map, Value, json};
use xunyi_ledger::Ledger;
use xunyi_record::site::{document_id, setting, topic};

use crate::center::Page;
use crate::error::CenterError;
use crate::words::Code;

/// A device that has not been heard of for so long turns amber.
const AMBER_AFTER_HOURS: u32 = 24;
/// A device that the center has not seen for so long asks for a renewal code at the next sign-in.
const LEASE_DAYS: u32 = 30;

/// Writes the settings of a new site.
pub fn first(page: &mut Page, site_name: &str) {
    page.put(
        topic::SETTINGS,
        [
            setting("site_name", site_name),
            setting("addresses", json!([])),
            setting("amber_after_hours", AMBER_AFTER_HOURS),
            setting("lease_days", LEASE_DAYS),
        ],
    );
}

/// Writes where the center is reached, best first.
pub fn put_addresses(page: &mut Page, addresses: &[String]) {
    page.put(topic::SETTINGS, [setting("addresses", json!(addresses))]);
}

/// Where the center is reached, best first, as `https://host:port`.
///
/// # Errors
/// Those of the store.
pub fn addresses(ledger: &mut Ledger<'_>) -> Result<Vec<String>, CenterError> {
    let all = read(ledger)?;
    let list = all.get("addresses").and_then(Value::as_array);
    Ok(list
        .into_iter()
        .flatten()
        .filter_map(|one| one.as_str().map(str::to_owned))
        .collect())
}

/// The site's name as it is now.
///
/// # Errors
/// Those of the store.
pub fn site_name(ledger: &mut Ledger<'_>) -> Result<Option<String>, CenterError> {
    let all = read(ledger)?;
    Ok(all
        .get("site_name")
        .and_then(Value::as_str)
        .map(str::to_owned))
}

/// An address as it is stored: `https://host:port`.
///
/// # Errors
/// `address.unusable`.
pub fn address(text: &str) -> Result<String, CenterError> {
    // An enrolment code carries the address: what it takes is what is taken here.
    xunyi_pki::EnrolmentCode::new(text.trim(), [0; 16], [0; 16], 0)
        .map(|code| code.url())
        .map_err(|_| CenterError::with(Code::AddressUnusable, json!({ "address": text })))
}

/// The host in such an address, for the center's certificate.
pub fn host(address: &str) -> Option<String> {
    let rest = address.strip_prefix("https://").unwrap_or(address);
    let (host, _) = rest.rsplit_once(':')?;
    Some(host.trim_matches(['[', ']']).to_owned())
}

fn read(ledger: &mut Ledger<'_>) -> Result<Map<String, Value>, CenterError> {
    let doc = document_id(ledger.site(), topic::SETTINGS);
    let rows = ledger.records("setting", Some(&doc))?;
    let body = rows
        .first()
        .and_then(|row| serde_json::from_str(&row.body).ok());
    Ok(body.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_and_a_port() {
        for (typed, stored, name) in [
            (
                "https://center.example.cn:8443",
                "https://center.example.cn:8443",
                "center.example.cn",
            ),
            (" 10.1.2.3:8443 ", "https://10.1.2.3:8443", "10.1.2.3"),
            (
                "https://[fd00::1]:8443/",
                "https://[fd00::1]:8443",
                "fd00::1",
            ),
        ] {
            let address = address(typed).unwrap();
            assert_eq!(address, stored);
            assert_eq!(host(&address).as_deref(), Some(name));
        }
        for wrong in ["", "center", "http://a:1", "a:1/b", "a:99999"] {
            assert_eq!(
                address(wrong).unwrap_err().code(),
                "address.unusable",
                "{wrong}"
            );
        }
    }
}
