//! The line of a vehicle's day, derived from its events in whatever order they arrived.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{DayEvent, QueueEntry, QueueNumber, QueueOutcome, QueueState, Station};
use crate::ids::{CallId, DeviceId, QueueEntryId, StaffId, VillageId};

/// A call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Call {
    /// Which.
    pub call: CallId,
    /// By whom.
    pub by: StaffId,
    /// When, ms.
    pub at: i64,
    /// On which device.
    pub device: DeviceId,
}

/// A stop.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Stop {
    /// Where.
    pub village: VillageId,
    /// When, ms.
    pub at: i64,
    /// Kilometres on the odometer.
    pub odometer_km: Option<u32>,
}

/// A person in the line and what became of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LineEntry {
    /// Their place.
    pub entry: QueueEntry,
    /// Waiting, called, done, left.
    pub state: QueueState,
    /// Calls, first to last.
    pub calls: Vec<Call>,
    /// Called on two devices that could not see one another: shown, never hidden.
    pub double_called: bool,
    /// How it ended.
    pub outcome: Option<QueueOutcome>,
    /// When it ended, ms.
    pub finished_at: Option<i64>,
}

/// The day as it stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Line {
    /// The first opening, ms.
    pub opened_at: Option<i64>,
    /// The last closing, ms; a day is open again when something was opened after it.
    pub closed_at: Option<i64>,
    /// Stops in order.
    pub stops: Vec<Stop>,
    /// Called first, then waiting, then the rest.
    pub entries: Vec<LineEntry>,
}

impl Line {
    /// Derives the line. An event that arrives twice counts once; a call or an end of an entry that has not arrived
    /// yet waits for it.
    pub fn of<'a>(events: impl IntoIterator<Item = &'a DayEvent>) -> Self {
        let mut entries: BTreeMap<QueueEntryId, &QueueEntry> = BTreeMap::new();
        let mut calls: BTreeMap<QueueEntryId, BTreeMap<(i64, CallId), Call>> = BTreeMap::new();
        let mut ends: BTreeMap<QueueEntryId, BTreeSet<(i64, &QueueOutcome)>> = BTreeMap::new();
        let (mut opened, mut closed) = (BTreeSet::new(), BTreeSet::new());
        let mut stops: BTreeMap<(i64, VillageId), Option<u32>> = BTreeMap::new();
        for event in events {
            match event {
                DayEvent::Opened { at, .. } => {
                    opened.insert(*at);
                }
                DayEvent::Closed { at, .. } => {
                    closed.insert(*at);
                }
                DayEvent::Arrived {
                    village,
                    at,
                    odometer_km,
                    ..
                } => {
                    stops.insert((*at, *village), *odometer_km);
                }
                DayEvent::CheckedIn(entry) => {
                    entries.insert(entry.id, entry);
                }
                DayEvent::Called {
                    call,
                    entry,
                    by,
                    at,
                    device,
                } => {
                    let made = Call {
                        call: *call,
                        by: *by,
                        at: *at,
                        device: *device,
                    };
                    calls.entry(*entry).or_default().insert((*at, *call), made);
                }
                DayEvent::Finished {
                    entry, outcome, at, ..
                } => {
                    ends.entry(*entry).or_default().insert((*at, outcome));
                }
            }
        }
        let mut line = Line {
            opened_at: opened.first().copied(),
            closed_at: closed
                .last()
                .copied()
                .filter(|end| opened.last().is_none_or(|start| start <= end)),
            stops: stops
                .into_iter()
                .map(|((at, village), odometer_km)| Stop {
                    village,
                    at,
                    odometer_km,
                })
                .collect(),
            entries: entries
                .into_values()
                .map(|entry| {
                    let made = calls
                        .remove(&entry.id)
                        .unwrap_or_default()
                        .into_values()
                        .collect();
                    // The first end counts: a second tablet's came without knowing of it.
                    let end = ends.get(&entry.id).and_then(BTreeSet::first);
                    LineEntry::new(
                        entry.clone(),
                        made,
                        end.map(|(at, outcome)| (*at, (*outcome).clone())),
                    )
                })
                .collect(),
        };
        line.entries.sort_by_cached_key(LineEntry::position);
        line
    }

    /// True between opening and closing.
    pub fn is_open(&self) -> bool {
        self.opened_at.is_some() && self.closed_at.is_none()
    }

    /// Who is called next, by urgency and then by time; for one station or any.
    pub fn next(&self, station: Option<&Station>) -> Option<&LineEntry> {
        let fits = |e: &&LineEntry| station.is_none_or(|station| e.entry.station == *station);
        self.entries
            .iter()
            .filter(|e| e.state == QueueState::Waiting)
            .find(fits)
    }

    /// The next number for a device with this letter: one more than it ever gave.
    pub fn next_number(&self, letter: &str) -> QueueNumber {
        let given = self
            .entries
            .iter()
            .map(|e| &e.entry.number)
            .filter(|n| n.letter == letter);
        let n = given
            .map(|number| number.n)
            .max()
            .unwrap_or(0)
            .saturating_add(1);
        QueueNumber {
            letter: letter.to_owned(),
            n,
        }
    }

    /// How many are in this state.
    pub fn count(&self, state: QueueState) -> usize {
        self.entries.iter().filter(|e| e.state == state).count()
    }

    /// Where the vehicle stood at a time, ms.
    pub fn stop_at(&self, at: i64) -> Option<&Stop> {
        self.stops.iter().rev().find(|stop| stop.at <= at)
    }

    /// The current stop.
    pub fn stop(&self) -> Option<&Stop> {
        self.stops.last()
    }
}

impl LineEntry {
    fn new(entry: QueueEntry, calls: Vec<Call>, end: Option<(i64, QueueOutcome)>) -> Self {
        let (finished_at, outcome) = end.unzip();
        let state = match &outcome {
            Some(QueueOutcome::Left) => QueueState::Left,
            Some(_) => QueueState::Done,
            None if calls.is_empty() => QueueState::Waiting,
            None => QueueState::Called,
        };
        // The same device calling again is a second call to one who did not hear, not a double call.
        let devices: BTreeSet<_> = calls.iter().map(|call| call.device).collect();
        Self {
            entry,
            state,
            calls,
            double_called: devices.len() > 1,
            outcome,
            finished_at,
        }
    }

    /// Called, waiting, then the rest; the waiting by urgency, then by when they came; the rest latest first.
    fn position(&self) -> (u8, bool, i64, String, u32, QueueEntryId) {
        let number = &self.entry.number;
        let (group, since) = match self.state {
            QueueState::Called => (0, self.calls.first().map_or(self.entry.at, |call| call.at)),
            QueueState::Waiting => (1, self.entry.at),
            QueueState::Done | QueueState::Left => (2, -self.finished_at.unwrap_or(self.entry.at)),
        };
        let urgent_first = group == 1 && !self.entry.urgent;
        (
            group,
            urgent_first,
            since,
            number.letter.clone(),
            number.n,
            self.entry.id,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::PatientId;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn entry(n: u128) -> QueueEntryId {
        QueueEntryId::from_uuid(Uuid::from_u128(n))
    }

    fn check_in(n: u128, number: &str, at: i64, urgent: bool) -> DayEvent {
        DayEvent::CheckedIn(QueueEntry {
            id: entry(n),
            patient: PatientId::default(),
            number: number.parse().unwrap(),
            reason: String::new(),
            station: if n.is_multiple_of(2) {
                Station::Gp
            } else {
                Station::Triage
            },
            at,
            by: StaffId::default(),
            urgent,
        })
    }

    fn call(n: u128, of: u128, device: u8, at: i64) -> DayEvent {
        DayEvent::Called {
            call: CallId::from_uuid(Uuid::from_u128(n)),
            entry: entry(of),
            by: StaffId::default(),
            at,
            device: DeviceId::from_bytes([device; 16]),
        }
    }

    fn finish(of: u128, outcome: QueueOutcome, at: i64) -> DayEvent {
        DayEvent::Finished {
            entry: entry(of),
            outcome,
            at,
            by: StaffId::default(),
        }
    }

    fn day() -> Vec<DayEvent> {
        vec![
            DayEvent::Opened {
                at: 1,
                by: StaffId::default(),
                device: DeviceId::default(),
                odometer_km: None,
            },
            DayEvent::Arrived {
                village: VillageId::default(),
                at: 2,
                by: StaffId::default(),
                odometer_km: Some(9),
            },
            check_in(1, "A1", 10, false),
            check_in(2, "B1", 11, false),
            check_in(3, "A2", 12, true),
            check_in(4, "B2", 13, false),
            check_in(5, "A3", 14, false),
            check_in(6, "A10", 15, false),
            call(1, 1, 1, 20),
            call(2, 1, 1, 21),
            call(3, 2, 1, 22),
            call(4, 2, 2, 23),
            call(5, 4, 2, 24),
            finish(4, QueueOutcome::Seen, 30),
            finish(5, QueueOutcome::Left, 31),
        ]
    }

    fn shown(line: &Line) -> String {
        let mark = |e: &LineEntry| {
            let double = if e.double_called { "!" } else { "" };
            format!("{} {:?}{double}", e.entry.number, e.state)
        };
        line.entries.iter().map(mark).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn the_line_shows_called_then_urgent_then_waiting_then_the_rest() {
        let line = Line::of(&day());
        assert_eq!(
            shown(&line),
            "A1 Called, B1 Called!, A2 Waiting, A10 Waiting, A3 Left, B2 Done"
        );
        assert!(line.is_open());
        assert_eq!(line.next(None).unwrap().entry.number.to_string(), "A2");
        assert_eq!(
            line.next(Some(&Station::Gp))
                .unwrap()
                .entry
                .number
                .to_string(),
            "A10"
        );
        assert_eq!(line.next(Some(&Station::Eye)), None);
        assert_eq!(line.count(QueueState::Waiting), 2);
        assert_eq!(line.stop().unwrap().odometer_km, Some(9));
    }

    #[test]
    fn a_second_call_on_the_same_device_is_no_double_call() {
        let line = Line::of(&day());
        let of = |n| {
            line.entries
                .iter()
                .find(|e| e.entry.id == entry(n))
                .unwrap()
        };
        assert_eq!((of(1).calls.len(), of(1).double_called), (2, false));
        assert_eq!((of(2).calls.len(), of(2).double_called), (2, true));
    }

    #[test]
    fn each_device_counts_its_own_numbers() {
        let line = Line::of(&day());
        assert_eq!(line.next_number("A").to_string(), "A11");
        assert_eq!(line.next_number("B").to_string(), "B3");
        assert_eq!(line.next_number("C").to_string(), "C1");
    }

    #[test]
    fn a_closed_day_may_be_opened_again() {
        let mut events = day();
        events.push(DayEvent::Closed {
            at: 90,
            by: StaffId::default(),
            odometer_km: None,
        });
        assert!(!Line::of(&events).is_open());
        let again = DayEvent::Opened {
            at: 95,
            by: StaffId::default(),
            device: DeviceId::default(),
            odometer_km: None,
        };
        events.push(again);
        assert!(Line::of(&events).is_open());
        assert!(!Line::of(&[]).is_open());
    }

    #[test]
    fn numbers_are_parsed_at_the_edge() {
        for good in ["A1", "B12", "AB7"] {
            assert_eq!(good.parse::<QueueNumber>().unwrap().to_string(), good);
        }
        for bad in [
            "",
            "A",
            "1",
            "a1",
            "A0",
            "A01",
            "ABC1",
            "A1 ",
            "A-1",
            "A99999999999",
        ] {
            assert_eq!(
                bad.parse::<QueueNumber>().unwrap_err().code(),
                "day.queue_number",
                "{bad}"
            );
        }
    }

    #[test]
    fn events_have_a_stable_form() {
        let json = serde_json::to_value(&day()[2]).unwrap();
        assert_eq!(
            (&json["kind"], &json["number"]),
            (&"checked_in".into(), &"A1".into())
        );
        for event in day() {
            let text = serde_json::to_string(&event).unwrap();
            assert_eq!(serde_json::from_str::<DayEvent>(&text).unwrap(), event);
        }
    }

    proptest! {
        /// Two tablets that hold the same events show the same line, whatever came first or twice.
        #[test]
        fn the_order_and_number_of_arrivals_do_not_matter(order in Just((0..15).collect::<Vec<usize>>()).prop_shuffle()) {
            let events = day();
            let mut arrived: Vec<_> = order.iter().map(|i| events[*i].clone()).collect();
            arrived.extend(events.iter().cloned());
            prop_assert_eq!(Line::of(&arrived), Line::of(&events));
        }
    }
}
