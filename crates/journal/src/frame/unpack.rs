//! Reading a frame's columns: size limits first, then structure. Whatever the bytes claim, what they unpack to is
//! bounded.

use super::recent::Recent;
use super::streams::Cursor;
use super::{
    DOC_EARLIER, DOC_NEW, FRAME_READ_MAX, Held, ID_LATELY, ID_NEW, ID_OF_NOW, ID_TIME, KIND_OPAQUE,
    KIND_PARTS, KIND_WHOLE, Last, STREAMS, Stream, id_time,
};
use crate::entry::MAX_LEFT;
use crate::{
    Action, ChangeCodec, ChangeHash, ChangeParts, Commit, DecodeError, DocId, DocType,
    ENTRY_VERSION, Entry, EntryHash, Envelope, FeedId, Frame, MAX_CHANGE, MAX_ENTRY, Refusal,
    Sealed, Signature, UserId,
};
use std::collections::BTreeMap;

/// What an entry unpacks to beside its change, bytes, at the most.
const ENTRY_BESIDE: usize = 256;
/// Columns of a change at most.
const MAX_COLUMNS: usize = 64;
/// Changes that one stands on, at most.
const MAX_DEPS: usize = 1024;

/// A feed as a frame tells it: who, the first entry that is in the frame, and the hash before it where the receiver
/// may hold several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Opening {
    pub(super) feed: FeedId,
    first: u64,
    before: Option<EntryHash>,
}

/// The feeds that packed columns name.
pub(super) fn openings(raw: &[u8]) -> Result<Vec<Opening>, DecodeError> {
    let mut at = Cursor(raw);
    at.number()?;
    let mut table = Cursor(at.bytes()?);
    let mut found = Vec::new();
    while !table.is_empty() {
        let feed = FeedId(table.array()?);
        let number = table.number()?;
        let before = match number & 1 {
            0 => None,
            _ => Some(EntryHash(table.array()?)),
        };
        found.push(Opening {
            feed,
            first: number >> 1,
            before,
        });
    }
    Ok(found)
}

/// Where the next entry of a feed stands.
struct Next {
    seq: u64,
    prev: EntryHash,
}

struct Unpacker<'b, 'c> {
    codec: &'c dyn ChangeCodec,
    streams: Vec<Cursor<'b>>,
    columns: BTreeMap<u32, (Cursor<'b>, Cursor<'b>)>,
    feeds: Vec<Opening>,
    next: BTreeMap<FeedId, Next>,
    docs: Vec<(DocId, DocType)>,
    users: Vec<UserId>,
    actors: Vec<&'b [u8]>,
    heads: Vec<&'b [u8]>,
    layouts: Vec<Vec<u32>>,
    recent: Recent,
    /// How many documents and users of the tables were named so far.
    named: (usize, usize),
    last: BTreeMap<DocId, Last<&'b [u8]>>,
    lamport: u64,
    at: u64,
    size: usize,
}

/// Unpacks columns into commits.
pub(super) fn unpack(
    raw: &[u8],
    codec: &dyn ChangeCodec,
    held: &mut dyn Held,
) -> Result<Frame, Refusal> {
    let feeds = openings(raw)?;
    let mut at = Cursor(raw);
    // A commit has a byte in each of several streams: there are fewer of them than bytes.
    let count = at.up_to(raw.len())?;
    let mut streams = Vec::with_capacity(STREAMS);
    for _ in 0..STREAMS {
        streams.push(Cursor(at.bytes()?));
    }
    let mut columns = BTreeMap::new();
    for _ in 0..at.up_to(raw.len())? {
        let spec = u32::try_from(at.number()?).map_err(|_| BAD)?;
        let (lengths, bytes) = (at.bytes()?, at.bytes()?);
        if columns
            .insert(spec, (Cursor(lengths), Cursor(bytes)))
            .is_some()
        {
            return Err(BAD.into());
        }
    }
    if !at.is_empty() {
        return Err(BAD.into());
    }
    let mut next = BTreeMap::new();
    for Opening {
        feed,
        first,
        before,
    } in &feeds
    {
        let prev = match (first.checked_sub(1), before) {
            (None, _) => EntryHash::ZERO,
            // Whether it is held is judged with the entries.
            (Some(_), Some(before)) => *before,
            (Some(before), None) => held.hash(feed, before).ok_or(missing(feed, *first))?,
        };
        if next.insert(*feed, Next { seq: *first, prev }).is_some() {
            return Err(BAD.into());
        }
    }
    let mut unpacker = Unpacker {
        codec,
        streams,
        columns,
        feeds,
        next,
        docs: Vec::new(),
        users: Vec::new(),
        actors: Vec::new(),
        heads: Vec::new(),
        layouts: Vec::new(),
        recent: Recent::default(),
        named: (0, 0),
        last: BTreeMap::new(),
        lamport: 0,
        at: 0,
        size: 0,
    };
    unpacker.documents(held)?;
    unpacker.tables()?;
    let mut commits = Vec::new();
    for _ in 0..count {
        commits.push(unpacker.commit()?);
    }
    let used_up = unpacker.streams.iter().all(Cursor::is_empty)
        && unpacker
            .columns
            .values()
            .all(|(lengths, bytes)| lengths.is_empty() && bytes.is_empty());
    if used_up {
        Ok(Frame { commits })
    } else {
        Err(BAD.into())
    }
}

const BAD: DecodeError = DecodeError::Malformed("frame");

/// An entry that must be held for the frame to be read is not.
fn missing(feed: &FeedId, seq: u64) -> Refusal {
    Refusal::Gap {
        feed: *feed,
        seq,
        have: None,
    }
}

impl<'b> Unpacker<'b, '_> {
    fn stream(&mut self, stream: Stream) -> Result<&mut Cursor<'b>, DecodeError> {
        self.streams.get_mut(stream as usize).ok_or(BAD)
    }

    /// One of a table, by the number that comes next in a stream.
    fn pick<T: Clone>(
        &mut self,
        stream: Stream,
        table: impl FnOnce(&Self) -> &Vec<T>,
    ) -> Result<T, DecodeError> {
        let number = self.stream(stream)?.number()?;
        let number = usize::try_from(number).map_err(|_| BAD)?;
        table(self).get(number).cloned().ok_or(BAD)
    }

    /// The table of documents: those that are held already are named by an entry.
    fn documents(&mut self, held: &mut dyn Held) -> Result<(), Refusal> {
        let mut feeds = Vec::new();
        let mut table = std::mem::take(self.stream(Stream::EarlierFeeds)?);
        while !table.is_empty() {
            feeds.push(FeedId(table.array()?));
        }
        let mut docs = std::mem::take(self.stream(Stream::Docs)?);
        while !docs.is_empty() {
            self.docs.push(match docs.array()? {
                [DOC_NEW] => {
                    let id = DocId(docs.array()?);
                    (id, DocType::from_code(docs.short()?))
                }
                [DOC_EARLIER] => {
                    let feed = docs.up_to(feeds.len())?;
                    let feed = feeds.get(feed).ok_or(BAD)?;
                    let seq = docs.number()?;
                    let (id, doc_type, change) = held.entry(feed, seq).ok_or(missing(feed, seq))?;
                    self.last.insert(id, Last::before_the_frame(change));
                    (id, doc_type)
                }
                _ => return Err(BAD.into()),
            });
        }
        Ok(())
    }

    fn tables(&mut self) -> Result<(), DecodeError> {
        *self.stream(Stream::Feeds)? = Cursor::default();
        let mut users = std::mem::take(self.stream(Stream::Users)?);
        while !users.is_empty() {
            self.users.push(UserId(users.array()?));
        }
        let mut actors = std::mem::take(self.stream(Stream::Actors)?);
        while !actors.is_empty() {
            self.actors.push(actors.bytes()?);
        }
        let mut heads = std::mem::take(self.stream(Stream::Heads)?);
        while !heads.is_empty() {
            self.heads.push(heads.bytes()?);
        }
        let mut layouts = std::mem::take(self.stream(Stream::Layouts)?);
        while !layouts.is_empty() {
            let mut layout = Vec::new();
            for _ in 0..layouts.up_to(MAX_COLUMNS)? {
                layout.push(u32::try_from(layouts.number()?).map_err(|_| BAD)?);
            }
            self.layouts.push(layout);
        }
        Ok(())
    }

    fn commit(&mut self) -> Result<Commit, DecodeError> {
        let Opening { feed, .. } = self.pick(Stream::CommitFeed, |own| &own.feeds)?;
        let before = self.lamport;
        self.lamport = self.stream(Stream::Lamport)?.step(before)?;
        let size = self.stream(Stream::CommitSize)?.number()?;
        let entries = size >> 1;
        if entries == 0 || entries > u64::from(MAX_LEFT) {
            return Err(DecodeError::Malformed("commit"));
        }
        let signature = if size & 1 == 1 {
            Some(Signature(self.stream(Stream::Signatures)?.array()?))
        } else {
            None
        };
        let mut commit = Commit {
            entries: Vec::new(),
            signature,
        };
        for left in (0..entries).rev() {
            let left = u32::try_from(left).map_err(|_| BAD)?;
            let sealed = self.entry(feed, left)?;
            let next = self.next.get_mut(&feed).ok_or(BAD)?;
            next.seq = next.seq.checked_add(1).ok_or(BAD)?;
            next.prev = sealed.hash;
            self.grow(sealed.bytes.len())?;
            commit.entries.push(sealed);
        }
        Ok(commit)
    }

    /// Counts what has been unpacked: a few bytes may stand for many, but not for any number.
    fn grow(&mut self, by: usize) -> Result<(), DecodeError> {
        self.size = self.size.saturating_add(by);
        if self.size > FRAME_READ_MAX {
            return Err(DecodeError::TooLarge {
                what: "frame",
                len: self.size,
                max: FRAME_READ_MAX,
            });
        }
        Ok(())
    }

    fn entry(&mut self, feed: FeedId, left: u32) -> Result<Sealed, DecodeError> {
        let [kind] = self.stream(Stream::Kind)?.array()?;
        if kind == KIND_OPAQUE {
            let bytes = self.stream(Stream::Whole)?.bytes()?;
            if bytes.len() > MAX_ENTRY {
                return Err(BAD);
            }
            return Sealed::read(bytes.to_vec());
        }
        let (doc, doc_type) = self.pick(Stream::EntryDoc, |own| &own.docs)?;
        if self.docs.get(self.named.0) == Some(&(doc, doc_type)) {
            self.named.0 += 1;
            self.recent.note(doc.0);
        }
        let user = self.pick(Stream::EntryUser, |own| &own.users)?;
        if self.users.get(self.named.1) == Some(&user) {
            self.named.1 += 1;
            self.recent.note(user.0);
        }
        let action = Action::from_code(self.stream(Stream::Action)?.short()?);
        let before = self.at;
        self.at = self.stream(Stream::At)?.step(before)?;
        let change = match kind {
            KIND_WHOLE => self.stream(Stream::Whole)?.bytes()?.to_vec(),
            KIND_PARTS => self.change(doc)?,
            _ => return Err(BAD),
        };
        if change.len() > MAX_CHANGE {
            return Err(DecodeError::TooLarge {
                what: "change",
                len: change.len(),
                max: MAX_CHANGE,
            });
        }
        self.grow(ENTRY_BESIDE)?;
        let next = self.next.get(&feed).ok_or(BAD)?;
        let envelope = Envelope {
            version: ENTRY_VERSION,
            feed,
            seq: next.seq,
            prev: next.prev,
            lamport: self.lamport,
            left,
        };
        // Read as any other entry: what an envelope may hold is judged in one place.
        let entry = Entry {
            envelope,
            doc,
            doc_type,
            at: self.at as i64,
            user,
            action,
            change,
        };
        Sealed::read(entry.encode())
    }

    fn change(&mut self, doc: DocId) -> Result<Vec<u8>, DecodeError> {
        let hash = self.last.get(&doc).map(|last| last.hash);
        let deps = self.deps(hash)?;
        let actor = self.pick(Stream::ChangeActor, |own| &own.actors)?;
        let (seq, start_op) = Last::expected(self.last.get(&doc), actor);
        let seq = self.stream(Stream::ChangeSeq)?.step(seq)?;
        let start_op = self.stream(Stream::StartOp)?.step(start_op)?;
        let head = self.pick(Stream::ChangeHead, |own| &own.heads)?;
        let layout = self.pick(Stream::ChangeLayout, |own| &own.layouts)?;
        let mut columns = Vec::with_capacity(layout.len());
        let mut size = 0;
        for spec in layout {
            let (lengths, bytes) = self.columns.get_mut(&spec).ok_or(BAD)?;
            let len = lengths.up_to(MAX_CHANGE)?;
            size += len;
            if size > MAX_CHANGE {
                return Err(BAD);
            }
            columns.push((spec, bytes.take(len)?.to_vec()));
        }
        let ids = self.ids()?;
        let parts = ChangeParts {
            ids,
            deps,
            actor: actor.to_vec(),
            seq,
            start_op,
            head: head.to_vec(),
            columns,
            tail: self.stream(Stream::Tails)?.bytes()?.to_vec(),
        };
        let change = self.codec.join(&parts).ok_or(BAD)?;
        let last = Last {
            hash: self.codec.hash(&change),
            actor,
            seq,
            start_op,
        };
        self.last.insert(doc, last);
        Ok(change)
    }

    fn ids(&mut self) -> Result<Vec<[u8; 16]>, DecodeError> {
        let mut ids = Vec::new();
        for _ in 0..self.stream(Stream::IdNumbers)?.up_to(MAX_CHANGE)? {
            let number = self.stream(Stream::IdNumbers)?.number()?;
            ids.push(match number {
                ID_NEW => {
                    let id = self.stream(Stream::Ids)?.array()?;
                    self.recent.note(id);
                    id
                }
                ID_OF_NOW => {
                    let mut id = [0; 16];
                    let (time, rest) = id.split_at_mut(ID_TIME);
                    time.copy_from_slice(&id_time(self.at));
                    let taken = self.stream(Stream::Ids)?.take(rest.len())?;
                    rest.copy_from_slice(taken);
                    self.recent.note(id);
                    id
                }
                lately => {
                    let ago = usize::try_from(lately - ID_LATELY).map_err(|_| BAD)?;
                    self.recent.named(ago)?
                }
            });
        }
        Ok(ids)
    }

    fn deps(&mut self, last: Option<ChangeHash>) -> Result<Vec<ChangeHash>, DecodeError> {
        let mut deps = Vec::new();
        for _ in 0..self.stream(Stream::Deps)?.up_to(MAX_DEPS)? {
            let [known] = self.stream(Stream::Deps)?.array()?;
            deps.push(match (known, last) {
                (0, _) => ChangeHash(self.stream(Stream::Hashes)?.array()?),
                (1, Some(last)) => last,
                _ => return Err(BAD),
            });
        }
        self.grow(deps.len() * ChangeHash::LEN)?;
        Ok(deps)
    }
}
