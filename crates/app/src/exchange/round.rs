//! A session over HTTPS: what the center is believed to lack goes up at once, what it says it lacks or has comes
//! back in the same exchange (architecture §5).

use super::client::{Center, next};
use super::session::{Answer, Ended, Request, Session};
use crate::{AppError, Device};
use bytes::Bytes;
use futures_util::stream;
use reqwest::{Body, Response};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A round that is about to go out.
pub(super) struct Round {
    device: Device,
    session: Session,
    sent: Arc<AtomicU64>,
}

impl Round {
    /// Begins one, telling everything where the center has forgotten what it told.
    pub(super) fn begin(device: &Device, everything: bool) -> Result<Self, AppError> {
        let begin = |state: &mut crate::device::State| {
            Session::begin(&mut state.opened()?.work, everything)
        };
        Ok(Self {
            device: device.clone(),
            session: device.background(begin)?,
            sent: Arc::default(),
        })
    }

    /// Sends, and takes in the answer as it comes. What came before a link was cut has come: it is told in `ended`
    /// whether this answers well or not.
    pub(super) async fn go(self, center: &Center, ended: &mut Ended) -> Result<u64, AppError> {
        let progress = || self.sent.load(Ordering::Relaxed);
        let response = center.post("/v1/sync", || self.request(), progress).await?;
        take_in(&self.device, self.session.answer(), response, ended).await?;
        Ok(self.sent.load(Ordering::Relaxed))
    }

    /// The request as a stream.
    fn request(&self) -> Body {
        self.sent.store(0, Ordering::Relaxed);
        let walk = Walk {
            device: self.device.clone(),
            request: self.session.request(),
            sent: Arc::clone(&self.sent),
        };
        Body::wrap_stream(stream::unfold(Some(walk), |walk| async {
            // Reading the journal waits for the database, never the network's own thread.
            let (piece, rest) = tokio::task::spawn_blocking(|| walk.and_then(Walk::next))
                .await
                .ok()??;
            Some((piece, rest))
        }))
    }
}

async fn take_in(
    device: &Device,
    mut answer: Answer,
    mut response: Response,
    ended: &mut Ended,
) -> Result<(), AppError> {
    while let Some(bytes) = next(&mut response).await? {
        let device = device.clone();
        let taken = tokio::task::spawn_blocking(move || {
            let taken = device.background(|state| answer.take(&mut state.opened()?.work, &bytes));
            (answer, taken)
        });
        let (back, taken) = taken.await.map_err(|_| AppError::new("sync.interrupted"))?;
        *ended = back.so_far().clone();
        taken?;
        answer = back;
    }
    answer.end().map(|_| ())
}

/// Where the request stands.
struct Walk {
    device: Device,
    request: Request,
    sent: Arc<AtomicU64>,
}

type Piece = Result<Bytes, std::io::Error>;

impl Walk {
    /// The next bytes and what follows them; `None` at the end.
    fn next(mut self) -> Option<(Piece, Option<Self>)> {
        let (device, request) = (&self.device, &mut self.request);
        let made = device.background(|state| request.next(&mut state.opened()?.work));
        match made {
            Ok(bytes) => {
                self.sent.store(self.request.sent(), Ordering::Relaxed);
                Some((Ok(Bytes::from(bytes?)), Some(self)))
            }
            // The link is dropped; what the center has stored it has stored.
            Err(error) => Some((Err(std::io::Error::other(error)), None)),
        }
    }
}
