//! The demo township's clinical history, played as its staff did it.

use crate::clock::PlayedClock;
use crate::options::Demo;
use crate::outcome::{self, Failure};
use crate::play::Players;
use serde_json::json;
use std::io::Write;
use std::process::ExitCode;
use xunyi_app::{Clock, Device, SystemClock, local_date};
use xunyi_township::{Size, Township};

/// Plays everything before today, and this morning where it is asked for.
pub(crate) fn play_history(
    device: &Device,
    clock: &PlayedClock,
    demo: &Demo,
) -> Result<ExitCode, Failure> {
    let now = SystemClock.now();
    let today = demo.today.unwrap_or_else(|| local_date(now));
    let size = if demo.small {
        Size::small()
    } else {
        Size::demo()
    };
    let plan = Township::generate(demo.seed, &size, today)?;
    let players = Players::recognised(device, clock, &plan.site().staff)?;
    let all = plan.act_count();
    let mut steps = plan.steps();
    let mut played = 0_u64;
    let mut shown = 0;
    while let Some(step) = steps.next() {
        players.play(step)?;
        played += 1;
        let done = 100 * (all - steps.acts_left()) / all.max(1);
        if done > shown {
            shown = done;
            progress(done);
        }
    }
    if demo.morning {
        for step in plan.today_steps(now) {
            players.play(step)?;
            played += 1;
        }
    }
    clock.reset();
    outcome::line(&json!({ "people": plan.people().len(), "acts": played }))?;
    Ok(ExitCode::SUCCESS)
}

/// How far it is, on one line of the terminal.
fn progress(percent: usize) {
    let mut out = std::io::stderr().lock();
    let end = if percent == 100 { "\n" } else { "" };
    // Progress that nobody can see is no reason to stop.
    if write!(out, "\rplaying the township's history: {percent:>3} %{end}").is_ok() {
        out.flush().unwrap_or_default();
    }
}
