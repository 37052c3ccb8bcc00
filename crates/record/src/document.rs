//! One document in memory: load, read, write at the heads of a form, take in changes of others.

use crate::change::guarded;
use crate::fields::says_the_same;
use crate::put::put;
use crate::value::from_scalar;
use crate::{
    Change, Conflict, ConflictValue, Field, Record, RecordError, RecordKey, SectionKind, genesis,
    section, sections,
};
use automerge::transaction::CommitOptions;
use automerge::{Automerge, ObjId, ObjType, PatchLog, ROOT, ReadDoc, legacy};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap, HashSet};
use xunyi_journal::{ActorId, ChangeHash, DocType, MAX_CHANGE};

/// Heads of a document, in order.
pub type Heads = Vec<ChangeHash>;

/// A field that a person touched, and what stands in it now. Clearing writes `null`.
#[derive(Clone, Debug, PartialEq)]
pub struct Write {
    /// Which record; made when absent.
    pub key: RecordKey,
    /// Field name.
    pub field: String,
    /// The value; composite values are atomic.
    pub value: Value,
}

impl Write {
    /// A field of a record.
    pub fn new(key: &RecordKey, field: &str, value: impl Into<Value>) -> Self {
        Self {
            key: key.clone(),
            field: field.to_owned(),
            value: value.into(),
        }
    }
}

/// A change that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Raw change bytes, for the journal.
    pub change: Vec<u8>,
    /// Hash of the change.
    pub hash: ChangeHash,
    /// Records that the change touched.
    pub touched: BTreeSet<RecordKey>,
}

/// What taking in changes did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Records that the applied changes touched.
    pub touched: BTreeSet<RecordKey>,
    /// Changes that came in but stand on others that are not here yet; they are not in the document.
    pub waiting: Vec<ChangeHash>,
}

/// How a change stands to a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// In it already.
    Held,
    /// All that it stands on is there.
    Ready,
    /// Something that it stands on is not there yet.
    Waiting,
    /// Another change of the same actor and number is there, or it could never be taken in.
    Contested,
}

/// Changes that a document will take in together.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// With the number of each one's last operation.
    changes: HashMap<ChangeHash, u64>,
    numbers: HashMap<ActorId, u64>,
}

impl Batch {
    /// Adds a change that stood ready.
    pub fn add(&mut self, change: &Change) {
        let meta = change.meta();
        self.changes.insert(meta.hash, change.inner.max_op());
        self.numbers.insert(meta.actor, meta.seq);
    }

    /// Takes the change that was added last of its actor back.
    pub fn take_back(&mut self, change: &Change) {
        let meta = change.meta();
        self.changes.remove(&meta.hash);
        self.numbers.insert(meta.actor, meta.seq.saturating_sub(1));
    }
}

/// Operations that may lie between a change and what it stands on: what others wrote meanwhile.
const LEAP: u64 = 1_000_000;

/// A document of one type.
#[derive(Clone)]
pub struct Document {
    doc_type: DocType,
    am: Automerge,
    /// The last number of each actor, once it was asked for.
    numbers: Option<HashMap<ActorId, u64>>,
}

impl std::fmt::Debug for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Document")
            .field("doc_type", &self.doc_type)
            .field("heads", &self.heads())
            .finish()
    }
}

impl Document {
    /// Genesis and nothing else.
    ///
    /// # Errors
    /// [`RecordError::Failed`] when the library fails.
    pub fn new(doc_type: DocType) -> Result<Self, RecordError> {
        Ok(Self {
            doc_type,
            am: genesis::document(doc_type)?,
            numbers: None,
        })
    }

    /// From saved bytes.
    ///
    /// # Errors
    /// [`RecordError::Unreadable`].
    pub fn load(doc_type: DocType, bytes: &[u8]) -> Result<Self, RecordError> {
        let am = Automerge::load(bytes).map_err(|e| RecordError::Unreadable(e.to_string()))?;
        Ok(Self {
            doc_type,
            am,
            numbers: None,
        })
    }

    /// Bytes to load again.
    pub fn save(&self) -> Vec<u8> {
        self.am.save()
    }

    /// Which type.
    pub fn doc_type(&self) -> DocType {
        self.doc_type
    }

    /// Heads, in order.
    pub fn heads(&self) -> Heads {
        self.am
            .get_heads()
            .iter()
            .map(|h| ChangeHash(h.0))
            .collect()
    }

    /// Writes fields as one change at the heads of the form (architecture §3, "Heads"). On current heads the
    /// change goes on top, by `actor`; else it forks at those heads by `fork_actor`, which must be fresh, and
    /// is merged. `None` when nothing would change.
    ///
    /// # Errors
    /// [`RecordError::InConflict`] unless `settle`; [`RecordError::UnknownHeads`]; and
    /// [`RecordError::ChangeTooLarge`] or [`RecordError::Failed`], after which this document must be dropped.
    pub fn write(
        &mut self,
        heads: &[ChangeHash],
        actor: ActorId,
        fork_actor: ActorId,
        writes: &[Write],
        settle: bool,
    ) -> Result<Option<Written>, RecordError> {
        let at: Vec<automerge::ChangeHash> =
            heads.iter().map(|h| automerge::ChangeHash(h.0)).collect();
        if at.is_empty()
            || at
                .iter()
                .any(|h| self.am.get_change_meta_by_hash(h).is_none())
        {
            return Err(RecordError::UnknownHeads);
        }
        for write in writes {
            if section(self.doc_type, &write.key.section).is_none() {
                return Err(RecordError::UnknownSection(write.key.section.clone()));
            }
            if !settle
                && self
                    .field_at(&write.key, &write.field, None)?
                    .is_some_and(|f| f.in_conflict())
            {
                return Err(RecordError::InConflict {
                    key: write.key.clone(),
                    field: write.field.clone(),
                });
            }
        }
        let mut sorted = at.clone();
        sorted.sort_unstable();
        let on_top = sorted == self.am.get_heads();
        let author = if on_top { actor } else { fork_actor };
        self.am
            .set_actor(automerge::ActorId::from(author.as_bytes()));
        let mut tx = if on_top {
            self.am.transaction()
        } else {
            self.am
                .transaction_at(PatchLog::inactive(), &at)
                .map_err(|e| RecordError::Failed(e.to_string()))?
        };
        for write in writes {
            put(&mut tx, self.doc_type, write)?;
        }
        let (hash, _) = tx.commit_with(CommitOptions::default().with_time(0));
        let Some(hash) = hash else { return Ok(None) };
        let change = self
            .am
            .get_change_by_hash(&hash)
            .ok_or_else(|| RecordError::Failed("the change just written is not there".into()))?;
        if let Some(numbers) = &mut self.numbers {
            numbers.insert(author, change.seq());
        }
        let bytes = change.raw_bytes().to_vec();
        if bytes.len() > MAX_CHANGE {
            return Err(RecordError::ChangeTooLarge(bytes.len()));
        }
        let touched = writes.iter().map(|w| w.key.clone()).collect();
        Ok(Some(Written {
            change: bytes,
            hash: ChangeHash(hash.0),
            touched,
        }))
    }

    /// Takes in changes of others, in any order, any number of times.
    ///
    /// # Errors
    /// [`RecordError::Unreadable`] for bytes that are no change; nothing is applied then.
    /// [`RecordError::Failed`] when two changes claim one number of one actor, or the library fails; this
    /// document must be dropped.
    pub fn apply<'b>(
        &mut self,
        changes: impl IntoIterator<Item = &'b [u8]>,
    ) -> Result<Applied, RecordError> {
        let mut waiting = Vec::new();
        for bytes in changes {
            let change = Change::read(self.doc_type, bytes);
            waiting.push(change.map_err(|e| RecordError::Unreadable(e.0))?);
        }
        let mut batch = Batch::default();
        let mut ready = Vec::new();
        loop {
            let mut rest = Vec::new();
            let before = ready.len();
            for change in waiting {
                match self.standing(&change, &batch) {
                    Standing::Held => {}
                    Standing::Ready => {
                        batch.add(&change);
                        ready.push(change);
                    }
                    Standing::Waiting => rest.push(change),
                    Standing::Contested => {
                        return Err(RecordError::Failed("a number is taken twice".into()));
                    }
                }
            }
            waiting = rest;
            if ready.len() == before {
                break;
            }
        }
        Ok(Applied {
            touched: self.take_in(&ready.iter().collect::<Vec<_>>())?,
            waiting: waiting.iter().map(|c| c.meta().hash).collect(),
        })
    }

    /// How a change stands to this document together with others that it will take in.
    pub fn standing(&mut self, change: &Change, batch: &Batch) -> Standing {
        let meta = change.meta();
        if batch.changes.contains_key(&meta.hash) || self.has(&meta.hash) {
            return Standing::Held;
        }
        let has = |dep: &ChangeHash| batch.changes.contains_key(dep) || self.has(dep);
        if !meta.deps.iter().all(has) {
            return Standing::Waiting;
        }
        let number = match batch.numbers.get(&meta.actor) {
            Some(number) => *number,
            None => self.numbers().get(&meta.actor).copied().unwrap_or(0),
        };
        if meta.seq <= number || self.leaps(change, batch) {
            Standing::Contested
        } else if meta.seq > number + 1 {
            // An author's own changes stand on one another, also where one does not say so.
            Standing::Waiting
        } else {
            Standing::Ready
        }
    }

    /// Takes in changes that are all ready, in this order; answers the records that they touched.
    ///
    /// # Errors
    /// [`RecordError::Failed`] when the library fails; this document must be dropped.
    pub fn take_in(&mut self, changes: &[&Change]) -> Result<BTreeSet<RecordKey>, RecordError> {
        let failed = || RecordError::Failed("the library failed on a change".into());
        let mut touched = BTreeSet::new();
        // The library's own queue is never used, so that saved bytes hold nothing half.
        guarded(|| {
            let before = self.am.get_heads();
            self.am
                .apply_changes(changes.iter().map(|c| c.inner.clone()))?;
            // What does not come back as it went in (an operation over one that never was) could neither be
            // saved nor opened again.
            let came_back = self.am.get_changes(&before);
            let came_back: HashSet<_> = came_back.iter().map(automerge::Change::hash).collect();
            if !changes.iter().all(|c| came_back.contains(&c.inner.hash())) {
                return Err(failed());
            }
            for change in changes {
                self.touched_by(&change.inner, &mut touched);
            }
            Ok::<(), RecordError>(())
        })
        .ok_or_else(failed)??;
        if let Some(numbers) = &mut self.numbers {
            numbers.extend(changes.iter().map(|c| (c.meta().actor, c.meta().seq)));
        }
        Ok(touched)
    }

    fn numbers(&mut self) -> &HashMap<ActorId, u64> {
        let am = &self.am;
        self.numbers.get_or_insert_with(|| {
            let mut numbers = HashMap::new();
            for meta in am.get_changes_meta(&[]) {
                if let Some(actor) = ActorId::from_slice(meta.actor.to_bytes()) {
                    let last = numbers.entry(actor).or_insert(0);
                    *last = meta.seq.max(*last);
                }
            }
            numbers
        })
    }

    /// Whether the change's operations are numbered far beyond those it stands on. Numbers are 32 bits wide:
    /// one leap to their end, and nobody could write this document any more.
    fn leaps(&self, change: &Change, batch: &Batch) -> bool {
        let first = change.inner.start_op().get();
        if first <= LEAP {
            return false;
        }
        let last_of = |dep: &ChangeHash| match batch.changes.get(dep) {
            Some(last) => Some(*last),
            None => self
                .am
                .get_change_meta_by_hash(&automerge::ChangeHash(dep.0))
                .map(|meta| meta.max_op),
        };
        let last = change.meta().deps.iter().filter_map(last_of).max();
        last.is_none_or(|last| first > last.saturating_add(LEAP))
    }

    /// True when the change is in this document.
    pub fn has(&self, change: &ChangeHash) -> bool {
        self.am
            .get_change_meta_by_hash(&automerge::ChangeHash(change.0))
            .is_some()
    }

    /// All records that this program knows the parts of.
    pub fn keys(&self) -> Vec<RecordKey> {
        let mut keys = Vec::new();
        for section in sections(self.doc_type) {
            match section.kind {
                SectionKind::One => keys.push(RecordKey::one(section.name)),
                SectionKind::Many => {
                    let Some(map) = self.container(section.name) else {
                        continue;
                    };
                    keys.extend(self.am.keys(&map).map(|id| RecordKey {
                        section: section.name.to_owned(),
                        id,
                    }));
                }
            }
        }
        keys
    }

    /// A record with every value of every field; empty when absent.
    pub fn record(&self, key: &RecordKey) -> Result<Record, RecordError> {
        let Some(map) = self.map_of(key, None)? else {
            return Ok(Record::default());
        };
        let mut record = Record::default();
        for name in self.am.keys(&map) {
            if let Some(field) = self.field_in(&map, &name, None)? {
                record.fields.insert(name, field);
            }
        }
        Ok(record)
    }

    /// A record as it stood at earlier heads.
    ///
    /// # Errors
    /// [`RecordError::UnknownHeads`] when they are not here.
    pub fn record_at(&self, key: &RecordKey, heads: &[ChangeHash]) -> Result<Record, RecordError> {
        let at: Vec<automerge::ChangeHash> =
            heads.iter().map(|h| automerge::ChangeHash(h.0)).collect();
        if at
            .iter()
            .any(|h| self.am.get_change_meta_by_hash(h).is_none())
        {
            return Err(RecordError::UnknownHeads);
        }
        let Some(map) = self.map_of(key, Some(&at))? else {
            return Ok(Record::default());
        };
        let mut record = Record::default();
        for name in self.am.keys_at(&map, &at) {
            if let Some(field) = self.field_in(&map, &name, Some(&at))? {
                record.fields.insert(name, field);
            }
        }
        Ok(record)
    }

    /// Fields of a record that hold two or more different values.
    pub fn conflicts_of(&self, key: &RecordKey, record: &Record) -> Vec<Conflict> {
        record
            .fields
            .iter()
            .filter(|(_, field)| field.in_conflict())
            .map(|(name, field)| Conflict {
                key: key.clone(),
                field: name.clone(),
                values: field
                    .values
                    .iter()
                    .map(|(value, change)| ConflictValue {
                        value: value.clone(),
                        change: *change,
                    })
                    .collect(),
            })
            .collect()
    }

    fn field_at(
        &self,
        key: &RecordKey,
        name: &str,
        at: Option<&[automerge::ChangeHash]>,
    ) -> Result<Option<Field>, RecordError> {
        match self.map_of(key, at)? {
            Some(map) => self.field_in(&map, name, at),
            None => Ok(None),
        }
    }

    fn field_in(
        &self,
        map: &ObjId,
        name: &str,
        at: Option<&[automerge::ChangeHash]>,
    ) -> Result<Option<Field>, RecordError> {
        let all = match at {
            Some(heads) => self.am.get_all_at(map, name, heads)?,
            None => self.am.get_all(map, name)?,
        };
        let mut values: Vec<(Value, ChangeHash)> = Vec::new();
        // The library lists the value it shows last.
        for (value, id) in all.iter().rev() {
            let value = value.as_scalar().map_or(Value::Null, from_scalar);
            let change = self
                .am
                .hash_for_opid(id)
                .map_or(ChangeHash([0; 32]), |h| ChangeHash(h.0));
            if !values
                .iter()
                .any(|(held, _)| says_the_same(name, held, &value))
            {
                values.push((value, change));
            }
        }
        Ok(if values.is_empty() {
            None
        } else {
            Some(Field { values })
        })
    }

    fn container(&self, name: &str) -> Option<ObjId> {
        match self.am.get(ROOT, name) {
            Ok(Some((automerge::Value::Object(ObjType::Map), id))) => Some(id),
            _ => None,
        }
    }

    fn map_of(
        &self,
        key: &RecordKey,
        at: Option<&[automerge::ChangeHash]>,
    ) -> Result<Option<ObjId>, RecordError> {
        let Some(section) = section(self.doc_type, &key.section) else {
            return Ok(None);
        };
        let Some(container) = self.container(section.name) else {
            return Ok(None);
        };
        if section.kind == SectionKind::One {
            return Ok(Some(container));
        }
        let found = match at {
            Some(heads) => self.am.get_at(&container, key.id.as_str(), heads)?,
            None => self.am.get(&container, key.id.as_str())?,
        };
        Ok(match found {
            Some((automerge::Value::Object(ObjType::Map), id)) => Some(id),
            _ => None,
        })
    }

    fn touched_by(&self, change: &automerge::Change, touched: &mut BTreeSet<RecordKey>) {
        for op in change.decode().operations {
            let legacy::ObjectId::Id(legacy::OpId(counter, actor)) = &op.obj else {
                continue;
            };
            let Ok(obj) = self.am.import_obj(&format!("{counter}@{actor}")) else {
                continue;
            };
            let Ok(parents) = self.am.parents(&obj) else {
                continue;
            };
            let path: Vec<String> = parents
                .filter_map(|p| match p.prop {
                    automerge::Prop::Map(name) => Some(name.to_string()),
                    automerge::Prop::Seq(_) => None,
                })
                .collect();
            let key = match (&op.key, path.as_slice()) {
                (_, [id, name]) => RecordKey {
                    section: name.clone(),
                    id: id.clone(),
                },
                (legacy::Key::Map(id), [name]) => {
                    match section(self.doc_type, name).map(|s| s.kind) {
                        Some(SectionKind::One) => RecordKey::one(name),
                        Some(SectionKind::Many) => RecordKey {
                            section: name.clone(),
                            id: id.to_string(),
                        },
                        None => continue,
                    }
                }
                _ => continue,
            };
            touched.insert(key);
        }
    }
}
