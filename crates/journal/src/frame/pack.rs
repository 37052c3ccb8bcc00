//! Writing a frame's columns: what the receiver knows or can compute is left out.
//!
//! Left out are `prev` (the receiver has the chain), numbers that count up, hashes of changes that stand in the
//! same frame, and all that a change's own bytes are framed with. What cannot be taken apart goes as it is.

use super::recent::Recent;
use super::streams::{put, put_bytes, put_step};
use super::{
    DOC_EARLIER, DOC_NEW, ID_LATELY, ID_NEW, ID_OF_NOW, ID_TIME, KIND_OPAQUE, KIND_PARTS,
    KIND_WHOLE, Last, Receiver, Stream, Streams, id_time,
};
use crate::{
    ChangeCodec, ChangeHash, ChangeParts, Commit, DecodeError, DocId, DocType, Entry, EntryHash,
    FeedId, Sealed, UserId,
};
use std::collections::BTreeMap;

/// Values that repeat, numbered in the order in which they first come, and their bytes in that order.
struct Table<T> {
    numbers: BTreeMap<T, u64>,
    bytes: Vec<u8>,
}

impl<T: Ord + Clone> Table<T> {
    fn new() -> Self {
        Self {
            numbers: BTreeMap::new(),
            bytes: Vec::new(),
        }
    }

    fn knows(&self, value: &T) -> bool {
        self.numbers.contains_key(value)
    }

    /// The value's number, and whether it is new: then `write` puts its bytes behind the others.
    fn number(&mut self, value: &T, write: impl FnOnce(&mut Vec<u8>)) -> (u64, bool) {
        if let Some(number) = self.numbers.get(value) {
            return (*number, false);
        }
        let number = self.numbers.len() as u64;
        self.numbers.insert(value.clone(), number);
        write(&mut self.bytes);
        (number, true)
    }
}

pub(super) struct Packer<'c> {
    codec: &'c dyn ChangeCodec,
    receiver: &'c Receiver,
    streams: Streams,
    columns: BTreeMap<u32, (Vec<u8>, Vec<u8>)>,
    feeds: Table<FeedId>,
    earlier_feeds: Table<FeedId>,
    docs: Table<(DocId, DocType)>,
    users: Table<UserId>,
    actors: Table<Vec<u8>>,
    heads: Table<Vec<u8>>,
    layouts: Table<Vec<u32>>,
    recent: Recent,
    next: BTreeMap<FeedId, (u64, EntryHash)>,
    last: BTreeMap<DocId, Last<Vec<u8>>>,
    lamport: u64,
    at: u64,
    count: u64,
}

impl<'c> Packer<'c> {
    pub(super) fn new(codec: &'c dyn ChangeCodec, receiver: &'c Receiver) -> Self {
        Self {
            codec,
            receiver,
            streams: Streams::default(),
            columns: BTreeMap::new(),
            feeds: Table::new(),
            earlier_feeds: Table::new(),
            docs: Table::new(),
            users: Table::new(),
            actors: Table::new(),
            heads: Table::new(),
            layouts: Table::new(),
            recent: Recent::default(),
            next: BTreeMap::new(),
            last: BTreeMap::new(),
            lamport: 0,
            at: 0,
            count: 0,
        }
    }

    fn put(&mut self, stream: Stream, number: u64) {
        put(self.streams.at(stream), number);
    }

    /// Adds a commit.
    ///
    /// # Errors
    /// [`DecodeError::Malformed`] for one that does not go on where its feed's last one ended.
    pub(super) fn commit(&mut self, commit: &Commit) -> Result<(), DecodeError> {
        let first = commit.entries.first();
        let first = &first.ok_or(DecodeError::Malformed("commit"))?.envelope;
        let feed = first.feed;
        let apart = first.seq > 0 && self.receiver.forked.contains(&feed);
        let (number, _) = self.feeds.number(&feed, |table| {
            table.extend_from_slice(feed.as_bytes());
            put(table, first.seq << 1 | u64::from(apart));
            if apart {
                table.extend_from_slice(first.prev.as_bytes());
            }
        });
        self.put(Stream::CommitFeed, number);
        let before = std::mem::replace(&mut self.lamport, first.lamport);
        put_step(self.streams.at(Stream::Lamport), before, first.lamport);
        let entries = commit.entries.len() as u64;
        let signed = u64::from(commit.signature.is_some());
        self.put(Stream::CommitSize, entries << 1 | signed);
        if let Some(signature) = &commit.signature {
            let signatures = self.streams.at(Stream::Signatures);
            signatures.extend_from_slice(signature.as_bytes());
        }
        for (left, sealed) in (0..entries).rev().zip(&commit.entries) {
            let e = &sealed.envelope;
            let next = self.next.get(&feed);
            let follows = next.is_none_or(|next| *next == (e.seq, e.prev));
            let whole = e.feed == feed && e.lamport == first.lamport && u64::from(e.left) == left;
            if !(follows && whole) {
                return Err(DecodeError::Malformed("commit"));
            }
            self.next.insert(feed, (e.seq + 1, sealed.hash));
            self.entry(sealed);
        }
        self.count += 1;
        Ok(())
    }

    fn entry(&mut self, sealed: &Sealed) {
        let Some(entry) = &sealed.entry else {
            self.streams.at(Stream::Kind).push(KIND_OPAQUE);
            put_bytes(self.streams.at(Stream::Whole), &sealed.bytes);
            return;
        };
        let number = self.document(entry);
        self.put(Stream::EntryDoc, number);
        let (number, new) = self.users.number(&entry.user, |table| {
            table.extend_from_slice(entry.user.as_bytes());
        });
        if new {
            self.recent.note(entry.user.0);
        }
        self.put(Stream::EntryUser, number);
        self.put(Stream::Action, u64::from(entry.action.code()));
        let at = entry.at as u64;
        let before = std::mem::replace(&mut self.at, at);
        put_step(self.streams.at(Stream::At), before, at);
        self.change(entry);
    }

    /// The number of an entry's document; a new one is named by an entry that the receiver holds, if it does.
    fn document(&mut self, entry: &Entry) -> u64 {
        let doc = (entry.doc, entry.doc_type);
        let earlier = self.receiver.earlier.get(&entry.doc);
        let earlier = earlier.filter(|e| e.doc_type == entry.doc_type && !self.docs.knows(&doc));
        let earlier = earlier.map(|e| {
            let (feed, _) = self
                .earlier_feeds
                .number(&e.feed, |table| table.extend_from_slice(e.feed.as_bytes()));
            (feed, e.seq, e.change)
        });
        let (number, new) = self.docs.number(&doc, |table| match earlier {
            Some((feed, seq, _)) => {
                table.push(DOC_EARLIER);
                put(table, feed);
                put(table, seq);
            }
            None => {
                table.push(DOC_NEW);
                table.extend_from_slice(entry.doc.as_bytes());
                put(table, u64::from(entry.doc_type.code()));
            }
        });
        if new {
            self.recent.note(entry.doc.0);
        }
        if let Some((_, _, change)) = earlier {
            let last = self.last.entry(entry.doc);
            last.or_insert_with(|| Last::before_the_frame(change));
        }
        number
    }

    fn change(&mut self, entry: &Entry) {
        let parts = self.codec.split(&entry.change);
        let parts = parts.filter(|p| self.codec.join(p).as_ref() == Some(&entry.change));
        let Some(parts) = parts else {
            self.streams.at(Stream::Kind).push(KIND_WHOLE);
            put_bytes(self.streams.at(Stream::Whole), &entry.change);
            return;
        };
        self.streams.at(Stream::Kind).push(KIND_PARTS);
        let last = self.last.get(&entry.doc);
        let (seq, start_op) = Last::expected(last, &parts.actor);
        let hash = last.map(|last| last.hash);
        self.deps(&parts, hash);
        let (number, _) = self
            .actors
            .number(&parts.actor, |table| put_bytes(table, &parts.actor));
        self.put(Stream::ChangeActor, number);
        put_step(self.streams.at(Stream::ChangeSeq), seq, parts.seq);
        put_step(self.streams.at(Stream::StartOp), start_op, parts.start_op);
        self.body(&parts);
        let last = Last {
            hash: self.codec.hash(&entry.change),
            actor: parts.actor,
            seq: parts.seq,
            start_op: parts.start_op,
        };
        self.last.insert(entry.doc, last);
    }

    /// Changes that it stands on: the document's last one in this frame is only named.
    fn deps(&mut self, parts: &ChangeParts, last: Option<ChangeHash>) {
        self.put(Stream::Deps, parts.deps.len() as u64);
        for dep in &parts.deps {
            let known = Some(*dep) == last;
            self.put(Stream::Deps, u64::from(known));
            if !known {
                self.streams
                    .at(Stream::Hashes)
                    .extend_from_slice(dep.as_bytes());
            }
        }
    }

    fn body(&mut self, parts: &ChangeParts) {
        let (number, _) = self
            .heads
            .number(&parts.head, |table| put_bytes(table, &parts.head));
        self.put(Stream::ChangeHead, number);
        let layout: Vec<u32> = parts.columns.iter().map(|(spec, _)| *spec).collect();
        let (number, _) = self.layouts.number(&layout, |table| {
            put(table, layout.len() as u64);
            for spec in &layout {
                put(table, u64::from(*spec));
            }
        });
        self.put(Stream::ChangeLayout, number);
        for (spec, data) in &parts.columns {
            let (lengths, bytes) = self.columns.entry(*spec).or_default();
            put(lengths, data.len() as u64);
            bytes.extend_from_slice(data);
        }
        put_bytes(self.streams.at(Stream::Tails), &parts.tail);
        self.put(Stream::IdNumbers, parts.ids.len() as u64);
        for id in &parts.ids {
            match (self.recent.ago(*id), id.split_at(ID_TIME)) {
                (Some(ago), _) => self.put(Stream::IdNumbers, ago + ID_LATELY),
                (None, (time, rest)) if *time == id_time(self.at) => {
                    self.put(Stream::IdNumbers, ID_OF_NOW);
                    self.streams.at(Stream::Ids).extend_from_slice(rest);
                }
                (None, _) => {
                    self.put(Stream::IdNumbers, ID_NEW);
                    self.streams.at(Stream::Ids).extend_from_slice(id);
                }
            }
        }
    }

    /// All streams, one after the other.
    pub(super) fn finish(mut self) -> Vec<u8> {
        *self.streams.at(Stream::Feeds) = self.feeds.bytes;
        *self.streams.at(Stream::EarlierFeeds) = self.earlier_feeds.bytes;
        *self.streams.at(Stream::Docs) = self.docs.bytes;
        *self.streams.at(Stream::Users) = self.users.bytes;
        *self.streams.at(Stream::Actors) = self.actors.bytes;
        *self.streams.at(Stream::Heads) = self.heads.bytes;
        *self.streams.at(Stream::Layouts) = self.layouts.bytes;
        let mut raw = Vec::new();
        put(&mut raw, self.count);
        for stream in &self.streams.0 {
            put_bytes(&mut raw, stream);
        }
        put(&mut raw, self.columns.len() as u64);
        for (spec, (lengths, bytes)) in &self.columns {
            put(&mut raw, u64::from(*spec));
            put_bytes(&mut raw, lengths);
            put_bytes(&mut raw, bytes);
        }
        raw
    }
}
