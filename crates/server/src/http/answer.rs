//! Refusals as answers: an HTTP status and `{"code", "params"}`.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::error::CenterError;
use crate::words::{Class, Code};

/// A request that is not granted.
pub(super) struct Refusal(CenterError);

impl From<CenterError> for Refusal {
    fn from(error: CenterError) -> Self {
        Self(error)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let error = self.0;
        if error.class() == Class::Storage {
            // What the database said stays here.
            tracing::error!(%error, code = error.code(), "request failed");
        }
        let body = json!({ "code": error.code(), "params": error.params() });
        (
            status(&error),
            [(header::CONTENT_TYPE, "application/json")],
            body.to_string(),
        )
            .into_response()
    }
}

fn status(error: &CenterError) -> StatusCode {
    let CenterError::Said(code, _) = error else {
        return match error.class() {
            Class::Refused => StatusCode::BAD_REQUEST,
            Class::SetUp | Class::Storage | Class::Network => StatusCode::SERVICE_UNAVAILABLE,
        };
    };
    match code {
        Code::CertificateRequired => StatusCode::UNAUTHORIZED,
        Code::DeviceRevoked | Code::CertificateExpired | Code::EnrolCodeUnknown => {
            StatusCode::FORBIDDEN
        }
        Code::EnrolCodeUsed => StatusCode::CONFLICT,
        Code::EnrolCodeExpired => StatusCode::GONE,
        Code::EnrolTooMany => StatusCode::TOO_MANY_REQUESTS,
        Code::SyncTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Code::SyncTooOld => StatusCode::UPGRADE_REQUIRED,
        Code::SyncStalled => StatusCode::REQUEST_TIMEOUT,
        Code::TableUnknown | Code::NotFound => StatusCode::NOT_FOUND,
        _ if code.class() == Class::Refused => StatusCode::BAD_REQUEST,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_database_is_the_centers_fault_and_a_wrong_code_the_callers() {
        let full = CenterError::Sql(xunyi_ledger::SqlError::DiskFull);
        assert_eq!(status(&full), StatusCode::SERVICE_UNAVAILABLE);
        let wrong = CenterError::code_only(Code::EnrolCodeUnknown);
        assert_eq!(status(&wrong), StatusCode::FORBIDDEN);
        let malformed = CenterError::code_only(Code::EnrolMalformed);
        assert_eq!(status(&malformed), StatusCode::BAD_REQUEST);
    }
}
