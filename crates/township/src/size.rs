//! How big a demo township is made.

/// Numbers that decide how much there is to load: the load time grows with the visits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Size {
    /// Villages, 1 to 12.
    pub villages: usize,
    /// People.
    pub people: u32,
    /// The longest history in the programme, in years, 2 to 10.
    pub history_years: u32,
    /// So many months back people came every quarter; before that the demo keeps about one visit a year.
    pub quarterly_months: u32,
    /// Of 1,000 people in the programme, so many have every quarterly visit of all their years.
    pub full_histories_per_mille: u32,
    /// So many months back prescriptions and dispensings are part of the history.
    pub medicine_months: u32,
    /// People checked in at today's stop.
    pub waiting: usize,
}

impl Size {
    /// The demo township: 12 villages, 6,000 people.
    pub fn demo() -> Self {
        Self {
            villages: 12,
            people: 6_000,
            history_years: 10,
            quarterly_months: 18,
            full_histories_per_mille: 30,
            medicine_months: 7,
            waiting: 6,
        }
    }

    /// A hamlet for tests: 3 villages, 90 people.
    pub fn small() -> Self {
        Self {
            villages: 3,
            people: 90,
            history_years: 3,
            quarterly_months: 12,
            full_histories_per_mille: 100,
            medicine_months: 7,
            waiting: 3,
        }
    }
}
