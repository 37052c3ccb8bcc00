//! `GET /healthz` and `GET /metrics`: for whoever watches the machine. Numbers and "ok", nothing else.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::App;
use super::answer::Refusal;
use crate::store::{figures, ping};

pub(super) async fn healthz(State(app): State<Arc<App>>) -> Result<Response, Refusal> {
    app.blocking(|center| center.read(|ledger| Ok(ping(ledger.sql())?)))
        .await?;
    Ok("ok".into_response())
}

pub(super) async fn metrics(State(app): State<Arc<App>>) -> Result<Response, Refusal> {
    let figures = app
        .blocking(|center| {
            center.read(|ledger| {
                let site = ledger.site();
                Ok(figures(ledger.sql(), site)?)
            })
        })
        .await?;
    if figures.waiting == 0 {
        app.bell.caught_up();
    }
    let page = app.metrics.page(figures, app.bell.lag());
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], page).into_response())
}
