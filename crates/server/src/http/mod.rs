//! The center's port: TLS 1.3, HTTP/1.1, one router. A connection carries the identity that its handshake proved;
//! each request decides what that identity may do.

mod answer;
mod body;
mod enrol;
mod exchange;
mod health;
mod limit;
mod server;
mod table;
mod wait;

use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use tokio::sync::watch;
use xunyi_pki::{PeerIdentity, Role};

use self::answer::Refusal;
use self::limit::Limiter;
use crate::center::Center;
use crate::error::CenterError;
use crate::exchange::Told;
use crate::metrics::Metrics;
use crate::news::News;
use crate::words::Code;
use crate::worker::WorkerBell;

pub use server::{Listening, place_of, serve};

/// What all requests share.
pub struct App {
    center: Arc<Center>,
    bell: Arc<WorkerBell>,
    metrics: Metrics,
    wrong_codes: Limiter,
    told: Told,
    news: Arc<News>,
    /// True when the program ends: those who wait are let go.
    stopped: watch::Receiver<bool>,
}

/// Who is at the other end of a connection.
#[derive(Clone, Debug)]
struct Peer {
    address: IpAddr,
    identity: Option<PeerIdentity>,
}

impl Peer {
    /// The device that its certificate proves.
    ///
    /// # Errors
    /// `device.certificate_required`.
    fn device(&self) -> Result<&PeerIdentity, CenterError> {
        self.identity
            .as_ref()
            .filter(|identity| identity.role == Role::Device)
            .ok_or_else(|| CenterError::code_only(Code::CertificateRequired))
    }
}

impl App {
    /// Runs what blocks (every transaction does) beside the tasks that serve.
    async fn blocking<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Center) -> Result<T, CenterError> + Send + 'static,
    ) -> Result<T, CenterError> {
        let center = Arc::clone(&self.center);
        tokio::task::spawn_blocking(move || work(&center))
            .await
            .unwrap_or_else(|broken| Err(CenterError::Io(std::io::Error::other(broken))))
    }
}

fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/v1/enrol", post(enrol::enrol))
        .route("/v1/sync", post(exchange::exchange))
        .route("/v1/wait", post(wait::wait))
        .route("/v1/tables/{hash}", get(table::table))
        .route("/healthz", get(health::healthz))
        .route("/metrics", get(health::metrics))
        .fallback(not_found)
        .with_state(app)
}

async fn not_found() -> Refusal {
    CenterError::code_only(Code::NotFound).into()
}

#[cfg(test)]
mod tests;
