//! Taking entries into their documents: whole commits, each when all that it stands on is there.
//!
//! What is applied follows from what is stored and from nothing else, whatever came first: a commit waits as
//! a whole; held commits on which clean ones stand are applied with them; of two changes that claim one
//! number of one actor the later hash loses, and what was taken in too soon is taken out again.

use crate::check::unmake;
use crate::commits::{CommitId, Item, Work};
use crate::{EntryState, Ledger, LedgerError};
use std::collections::{BTreeMap, BTreeSet};
use xunyi_journal::schema::Value;
use xunyi_journal::{DocId, DocType};
use xunyi_record::{Batch, Change, Document, RecordKey, Standing};

/// What settling documents did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settle {
    /// Documents that changed.
    pub documents: BTreeSet<DocId>,
    /// `site` documents among them: policy, staff and reference data may have changed.
    pub site_changed: bool,
    /// Documents that were made anew, among those that changed: an actor that wrote in one must not go on.
    pub rebuilt: BTreeSet<DocId>,
}

impl Settle {
    /// Takes note of what a further step did.
    pub fn join(&mut self, more: Self) {
        self.documents.extend(more.documents);
        self.rebuilt.extend(more.rebuilt);
        self.site_changed |= more.site_changed;
    }
}

/// What is known while documents are being settled.
#[derive(Default)]
struct Scene {
    /// Documents to look at.
    open: BTreeSet<DocId>,
    /// Taken apart in this run: their commits compete by their hashes.
    fresh: BTreeSet<DocId>,
    /// Commits that the library fails on here and now.
    barred: BTreeSet<CommitId>,
}

/// Which commits go in, and why others don't.
struct Plan {
    works: BTreeMap<CommitId, Work>,
    documents: BTreeMap<DocId, Opened>,
    placed: Vec<CommitId>,
    contested: BTreeSet<CommitId>,
}

struct Opened {
    document: Document,
    is_new: bool,
    batch: Batch,
    touched: BTreeSet<RecordKey>,
}

impl Ledger<'_> {
    /// Takes the pending entries of these documents in, and whatever they release.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn settle(&mut self, documents: &BTreeSet<DocId>) -> Result<Settle, LedgerError> {
        let mut scene = Scene {
            open: documents.clone(),
            ..Scene::default()
        };
        loop {
            let mut plan = self.plan(&mut scene)?;
            if self.takes_apart(&mut scene, &plan)? || self.frees(&mut scene, &plan)? {
                continue;
            }
            let failed = self.take_in(&mut plan)?;
            if failed.is_empty() {
                return self.keep(scene, plan);
            }
            scene.barred.extend(failed);
        }
    }

    /// Finds the commits whose every change can go in, until no more are found.
    fn plan(&mut self, scene: &mut Scene) -> Result<Plan, LedgerError> {
        let works = self.collect(&scene.open)?;
        let mut plan = Plan {
            works,
            documents: BTreeMap::new(),
            placed: Vec::new(),
            contested: BTreeSet::new(),
        };
        let docs: BTreeSet<DocId> = plan
            .works
            .values()
            .flat_map(|work| work.items.iter().map(|item| item.doc))
            .collect();
        for doc in docs {
            let opened = self.open(&doc, scene)?;
            plan.documents.insert(doc, opened);
        }
        let mut rest: Vec<CommitId> = plan.works.keys().copied().collect();
        let works = &plan.works;
        if scene.fresh.is_empty() {
            rest.sort_by_key(|id| works.get(id).map(|w| (w.lamport, *id)));
        } else {
            rest.sort_by_key(|id| works.get(id).map(|w| w.hash));
        }
        loop {
            let before = plan.placed.len();
            plan.contested.clear();
            let mut waiting = Vec::new();
            for id in rest {
                let Some(work) = plan.works.get(&id) else {
                    continue;
                };
                let standing = if scene.barred.contains(&id) {
                    Standing::Waiting
                } else {
                    place(work, &mut plan.documents)
                };
                match standing {
                    Standing::Ready | Standing::Held => plan.placed.push(id),
                    Standing::Waiting => waiting.push(id),
                    Standing::Contested => {
                        plan.contested.insert(id);
                        waiting.push(id);
                    }
                }
            }
            rest = waiting;
            if plan.placed.len() == before {
                return Ok(plan);
            }
        }
    }

    /// The document as it stands; one of another type than its clean entries say is taken apart first.
    fn open(&mut self, doc: &DocId, scene: &mut Scene) -> Result<Opened, LedgerError> {
        let doc_type = self.type_of(doc)?.unwrap_or(DocType::Unknown(u16::MAX));
        let mut loaded = self.load(doc)?;
        if loaded.as_ref().is_some_and(|d| d.doc_type() != doc_type) {
            unmake(self, doc)?;
            scene.fresh.insert(*doc);
            loaded = None;
        }
        let is_new = loaded.is_none();
        let document = match loaded {
            Some(document) => document,
            None => Document::new(doc_type)?,
        };
        Ok(Opened {
            document,
            is_new,
            batch: Batch::default(),
            touched: BTreeSet::new(),
        })
    }

    /// Takes documents apart in which the wrong one of two commits may have gone in first, or only a part of
    /// a commit that now waits. True when there were any: all is planned again then.
    fn takes_apart(&mut self, scene: &mut Scene, plan: &Plan) -> Result<bool, LedgerError> {
        let placed: BTreeSet<&CommitId> = plan.placed.iter().collect();
        let mut apart = BTreeSet::new();
        for (id, work) in plan.works.iter().filter(|(id, _)| !placed.contains(id)) {
            let contested = plan.contested.contains(id);
            let docs = work
                .items
                .iter()
                .filter(|item| contested || item.state.is_applied())
                .map(|item| item.doc);
            apart.extend(docs.filter(|doc| !scene.fresh.contains(doc)));
        }
        for doc in &apart {
            unmake(self, doc)?;
        }
        let any = !apart.is_empty();
        scene.open.extend(apart.iter().copied());
        scene.fresh.extend(apart);
        Ok(any)
    }

    /// Frees held commits that clean ones stand on (architecture §4, "Applied"). True when there were any.
    fn frees(&mut self, scene: &mut Scene, plan: &Plan) -> Result<bool, LedgerError> {
        let placed: BTreeSet<&CommitId> = plan.placed.iter().collect();
        let mut freed = BTreeSet::new();
        let waiting = plan.works.iter().filter(|(id, _)| !placed.contains(id));
        for item in waiting.flat_map(|(_, work)| &work.items) {
            let Some(change) = &item.change else { continue };
            for dep in &change.meta().deps {
                let rows = self.sql.query(
                    "SELECT feed, seq + remaining FROM entry
                     WHERE site = $1 AND change_hash = $2 AND doc = $3 AND state = $4",
                    &[
                        self.site.into(),
                        dep.as_bytes().into(),
                        item.doc.as_bytes().into(),
                        EntryState::Held.code().into(),
                    ],
                )?;
                freed.extend(rows.iter().filter_map(crate::commits::id_of));
            }
        }
        for (feed, last) in &freed {
            for item in self.commit(feed, *last)?.items {
                scene.open.insert(item.doc);
                if item.state == EntryState::Held {
                    self.mark(feed, item.seq, EntryState::Pending)?;
                }
            }
        }
        Ok(!freed.is_empty())
    }

    /// Lets the documents take in what was placed; answers the commits that the library fails on.
    fn take_in(&mut self, plan: &mut Plan) -> Result<BTreeSet<CommitId>, LedgerError> {
        let mut failed = BTreeSet::new();
        for (doc, opened) in &mut plan.documents {
            let parts: Vec<(&CommitId, &Change)> = plan
                .placed
                .iter()
                .filter_map(|id| Some((id, plan.works.get(id)?)))
                .flat_map(|(id, work)| work.of(doc).map(move |change| (id, change)))
                .collect();
            if parts.is_empty() {
                continue;
            }
            let before = opened.document.clone();
            let changes: Vec<&Change> = parts.iter().map(|(_, change)| *change).collect();
            match opened.document.take_in(&changes) {
                Ok(touched) => opened.touched = touched,
                Err(_) => failed.extend(culprits(before, &parts)),
            }
        }
        Ok(failed)
    }

    /// Writes what became of everything that was looked at.
    fn keep(&mut self, scene: Scene, plan: Plan) -> Result<Settle, LedgerError> {
        let mut settled = Settle::default();
        let mut added: BTreeMap<DocId, i64> = BTreeMap::new();
        let placed: BTreeSet<CommitId> = plan.placed.into_iter().collect();
        for (id, work) in &plan.works {
            for item in work.items.iter().filter(|item| !item.state.is_applied()) {
                let state = if placed.contains(id) {
                    *added.entry(item.doc).or_insert(0) += 1;
                    EntryState::Tail
                } else if plan.contested.contains(id) || scene.barred.contains(id) {
                    EntryState::Contested
                } else {
                    EntryState::Waiting
                };
                if state != item.state {
                    self.mark(&id.0, item.seq, state)?;
                }
            }
        }
        for (doc, opened) in plan.documents {
            let document = opened.document;
            let doc_type = document.doc_type();
            if let Some(added) = added.get(&doc) {
                if opened.is_new {
                    self.insert_document(&doc, &document)?;
                }
                self.project(&doc, &document, &opened.touched)?;
                let heads = document.heads();
                self.put_document(&doc, document)?;
                self.touch_document(&doc, &heads, *added)?;
                settled.documents.insert(doc);
            } else if !opened.is_new {
                self.put_document(&doc, document)?;
            }
            let changed = added.contains_key(&doc) || scene.fresh.contains(&doc);
            settled.site_changed |= changed && doc_type == DocType::Site;
        }
        settled.documents.extend(scene.fresh.iter().copied());
        settled.rebuilt = scene.fresh;
        Ok(settled)
    }

    fn mark(
        &mut self,
        feed: &xunyi_journal::FeedId,
        seq: u64,
        state: EntryState,
    ) -> Result<(), LedgerError> {
        self.sql.execute(
            "UPDATE entry SET state = $1 WHERE site = $2 AND feed = $3 AND seq = $4",
            &[
                state.code().into(),
                self.site.into(),
                Value::from(feed.as_bytes()),
                seq.into(),
            ],
        )?;
        Ok(())
    }
}

/// Places a commit if each of its changes can go in; else leaves everything as it was.
fn place(work: &Work, documents: &mut BTreeMap<DocId, Opened>) -> Standing {
    let mut gone: Vec<&Item> = Vec::new();
    let mut standing = Standing::Ready;
    for item in work.items.iter().filter(|item| !item.state.is_applied()) {
        let (Some(opened), Some(change)) = (documents.get_mut(&item.doc), &item.change) else {
            standing = Standing::Waiting;
            break;
        };
        let of_another_type = opened.document.doc_type() != item.doc_type;
        standing = if of_another_type {
            Standing::Waiting
        } else {
            opened.document.standing(change, &opened.batch)
        };
        match standing {
            Standing::Held => {}
            Standing::Ready => {
                opened.batch.add(change);
                gone.push(item);
            }
            Standing::Waiting | Standing::Contested => break,
        }
    }
    if matches!(standing, Standing::Waiting | Standing::Contested) {
        for item in gone.iter().rev() {
            if let (Some(opened), Some(change)) = (documents.get_mut(&item.doc), &item.change) {
                opened.batch.take_back(change);
            }
        }
    }
    standing
}

/// The commits whose changes the library fails on, tried one by one in their order.
fn culprits(mut document: Document, parts: &[(&CommitId, &Change)]) -> BTreeSet<CommitId> {
    let mut failed = BTreeSet::new();
    for (id, change) in parts {
        let mut tried = document.clone();
        if !failed.contains(*id) && tried.take_in(&[change]).is_ok() {
            document = tried;
        } else {
            failed.insert(**id);
        }
    }
    failed
}
