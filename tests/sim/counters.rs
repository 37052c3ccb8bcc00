//! How often each fault was injected and each path of the protocol was taken: what stays at zero was not tested.

use std::collections::BTreeMap;

/// Everything that must have happened over a run of some hundred days.
const MUST: &[&str] = &[
    "act done",
    "act refused",
    "clock: a year ahead",
    "clock: hours off",
    "clock: right again",
    "clock: stuck in 1970",
    "conflict settled",
    "dispensed below zero",
    "double call",
    "double dispensing",
    "field with two values",
    "form saved after news came",
    "fork: its author goes on in a further feed",
    "hold: revoked",
    "link: answer cut",
    "link: answer flipped",
    "link: dribble",
    "link: login page",
    "link: reply lost",
    "link: request cut",
    "link: request flipped",
    "link: request old",
    "link: request twice",
    "operator: device revoked",
    "operator: disk cloned",
    "operator: disk put back from an image",
    "process: center restarted",
    "process: killed after a commit",
    "process: killed in a command",
    "disk: full",
    "sync: asked first after silence",
    "sync: belief was wrong",
    "sync: commits down",
    "sync: commits up",
    "sync: frame refused",
    "sync: idle, digest to digest",
    "sync: saved while frames move",
    "sync: told everything after the center forgot",
    "worker: documents late",
];

#[derive(Clone, Debug, Default)]
pub struct Counters(BTreeMap<&'static str, u64>);

impl Counters {
    pub fn one(&mut self, what: &'static str) {
        self.more(what, 1);
    }

    pub fn more(&mut self, what: &'static str, n: u64) {
        debug_assert!(MUST.contains(&what), "{what}");
        *self.0.entry(what).or_default() += n;
    }

    pub fn join(&mut self, other: &Self) {
        for (what, n) in &other.0 {
            *self.0.entry(what).or_default() += n;
        }
    }

    /// All of them, those at zero too.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        MUST.iter()
            .map(|what| (*what, self.0.get(what).copied().unwrap_or(0)))
    }
}
