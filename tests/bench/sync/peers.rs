//! Others' sync engines on the same workload, over the same link, counted by the same bytes. They speak without TLS, so
//! what the link counts is what the proxy counts of ours: above TLS, headers included.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use xunyi_tests::link::{Link, Weather};
use xunyi_tests::{Outcome, place};

use super::slow;
use crate::bytes::packed;
use crate::figure::{Figure, Report};
use crate::workload::Workload;

/// After this long without a byte a peer that tells no end has ended.
const QUIET: Duration = Duration::from_secs(2);

/// An engine.
struct Peer {
    program: &'static str,
    day_bytes: &'static str,
    idle_bytes: &'static str,
    slow_link: &'static str,
    /// It is started anew between exchanges and shares what it has opened: what was touched, or everything.
    restarts: bool,
}

const PEERS: [Peer; 2] = [
    Peer {
        program: "pouch.js",
        day_bytes: "pouchdb_day_bytes_ratio",
        idle_bytes: "pouchdb_idle_bytes_5k",
        slow_link: "pouchdb_slow_link_ratio",
        restarts: false,
    },
    Peer {
        program: "automerge.js",
        day_bytes: "automerge_day_bytes_ratio",
        idle_bytes: "automerge_idle_bytes_5k",
        slow_link: "automerge_slow_link_ratio",
        restarts: true,
    },
];

/// Measures each on the roster, a day, nothing new, and a day on the bad link.
///
/// # Errors
/// If a peer fails, or its server does not hold what its device does.
pub fn measure(report: &mut Report, folder: &Path, files: &Workload) -> Outcome {
    for peer in &PEERS {
        println!("the same with {}", peer.program);
        let data = folder.join(peer.program);
        fs::create_dir_all(&data)?;
        one(
            report,
            peer,
            &mut Running::start(peer.program, &data)?,
            files,
        )?;
    }
    Ok(())
}

fn one(report: &mut Report, peer: &Peer, running: &mut Running, files: &Workload) -> Outcome {
    running.ask("write", &json!({ "file": files.roster() }))?;
    let roster = running.exchange()?;
    running.ask("check", &json!({}))?;

    let day = files.day(1);
    let again = |running: &mut Running, everything: bool| {
        if peer.restarts {
            running.ask("restart", &json!({ "everything": everything }))?;
        }
        Ok::<_, Box<dyn std::error::Error + Send + Sync>>(())
    };
    again(running, true)?;
    running.exchange()?;
    again(running, true)?;
    let idle = running.exchange()?;

    again(running, false)?;
    running.ask("write", &json!({ "file": day }))?;
    let sent = running.exchange()?;
    running.ask("check", &json!({}))?;

    let second = files.day(2);
    again(running, false)?;
    running.ask("write", &json!({ "file": second }))?;
    running.link.set(slow::weather());
    // What stands was made in fair weather: the bad link has a connection of its own.
    let slowly = running.exchange()?;
    running.link.set(Weather::default());
    running.ask("check", &json!({}))?;

    let events = fs::read(&day)?;
    let beside = |name, value, unit, detail| Figure {
        name,
        value,
        unit,
        must: None,
        aim: None,
        detail,
    };
    report.add(beside(
        peer.day_bytes,
        sent.up as f64 / packed(&events)? as f64,
        "ratio",
        json!({
            "bytes_up": sent.up, "bytes_down": sent.down, "bytes_up_of_the_roster": roster.up,
            "direction_changes": sent.turns,
        }),
    ));
    report.add(beside(
        peer.idle_bytes,
        (idle.up + idle.down) as f64,
        "bytes",
        json!({ "up": idle.up, "down": idle.down, "direction_changes": idle.turns }),
    ));
    report.add(beside(
        peer.slow_link,
        slowly.took_s / slow::least(&fs::read(&second)?)?,
        "ratio",
        json!({ "took_s": slowly.took_s, "tcp_bytes_up": slowly.up, "tcp_bytes_down": slowly.down }),
    ));
    Ok(())
}

/// What an exchange took.
struct Took {
    up: u64,
    down: u64,
    turns: u64,
    took_s: f64,
}

/// A peer's program: its device and its server.
struct Running {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    link: Link,
}

impl Running {
    fn start(program: &str, data: &Path) -> Outcome<Self> {
        let mut child = Command::new("node")
            .arg(place::root().join("tests/bench/peers").join(program))
            .arg(data)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut input = child.stdin.take().ok_or("no standard input")?;
        let mut output = BufReader::new(child.stdout.take().ok_or("no standard output")?);
        let told = answer(&mut input, &mut output, "listen", &json!({}))?;
        let port = told["port"].as_u64().ok_or("no port")?;
        let target = SocketAddr::from((Ipv4Addr::LOCALHOST, u16::try_from(port)?));
        let mut running = Running {
            child,
            input,
            output,
            link: Link::to(target)?,
        };
        let port = running.link.address().port();
        running.ask("connect", &json!({ "port": port }))?;
        Ok(running)
    }

    fn ask(&mut self, order: &str, given: &Value) -> Outcome<Value> {
        answer(&mut self.input, &mut self.output, order, given)
    }

    /// An exchange; its bytes until nothing passes any more, its time until both hold the same.
    fn exchange(&mut self) -> Outcome<Took> {
        let (up, down) = self.link.bytes();
        let turns = self.link.turns();
        let told = self.ask("exchange", &json!({}))?;
        let mut passed = self.link.bytes();
        loop {
            std::thread::sleep(QUIET);
            let now = self.link.bytes();
            if now == passed {
                break;
            }
            passed = now;
        }
        Ok(Took {
            up: passed.0 - up,
            down: passed.1 - down,
            turns: self.link.turns() - turns,
            took_s: told["ms"].as_f64().ok_or("no time")? / 1000.0,
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Err(error) = self.child.kill().and_then(|()| self.child.wait()) {
            eprintln!("a peer could not be ended: {error}");
        }
    }
}

fn answer(
    input: &mut ChildStdin,
    output: &mut BufReader<ChildStdout>,
    order: &str,
    given: &Value,
) -> Outcome<Value> {
    let mut line = given.clone();
    line["order"] = json!(order);
    writeln!(input, "{line}")?;
    input.flush()?;
    let mut told = String::new();
    output.read_line(&mut told)?;
    let told: Value =
        serde_json::from_str(&told).map_err(|_| format!("a peer ended at \"{order}\""))?;
    match told.get("ok") {
        Some(answer) => Ok(answer.clone()),
        None => Err(format!("a peer at \"{order}\": {}", told["error"]).into()),
    }
}
