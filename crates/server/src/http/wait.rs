//! `POST /v1/wait`: a device that has exchanged all keeps this request open. 200: there is news, exchange; 204: the
//! heartbeat, ask again. Neither has a body; what is new goes through an exchange, which judges who may have it.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use xunyi_journal::Digest;

use super::answer::Refusal;
use super::{App, Peer, body};
use crate::error::CenterError;
use crate::news::Heard;
use crate::words::Code;

/// A device waits at most so long for its heartbeat, whatever it asks for, seconds.
const HEARTBEAT_MAX: u8 = 240;

pub(super) async fn wait(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    mut body: Body,
) -> Result<Response, Refusal> {
    peer.device()?;
    let asked = body::small(&mut body, Asked::LEN).await;
    let Some(asked) = asked.and_then(|bytes| Asked::read(&bytes)) else {
        return Err(CenterError::code_only(Code::SyncMalformed).into());
    };
    let mut stopped = app.stopped.clone();
    let heard = tokio::select! {
        heard = app.news.wait(asked.told, asked.heartbeat) => heard,
        // The program ends: the device asks again, and finds who serves now.
        _ = stopped.wait_for(|stop| *stop) => Heard::Nothing,
    };
    Ok(match heard {
        Heard::News => StatusCode::OK,
        Heard::Nothing => StatusCode::NO_CONTENT,
    }
    .into_response())
}

/// What a device asks: the digest of what the center told it last, then the seconds to its heartbeat.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    told: Digest,
    heartbeat: Duration,
}

impl Asked {
    const LEN: usize = 33;

    fn read(bytes: &[u8]) -> Option<Self> {
        let (told, rest) = bytes.split_first_chunk()?;
        let [seconds] = rest else { return None };
        Some(Self {
            told: *told,
            heartbeat: Duration::from_secs(u64::from((*seconds).clamp(1, HEARTBEAT_MAX))),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_has_one_length_and_a_bounded_heartbeat() {
        let asked = |seconds: u8| Asked::read(&[&[7; 32][..], &[seconds]].concat());
        let heartbeat = |seconds| asked(seconds).map(|asked| asked.heartbeat.as_secs());
        assert_eq!(asked(30).map(|asked| asked.told), Some([7; 32]));
        assert_eq!(heartbeat(30), Some(30));
        assert_eq!(heartbeat(0), Some(1));
        assert_eq!(heartbeat(255), Some(u64::from(HEARTBEAT_MAX)));
        assert_eq!(Asked::read(&[7; 32]), None);
        assert_eq!(Asked::read(&[7; 34]), None);
    }
}
