//! Judging anew what policy decides, after the `site` documents changed: a revocation may come before or after
//! the entries that it concerns, and all peers must end alike (architecture §4, "Hold"). The journal itself
//! stays as it is.

use crate::branches::suffixes_of;
use crate::check::unmake;
use crate::journal::commits_from;
use crate::{EntryState, Ledger, LedgerError, Policy, PolicySource, Settle};
use std::collections::BTreeSet;
use xunyi_journal::schema::Value;
use xunyi_journal::{Commit, DocId, FeedId};
use xunyi_record::site;

impl Ledger<'_> {
    /// Holds what policy holds now, frees what it no longer holds, and rebuilds the documents concerned.
    /// Held commits on which clean ones stand are applied with them.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn rejudge(&mut self, source: &dyn PolicySource) -> Result<Settle, LedgerError> {
        let mut all = Settle::default();
        let mut judged = None;
        // Site data that comes free may change the policy once more; what decides over site data is
        // certificates alone, so that this comes to an end.
        loop {
            let policy = self.policy(source)?;
            if judged.as_ref() == Some(&policy) {
                return Ok(all);
            }
            let settled = self.rejudge_by(&policy)?;
            let again = settled.site_changed;
            all.join(settled);
            if !again {
                return Ok(all);
            }
            judged = Some(policy);
        }
    }

    fn rejudge_by(&mut self, policy: &Policy) -> Result<Settle, LedgerError> {
        let dirty = self.hold_what_is_dirty(policy)?;
        for doc in &dirty {
            unmake(self, doc)?;
        }
        let mut concerned = dirty.clone();
        concerned.extend(self.free_what_is_clean(policy)?);
        let mut settled = self.settle(&concerned)?;
        let site = site::document_ids(self.site);
        settled.site_changed |= !site.is_disjoint(&dirty);
        settled.documents.extend(dirty.iter().copied());
        settled.rebuilt.extend(dirty);
        Ok(settled)
    }

    /// Commits that end after a revoked feed's last good entry are held, and all of a stranger's; answers the
    /// documents that they are in.
    fn hold_what_is_dirty(&mut self, policy: &Policy) -> Result<BTreeSet<DocId>, LedgerError> {
        let strangers = policy.strangers.iter().map(|feed| (*feed, -1));
        let mut dirty_after: Vec<(FeedId, i64)> = strangers.collect();
        for feed in policy.revoked.keys().chain(policy.further.keys()) {
            if !policy.is_revoked(feed) {
                continue;
            }
            let suffixes = suffixes_of(self.sql, self.site, feed)?;
            for branch in suffixes.iter().map(|suffix| &suffix.id).chain([feed]) {
                let last = policy.counts(feed, branch);
                let last = last.map_or(-1, |seq| i64::try_from(seq).unwrap_or(i64::MAX));
                dirty_after.push((*branch, last));
            }
        }
        let mut concerned = BTreeSet::new();
        for (feed, after) in dirty_after {
            let which = [
                self.site.into(),
                Value::from(feed.as_bytes()),
                after.into(),
                EntryState::Held.code().into(),
                EntryState::NoDocument.code().into(),
            ];
            let dirty =
                "site = $1 AND feed = $2 AND seq + remaining > $3 AND state NOT IN ($4, $5)";
            let rows = self.sql.query(
                &format!("SELECT DISTINCT doc FROM entry WHERE {dirty}"),
                &which,
            )?;
            concerned.extend(rows.iter().filter_map(|r| DocId::from_slice(r.blob(0))));
            self.sql.execute(
                &format!("UPDATE entry SET state = $4 WHERE {dirty}"),
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
            if commit
                .entries
                .iter()
                .any(|s| policy.judge(s, &feed).is_some())
            {
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
