//! A link between a device and the center that a test can cut, stall or refuse, byte by byte.
//!
//! It forwards TCP as it is: what is inside stays encrypted, as on a real bad link.

use crate::Outcome;
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// How the link treats the connections that are made from now on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Weather {
    /// New connections are closed at once.
    pub down: bool,
    /// The connection is cut after this many bytes from the device.
    pub cut_up: Option<u64>,
    /// The connection is cut after this many bytes to the device.
    pub cut_down: Option<u64>,
    /// Each piece waits this long before it goes on.
    pub delay: Duration,
}

#[derive(Debug, Default)]
struct Shared {
    weather: Mutex<Weather>,
    up: AtomicU64,
    down: AtomicU64,
    connections: AtomicU64,
    half_open: AtomicU64,
    swallowed: AtomicU64,
    closed: AtomicBool,
}

impl Shared {
    /// True when this connection is half open: the bytes are gone.
    fn swallows(&self, number: u64, bytes: usize) -> bool {
        let half_open = number <= self.half_open.load(Ordering::SeqCst);
        if half_open {
            self.swallowed.fetch_add(bytes as u64, Ordering::SeqCst);
        }
        half_open
    }
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
        let number = shared.connections.fetch_add(1, Ordering::SeqCst) + 1;
        if weather.down {
            continue;
        }
        let Ok(center) = TcpStream::connect(target) else {
            continue;
        };
        let (Ok(device2), Ok(center2)) = (device.try_clone(), center.try_clone()) else {
            continue;
        };
        let (up, down) = (Arc::clone(shared), Arc::clone(shared));
        thread::spawn(move || {
            let swallows = |bytes| up.swallows(number, bytes);
            forward(
                device,
                center,
                weather.cut_up,
                weather.delay,
                &up.up,
                swallows,
            );
        });
        thread::spawn(move || {
            let swallows = |bytes| down.swallows(number, bytes);
            forward(
                center2,
                device2,
                weather.cut_down,
                weather.delay,
                &down.down,
                swallows,
            );
        });
    }
}

/// Passes bytes on until the end, an error or the cut, and then closes both ends.
fn forward(
    mut from: TcpStream,
    mut to: TcpStream,
    cut: Option<u64>,
    delay: Duration,
    count: &AtomicU64,
    swallows: impl Fn(usize) -> bool,
) {
    let mut passed = 0;
    let mut buffer = [0; 4096];
    let mut end = Shutdown::Both;
    loop {
        let left = cut.map_or(u64::MAX, |cut| cut.saturating_sub(passed));
        if left == 0 {
            break;
        }
        let read = match from.read(&mut buffer) {
            // The one side has said all; the other may still be answering.
            Ok(0) => {
                end = Shutdown::Write;
                break;
            }
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(_) => break,
        };
        if swallows(read) {
            continue;
        }
        if !delay.is_zero() {
            thread::sleep(delay);
        }
        let allowed = read.min(usize::try_from(left).unwrap_or(usize::MAX));
        let piece = buffer.get(..allowed).unwrap_or_default();
        if to.write_all(piece).is_err() {
            break;
        }
        passed += piece.len() as u64;
        count.fetch_add(piece.len() as u64, Ordering::SeqCst);
    }
    // Either end may be closed by now; then there is nothing left to close.
    to.shutdown(end).ok();
    if matches!(end, Shutdown::Both) {
        from.shutdown(Shutdown::Both).ok();
    }
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
