//! Rebuilding what is disposable (Invariant J2), and checking that what is kept is whole.

use crate::journal::commits_from;
use crate::rows::{clear_document, rows_of};
use crate::{EntryState, FeedInfo, Ledger, LedgerError};
use std::collections::BTreeSet;
use xunyi_journal::schema::Value;
use xunyi_journal::{Branches, DocId, Refusal, Verifier};
use xunyi_record::{AutomergeCodec, Document, project};

/// One line of [`verify`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was checked: `chain`, `documents`, `projections`.
    pub check: &'static str,
    /// How many were looked at.
    pub looked_at: u64,
    /// What is wrong, in words without patient data; empty: clean.
    pub wrong: Vec<String>,
}

/// Rebuilds documents and projections from the journal alone; answers how many documents there are.
///
/// # Errors
/// [`LedgerError`].
pub fn rebuild(ledger: &mut Ledger<'_>) -> Result<u64, LedgerError> {
    ledger.cache.clear();
    let docs = documents(ledger)?;
    for doc in &docs {
        unmake(ledger, doc)?;
    }
    let rows = ledger.sql.query(
        "SELECT DISTINCT doc FROM entry WHERE site = $1 AND state = $2",
        &[ledger.site.into(), EntryState::Pending.code().into()],
    )?;
    let pending: BTreeSet<DocId> = rows
        .iter()
        .filter_map(|r| DocId::from_slice(r.blob(0)))
        .collect();
    ledger.settle(&pending)?;
    Ok(pending.len() as u64)
}

/// Takes a document and its rows away; its entries wait to be taken in again.
pub(crate) fn unmake(ledger: &mut Ledger<'_>, doc: &DocId) -> Result<(), LedgerError> {
    ledger.cache.drop_document(doc);
    clear_document(ledger.sql, ledger.site, doc)?;
    let key = [ledger.site.into(), Value::from(doc.as_bytes())];
    ledger
        .sql
        .execute("DELETE FROM snapshot WHERE site = $1 AND doc = $2", &key)?;
    ledger
        .sql
        .execute("DELETE FROM document WHERE site = $1 AND doc = $2", &key)?;
    ledger.sql.execute(
        "UPDATE entry SET state = $1 WHERE site = $2 AND doc = $3 AND state IN ($4, $5, $6, $7)",
        &[
            EntryState::Pending.code().into(),
            ledger.site.into(),
            doc.as_bytes().into(),
            EntryState::Tail.code().into(),
            EntryState::Folded.code().into(),
            EntryState::Waiting.code().into(),
            EntryState::Contested.code().into(),
        ],
    )?;
    Ok(())
}

/// Checks every chain and signature, every document against its entries, and every projection.
///
/// # Errors
/// [`LedgerError`] when something could not even be read.
pub fn verify(ledger: &mut Ledger<'_>) -> Result<Vec<Finding>, LedgerError> {
    Ok(vec![chains(ledger)?, projections(ledger)?])
}

fn chains(ledger: &mut Ledger<'_>) -> Result<Finding, LedgerError> {
    let mut wrong = Vec::new();
    let mut entries = 0;
    let feeds = ledger.feeds()?;
    for feed in &feeds {
        let ends_for_suffixes = feeds.iter().any(|other| goes_on(other, feed));
        if ends_for_suffixes {
            // Read with each of its suffixes.
            continue;
        }
        let way = way_to(feed, &feeds);
        let read = way_is_whole(ledger, &way);
        match read {
            Ok(count) => entries += count,
            Err(LedgerError::Refused(e)) => wrong.push(e.to_string()),
            Err(other) => return Err(other),
        }
    }
    Ok(Finding {
        check: "chain",
        looked_at: entries,
        wrong,
    })
}

/// True for a suffix that goes on from the end of this branch.
fn goes_on(suffix: &FeedInfo, from: &FeedInfo) -> bool {
    let base = from.suffix_of.map_or(from.feed, |(feed, _)| feed);
    suffix
        .suffix_of
        .is_some_and(|(feed, first)| feed == base && first == from.tip.seq + 1)
}

/// The branches from the beginning of a feed to this one. Two that could both lead here differ in the chain itself.
fn way_to<'f>(to: &'f FeedInfo, feeds: &'f [FeedInfo]) -> Vec<&'f FeedInfo> {
    let mut way = vec![to];
    while let Some(at) = way.last()
        && let Some(before) = feeds.iter().find(|from| goes_on(at, from))
    {
        way.push(before);
    }
    way.reverse();
    way
}

/// Reads branches that follow one another from the first entry on; answers how many entries there are.
fn way_is_whole(ledger: &mut Ledger<'_>, way: &[&FeedInfo]) -> Result<u64, LedgerError> {
    let mut verifier = Verifier::new(&AutomergeCodec, Branches::default());
    let mut entries = 0;
    for branch in way {
        let mut next = branch.suffix_of.map_or(0, |(_, first)| first);
        loop {
            let commits = commits_from(ledger.sql, ledger.site, &branch.feed, next, 256)?;
            if commits.is_empty() {
                break;
            }
            for commit in commits {
                entries += commit.entries.len() as u64;
                next = commit.last().map_or(next, |l| l.envelope.seq + 1);
                verifier.judge(commit, &mut ())?;
            }
        }
    }
    let read = verifier.finish()?;
    let (Some(first), Some(last)) = (way.first(), way.last()) else {
        return Ok(entries);
    };
    match read.get(&first.feed).map(|branch| branch.tip) {
        Some(tip) if tip == last.tip => Ok(entries),
        _ => Err(LedgerError::Refused(Refusal::BrokenChain {
            feed: first.feed,
            seq: last.tip.seq,
        })),
    }
}

fn projections(ledger: &mut Ledger<'_>) -> Result<Finding, LedgerError> {
    let mut wrong = Vec::new();
    let docs = documents(ledger)?;
    for doc in &docs {
        let Some(stored) = ledger.load(doc)? else {
            continue;
        };
        let mut built = Document::new(stored.doc_type())?;
        let mut changes = ledger.changes_in(doc, EntryState::Folded)?;
        changes.extend(ledger.changes_in(doc, EntryState::Tail)?);
        built.apply(changes.iter().map(|(_, c)| c.as_slice()))?;
        if built.heads() != stored.heads() || ledger.heads(doc)? != Some(stored.heads()) {
            wrong.push(format!("document {doc} differs from its entries"));
        }
        let mut expected = project(doc, &built)?;
        let mut held = rows_of(ledger.sql, ledger.site, doc)?;
        let order =
            |a: &xunyi_record::Row, b: &xunyi_record::Row| format!("{a:?}").cmp(&format!("{b:?}"));
        expected.sort_by(order);
        held.sort_by(order);
        if expected != held {
            wrong.push(format!("projection of document {doc} differs"));
        }
    }
    Ok(Finding {
        check: "projections",
        looked_at: docs.len() as u64,
        wrong,
    })
}

fn documents(ledger: &mut Ledger<'_>) -> Result<Vec<DocId>, LedgerError> {
    let rows = ledger.sql.query(
        "SELECT doc FROM document WHERE site = $1 ORDER BY doc",
        &[ledger.site.into()],
    )?;
    Ok(rows
        .iter()
        .filter_map(|r| DocId::from_slice(r.blob(0)))
        .collect())
}
