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
        }
    }
}
