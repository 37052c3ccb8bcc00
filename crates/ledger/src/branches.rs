//! The branches of feeds in the database. A feed that never forked has a row in `feed` and nothing here.

use crate::journal::position;
use crate::{Ledger, LedgerError, Sql, SqlError};
use std::collections::BTreeSet;
use xunyi_journal::schema::Value;
use xunyi_journal::{Branch, Branches, EntryHash, FeedId, HeldPlaces, Place, Position, Split};

/// Locks all branches of these feeds, in sorted order, and reads them. A feed that is not there yet gets a row first:
/// a row that does not exist cannot be locked (architecture §7). Who holds the feed holds its suffixes.
pub(crate) fn lock(
    sql: &mut dyn Sql,
    site: i64,
    feeds: &BTreeSet<FeedId>,
) -> Result<Branches, SqlError> {
    let mut branches = Branches::default();
    for feed in feeds {
        if let Some(own) = lock_feed(sql, site, feed)? {
            branches.put(own);
        }
        for suffix in suffixes_of(sql, site, feed)? {
            branches.put(suffix);
        }
    }
    Ok(branches)
}

/// Locks a feed's own row and reads it; all that its author needs.
pub(crate) fn lock_feed(
    sql: &mut dyn Sql,
    site: i64,
    feed: &FeedId,
) -> Result<Option<Branch>, SqlError> {
    let how = match sql.dialect() {
        crate::Dialect::Sqlite => "",
        crate::Dialect::Postgres => " FOR UPDATE",
    };
    sql.execute(
        "INSERT INTO feed (site, feed, public_key, name, certificate, follows, seq, hash, lamport, last_at)
         VALUES ($1, $2, $3, $4, $3, NULL, -1, $3, 0, 0) ON CONFLICT (site, feed) DO NOTHING",
        &[site.into(), feed.as_bytes().into(), Value::Blob(Vec::new()), "".into()],
    )?;
    own(sql, site, feed, how)
}

/// All branches of a feed as they are.
pub(crate) fn of_feed(sql: &mut dyn Sql, site: i64, feed: &FeedId) -> Result<Branches, SqlError> {
    let mut branches = Branches::default();
    let all = own(sql, site, feed, "")?.into_iter();
    for branch in all.chain(suffixes_of(sql, site, feed)?) {
        branches.put(branch);
    }
    Ok(branches)
}

fn own(sql: &mut dyn Sql, site: i64, feed: &FeedId, how: &str) -> Result<Option<Branch>, SqlError> {
    let rows = sql.query(
        &format!(
            "SELECT public_key, seq, hash, lamport FROM feed WHERE site = $1 AND feed = $2{how}"
        ),
        &[site.into(), feed.as_bytes().into()],
    )?;
    Ok(rows.first().and_then(|row| {
        Some(Branch {
            id: *feed,
            feed: *feed,
            first: 0,
            before: EntryHash::ZERO,
            public_key: row.blob(0).try_into().ok()?,
            tip: position(row.int(1), row.blob(2))?,
            lamport: row.count(3),
        })
    }))
}

/// The suffixes of a feed.
pub(crate) fn suffixes_of(
    sql: &mut dyn Sql,
    site: i64,
    feed: &FeedId,
) -> Result<Vec<Branch>, SqlError> {
    let rows = sql.query(
        "SELECT s.feed, s.first_seq, s.prev_hash, f.public_key, f.seq, f.hash, f.lamport FROM suffix s
         JOIN feed f ON f.site = s.site AND f.feed = s.feed
         WHERE s.site = $1 AND s.base = $2 ORDER BY s.first_seq, s.feed",
        &[site.into(), feed.as_bytes().into()],
    )?;
    Ok(rows
        .iter()
        .filter_map(|r| {
            Some(Branch {
                id: FeedId::from_slice(r.blob(0))?,
                feed: *feed,
                first: r.count(1),
                before: EntryHash::from_slice(r.blob(2))?,
                public_key: r.blob(3).try_into().ok()?,
                tip: position(r.int(4), r.blob(5))?,
                lamport: r.count(6),
            })
        })
        .collect())
}

/// What this journal holds of branches.
pub(crate) struct InBranches<'s> {
    pub(crate) sql: &'s mut dyn Sql,
    pub(crate) site: i64,
    pub(crate) failed: Option<SqlError>,
}

impl HeldPlaces for InBranches<'_> {
    fn place(&mut self, branch: &FeedId, seq: u64) -> Option<Place> {
        let rows = self.sql.query(
            "SELECT hash, lamport, remaining FROM entry WHERE site = $1 AND feed = $2 AND seq = $3",
            &[self.site.into(), branch.as_bytes().into(), seq.into()],
        );
        match rows {
            Ok(rows) => rows.first().and_then(|r| {
                Some(Place {
                    hash: EntryHash::from_slice(r.blob(0))?,
                    lamport: r.count(1),
                    left: u32::try_from(r.int(2)).ok()?,
                })
            }),
            Err(e) => {
                self.failed = Some(e);
                None
            }
        }
    }
}

/// A branch ends where another way of going on was found: its rest goes under the suffix's name.
pub(crate) fn split(sql: &mut dyn Sql, site: i64, split: &Split) -> Result<(), SqlError> {
    begin(sql, site, &split.rest, &split.of)?;
    let rest = &split.rest;
    sql.execute(
        "UPDATE entry SET feed = $1 WHERE site = $2 AND feed = $3 AND seq >= $4",
        &[
            rest.id.as_bytes().into(),
            site.into(),
            split.of.as_bytes().into(),
            rest.first.into(),
        ],
    )?;
    sql.execute(
        "UPDATE feed SET seq = $1, hash = $2, lamport = $3 WHERE site = $4 AND feed = $5",
        &[
            split.tip.seq.into(),
            split.tip.hash.as_bytes().into(),
            split.lamport.into(),
            site.into(),
            split.of.as_bytes().into(),
        ],
    )?;
    Ok(())
}

/// A suffix gets its rows: what is known of the feed, under its own name.
pub(crate) fn begin(
    sql: &mut dyn Sql,
    site: i64,
    suffix: &Branch,
    of: &FeedId,
) -> Result<(), SqlError> {
    sql.execute(
        "INSERT INTO feed (site, feed, public_key, name, certificate, follows, seq, hash, lamport, last_at)
         SELECT site, $1, public_key, name, certificate, follows, $2, $3, $4, last_at FROM feed
         WHERE site = $5 AND feed = $6",
        &[
            suffix.id.as_bytes().into(),
            suffix.tip.seq.into(),
            suffix.tip.hash.as_bytes().into(),
            suffix.lamport.into(),
            site.into(),
            of.as_bytes().into(),
        ],
    )?;
    sql.execute(
        "INSERT INTO suffix (site, feed, base, first_seq, prev_hash) VALUES ($1, $2, $3, $4, $5)",
        &[
            site.into(),
            suffix.id.as_bytes().into(),
            suffix.feed.as_bytes().into(),
            suffix.first.into(),
            suffix.before.as_bytes().into(),
        ],
    )?;
    Ok(())
}

impl Ledger<'_> {
    /// True where two valid entries of this feed claimed one place: nothing more may be written in it.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn is_forked(&mut self, feed: &FeedId) -> Result<bool, LedgerError> {
        Ok(!suffixes_of(self.sql, self.site, feed)?.is_empty())
    }

    /// True where this very entry is held, in whichever branch.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn holds(
        &mut self,
        feed: &FeedId,
        seq: u64,
        hash: &EntryHash,
    ) -> Result<bool, LedgerError> {
        let found = self.number(
            "SELECT COUNT(*) FROM entry WHERE site = $1 AND seq = $2 AND hash = $3
             AND (feed = $4 OR feed IN (SELECT feed FROM suffix WHERE site = $1 AND base = $4))",
            &[
                self.site.into(),
                seq.into(),
                hash.as_bytes().into(),
                feed.as_bytes().into(),
            ],
        )?;
        Ok(found > 0)
    }

    /// True where the entry that a vector names is held: in the branch of that name, or in one in which it goes on
    /// here.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn holds_place(&mut self, branch: &FeedId, at: &Position) -> Result<bool, LedgerError> {
        Ok(self.branch_at(branch, at)?.is_some())
    }

    /// The branch that holds the entry which a vector names.
    pub(crate) fn branch_at(
        &mut self,
        branch: &FeedId,
        at: &Position,
    ) -> Result<Option<FeedId>, LedgerError> {
        let place = "SELECT feed FROM entry WHERE site = $1 AND seq = $2 AND hash = $3 AND feed";
        let mut values = vec![
            self.site.into(),
            at.seq.into(),
            at.hash.as_bytes().into(),
            branch.as_bytes().into(),
        ];
        let mut rows = self.sql.query(&format!("{place} = $4"), &values)?;
        if rows.is_empty() {
            values.truncate(3);
            let suffixes = format!("{place} IN (SELECT feed FROM suffix WHERE site = $1)");
            rows = self.sql.query(&suffixes, &values)?;
        }
        Ok(rows.first().and_then(|row| FeedId::from_slice(row.blob(0))))
    }
}
