//! Judging anew what policy decides, after the `site` documents changed: a revocation may come before or after
//! the entries that it concerns, and all peers must end alike (architecture §4, "Hold"). The journal itself
//! stays as it is.

use crate::check::unmake;
use crate::journal::commits_from;
use crate::{EntryState, Ledger, LedgerError, Policy, PolicySource, Settle};
use std::collections::BTreeSet;
use xunyi_journal::schema::Value;
use xunyi_journal::{Commit, DocId, FeedId};

impl Ledger<'_> {
    /// Holds what policy holds now, frees what it no longer holds, and rebuilds the documents concerned.
    /// Held commits on which clean ones stand are applied with them.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn rejudge(&mut self, source: &dyn PolicySource) -> Result<Settle, LedgerError> {
        let policy = self.policy(source)?;
        let dirty = self.hold_what_is_revoked(&policy)?;
        for doc in &dirty {
            unmake(self, doc)?;
        }
        let mut concerned = dirty;
        concerned.extend(self.free_what_is_clean(&policy)?);
        self.settle(&concerned)
    }

    /// Entries after a revoked feed's last good one are held; answers the documents that they are in.
    fn hold_what_is_revoked(&mut self, policy: &Policy) -> Result<BTreeSet<DocId>, LedgerError> {
        let mut concerned = BTreeSet::new();
        for (feed, last_good) in &policy.revoked {
            let after = last_good.map_or(-1, |seq| i64::try_from(seq).unwrap_or(i64::MAX));
            let which = [
                self.site.into(),
                Value::from(feed.as_bytes()),
                after.into(),
                EntryState::Held.code().into(),
                EntryState::NoDocument.code().into(),
            ];
            let rows = self.sql.query(
                "SELECT DISTINCT doc FROM entry WHERE site = $1 AND feed = $2 AND seq > $3 AND state NOT IN ($4, $5)",
                &which,
            )?;
            concerned.extend(rows.iter().filter_map(|r| DocId::from_slice(r.blob(0))));
            self.sql.execute(
                "UPDATE entry SET state = $4 WHERE site = $1 AND feed = $2 AND seq > $3 AND state NOT IN ($4, $5)",
                &which,
            )?;
        }
        Ok(concerned)
    }

    /// Held commits that policy no longer holds wait to be taken in; answers their documents.
    fn free_what_is_clean(&mut self, policy: &Policy) -> Result<BTreeSet<DocId>, LedgerError> {
        let held = EntryState::Held.code();
        let rows = self.sql.query(
            &format!(
                "SELECT feed, seq FROM entry WHERE site = $1 AND state = {held} AND remaining = 0 ORDER BY feed, seq"
            ),
            &[self.site.into()],
        )?;
        let mut freed = BTreeSet::new();
        for row in rows {
            let (Some(feed), Ok(last)) =
                (FeedId::from_slice(row.blob(0)), u64::try_from(row.int(1)))
            else {
                continue;
            };
            let Some(commit) = self.commit_ending_at(&feed, last)? else {
                continue;
            };
            if commit.entries.iter().any(|s| policy.judge(s).is_some()) {
                continue;
            }
            for entry in commit.entries.iter().filter_map(|s| s.entry.as_ref()) {
                freed.insert(entry.doc);
                self.sql.execute(
                    "UPDATE entry SET state = $1 WHERE site = $2 AND feed = $3 AND seq = $4 AND state = $5",
                    &[
                        EntryState::Pending.code().into(),
                        self.site.into(),
                        feed.as_bytes().into(),
                        entry.envelope.seq.into(),
                        held.into(),
                    ],
                )?;
            }
        }
        Ok(freed)
    }

    fn commit_ending_at(
        &mut self,
        feed: &FeedId,
        last: u64,
    ) -> Result<Option<Commit>, LedgerError> {
        let rows = self.sql.query(
            "SELECT COALESCE(MAX(seq), -1) FROM entry WHERE site = $1 AND feed = $2 AND seq < $3 AND remaining = 0",
            &[self.site.into(), feed.as_bytes().into(), last.into()],
        )?;
        let before = rows.first().map_or(-1, |r| r.int(0));
        let first = u64::try_from(before + 1).unwrap_or(0);
        let size = u32::try_from(last - first.min(last) + 1).unwrap_or(u32::MAX);
        Ok(commits_from(self.sql, self.site, feed, first, size)?
            .into_iter()
            .next())
    }
}
