//! A change taken apart and put together again, for frames.
//!
//! Automerge's chunk is: magic, checksum, type, length, body; the body: changes it stands on, actor, number within
//! the actor, number of the first operation, time, message, other actors, columns, and bytes of later versions. The
//! hash of a change is SHA-256 over type, length and body; the checksum is its first four bytes.

mod cut;
mod rows;

use crate::shape::{Bytes, CHANGE_CHUNK, CHECKSUM_LEN, HASH_LEN, MAGIC, MAX_COLUMNS, MAX_DEPS};
use sha2::{Digest, Sha256};
use xunyi_journal::{ChangeHash, ChangeParts};

/// Takes a change apart. What does not come out of [`join`] as it went in is for the caller to notice.
pub(crate) fn split(change: &[u8]) -> Option<ChangeParts> {
    let mut chunk = Bytes(change);
    chunk.take(MAGIC.len() + CHECKSUM_LEN + 1)?;
    let mut body = chunk.prefixed()?;
    let mut parts = ChangeParts::default();
    let deps = body.unsigned()?;
    (deps <= MAX_DEPS).then_some(())?;
    for _ in 0..deps {
        parts
            .deps
            .push(ChangeHash::from_slice(body.take(HASH_LEN)?)?);
    }
    parts.actor = body.prefixed()?.0.to_vec();
    parts.seq = body.unsigned()?;
    parts.start_op = body.unsigned()?;
    let head = body.0;
    body.signed()?;
    body.prefixed()?;
    for _ in 0..body.unsigned()? {
        body.prefixed()?;
    }
    parts.head = head.get(..head.len() - body.0.len())?.to_vec();
    let columns = body.unsigned()?;
    (columns <= MAX_COLUMNS).then_some(())?;
    let mut layout = Vec::new();
    for _ in 0..columns {
        let spec = u32::try_from(body.unsigned()?).ok()?;
        layout.push((spec, usize::try_from(body.unsigned()?).ok()?));
    }
    let mut whole: Vec<(u32, Vec<u8>)> = Vec::new();
    for (spec, len) in layout {
        let column = (spec, body.take(len)?.to_vec());
        let short = cut::cut(&column, &whole, &parts.deps, &mut parts.ids);
        parts.columns.push((spec, short));
        whole.push(column);
    }
    parts.tail = body.0.to_vec();
    Some(parts)
}

/// Puts a change together; `None` for parts that no change was taken apart into.
pub(crate) fn join(parts: &ChangeParts) -> Option<Vec<u8>> {
    let mut whole: Vec<(u32, Vec<u8>)> = Vec::new();
    let mut ids = parts.ids.iter();
    for column in &parts.columns {
        let filled = cut::fill(column, &whole, &parts.deps, &mut ids)?;
        whole.push((column.0, filled));
    }
    let mut body = Vec::new();
    put(&mut body, parts.deps.len() as u64);
    for dep in &parts.deps {
        body.extend_from_slice(dep.as_bytes());
    }
    put(&mut body, parts.actor.len() as u64);
    body.extend_from_slice(&parts.actor);
    put(&mut body, parts.seq);
    put(&mut body, parts.start_op);
    body.extend_from_slice(&parts.head);
    put(&mut body, whole.len() as u64);
    for (spec, data) in &whole {
        put(&mut body, u64::from(*spec));
        put(&mut body, data.len() as u64);
    }
    for (_, data) in &whole {
        body.extend_from_slice(data);
    }
    body.extend_from_slice(&parts.tail);
    let mut hashed = vec![CHANGE_CHUNK];
    put(&mut hashed, body.len() as u64);
    hashed.extend_from_slice(&body);
    let mut change = MAGIC.to_vec();
    let sum = Sha256::digest(&hashed);
    change.extend(sum.iter().take(CHECKSUM_LEN));
    change.extend_from_slice(&hashed);
    Some(change)
}

/// The hash of a change in its raw form.
pub(crate) fn hash(change: &[u8]) -> ChangeHash {
    let hashed = change.get(MAGIC.len() + CHECKSUM_LEN..).unwrap_or_default();
    ChangeHash(Sha256::digest(hashed).into())
}

/// LEB128.
fn put(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value as u8) | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}
