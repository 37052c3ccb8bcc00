//! What the center counts of its own work, as Prometheus reads it. Numbers only: no name, no token, no patient data.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::store::Figures;
use crate::worker::Lag;

/// Counters of this process since its start.
#[derive(Debug, Default)]
pub struct Metrics {
    /// Exchanges begun.
    pub exchanges: Counter,
    /// Exchanges whose answer was given.
    pub answered: Counter,
    /// Frames stored.
    pub frames: Counter,
    /// Frames refused.
    pub refused: Counter,
    /// Commits stored.
    pub commits: Counter,
    /// Devices enrolled.
    pub enrolled: Counter,
    /// Enrolments refused.
    pub enrolments_refused: Counter,
}

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// One more.
    pub fn one(&self) {
        self.more(1);
    }

    /// So many more.
    pub fn more(&self, n: u64) {
        self.0.fetch_add(n, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Metrics {
    /// The page.
    pub fn page(&self, figures: Figures, lag: Lag) -> String {
        let mut page = String::new();
        let mut line = |kind: &str, name: &str, help: &str, value: i64| {
            // Writing to a String cannot fail.
            writeln!(
                page,
                "# HELP xunyi_{name} {help}\n# TYPE xunyi_{name} {kind}\nxunyi_{name} {value}"
            )
            .is_ok()
        };
        let gauges = [
            ("entries", "Entries in the journal.", figures.entries),
            ("feeds", "Feeds in the journal.", figures.feeds),
            ("held_commits", "Commits held by policy.", figures.held),
            ("devices", "Devices that may exchange.", figures.devices),
            (
                "devices_revoked",
                "Devices that were revoked.",
                figures.revoked,
            ),
            (
                "documents_waiting",
                "Documents that the worker has not caught up with.",
                figures.waiting,
            ),
            (
                "documents_lag_seconds",
                "How long documents have been behind the journal.",
                lag.seconds(figures.waiting),
            ),
            (
                "documents_stuck",
                "Documents that cannot be taken in.",
                lag.stuck,
            ),
        ];
        let counters = [
            ("exchanges_total", "Exchanges begun.", &self.exchanges),
            (
                "exchanges_answered_total",
                "Exchanges whose answer was begun.",
                &self.answered,
            ),
            ("frames_total", "Frames stored.", &self.frames),
            ("frames_refused_total", "Frames refused.", &self.refused),
            ("commits_total", "Commits stored.", &self.commits),
            ("enrolments_total", "Devices enrolled.", &self.enrolled),
            (
                "enrolments_refused_total",
                "Enrolments refused.",
                &self.enrolments_refused,
            ),
        ];
        let mut whole = true;
        for (name, help, value) in gauges {
            whole &= line("gauge", name, help, value);
        }
        for (name, help, counter) in counters {
            let value = i64::try_from(counter.get()).unwrap_or(i64::MAX);
            whole &= line("counter", name, help, value);
        }
        debug_assert!(whole);
        page
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_figure_has_its_help_its_type_and_its_value() {
        let metrics = Metrics::default();
        metrics.commits.more(3);
        let figures = Figures {
            entries: 7,
            waiting: 2,
            ..Figures::default()
        };
        let lag = Lag {
            behind_for_ms: 4_200,
            stuck: 1,
        };
        let page = metrics.page(figures, lag);
        for line in [
            "xunyi_entries 7",
            "xunyi_commits_total 3",
            "xunyi_documents_waiting 2",
            "xunyi_documents_lag_seconds 4",
            "xunyi_documents_stuck 1",
            "# TYPE xunyi_commits_total counter",
        ] {
            assert!(page.lines().any(|l| l == line), "{line}\n{page}");
        }
        let values = page.lines().filter(|l| !l.starts_with('#')).count();
        assert_eq!(page.lines().count(), 3 * values);
    }

    #[test]
    fn nothing_waiting_is_no_lag() {
        let lag = Lag {
            behind_for_ms: 9_000,
            stuck: 0,
        };
        assert_eq!((lag.seconds(0), lag.seconds(1)), (0, 9));
    }
}
