//! How far a backup reaches that devices may rely on: its vector, by the branches as they are known now, and in each only
//! up to the first entry that policy holds (architecture §4, "Pruning").

use crate::branches;
use crate::journal::hash_at;
use crate::{EntryState, Ledger, LedgerError};
use std::collections::BTreeMap;
use xunyi_journal::{Branches, FeedId, Position, Vector};

impl Ledger<'_> {
    /// What of the places that these vectors name may be relied on. A place that is not held here is left out.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn relied_on<'v>(
        &mut self,
        vectors: impl IntoIterator<Item = &'v Vector>,
    ) -> Result<Vector, LedgerError> {
        let mut reached: BTreeMap<FeedId, u64> = BTreeMap::new();
        for (feed, at) in vectors.into_iter().flat_map(|vector| vector.iter()) {
            let Some(branch) = self.branch_at(feed, at)? else {
                continue;
            };
            for (branch, seq) in self.branches_with(&branch)?.way(&branch, at.seq) {
                let so_far = reached.entry(branch).or_default();
                *so_far = seq.max(*so_far);
            }
        }
        let mut vector = Vector::new();
        for (branch, seq) in reached {
            let held = self.first_held(&branch)?;
            let last = match held {
                Some(0) => continue,
                Some(held) => seq.min(held - 1),
                None => seq,
            };
            // Nothing of a suffix where its first entry is held.
            if let Some(hash) = hash_at(self.sql, self.site, &branch, last)? {
                vector.set(branch, Position { seq: last, hash });
            }
        }
        Ok(vector)
    }

    /// All branches of the feed that a branch is of.
    fn branches_with(&mut self, branch: &FeedId) -> Result<Branches, LedgerError> {
        let rows = self.sql.query(
            "SELECT base FROM suffix WHERE site = $1 AND feed = $2",
            &[self.site.into(), branch.as_bytes().into()],
        )?;
        let base = rows.first().and_then(|row| FeedId::from_slice(row.blob(0)));
        let feed = base.unwrap_or(*branch);
        Ok(branches::of_feed(self.sql, self.site, &feed)?)
    }

    fn first_held(&mut self, branch: &FeedId) -> Result<Option<u64>, LedgerError> {
        let rows = self.sql.query(
            "SELECT MIN(seq) FROM entry WHERE site = $1 AND feed = $2 AND state IN ($3, $4)",
            &[
                self.site.into(),
                branch.as_bytes().into(),
                EntryState::Held.code().into(),
                EntryState::Contested.code().into(),
            ],
        )?;
        let first = rows.first().and_then(|row| row.opt_int(0));
        Ok(first.and_then(|seq| u64::try_from(seq).ok()))
    }
}
