//! When to exchange, when to wait for news and when to leave the link alone: events in, decisions out. It reads no
//! clock and does no I/O; what runs it waits.

use std::time::Duration;

/// With a center that has no wait for news, so often it is asked for them.
const EVERY: Duration = Duration::from_secs(15);
/// The first pause after a failure; it doubles up to [`LONGEST`].
const FIRST: Duration = Duration::from_secs(2);
const LONGEST: Duration = Duration::from_secs(60);
/// After more waits in a row that ended for nothing, there is a rest before the next.
const VAIN: u32 = 2;
/// After how long a center that was not reached at all is looked for again, with one connection and no more.
const LOOK: Duration = Duration::from_secs(4);
/// Heartbeats grow while they arrive and fall back when one does not: a phone network forgets silent connections
/// after a time that nobody tells.
const HEARTBEAT: (Duration, Duration) = (Duration::from_secs(25), Duration::from_secs(100));

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// An exchange went well; all is there and here. It moved something, or it did not.
    Exchanged { moved: bool },
    /// An exchange failed.
    Failed(Failure),
    /// The center has news.
    News,
    /// The heartbeat came.
    Heartbeat,
    /// The wait for news was cut, or its heartbeat did not come.
    WaitLost,
    /// The center knows no wait for news.
    NoWait,
    /// Somebody saved or came to work here.
    Wish,
    /// A pause is over.
    PauseOver,
    /// A center that could not be reached takes connections again.
    LinkBack,
}

/// How an exchange failed, as far as it decides what comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// No connection came to be.
    Unreached,
    /// Anything else.
    Other,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// Exchange now.
    Exchange,
    /// Wait for news at the center, with this heartbeat. A wish ends it.
    Wait(Duration),
    /// Leave the link alone for so long. A wish ends it where `wish` says so; every `look`, where there is one, the
    /// center is looked for.
    Pause {
        lasts: Duration,
        wish: bool,
        look: Option<Duration>,
    },
}

/// Where things stand.
#[derive(Clone, Debug)]
pub(super) struct Policy {
    failures: u32,
    heartbeat: Duration,
    waits: bool,
    /// A look that found the center was followed by an exchange that did not: no more looks until one goes well.
    deceived: bool,
    looked: bool,
    /// Waits in a row that ended for nothing.
    vain: u32,
    seed: u64,
}

impl Policy {
    /// At the start, with a seed for the jitter: devices that lost one center do not come back at once.
    pub(super) fn new(seed: u64) -> Self {
        Self {
            failures: 0,
            heartbeat: HEARTBEAT.0,
            waits: true,
            deceived: false,
            looked: false,
            vain: 0,
            seed,
        }
    }

    /// Before anything happened: a moment for whoever signs in.
    pub(super) fn begin(&self) -> Decision {
        Self::rest()
    }

    /// What to do after this.
    pub(super) fn after(&mut self, event: Event) -> Decision {
        match event {
            Event::Exchanged { moved } => {
                (self.failures, self.deceived, self.looked) = (0, false, false);
                if moved {
                    self.vain = 0;
                }
                // Something between here and the center cuts what waits, or promises news that are none.
                if self.vain > VAIN {
                    Self::rest()
                } else {
                    self.wait()
                }
            }
            Event::Failed(failure) => {
                self.failures = self.failures.saturating_add(1);
                self.deceived |= self.looked;
                self.looked = false;
                let look = failure == Failure::Unreached && !self.deceived;
                Decision::Pause {
                    lasts: self.pause(),
                    // The pause is what keeps a dead link cheap: a save does not hurry it.
                    wish: false,
                    look: look.then_some(LOOK),
                }
            }
            Event::Heartbeat => {
                self.vain = 0;
                self.heartbeat = (self.heartbeat * 5 / 4).min(HEARTBEAT.1);
                self.wait()
            }
            Event::WaitLost => {
                self.heartbeat = HEARTBEAT.0;
                self.vain = self.vain.saturating_add(1);
                Decision::Exchange
            }
            Event::NoWait => {
                self.waits = false;
                self.wait()
            }
            Event::LinkBack => {
                self.looked = true;
                Decision::Exchange
            }
            Event::News => {
                self.vain = self.vain.saturating_add(1);
                Decision::Exchange
            }
            Event::Wish | Event::PauseOver => Decision::Exchange,
        }
    }

    fn wait(&self) -> Decision {
        if self.waits {
            Decision::Wait(self.heartbeat)
        } else {
            Self::rest()
        }
    }

    fn rest() -> Decision {
        Decision::Pause {
            lasts: EVERY,
            wish: true,
            look: None,
        }
    }

    /// Between half of the step and all of it.
    fn pause(&mut self) -> Duration {
        let step = self.failures.saturating_sub(1).min(10);
        let whole = (FIRST * 2_u32.saturating_pow(step)).min(LONGEST);
        // splitmix64
        self.seed = self.seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.seed;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let thousandths = u32::try_from((z >> 33) % 501).unwrap_or(0);
        whole / 2 + whole / 1000 * thousandths
    }
}

/// How long a silence means that the link is dead, from what this link has shown.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// Smoothed time to an answer, and how much it varies.
    measured: Option<(Duration, Duration)>,
}

/// Never less: a radio that sleeps needs some seconds to wake. Never more: then the link is dead.
const PATIENCE: (Duration, Duration) = (Duration::from_secs(8), Duration::from_secs(60));

impl Patience {
    /// Before anything was measured: all of it.
    pub(super) fn new() -> Self {
        Self { measured: None }
    }

    /// An answer took so long, as RFC 6298 smooths it.
    pub(super) fn measured(&mut self, took: Duration) {
        self.measured = Some(match self.measured {
            None => (took, took / 2),
            Some((mean, varies)) => {
                let off = mean.abs_diff(took);
                ((mean * 7 + took) / 8, (varies * 3 + off) / 4)
            }
        });
    }

    /// A silence ended nothing but the patience: the next one lasts longer.
    pub(super) fn ran_out(&mut self) {
        self.measured = None;
    }

    /// A silence of so long is the end.
    pub(super) fn silence(&self) -> Duration {
        let Some((mean, varies)) = self.measured else {
            return PATIENCE.1;
        };
        (mean * 4 + varies * 8).clamp(PATIENCE.0, PATIENCE.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pause(decision: Decision) -> (Duration, bool, Option<Duration>) {
        match decision {
            Decision::Pause { lasts, wish, look } => (lasts, wish, look),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_follows_what() {
        use Decision::{Exchange, Wait};
        let first = HEARTBEAT.0;
        let table: &[(&[Event], Decision)] = &[
            (&[Event::Wish], Exchange),
            (&[Event::PauseOver], Exchange),
            (&[Event::Exchanged { moved: true }], Wait(first)),
            (&[Event::Exchanged { moved: true }, Event::News], Exchange),
            (&[Event::Exchanged { moved: true }, Event::Wish], Exchange),
            (
                &[Event::Exchanged { moved: true }, Event::Heartbeat],
                Wait(first * 5 / 4),
            ),
            // Half-open: the heartbeat did not come, and the next ones are short again.
            (&[Event::Heartbeat, Event::WaitLost], Exchange),
            (
                &[
                    Event::Heartbeat,
                    Event::WaitLost,
                    Event::Exchanged { moved: true },
                ],
                Wait(first),
            ),
            // An older center.
            (
                &[Event::Exchanged { moved: true }, Event::NoWait],
                Policy::rest(),
            ),
            (
                &[Event::NoWait, Event::Exchanged { moved: true }],
                Policy::rest(),
            ),
            (
                &[Event::Failed(Failure::Unreached), Event::LinkBack],
                Exchange,
            ),
        ];
        for (events, then) in table {
            let mut policy = Policy::new(1);
            let last = events.iter().map(|event| policy.after(*event)).last();
            assert_eq!(last, Some(*then), "{events:?}");
        }
    }

    #[test]
    fn a_dead_link_is_tried_ever_more_seldom_but_never_given_up() {
        for seed in 0..100 {
            let mut policy = Policy::new(seed);
            for failure in 0..40 {
                let whole = (FIRST * 2_u32.pow(failure.min(10))).min(LONGEST);
                let (lasts, wish, look) = pause(policy.after(Event::Failed(Failure::Other)));
                assert!(lasts >= whole / 2 && lasts <= whole, "{lasts:?}");
                assert_eq!((wish, look), (false, None));
                assert_eq!(policy.after(Event::PauseOver), Decision::Exchange);
            }
            assert_eq!(
                policy.after(Event::Exchanged { moved: true }),
                Decision::Wait(HEARTBEAT.0)
            );
            let (lasts, ..) = pause(policy.after(Event::Failed(Failure::Other)));
            assert!(lasts <= FIRST);
        }
    }

    #[test]
    fn devices_that_lost_one_center_do_not_come_back_at_once() {
        let mut pauses: Vec<_> = (0..192)
            .map(|seed| pause(Policy::new(seed).after(Event::Failed(Failure::Other))).0)
            .collect();
        pauses.sort();
        pauses.dedup();
        assert!(pauses.len() > 96, "{}", pauses.len());
    }

    #[test]
    fn a_center_that_was_not_reached_is_looked_for_unless_the_look_deceives() {
        let mut policy = Policy::new(1);
        let unreached = Event::Failed(Failure::Unreached);
        assert_eq!(pause(policy.after(unreached)).2, Some(LOOK));
        assert_eq!(policy.after(Event::LinkBack), Decision::Exchange);
        // Something took the connection, and still there is no center.
        assert_eq!(pause(policy.after(unreached)).2, None);
        assert_eq!(policy.after(Event::PauseOver), Decision::Exchange);
        assert_eq!(pause(policy.after(unreached)).2, None);
        policy.after(Event::Exchanged { moved: true });
        assert_eq!(pause(policy.after(unreached)).2, Some(LOOK));
    }

    #[test]
    fn waits_that_end_for_nothing_are_not_repeated_in_a_circle() {
        for event in [Event::News, Event::WaitLost] {
            let mut policy = Policy::new(1);
            let mut then = |moved| {
                assert_eq!(policy.after(event), Decision::Exchange);
                policy.after(Event::Exchanged { moved })
            };
            for _ in 0..9 {
                assert_eq!(then(true), Decision::Wait(HEARTBEAT.0));
            }
            for _ in 0..VAIN {
                assert_eq!(then(false), Decision::Wait(HEARTBEAT.0));
            }
            assert_eq!(then(false), Policy::rest());
            assert_eq!(then(true), Decision::Wait(HEARTBEAT.0));
        }
    }

    #[test]
    fn heartbeats_grow_to_a_bound() {
        let mut policy = Policy::new(1);
        let beats: Vec<_> = (0..40).map(|_| policy.after(Event::Heartbeat)).collect();
        assert_eq!(beats.last(), Some(&Decision::Wait(HEARTBEAT.1)));
    }

    #[test]
    fn patience_follows_the_link_within_its_bounds() {
        let mut patience = Patience::new();
        assert_eq!(patience.silence(), PATIENCE.1);
        for _ in 0..50 {
            patience.measured(Duration::from_millis(20));
        }
        assert_eq!(patience.silence(), PATIENCE.0);
        for _ in 0..50 {
            patience.measured(Duration::from_secs(5));
        }
        let slow = patience.silence();
        assert!(slow > PATIENCE.0 && slow < PATIENCE.1, "{slow:?}");
        patience.measured(Duration::from_secs(600));
        assert_eq!(patience.silence(), PATIENCE.1);
        patience.ran_out();
        assert_eq!(patience.silence(), PATIENCE.1);
    }
}
