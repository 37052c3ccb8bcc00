//! What can go wrong in reading a table or a workload. Never holds a person's data: line numbers, not lines.

/// Why a table or a workload can't be read.
#[derive(Debug, thiserror::Error)]
pub enum TownshipError {
    /// The shipped formulary is not a table of products.
    #[error("the formulary can't be read: {0}")]
    Formulary(#[source] serde_json::Error),
    /// The formulary lacks a product that the demo prescribes.
    #[error("the formulary has no {0}")]
    NoProduct(&'static str),
    /// Not an event, or one with a field that is not known here.
    #[error("not an event of the workload")]
    Malformed(#[source] serde_json::Error),
    /// The event would lose something on the way through its types.
    #[error("the event does not come out as it went in")]
    NotRoundTrip,
    /// A line of a file.
    #[error("line {0}: {1}")]
    Line(usize, #[source] Box<TownshipError>),
    /// A line that can't be read at all.
    #[error("line {0} can't be read")]
    Unreadable(usize),
    /// A time, date, expiry or number that does not parse.
    #[error("{0} is not in its form")]
    Value(&'static str),
    /// A village, vehicle or member of staff that the site data lacks.
    #[error("the site has no such {0}")]
    NotAtSite(&'static str),
    /// A prescription or movement of a visit that did not come before it.
    #[error("an event of a visit stands outside of it")]
    OutOfPlace,
    /// A record that an event can't be rebuilt from.
    #[error("{0} is missing in what the center holds")]
    Missing(&'static str),
}
