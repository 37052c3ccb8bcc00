//! A frame: whole commits in sending order, as columns under zstd.
//!
//! What the receiver holds or can compute is not sent: `prev` and the hashes of changes are recomputed, places count
//! up from each feed's first, and of each feed only the last commit's signature travels: the chain covers the rest.
//! The entries come out to the very bytes that their hashes and signatures stand on, or not at all.

mod pack;
mod recent;
mod streams;
mod unpack;

use crate::{
    ChangeCodec, ChangeHash, Commit, DecodeError, DocId, DocType, EntryHash, FeedId, Refusal,
};
use pack::Packer;
use std::collections::{BTreeMap, BTreeSet};
use zstd::bulk::{Compressor, Decompressor};

/// The largest frame, bytes of its entries: about 256 KiB of columns, since those leave out half. One commit larger
/// than this makes a frame of its own.
pub const FRAME_ENTRIES_MAX: usize = 512 * 1024;
/// The most that a frame may unpack to, bytes: the largest commit that authors may write.
const FRAME_READ_MAX: usize = 16 * 1024 * 1024;
/// The first byte of a frame.
const FRAME_VERSION: u8 = 1;
/// Dictionaries by their number, the second byte of a frame, from 1: what columns of the demo township have in
/// common. One that was released stays for ever; a better one is added behind it.
const DICTIONARIES: [&[u8]; 1] = [include_bytes!("dictionary-1.zdict")];
const ZSTD_LEVEL: i32 = 19;

/// An entry of a version that is not known here: its own bytes.
const KIND_OPAQUE: u8 = 0;
/// An entry whose change could not be taken apart: the change as it is.
const KIND_WHOLE: u8 = 1;
/// An entry whose change was taken apart.
const KIND_PARTS: u8 = 2;

/// An id that was not named before, in 16 bytes.
const ID_NEW: u64 = 0;
/// An id that was not named before and begins with its entry's time: the other 10 bytes.
const ID_OF_NOW: u64 = 1;
/// Added to how many ids were named since this one was, itself counted.
const ID_LATELY: u64 = 1;
/// Bytes of the time in an id that is ordered by time (UUIDv7).
const ID_TIME: usize = 6;

/// The time as such an id begins with it.
fn id_time(at: u64) -> [u8; ID_TIME] {
    let [_, _, time @ ..] = at.to_be_bytes();
    time
}

/// A document that the receiver holds already: it is named by an entry of it.
const DOC_EARLIER: u8 = 1;
/// A document that is named by its id and type.
const DOC_NEW: u8 = 0;

/// The streams in their order. Tables come first; the columns of changes follow after the last.
#[derive(Clone, Copy)]
enum Stream {
    /// Table: feed, twice the number of its first entry here, one more where the hash before it follows.
    Feeds,
    /// Table: feeds of earlier entries.
    EarlierFeeds,
    /// Table: document, by its id and type or by an earlier entry.
    Docs,
    /// Table: user.
    Users,
    /// Table: actor.
    Actors,
    /// Table: what stands in a change between its first operation's number and its columns.
    Heads,
    /// Table: which columns a change has.
    Layouts,
    /// Each commit: its feed.
    CommitFeed,
    /// Each commit: its time, from the one before.
    Lamport,
    /// Each commit: twice its entries, one more where it is signed.
    CommitSize,
    /// Each entry: how it was packed.
    Kind,
    /// Each entry: its document.
    EntryDoc,
    /// Each entry: its user.
    EntryUser,
    /// Each entry: its action.
    Action,
    /// Each entry: the device's clock, from the one before.
    At,
    /// Each change: its actor.
    ChangeActor,
    /// Each change: its number within the actor, from the expected one.
    ChangeSeq,
    /// Each change: the number of its first operation, from the document's change before.
    StartOp,
    /// Each change: how many it stands on, and for each whether that is the document's change before.
    Deps,
    /// Each change: its head.
    ChangeHead,
    /// Each change: its layout.
    ChangeLayout,
    /// Each change: what stands behind its columns.
    Tails,
    /// Each change: how many ids were cut out of it, and how lately each was named.
    IdNumbers,
    /// What was not taken apart.
    Whole,
    /// Ids that were not named before.
    Ids,
    /// Hashes of changes that are not in the frame.
    Hashes,
    /// Signatures.
    Signatures,
}

const STREAMS: usize = Stream::Signatures as usize + 1;

/// What is written of each stream so far.
#[derive(Default)]
struct Streams([Vec<u8>; STREAMS]);

impl Streams {
    fn at(&mut self, stream: Stream) -> &mut Vec<u8> {
        #[expect(clippy::indexing_slicing, reason = "there is one for each of the enum")]
        &mut self.0[stream as usize]
    }
}

/// The last change that a frame has of a document: what is expected of the next.
struct Last<A> {
    hash: ChangeHash,
    actor: A,
    seq: u64,
    start_op: u64,
}

impl<A: AsRef<[u8]> + Default> Last<A> {
    /// A change that is not in the frame: nothing but its hash is foreseen from it.
    fn before_the_frame(hash: ChangeHash) -> Self {
        Self {
            hash,
            actor: A::default(),
            seq: 0,
            start_op: 0,
        }
    }

    /// Number within the actor and number of the first operation, as far as they can be foreseen.
    fn expected(last: Option<&Self>, actor: &[u8]) -> (u64, u64) {
        let same = last.filter(|last| last.actor.as_ref() == actor);
        let seq = same.map_or(1, |last| last.seq.wrapping_add(1));
        (seq, last.map_or(0, |last| last.start_op))
    }
}

/// An entry of a document that a frame's receiver holds: it names the document, and the change that the next one
/// most likely stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Earlier {
    /// Which feed.
    pub feed: FeedId,
    /// Where in it.
    pub seq: u64,
    /// The document's type.
    pub doc_type: DocType,
    /// Hash of its change.
    pub change: ChangeHash,
}

/// What is known of a frame's receiver. Nothing known fits every receiver.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receiver {
    /// Entries that it holds, by their documents.
    pub earlier: BTreeMap<DocId, Earlier>,
    /// Feeds of which it may hold several entries with one number: for these the hash that the frame goes on from is
    /// told, and the receiver looks for it.
    pub forked: BTreeSet<FeedId>,
}

/// What a frame's receiver holds.
pub trait Held {
    /// The hash of the entry at a place of a feed.
    fn hash(&mut self, feed: &FeedId, seq: u64) -> Option<EntryHash>;

    /// The document of that entry, its type, and the hash of the change.
    fn entry(&mut self, feed: &FeedId, seq: u64) -> Option<(DocId, DocType, ChangeHash)>;
}

/// A receiver that holds nothing.
impl Held for () {
    fn hash(&mut self, _: &FeedId, _: u64) -> Option<EntryHash> {
        None
    }

    fn entry(&mut self, _: &FeedId, _: u64) -> Option<(DocId, DocType, ChangeHash)> {
        None
    }
}

/// Whole commits in sending order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// In order of (lamport, feed, seq).
    pub commits: Vec<Commit>,
}

/// Collects commits until a frame is full.
#[derive(Default)]
pub struct FrameBuilder {
    commits: Vec<Commit>,
    size: usize,
}

impl FrameBuilder {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// True when the commit still fits (an empty frame takes any).
    pub fn fits(&self, commit: &Commit) -> bool {
        self.commits.is_empty() || self.size + commit.size() <= FRAME_ENTRIES_MAX
    }

    /// Adds a commit.
    pub fn push(&mut self, commit: Commit) {
        self.size += commit.size();
        self.commits.push(commit);
    }

    /// True when nothing was added since the last frame.
    pub fn is_empty(&self) -> bool {
        self.commits.is_empty()
    }

    /// The frame; the builder is empty again.
    pub fn take(&mut self) -> Frame {
        self.size = 0;
        let mut commits = std::mem::take(&mut self.commits);
        let mut last_of = BTreeMap::new();
        for (i, commit) in commits.iter().enumerate() {
            if let (Some(feed), Some(_)) = (commit.feed(), &commit.signature) {
                last_of.insert(feed, i);
            }
        }
        for (i, commit) in commits.iter_mut().enumerate() {
            let last = commit.feed().and_then(|feed| last_of.get(&feed));
            if last.is_some_and(|last| *last != i) {
                commit.signature = None;
            }
        }
        Frame { commits }
    }
}

impl Frame {
    /// Packed and compressed bytes for a receiver.
    ///
    /// # Errors
    /// [`DecodeError::Malformed`] when a feed's commits do not follow one another, or the compressor fails.
    pub fn encode(
        &self,
        codec: &dyn ChangeCodec,
        receiver: &Receiver,
    ) -> Result<Vec<u8>, DecodeError> {
        let mut packer = Packer::new(codec, receiver);
        for commit in &self.commits {
            packer.commit(commit)?;
        }
        let raw = packer.finish();
        let [.., newest] = &DICTIONARIES;
        let packed = Compressor::with_dictionary(ZSTD_LEVEL, newest)
            .and_then(|mut compressor| compressor.compress(&raw))
            .map_err(|_| DecodeError::Malformed("compressed frame"))?;
        let mut bytes = vec![FRAME_VERSION];
        streams::put(&mut bytes, DICTIONARIES.len() as u64);
        streams::put(&mut bytes, raw.len() as u64);
        bytes.extend_from_slice(&packed);
        Ok(bytes)
    }

    /// The feeds that the frame names.
    pub fn feeds(&self) -> BTreeSet<FeedId> {
        self.commits.iter().filter_map(Commit::feed).collect()
    }
}

/// A frame as it came: decompressed, not yet made entries of, because that takes what its receiver holds.
#[derive(Clone, Debug)]
pub struct PackedFrame {
    raw: Vec<u8>,
    feeds: BTreeSet<FeedId>,
}

impl PackedFrame {
    /// Reads what was sent: size limits first.
    ///
    /// # Errors
    /// [`DecodeError`] when too large, malformed, or of another version.
    pub fn read(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut at = streams::Cursor(bytes);
        if at.array()? != [FRAME_VERSION] {
            return Err(DecodeError::Malformed("frame version"));
        }
        let dictionary = at.number()?.checked_sub(1);
        let dictionary = dictionary.and_then(|n| DICTIONARIES.get(usize::try_from(n).ok()?));
        let dictionary = dictionary.ok_or(DecodeError::Malformed("frame dictionary"))?;
        let len = usize::try_from(at.number()?).unwrap_or(usize::MAX);
        if len > FRAME_READ_MAX {
            return Err(DecodeError::TooLarge {
                what: "frame",
                len,
                max: FRAME_READ_MAX,
            });
        }
        let raw = Decompressor::with_dictionary(dictionary)
            .and_then(|mut decompressor| decompressor.decompress(at.0, len))
            .map_err(|_| DecodeError::Malformed("compressed frame"))?;
        if raw.len() != len {
            return Err(DecodeError::Malformed("frame length"));
        }
        Self::of_columns(raw)
    }

    /// Of columns that are not compressed any more.
    ///
    /// # Errors
    /// [`DecodeError`] when malformed.
    pub fn of_columns(raw: Vec<u8>) -> Result<Self, DecodeError> {
        let openings = unpack::openings(&raw)?;
        let feeds = openings.into_iter().map(|opening| opening.feed).collect();
        Ok(Self { raw, feeds })
    }

    /// Its columns.
    pub fn columns(&self) -> &[u8] {
        &self.raw
    }

    /// The feeds that it names.
    pub fn feeds(&self) -> &BTreeSet<FeedId> {
        &self.feeds
    }

    /// Its commits, by what its receiver holds.
    ///
    /// # Errors
    /// [`Refusal::Gap`] where an entry that it goes on from, or that it names a document by, is not held;
    /// [`Refusal::Structure`] otherwise. Chains and signatures are judged afterwards.
    pub fn unpack(&self, codec: &dyn ChangeCodec, held: &mut dyn Held) -> Result<Frame, Refusal> {
        unpack::unpack(&self.raw, codec, held)
    }
}
