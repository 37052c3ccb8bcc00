//! Exchanges over a link that does what links do.

use crate::acts;
use crate::plan::Link;
use crate::rng::Rng;
use crate::world::World;
use xunyi_app::Session;
use xunyi_server::exchange::{Exchange, next_piece};

/// Requests of one exchange at most, as the product asks.
const ROUNDS: usize = 3;
const PORTAL: &[u8] = b"<!doctype html><html><body>Please log in</body></html>";

/// What reached the device of an answer.
enum Answered {
    /// These bytes, then the end or a cut.
    Bytes(Vec<u8>),
    /// Nothing at all.
    Nothing,
}

/// An exchange between a device and the center.
pub fn exchange(
    world: &mut World<'_>,
    device: usize,
    link: Link,
    rng: &mut Rng,
) -> Result<(), String> {
    let mut everything = false;
    for round in 0..ROUNDS {
        // The fault hits the first request.
        let link = if round == 0 { link } else { Link::Good };
        let tablet = world.tablet(device)?;
        let session = Session::begin(tablet.work()?, everything).map_err(told)?;
        let asked_first = session.asks_first();
        let mut up = Vec::new();
        let mut request = session.request();
        loop {
            let piece = request.next(world.tablet(device)?.work()?).map_err(told)?;
            let Some(piece) = piece else { break };
            up.extend(piece);
            if link == Link::Busy {
                world.counters.one("sync: saved while frames move");
                acts::any(world, device, rng)?;
            }
        }
        if asked_first {
            world.counters.one("sync: asked first after silence");
        }
        world.counters.more("sync: commits up", request.sent());
        world.tablet(device)?.last_request.clone_from(&up);
        let answered = send(world, device, up, link, rng)?;
        let mut answer = session.answer();
        let feed_before = world.tablet(device)?.work()?.feed();
        let Answered::Bytes(bytes) = answered else {
            return Ok(());
        };
        let damaged = matches!(link, Link::FlipUp | Link::FlipDown);
        let mut taken = Ok(());
        for piece in pieces(&bytes, link, rng) {
            let work = world.tablet(device)?.work()?;
            taken = answer.take(work, piece);
            if taken.is_err() {
                break;
            }
        }
        let feed_now = world.tablet(device)?.work()?.feed();
        if feed_now != feed_before {
            world
                .counters
                .one("fork: its author goes on in a further feed");
        }
        let so_far = answer.so_far().clone();
        world.counters.more("sync: commits down", so_far.received);
        if let Err(error) = taken {
            let expected = match link {
                Link::Portal => error.code == "sync.captive_portal",
                _ => damaged,
            };
            return if expected {
                Ok(())
            } else {
                Err(format!("answer: {error:?}"))
            };
        }
        match answer.end() {
            Ok(ended) => {
                if bytes.len() < 100 && ended.received == 0 && request.sent() == 0 {
                    world.counters.one("sync: idle, digest to digest");
                }
                if ended.tell_everything {
                    world
                        .counters
                        .one("sync: told everything after the center forgot");
                }
                everything = ended.tell_everything;
                if ended.complete {
                    return Ok(());
                }
            }
            Err(error) if error.code == "device.revoked" => {
                world.counters.one("hold: revoked");
                world.tablet(device)?.locked = true;
                return Ok(());
            }
            Err(error) if error.code == "sync.cut" && link != Link::Good => return Ok(()),
            Err(error) if error.code == "sync.refused" && damaged => {
                world.counters.one("sync: frame refused");
                return Ok(());
            }
            Err(error) => return Err(format!("{link:?}: {error:?}")),
        }
    }
    // The belief was wrong more often than rounds are tried: the next exchange goes on.
    Ok(())
}

/// An exchange over a good link, which must end well.
pub fn quiet(world: &mut World<'_>, device: usize) -> Result<(), String> {
    exchange(world, device, Link::Good, &mut Rng::new(0))
}

/// The request of an earlier exchange arrives again, after everything that came since.
pub fn replay(world: &mut World<'_>, device: usize) -> Result<(), String> {
    let old = world.tablet(device)?.last_request.clone();
    if old.is_empty() {
        return Ok(());
    }
    world.counters.one("link: request old");
    at_center(world, device, &[&old], true).map(|_| ())
}

/// Sends a request over the link; answers what comes back.
fn send(
    world: &mut World<'_>,
    device: usize,
    mut up: Vec<u8>,
    link: Link,
    rng: &mut Rng,
) -> Result<Answered, String> {
    match link {
        Link::CutUp => {
            world.counters.one("link: request cut");
            up.truncate(rng.index(up.len()));
        }
        Link::FlipUp => {
            world.counters.one("link: request flipped");
            flip(&mut up, rng);
        }
        Link::Twice => {
            world.counters.one("link: request twice");
            at_center(world, device, &[&up], true)?;
        }
        Link::Dribble => world.counters.one("link: dribble"),
        _ => {}
    }
    let damaged = matches!(link, Link::CutUp | Link::FlipUp);
    let down = at_center(world, device, &pieces(&up, link, rng), !damaged)?;
    let Some(mut down) = down else {
        return Ok(Answered::Nothing);
    };
    Ok(match link {
        Link::CutUp => Answered::Nothing,
        Link::ReplyLost => {
            world.counters.one("link: reply lost");
            Answered::Nothing
        }
        Link::CutDown => {
            world.counters.one("link: answer cut");
            down.truncate(rng.index(down.len()));
            if down.is_empty() {
                Answered::Nothing
            } else {
                Answered::Bytes(down)
            }
        }
        Link::FlipDown => {
            world.counters.one("link: answer flipped");
            flip(&mut down, rng);
            Answered::Bytes(down)
        }
        Link::Portal => {
            world.counters.one("link: login page");
            Answered::Bytes(PORTAL.to_vec())
        }
        _ => Answered::Bytes(down),
    })
}

/// What the center makes of the bytes of a request: its whole answer; none where it waits for more or gave up.
fn at_center(
    world: &mut World<'_>,
    device: usize,
    pieces: &[&[u8]],
    sound: bool,
) -> Result<Option<Vec<u8>>, String> {
    let identity = world.tablet(device)?.identity.clone();
    let now = world.now();
    let mut exchange = Exchange::new(identity);
    let mut complete = false;
    for piece in pieces {
        match exchange.take(&world.center, piece, now) {
            Ok(done) => complete |= done,
            Err(error) if sound => return Err(format!("center: {error}")),
            Err(_) => return Ok(None),
        }
    }
    if sound && exchange.counts().refused > 0 {
        if !world.forks {
            return Err("the center refused a frame of a sound request".to_owned());
        }
        world.counters.one("sync: belief was wrong");
    }
    if !complete {
        return Ok(None);
    }
    let answer = exchange.answer(&world.center, &world.told, now);
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) if sound => return Err(format!("center: {error}")),
        Err(_) => return Ok(None),
    };
    let (mut down, mut walk) = (answer.head, answer.walk);
    while let Some(on) = walk {
        let (bytes, rest) = next_piece(&world.center, on).map_err(|e| format!("center: {e}"))?;
        down.extend(bytes);
        walk = rest;
    }
    Ok(Some(down))
}

/// As the link gives them: whole, in packets, or in crumbs.
fn pieces<'b>(bytes: &'b [u8], link: Link, rng: &mut Rng) -> Vec<&'b [u8]> {
    let size = match link {
        Link::Dribble => 1 + rng.index(40),
        _ => 1_400,
    };
    bytes.chunks(size).collect()
}

fn flip(bytes: &mut [u8], rng: &mut Rng) {
    let at = rng.index(bytes.len());
    if let Some(byte) = bytes.get_mut(at) {
        *byte ^= 1 << rng.below(8);
    }
}

fn told(error: xunyi_app::AppError) -> String {
    format!("exchange: {error:?}")
}
