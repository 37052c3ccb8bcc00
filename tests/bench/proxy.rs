//! A proxy that ends TLS on both sides, with certificates of the site, and counts what passes: bytes above TLS, HTTP
//! headers included, and how often the device asked.
//!
//! The center takes the proxy for the device that is behind it: the authority makes the proxy a certificate with the
//! device's name and feed. Only who holds the center's key can stand in the middle so.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use rustls_pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, TlsConnector};
use xunyi_pki::{
    FixedTime, PeerIdentity, PeerWanted, SigningSeed, TlsIdentity, Validity, client_config,
    server_config,
};
use xunyi_server::Center;
use xunyi_tests::{Outcome, told};

/// What passed, since the proxy began or between two looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Passed {
    /// Bytes from the device.
    pub up: u64,
    /// Bytes to the device.
    pub down: u64,
    /// Requests that were answered, or at least begun.
    pub requests: u64,
}

impl Passed {
    /// What passed after an earlier look.
    pub fn since(self, earlier: Self) -> Self {
        Passed {
            up: self.up - earlier.up,
            down: self.down - earlier.down,
            requests: self.requests - earlier.requests,
        }
    }
}

#[derive(Debug, Default)]
struct Counted {
    up: AtomicU64,
    down: AtomicU64,
    requests: AtomicU64,
}

/// The proxy; it serves until the program ends.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    counted: Arc<Counted>,
}

struct Middle {
    center: Center,
    key: SigningSeed,
    target: SocketAddr,
    time: Arc<FixedTime>,
    counted: Arc<Counted>,
}

impl Proxy {
    /// Stands before the center of this folder, whose server listens at `target`.
    ///
    /// # Errors
    /// If the center can't be opened or no port can be had.
    pub fn before(data: &Path, target: SocketAddr) -> Outcome<Self> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let counted = Arc::new(Counted::default());
        let mut seed = [0; 32];
        getrandom::fill(&mut seed)?;
        let middle = Arc::new(Middle {
            center: told::open(data)?,
            key: SigningSeed::from_bytes(&seed),
            target,
            time: Arc::new(FixedTime {
                now_ms: crate::stage::now_ms()?,
                floor_ms: 0,
            }),
            counted: Arc::clone(&counted),
        });
        thread::spawn(move || serve(listener, &middle));
        Ok(Proxy { address, counted })
    }

    /// Where devices find it.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What has passed so far.
    pub fn passed(&self) -> Passed {
        Passed {
            up: self.counted.up.load(Ordering::SeqCst),
            down: self.counted.down.load(Ordering::SeqCst),
            requests: self.counted.requests.load(Ordering::SeqCst),
        }
    }
}

fn serve(listener: std::net::TcpListener, middle: &Arc<Middle>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let Ok(runtime) = runtime else { return };
    runtime.block_on(async {
        let Ok(listener) = TcpListener::from_std(listener) else {
            return;
        };
        while let Ok((device, _)) = listener.accept().await {
            let middle = Arc::clone(middle);
            tokio::spawn(async move {
                if let Err(error) = middle.between(device).await {
                    eprintln!("proxy: {error}");
                }
            });
        }
    });
}

impl Middle {
    async fn between(&self, device: TcpStream) -> Outcome {
        device.set_nodelay(true)?;
        let authority = self.center.authority();
        let own = authority.cert().clone();
        let validity = Validity::days(self.time.now_ms, 1);
        let shown = authority.issue_center(
            &self.key.public_key(),
            &self.center.feed().0,
            self.center.name(),
            &[],
            validity,
        )?;
        let shown = TlsIdentity::new(shown, Some(own.der().clone()), self.key.clone())?;
        let config = server_config(&shown, std::slice::from_ref(&own), self.time.clone())?;
        let device = TlsAcceptor::from(Arc::new(config)).accept(device).await?;

        let certificate = device.get_ref().1.peer_certificates();
        let taken = match certificate.and_then(|sent| sent.first()) {
            None => None,
            Some(certificate) => {
                let who = PeerIdentity::from_cert(certificate)?;
                let twin = authority.issue_device(
                    &self.key.public_key(),
                    &who.feed,
                    &who.name,
                    validity,
                )?;
                Some(TlsIdentity::new(twin, None, self.key.clone())?)
            }
        };
        let config = client_config(
            &[own],
            taken.as_ref(),
            PeerWanted::Center,
            self.time.clone(),
        )?;
        let center = TcpStream::connect(self.target).await?;
        center.set_nodelay(true)?;
        let name = ServerName::IpAddress(self.target.ip().into());
        let center = TlsConnector::from(Arc::new(config))
            .connect(name, center)
            .await?;
        self.pass(device, center).await
    }

    async fn pass<D, C>(&self, device: D, center: C) -> Outcome
    where
        D: AsyncReadExt + AsyncWriteExt,
        C: AsyncReadExt + AsyncWriteExt,
    {
        let (mut from_device, mut to_device) = tokio::io::split(device);
        let (mut from_center, mut to_center) = tokio::io::split(center);
        let (mut asked, mut told) = (vec![0; 65536], vec![0; 65536]);
        let mut answering = true;
        loop {
            tokio::select! {
                read = from_device.read(&mut asked) => match read {
                    Ok(0) | Err(_) => return Ok(to_center.shutdown().await?),
                    Ok(n) => {
                        self.counted.up.fetch_add(n as u64, Ordering::SeqCst);
                        if std::mem::take(&mut answering) {
                            self.counted.requests.fetch_add(1, Ordering::SeqCst);
                        }
                        to_center.write_all(asked.get(..n).unwrap_or_default()).await?;
                        to_center.flush().await?;
                    }
                },
                read = from_center.read(&mut told) => match read {
                    Ok(0) | Err(_) => return Ok(to_device.shutdown().await?),
                    Ok(n) => {
                        answering = true;
                        self.counted.down.fetch_add(n as u64, Ordering::SeqCst);
                        to_device.write_all(told.get(..n).unwrap_or_default()).await?;
                        to_device.flush().await?;
                    }
                },
            }
        }
    }
}
