//! A frame: whole commits in sending order, compressed. Provisional until the sync issue freezes it; entry
//! bytes inside are frozen.
//!
//! `prev` is not sent where the receiver can recompute it, and of each feed only the last commit's signature
//! travels: the chain covers the rest.

use crate::entry::MAX_LEFT;
use crate::{Commit, DecodeError, FeedId, MAX_ENTRY, Sealed, Signature};
use minicbor::{Decoder, Encoder};
use std::collections::BTreeMap;

/// The largest frame before compression, bytes. One commit larger than this makes a frame of its own.
pub const FRAME_RAW_MAX: usize = 256 * 1024;
/// The largest frame that is read, bytes: the largest commit that authors may write.
const FRAME_READ_MAX: usize = 16 * 1024 * 1024;
/// The first byte of a frame.
const FRAME_VERSION: u8 = 0;
const ZSTD_LEVEL: i32 = 19;

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
        self.commits.is_empty() || self.size + commit.size() <= FRAME_RAW_MAX
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
    /// Compressed bytes.
    ///
    /// # Errors
    /// [`DecodeError::Malformed`] when the compressor fails.
    pub fn encode(&self) -> Result<Vec<u8>, DecodeError> {
        let mut raw = Vec::new();
        let mut e = Encoder::new(&mut raw);
        let mut ok = e.array(self.commits.len() as u64).is_ok();
        for commit in &self.commits {
            ok &= e
                .array(2)
                .and_then(|e| e.array(commit.entries.len() as u64))
                .is_ok();
            for sealed in &commit.entries {
                ok &= e.bytes(&sealed.bytes).is_ok();
            }
            ok &= match &commit.signature {
                Some(signature) => e.bytes(signature.as_bytes()).is_ok(),
                None => e.null().is_ok(),
            };
        }
        debug_assert!(ok);
        let packed = zstd::bulk::compress(&raw, ZSTD_LEVEL)
            .map_err(|_| DecodeError::Malformed("compressed frame"))?;
        let mut bytes = Vec::with_capacity(packed.len() + 5);
        bytes.push(FRAME_VERSION);
        bytes.extend_from_slice(&u32::try_from(raw.len()).unwrap_or(u32::MAX).to_be_bytes());
        bytes.extend_from_slice(&packed);
        Ok(bytes)
    }

    /// Reads a frame: size limits first, then structure. Chains and signatures are judged afterwards.
    ///
    /// # Errors
    /// [`DecodeError`] when too large or malformed.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let Some((&[version, a, b, c, d], packed)) = bytes.split_first_chunk::<5>() else {
            return Err(DecodeError::Malformed("frame"));
        };
        if version != FRAME_VERSION {
            return Err(DecodeError::Malformed("frame version"));
        }
        let len = u32::from_be_bytes([a, b, c, d]) as usize;
        if len > FRAME_READ_MAX {
            return Err(DecodeError::TooLarge {
                what: "frame",
                len,
                max: FRAME_READ_MAX,
            });
        }
        let raw = zstd::bulk::decompress(packed, len)
            .map_err(|_| DecodeError::Malformed("compressed frame"))?;
        if raw.len() != len {
            return Err(DecodeError::Malformed("frame length"));
        }
        let mut d = Decoder::new(&raw);
        let count = d.array()?.ok_or(DecodeError::NotCanonical("frame"))?;
        let mut commits = Vec::new();
        for _ in 0..count {
            commits.push(read_commit(&mut d)?);
        }
        if d.position() != raw.len() {
            return Err(DecodeError::NotCanonical("frame"));
        }
        Ok(Self { commits })
    }

    /// The feeds that the frame names.
    pub fn feeds(&self) -> std::collections::BTreeSet<FeedId> {
        self.commits.iter().filter_map(Commit::feed).collect()
    }
}

fn read_commit(d: &mut Decoder<'_>) -> Result<Commit, DecodeError> {
    if d.array()? != Some(2) {
        return Err(DecodeError::Malformed("commit"));
    }
    let count = d.array()?.ok_or(DecodeError::NotCanonical("commit"))?;
    if count == 0 || count > u64::from(MAX_LEFT) {
        return Err(DecodeError::Malformed("commit"));
    }
    let mut entries = Vec::new();
    for _ in 0..count {
        let bytes = d.bytes()?;
        if bytes.len() > MAX_ENTRY {
            return Err(DecodeError::TooLarge {
                what: "entry",
                len: bytes.len(),
                max: MAX_ENTRY,
            });
        }
        entries.push(Sealed::read(bytes.to_vec())?);
    }
    let signature = if d.datatype()? == minicbor::data::Type::Null {
        d.null()?;
        None
    } else {
        Some(Signature::from_slice(d.bytes()?).ok_or(DecodeError::Malformed("signature"))?)
    };
    Ok(Commit { entries, signature })
}
