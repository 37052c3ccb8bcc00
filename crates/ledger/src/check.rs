//! Rebuilding what is disposable (Invariant J2), and checking that what is kept is whole.

use crate::journal::commits_from;
use crate::rows::{clear_document, rows_of};
use crate::{EntryState, Ledger, LedgerError, branches};
use std::collections::BTreeSet;
use xunyi_journal::schema::Value;
use xunyi_journal::{Branch, Branches, DocId, Refusal, Verifier};
use xunyi_record::{AutomergeCodec, Document, project};

/// One line of [`verify`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was checked: `chain`, `signatures`, `projections`; a device adds its own.
    pub check: &'static str,
    /// How many were looked at.
    pub looked_at: u64,
    /// What is wrong, in words without patient data; empty: clean.
    pub wrong: Vec<String>,
}

impl Finding {
    fn of(check: &'static str) -> Self {
        Self {
            check,
            looked_at: 0,
            wrong: Vec::new(),
        }
    }
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
    let [chain, signatures] = feeds(ledger)?;
    Ok(vec![chain, signatures, projections(ledger)?])
}

/// What a way through a feed's branches holds.
#[derive(Clone, Copy, Default)]
struct Way {
    entries: u64,
    signatures: u64,
}

/// Each entry on the one before it, and each signature under its commit and by its feed's key. A signature vouches for
/// all that its entry stands on, so a feed is clean when the last commit of every way is signed.
fn feeds(ledger: &mut Ledger<'_>) -> Result<[Finding; 2], LedgerError> {
    let mut chain = Finding::of("chain");
    let mut signatures = Finding::of("signatures");
    for feed in ledger.feeds()? {
        if feed.suffix_of.is_some() {
            continue;
        }
        let branches = branches::of_feed(ledger.sql, ledger.site, &feed.feed)?;
        // One that ends for its suffixes is read with each of them.
        let ends = branches
            .iter()
            .filter(|b| branches.children(b).next().is_none());
        for end in ends {
            match way_is_whole(ledger, &branches, end) {
                Ok(way) => {
                    chain.looked_at += way.entries;
                    signatures.looked_at += way.signatures;
                }
                Err(LedgerError::Refused(e @ Refusal::FalseSignature { .. })) => {
                    signatures.wrong.push(e.to_string());
                }
                Err(LedgerError::Refused(e)) => chain.wrong.push(e.to_string()),
                Err(other) => return Err(other),
            }
        }
    }
    Ok([chain, signatures])
}

/// Reads the branches up to the end of one from the feed's first entry on; answers what there is.
fn way_is_whole(
    ledger: &mut Ledger<'_>,
    branches: &Branches,
    end: &Branch,
) -> Result<Way, LedgerError> {
    let mut verifier = Verifier::new(&AutomergeCodec, Branches::default());
    let mut way = Way::default();
    for (branch, _) in branches.way(&end.id, end.tip.seq).iter().rev() {
        let mut next = branches.get(branch).map_or(0, |branch| branch.first);
        loop {
            let commits = commits_from(ledger.sql, ledger.site, branch, next, 256)?;
            if commits.is_empty() {
                break;
            }
            for commit in commits {
                way.entries += commit.entries.len() as u64;
                way.signatures += u64::from(commit.signature.is_some());
                next = commit.last().map_or(next, |l| l.envelope.seq + 1);
                verifier.judge(commit, &mut ())?;
            }
        }
    }
    match verifier.finish()?.get(&end.feed).map(|branch| branch.tip) {
        Some(tip) if tip == end.tip => Ok(way),
        _ => Err(LedgerError::Refused(Refusal::BrokenChain {
            feed: end.feed,
            seq: end.tip.seq,
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
