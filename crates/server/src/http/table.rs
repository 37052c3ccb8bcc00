//! `GET /v1/tables/{hash}`: the bytes of a reference table, for a device of the site.

use std::sync::Arc;

use axum::extract::{Extension, Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use xunyi_journal::{EntryHash, FeedId};

use super::answer::Refusal;
use super::{App, Peer};
use crate::error::CenterError;
use crate::site::devices;
use crate::store;
use crate::system::now_ms;
use crate::words::Code;

pub(super) async fn table(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    Path(hash): Path<String>,
) -> Result<Response, Refusal> {
    let device = peer.device()?;
    if device.expired(now_ms()) {
        return Err(CenterError::code_only(Code::CertificateExpired).into());
    }
    let unknown = || CenterError::code_only(Code::TableUnknown);
    let hash = EntryHash::from_hex(&hash).ok_or_else(unknown)?;
    let feed = FeedId(device.feed);
    let bytes = app
        .blocking(move |center| {
            center.read(|ledger| {
                if devices::is_revoked(ledger, &feed)? {
                    return Err(CenterError::code_only(Code::DeviceRevoked));
                }
                let site = ledger.site();
                store::table(ledger.sql(), site, &hash.0)?.ok_or_else(unknown)
            })
        })
        .await?;
    Ok(([(header::CONTENT_TYPE, "application/octet-stream")], bytes).into_response())
}
