//! What has become of an entry in this store. The journal itself never changes; only this does.

/// State of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryState {
    /// In the journal, not yet taken into its document.
    Pending,
    /// In its document, after the document's snapshot.
    Tail,
    /// In its document's snapshot.
    Folded,
    /// Stands on changes that are not here yet.
    Waiting,
    /// Held by policy: stored, counted, relayed, not applied.
    Held,
    /// No document to apply to: entry 0 of a feed.
    NoDocument,
    /// Held since another change has its number of the same actor, or the document can't take it in; tried
    /// again whenever something comes to its document.
    Contested,
}

impl EntryState {
    /// As stored.
    pub const fn code(self) -> i64 {
        match self {
            Self::Pending => 0,
            Self::Tail => 1,
            Self::Folded => 2,
            Self::Waiting => 3,
            Self::Held => 4,
            Self::NoDocument => 5,
            Self::Contested => 6,
        }
    }

    /// From what is stored.
    pub const fn from_code(code: i64) -> Option<Self> {
        Some(match code {
            0 => Self::Pending,
            1 => Self::Tail,
            2 => Self::Folded,
            3 => Self::Waiting,
            4 => Self::Held,
            5 => Self::NoDocument,
            6 => Self::Contested,
            _ => return None,
        })
    }

    /// In its document.
    pub const fn is_applied(self) -> bool {
        matches!(self, Self::Tail | Self::Folded)
    }
}
