//! Why an exchange failed, told apart so that a person knows what to do: no signal is normal, a hotel's login
//! page or another site's center is not.

use crate::AppError;
use serde_json::json;
use std::io;
use xunyi_pki::PkiError;
use xunyi_sync::WireError;

/// A failure of the HTTP client.
pub(super) fn of_request(error: &reqwest::Error) -> AppError {
    if let Some(pki) = PkiError::from_connection(error) {
        return pki.into();
    }
    AppError::new(if has_no_network(error) {
        "sync.no_network"
    } else if error.is_timeout() {
        "sync.timeout"
    } else if error.is_connect() {
        "sync.unreachable"
    } else {
        "sync.cut"
    })
}

/// True where the system has no way to any network: the radio is off or finds nothing.
fn has_no_network(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut current = Some(error);
    while let Some(error) = current {
        if let Some(io) = error.downcast_ref::<io::Error>() {
            use io::ErrorKind::{HostUnreachable, NetworkDown, NetworkUnreachable};
            if matches!(
                io.kind(),
                NetworkUnreachable | HostUnreachable | NetworkDown
            ) {
                return true;
            }
        }
        current = error.source();
    }
    false
}

/// Bytes of the answer that are none of ours.
pub(super) fn of_wire(error: &WireError) -> AppError {
    AppError::new(match error {
        WireError::Foreign => "sync.captive_portal",
        WireError::TooOld => "sync.too_old",
        WireError::TooLarge(_) | WireError::Malformed | WireError::OutOfTurn => "sync.server",
    })
}

/// An answer that is an error: ours has a code, a captive portal's page has none.
pub(super) fn of_status(status: u16, body: &[u8]) -> AppError {
    #[derive(serde::Deserialize)]
    struct Told {
        code: String,
        #[serde(default)]
        params: serde_json::Value,
    }
    match serde_json::from_slice::<Told>(body) {
        // Nothing is broken: a database that is being restarted, a server that has its hands full.
        Ok(told) if status >= 500 && is_busy(&told.code) => AppError::new("sync.busy"),
        // What fails over there is told as the center's trouble: the codes are those of a disk here, too.
        Ok(told) if status >= 500 && told.code == "store.disk_full" => {
            AppError::new("sync.center_full")
        }
        Ok(told) if status >= 500 => AppError::with("sync.server", json!({ "why": told.code })),
        Ok(told) => AppError::with(&told.code, told.params),
        Err(_) if status >= 500 => AppError::with("sync.server", json!({ "status": status })),
        Err(_) => AppError::new("sync.captive_portal"),
    }
}

/// By the end of the code: some of them are the center's alone and have no words here.
fn is_busy(code: &str) -> bool {
    matches!(code.strip_prefix("store."), Some("busy" | "unreachable"))
}

/// True for a failure that passes by itself when the signal is back: it is normal, and shown in grey.
pub(super) fn passes(code: &str) -> bool {
    matches!(
        code,
        "sync.no_network" | "sync.unreachable" | "sync.busy" | "sync.timeout" | "sync.cut"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_of_ours_is_told_from_a_strangers_page() {
        let ours = of_status(403, br#"{"code":"device.revoked","params":{"at":3}}"#);
        assert_eq!(
            (ours.code.as_str(), ours.params["at"].as_i64()),
            ("device.revoked", Some(3))
        );
        assert_eq!(of_status(200, b"<html>").code, "sync.captive_portal");
        assert_eq!(of_status(502, b"Bad gateway").code, "sync.server");
    }

    #[test]
    fn the_centers_own_trouble_is_not_told_as_this_devices() {
        let told = |code: &str| of_status(503, format!(r#"{{"code":"{code}"}}"#).as_bytes()).code;
        assert_eq!(told("store.disk_full"), "sync.center_full");
        assert_eq!(told("store.damaged"), "sync.server");
        assert_eq!(told("store.busy"), "sync.busy");
        assert_eq!(told(&["store", "unreachable"].join(".")), "sync.busy");
    }

    #[test]
    fn no_way_to_any_network_is_told_from_a_center_that_does_not_answer() {
        let error = |kind| io::Error::other(io::Error::from(kind));
        assert!(has_no_network(&io::Error::from(
            io::ErrorKind::NetworkUnreachable
        )));
        assert!(!has_no_network(&error(io::ErrorKind::ConnectionRefused)));
    }

    #[test]
    fn only_a_missing_link_passes_by_itself() {
        assert!(passes("sync.unreachable") && passes("sync.cut"));
        assert!(!passes("sync.wrong_ca") && !passes("sync.captive_portal"));
    }
}
