//! A link between a device and the center that can be cut, refused, slowed down or made to swallow, byte by byte.
//!
//! It forwards TCP as it is: what is inside stays encrypted, as on a real bad link.

use crate::Outcome;
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Bytes that are read at once.
const PIECE: usize = 1024;
/// Pieces that are on their way at most, as in the queue of a modem: whoever sends more waits.
const ON_THE_WAY: usize = 16;

/// How the link treats the connections that are made from now on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Weather {
    /// New connections are closed at once.
    pub down: bool,
    /// The connection is cut after this many bytes from the device.
    pub cut_up: Option<u64>,
    /// The connection is cut after this many bytes to the device.
    pub cut_down: Option<u64>,
    /// A byte arrives this much later than it was sent. A new connection costs a round trip first, as one over the air
    /// does: here it is made on the loopback.
    pub latency: Duration,
    /// Bytes a second that pass in each direction.
    pub rate: Option<u32>,
}

#[derive(Debug, Default)]
struct Shared {
    weather: Mutex<Weather>,
    up: AtomicU64,
    down: AtomicU64,
    connections: AtomicU64,
    half_open: AtomicU64,
    swallowed: AtomicU64,
    turns: AtomicU64,
    downward: AtomicBool,
    closed: AtomicBool,
}

/// A forwarding port in front of a real one. Dropping it closes the port.
#[derive(Debug)]
pub struct Link {
    shared: Arc<Shared>,
    address: SocketAddr,
}

impl Link {
    /// Opens a port of the loopback that leads to `target`.
    ///
    /// # Errors
    /// If no port can be had.
    pub fn to(target: SocketAddr) -> Outcome<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::default());
        let own = Arc::clone(&shared);
        thread::spawn(move || accept(&listener, target, &own));
        Ok(Link { shared, address })
    }

    /// The address that a device is to use.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Sets how connections fare from now on; those that stand keep what they had.
    pub fn set(&self, weather: Weather) {
        *lock(&self.shared.weather) = weather;
    }

    /// The connections that stand go half open: what either side says is swallowed, and neither is told. New ones
    /// fare as the weather says.
    pub fn half_open(&self) {
        let standing = self.connections();
        self.shared.half_open.store(standing, Ordering::SeqCst);
    }

    /// Bytes that half-open connections swallowed so far.
    pub fn swallowed(&self) -> u64 {
        self.shared.swallowed.load(Ordering::SeqCst)
    }

    /// Bytes forwarded so far: from the device, to the device.
    pub fn bytes(&self) -> (u64, u64) {
        let up = self.shared.up.load(Ordering::SeqCst);
        (up, self.shared.down.load(Ordering::SeqCst))
    }

    /// How often bytes went the other way than those before them, over all connections together.
    pub fn turns(&self) -> u64 {
        self.shared.turns.load(Ordering::SeqCst)
    }

    /// Connections that were made so far.
    pub fn connections(&self) -> u64 {
        self.shared.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.shared.closed.store(true, Ordering::SeqCst);
        // Wakes the accepting thread, which then sees that it is over.
        if TcpStream::connect(self.address).is_err() {
            eprintln!("the link at {} was gone already", self.address);
        }
    }
}

fn accept(listener: &TcpListener, target: SocketAddr, shared: &Arc<Shared>) {
    for device in listener.incoming() {
        if shared.closed.load(Ordering::SeqCst) {
            return;
        }
        let weather = *lock(&shared.weather);
        let Ok(device) = device else { continue };
        let connection = shared.connections.fetch_add(1, Ordering::SeqCst) + 1;
        if weather.down {
            continue;
        }
        let Ok(center) = TcpStream::connect(target) else {
            continue;
        };
        let (Ok(device2), Ok(center2)) = (device.try_clone(), center.try_clone()) else {
            continue;
        };
        let way = |downward| Way {
            shared: Arc::clone(shared),
            connection,
            downward,
            weather,
        };
        let (up, down) = (way(false), way(true));
        thread::spawn(move || {
            thread::sleep(weather.latency * 2);
            up.forward(device, center);
        });
        thread::spawn(move || down.forward(center2, device2));
    }
}

/// What is on its way, and when it was sent.
type Sent = (Instant, Vec<u8>);

/// Reads until the end, which is told by an empty piece; an error ends it without one.
fn read_on(mut from: TcpStream, on: &SyncSender<Sent>) {
    let mut buffer = [0; PIECE];
    loop {
        let read = match from.read(&mut buffer) {
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(_) => return,
        };
        let piece = buffer.get(..read).unwrap_or_default().to_vec();
        if on.send((now(), piece)).is_err() || read == 0 {
            return;
        }
    }
}

/// One direction of a connection.
struct Way {
    shared: Arc<Shared>,
    connection: u64,
    downward: bool,
    weather: Weather,
}

impl Way {
    /// Passes bytes on until the end, an error or the cut, and then closes both ends.
    fn forward(&self, from: TcpStream, mut to: TcpStream) {
        let (on, pieces) = sync_channel(ON_THE_WAY);
        let reader = from.try_clone().map(|from| {
            thread::spawn(move || read_on(from, &on));
        });
        // Either end may be closed by now; then there is nothing left to close.
        if reader.is_ok() && self.pass(&pieces, &mut to) {
            // The one side has said all; the other may still be answering.
            to.shutdown(Shutdown::Write).ok();
        } else {
            to.shutdown(Shutdown::Both).ok();
            from.shutdown(Shutdown::Both).ok();
        }
    }

    /// True at the end of what was said; false at the cut or after an error.
    fn pass(&self, pieces: &Receiver<Sent>, to: &mut TcpStream) -> bool {
        let Weather {
            cut_up,
            cut_down,
            latency,
            rate,
            ..
        } = self.weather;
        let cut = if self.downward { cut_down } else { cut_up };
        let mut left = cut.unwrap_or(u64::MAX);
        let mut line_free = now();
        while left > 0 {
            let Ok((sent, piece)) = pieces.recv() else {
                return false;
            };
            if piece.is_empty() {
                return true;
            }
            if self.swallows(piece.len()) {
                continue;
            }
            let takes = rate.map_or(0.0, |rate| piece.len() as f64 / f64::from(rate));
            line_free = line_free.max(sent) + Duration::from_secs_f64(takes);
            wait_until(line_free + latency);
            let allowed = piece.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            let piece = piece.get(..allowed).unwrap_or_default();
            if to.write_all(piece).is_err() {
                return false;
            }
            left -= allowed as u64;
            self.count(allowed as u64);
        }
        false
    }

    /// True when this connection is half open: the bytes are gone.
    fn swallows(&self, bytes: usize) -> bool {
        let half_open = self.connection <= self.shared.half_open.load(Ordering::SeqCst);
        if half_open {
            let swallowed = &self.shared.swallowed;
            swallowed.fetch_add(bytes as u64, Ordering::SeqCst);
        }
        half_open
    }

    fn count(&self, bytes: u64) {
        let Shared {
            up, down, turns, ..
        } = &*self.shared;
        let passed = if self.downward { down } else { up };
        passed.fetch_add(bytes, Ordering::SeqCst);
        let before = self.shared.downward.swap(self.downward, Ordering::SeqCst);
        turns.fetch_add(u64::from(before != self.downward), Ordering::SeqCst);
    }
}

fn wait_until(due: Instant) {
    let left = due.saturating_duration_since(now());
    if !left.is_zero() {
        thread::sleep(left);
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a slow link is slow in real time"
)]
fn now() -> Instant {
    Instant::now()
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server that answers each connection with what it got, and the link to it.
    fn echo() -> Link {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let target = listener.local_addr().unwrap();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (mut from, mut to) = (stream.try_clone().unwrap(), stream);
                thread::spawn(move || {
                    std::io::copy(&mut from, &mut to).ok();
                    to.shutdown(Shutdown::Write).ok();
                });
            }
        });
        Link::to(target).unwrap()
    }

    fn say(link: &Link, bytes: &[u8]) -> Vec<u8> {
        let mut stream = TcpStream::connect(link.address()).unwrap();
        stream.write_all(bytes).ok();
        stream.shutdown(Shutdown::Write).ok();
        let mut heard = Vec::new();
        stream.read_to_end(&mut heard).ok();
        heard
    }

    #[test]
    fn in_good_weather_everything_passes() {
        let link = echo();
        let said = vec![7; 100_000];
        assert_eq!(say(&link, &said), said);
        assert_eq!(link.bytes(), (100_000, 100_000));
    }

    #[test]
    fn the_cut_comes_at_the_byte() {
        let link = echo();
        link.set(Weather {
            cut_down: Some(1000),
            ..Weather::default()
        });
        assert_eq!(say(&link, &[1; 5000]).len(), 1000);
        link.set(Weather {
            cut_up: Some(10),
            ..Weather::default()
        });
        assert!(say(&link, &[1; 5000]).len() <= 10);
    }

    #[test]
    fn a_slow_link_lets_everything_through_in_its_order() {
        let link = echo();
        link.set(Weather {
            rate: Some(1 << 20),
            latency: Duration::from_millis(1),
            ..Weather::default()
        });
        let said: Vec<u8> = (0..100_000u32).map(|n| (n % 251) as u8).collect();
        assert_eq!(say(&link, &said), said);
        assert_eq!(link.bytes(), (100_000, 100_000));
    }

    #[test]
    fn a_half_open_connection_swallows_and_a_new_one_passes() {
        let link = echo();
        let mut stream = TcpStream::connect(link.address()).unwrap();
        let mut heard = [0; 2];
        stream.write_all(b"hi").unwrap();
        stream.read_exact(&mut heard).unwrap();
        link.half_open();
        stream.write_all(b"anyone?").unwrap();
        assert_eq!(say(&link, b"hello"), b"hello");
        stream.shutdown(Shutdown::Write).unwrap();
        assert_eq!(stream.read(&mut heard).unwrap(), 0);
        assert_eq!((link.bytes(), link.swallowed()), ((7, 7), 7));
    }

    #[test]
    fn a_link_that_is_down_gives_nothing_and_comes_back() {
        let link = echo();
        link.set(Weather {
            down: true,
            ..Weather::default()
        });
        assert!(say(&link, b"anyone?").is_empty());
        link.set(Weather::default());
        assert_eq!(say(&link, b"anyone?"), b"anyone?");
        assert_eq!(link.connections(), 2);
    }
}
