//! `POST /v1/sync`: drives an [`Exchange`](crate::exchange::Exchange) over the connection. The device's frames are
//! committed as they arrive; the answer's frames are read as the link takes them.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use http_body_util::BodyExt;
use xunyi_ledger::Outgoing;

use super::answer::Refusal;
use super::{App, Peer, body};
use crate::error::CenterError;
use crate::exchange::{Counts, Exchange, next_piece};
use crate::system::now_ms;
use crate::words::Code;

/// A link that gives nothing for so long is given up; what it brought is stored.
const STALL: Duration = Duration::from_secs(60);

pub(super) async fn exchange(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    mut body: Body,
) -> Result<Response, Refusal> {
    let shared = Arc::clone(&app);
    // A task of its own: when the link breaks, hyper drops this request, but what has come whole is stored.
    let exchange = tokio::spawn(async move {
        let answered = answered(&app, &peer, &mut body).await;
        if answered.is_err() {
            body::rest(&mut body).await;
        }
        answered
    });
    let answer = exchange
        .await
        .unwrap_or_else(|broken| Err(CenterError::Io(std::io::Error::other(broken))))?;
    shared.metrics.answered.one();
    Ok(answer.into_response())
}

async fn answered(app: &Arc<App>, peer: &Peer, body: &mut Body) -> Result<Body, CenterError> {
    let exchange = Exchange::new(peer.device()?.clone());
    app.metrics.exchanges.one();
    let exchange = take_in(app, exchange, body).await?;
    let shared = Arc::clone(app);
    let answer = app
        .blocking(move |center| exchange.answer(center, &shared.told, now_ms()))
        .await?;
    Ok(stream_of(Arc::clone(app), answer.head, answer.walk))
}

/// Reads the request to its end.
async fn take_in(
    app: &Arc<App>,
    mut exchange: Exchange,
    body: &mut Body,
) -> Result<Exchange, CenterError> {
    let mut seen = Counts::default();
    loop {
        let piece = tokio::time::timeout(STALL, body.frame())
            .await
            .map_err(|_| CenterError::code_only(Code::SyncStalled))?;
        let bytes = match piece {
            Some(Ok(piece)) => piece.into_data().unwrap_or_default(),
            // Cut: nobody waits for the answer. What came whole is stored.
            Some(Err(_)) | None => return Err(CenterError::code_only(Code::SyncMalformed)),
        };
        let (back, complete) = app
            .blocking(move |center| {
                let complete = exchange.take(center, &bytes, now_ms());
                Ok((exchange, complete))
            })
            .await?;
        exchange = back;
        count(app, seen, exchange.counts());
        seen = exchange.counts();
        if complete? {
            return Ok(exchange);
        }
    }
}

fn count(app: &App, before: Counts, now: Counts) {
    let metrics = &app.metrics;
    metrics.frames.more(now.frames - before.frames);
    metrics.refused.more(now.refused - before.refused);
    metrics.commits.more(now.commits - before.commits);
    if now.frames > before.frames {
        app.bell.ring();
        app.news.ring();
    }
}

/// The head, then frame after frame as the link takes them, then the end.
fn stream_of(app: Arc<App>, head: Vec<u8>, walk: Option<Outgoing>) -> Body {
    let ready = VecDeque::from([head]);
    Body::from_stream(stream::try_unfold(
        (app, ready, walk),
        |(app, mut ready, walk)| async move {
            if let Some(bytes) = ready.pop_front() {
                return Ok(Some((Bytes::from(bytes), (app, ready, walk))));
            }
            let Some(walk) = walk else { return Ok(None) };
            let (bytes, walk) = app.blocking(move |center| next_piece(center, walk)).await?;
            Ok::<_, CenterError>(Some((Bytes::from(bytes), (app, ready, walk))))
        },
    ))
}
