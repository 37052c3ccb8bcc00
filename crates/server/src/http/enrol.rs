//! `POST /v1/enrol`: the one request that needs no certificate. JSON in, JSON out.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Extension, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use xunyi_pki::EnrolRequest;

use super::answer::Refusal;
use super::{App, Peer, body};
use crate::enrolment;
use crate::error::CenterError;
use crate::system::now_ms;
use crate::words::{Class, Code};

/// A request is about 300 bytes.
const REQUEST_MAX: usize = 4 * 1024;
/// How long it may take to arrive.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) async fn enrol(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    mut body: Body,
) -> Result<Response, Refusal> {
    let answered = if app.wrong_codes.allows(peer.address, now_ms()) {
        answer(&app, &mut body).await
    } else {
        Err(CenterError::code_only(Code::EnrolTooMany))
    };
    if answered.is_err() {
        body::rest(&mut body).await;
    }
    match answered {
        Ok(response) => {
            app.metrics.enrolled.one();
            Ok(response)
        }
        Err(error) => {
            app.metrics.enrolments_refused.one();
            if error.class() == Class::Refused {
                app.wrong_codes.failed(peer.address, now_ms());
                tracing::warn!(from = %peer.address, code = error.code(), "enrolment refused");
            }
            Err(error.into())
        }
    }
}

async fn answer(app: &Arc<App>, body: &mut Body) -> Result<Response, CenterError> {
    let malformed = || CenterError::code_only(Code::EnrolMalformed);
    let bytes = tokio::time::timeout(PATIENCE, body::small(body, REQUEST_MAX))
        .await
        .map_err(|_| malformed())?
        .ok_or_else(malformed)?;
    let request: EnrolRequest = serde_json::from_slice(&bytes).map_err(|_| malformed())?;
    let answer = app
        .blocking(move |center| enrolment::answer(center, &request, now_ms()))
        .await?;
    tracing::info!(
        device = answer.device_name,
        letter = answer.letter,
        "enrolled"
    );
    let json = serde_json::to_string(&answer).map_err(std::io::Error::from)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], json).into_response())
}
