//! Listens, shakes hands, serves connections, and ends them in order: at SIGTERM no new ones, those in flight get
//! some seconds, then the program ends well whatever they do.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use xunyi_pki::{PeerIdentity, TimeSource, TlsIdentity, Validity, server_config};

use super::limit::Limiter;
use super::{App, Peer, router};
use crate::center::Center;
use crate::error::CenterError;
use crate::exchange::Told;
use crate::metrics::Metrics;
use crate::news::News;
use crate::system::now_ms;
use crate::words::Code;
use crate::worker::{self, WorkerBell};

/// Connections at once; more wait in the system's queue.
const CONNECTIONS: usize = 1024;
/// How long a handshake, and then the head of a request, may take.
const HANDSHAKE: Duration = Duration::from_secs(20);
/// How long requests in flight have after SIGTERM.
const GRACE: Duration = Duration::from_secs(10);
/// The center's TLS certificate: made anew at each start and each day, so that it never ends in mid-service.
const CERTIFICATE_DAYS: u32 = 90;
const RENEW: Duration = Duration::from_secs(24 * 3600);

/// A port that is open and not served yet.
pub struct Listening {
    listener: TcpListener,
    hosts: Vec<String>,
}

impl Listening {
    /// Opens the port. `hosts` stand in the certificate for other clients' sake.
    ///
    /// # Errors
    /// `serve.cannot_listen`.
    pub async fn on(address: SocketAddr, hosts: Vec<String>) -> Result<Self, CenterError> {
        let refused = |_| {
            CenterError::with(
                Code::Listen,
                serde_json::json!({ "address": address.to_string() }),
            )
        };
        let listener = TcpListener::bind(address).await.map_err(refused)?;
        Ok(Self { listener, hosts })
    }

    /// The address with the port that it came to be.
    ///
    /// # Errors
    /// [`CenterError::Io`].
    pub fn address(&self) -> Result<SocketAddr, CenterError> {
        Ok(self.listener.local_addr()?)
    }
}

/// Serves until SIGTERM or SIGINT.
///
/// # Errors
/// When the certificate cannot be made or the signals cannot be heard.
pub async fn serve(center: Arc<Center>, listening: Listening) -> Result<(), CenterError> {
    let Listening { listener, hosts } = listening;
    let bell = Arc::new(WorkerBell::new());
    let news = Arc::new(News::default());
    let (stop, stopped) = watch::channel(false);
    let app = Arc::new(App {
        center: Arc::clone(&center),
        bell: Arc::clone(&bell),
        metrics: Metrics::default(),
        wrong_codes: Limiter::default(),
        told: Told::default(),
        news: Arc::clone(&news),
        stopped: stopped.clone(),
    });
    let looking = tokio::spawn(news.run(Arc::clone(&center), stopped.clone()));
    let worker = tokio::spawn(worker::run(Arc::clone(&center), bell, stopped.clone()));
    let mut connections = JoinSet::new();
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    let mut acceptor = acceptor(&center, &hosts)?;
    let mut renewal = tokio::time::interval(RENEW);
    let mut asked = pin!(asked_to_stop()?);
    loop {
        let place = tokio::select! {
            place = Arc::clone(&room).acquire_owned() => place,
            () = &mut asked => break,
        };
        let Ok(place) = place else { break };
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, from)) => {
                    let (app, acceptor) = (Arc::clone(&app), acceptor.clone());
                    let stopped = stopped.clone();
                    connections.spawn(async move {
                        connection(app, acceptor, stream, from, stopped).await;
                        drop(place);
                    });
                }
                // Out of file handles, perhaps: what is open may end and free some.
                Err(error) => {
                    tracing::warn!(%error, "could not accept");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            },
            _ = renewal.tick() => acceptor = self::acceptor(&center, &hosts)?,
            Some(_) = connections.join_next() => {}
            () = &mut asked => break,
        }
    }
    drop(listener);
    tracing::info!(open = connections.len(), "stopping");
    stop.send_replace(true);
    let all_ended = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(GRACE, all_ended).await.is_err() {
        tracing::warn!(open = connections.len(), "cut what was still open");
        connections.shutdown().await;
    }
    if let Err(error) = looking.await {
        tracing::error!(%error, "who looks for news did not end well");
    }
    if let Err(error) = worker.await {
        tracing::error!(%error, "the worker did not end well");
    }
    Ok(())
}

async fn connection(
    app: Arc<App>,
    acceptor: TlsAcceptor,
    stream: TcpStream,
    from: SocketAddr,
    mut stopped: watch::Receiver<bool>,
) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "no delay could not be set");
    }
    let shaken = tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await;
    let tls = match shaken {
        Ok(Ok(tls)) => tls,
        Ok(Err(error)) => {
            tracing::debug!(%error, %from, "handshake failed");
            return;
        }
        Err(_) => return,
    };
    let certificate = tls.get_ref().1.peer_certificates().and_then(|c| c.first());
    let peer = Peer {
        address: from.ip(),
        identity: certificate.and_then(|der| PeerIdentity::from_cert(der).ok()),
    };
    let service = TowerToHyperService::new(router(app).layer(Extension(peer)));
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        // Devices take the time from signed entries, and every byte counts.
        .auto_date_header(false)
        .header_read_timeout(HANDSHAKE)
        .serve_connection(TokioIo::new(tls), service);
    let mut served = pin!(served);
    // Also when the sender is gone: then the program is ending.
    let told_to_stop = async { stopped.wait_for(|stop| *stop).await.is_ok() };
    let ended = tokio::select! {
        ended = served.as_mut() => ended,
        _ = told_to_stop => {
            // What is being answered is answered, then the connection ends.
            served.as_mut().graceful_shutdown();
            served.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, %from, "connection ended");
    }
}

fn acceptor(center: &Center, hosts: &[String]) -> Result<TlsAcceptor, CenterError> {
    let authority = center.authority();
    let certificate = authority.issue_center(
        &center.key().public_key(),
        &center.feed().0,
        center.name(),
        hosts,
        Validity::days(now_ms(), CERTIFICATE_DAYS),
    )?;
    let then = authority.cert().der().clone();
    let identity = TlsIdentity::new(certificate, Some(then), center.key().clone())?;
    let authorities = [authority.cert().clone()];
    let config = server_config(&identity, &authorities, Arc::new(SystemTime))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// The center's own clock is the site's time.
#[derive(Debug)]
struct SystemTime;

impl TimeSource for SystemTime {
    fn now_ms(&self) -> i64 {
        now_ms()
    }

    fn floor_ms(&self) -> i64 {
        0
    }
}

/// Resolves at SIGTERM or SIGINT.
#[cfg(unix)]
fn asked_to_stop() -> Result<impl Future<Output = ()>, CenterError> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut term = signal(SignalKind::terminate())?;
    let mut int = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
        }
    })
}

/// Resolves at Ctrl-C.
#[cfg(not(unix))]
fn asked_to_stop() -> Result<impl Future<Output = ()>, CenterError> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}

/// An address that tells where a port is, or nothing when it listens everywhere.
pub fn place_of(address: SocketAddr) -> Option<String> {
    match address.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => None,
        ip if ip.is_unspecified() => None,
        _ => Some(format!("https://{address}")),
    }
}
