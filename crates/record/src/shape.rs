//! A look at a change's bytes before the library sees them: the sizes it would believe are bounded here. A
//! change of a few bytes can claim a run of 2⁶⁰ operations, which the library would count one by one.
//!
//! It reads just enough of automerge's chunk format (magic, checksum, type, length; then the header and the
//! columns) to add up what is claimed; what the bytes mean is the library's to say.

use xunyi_journal::MAX_CHANGE;

/// Operations of one change at most, and values in any one column.
const MAX_ROWS: u64 = 64 * 1024;
/// Columns of a change at most; the format knows some fifteen.
pub(crate) const MAX_COLUMNS: u64 = 64;
/// Other changes that one stands on at most: one for each feed that wrote the document at once.
pub(crate) const MAX_DEPS: u64 = 1024;

pub(crate) const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
pub(crate) const CHECKSUM_LEN: usize = 4;
/// Type of a chunk that holds one change, not deflated.
pub(crate) const CHANGE_CHUNK: u8 = 1;
pub(crate) const HASH_LEN: usize = 32;

const GROUP: u32 = 0;
const DELTA: u32 = 3;
const BOOLEAN: u32 = 4;
const STRING: u32 = 5;
const RAW: u32 = 7;
const DEFLATE: u32 = 0b1000;

/// True when the library may be given these bytes.
pub(crate) fn is_bounded(bytes: &[u8]) -> bool {
    bytes.len() <= MAX_CHANGE && check(bytes).is_some()
}

fn check(bytes: &[u8]) -> Option<()> {
    let mut chunk = Bytes(bytes);
    (chunk.take(MAGIC.len())? == MAGIC).then_some(())?;
    chunk.take(CHECKSUM_LEN)?;
    (chunk.take(1)? == [CHANGE_CHUNK]).then_some(())?;
    let mut body = chunk.prefixed()?;
    chunk.0.is_empty().then_some(())?;
    let deps = body.unsigned()?;
    (deps <= MAX_DEPS).then_some(())?;
    for _ in 0..deps {
        body.take(HASH_LEN)?;
    }
    body.prefixed()?; // actor
    body.unsigned()?; // number within the actor
    let first = body.unsigned()?;
    // Numbers of operations are 32 bits wide; room is left for those who write after this change.
    (first <= u64::from(u32::MAX) - MAX_ROWS).then_some(())?;
    body.signed()?; // time
    body.prefixed()?; // message
    let actors = body.unsigned()?;
    (actors <= MAX_DEPS).then_some(())?;
    for _ in 0..actors {
        body.prefixed()?;
    }
    let columns = body.unsigned()?;
    (columns <= MAX_COLUMNS).then_some(())?;
    let mut layout = Vec::new();
    for _ in 0..columns {
        let spec = u32::try_from(body.unsigned()?).ok()?;
        layout.push((spec, usize::try_from(body.unsigned()?).ok()?));
    }
    for (spec, len) in layout {
        let column = Bytes(body.take(len)?);
        (spec & DEFLATE == 0).then_some(())?;
        let rows = match spec & 7 {
            RAW => 0,
            BOOLEAN => flags(column)?,
            kind => runs(column, kind)?,
        };
        (rows <= MAX_ROWS).then_some(())?;
    }
    Some(())
}

/// Rows of a column of runs; of a group column the rows of its members too.
fn runs(mut column: Bytes<'_>, kind: u32) -> Option<u64> {
    let mut rows: u64 = 0;
    while !column.0.is_empty() {
        let run = column.signed()?;
        let (values, each) = match run {
            0 => (0, column.unsigned()?),
            run if run > 0 => (1, run.unsigned_abs()),
            run => (run.unsigned_abs(), 1),
        };
        if values == 0 {
            rows = rows.checked_add(each)?;
        }
        for _ in 0..values {
            let members = match kind {
                STRING => column.prefixed().map(|_| 0)?,
                DELTA => column.signed().map(|_| 0)?,
                GROUP => column.unsigned()?,
                _ => column.unsigned().map(|_| 0)?,
            };
            rows = rows.checked_add(each.checked_mul(members.checked_add(1)?)?)?;
            (rows <= 2 * MAX_ROWS).then_some(())?;
        }
    }
    Some(rows)
}

/// Rows of a column of alternating runs of false and true.
fn flags(mut column: Bytes<'_>) -> Option<u64> {
    let mut rows: u64 = 0;
    while !column.0.is_empty() {
        rows = rows.checked_add(column.unsigned()?)?;
    }
    Some(rows)
}

/// What is left to read.
pub(crate) struct Bytes<'b>(pub(crate) &'b [u8]);

impl<'b> Bytes<'b> {
    pub(crate) fn take(&mut self, len: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }

    pub(crate) fn prefixed(&mut self) -> Option<Self> {
        let len = usize::try_from(self.unsigned()?).ok()?;
        self.take(len).map(Bytes)
    }

    /// LEB128, at most 64 bits.
    pub(crate) fn unsigned(&mut self) -> Option<u64> {
        let mut value: u64 = 0;
        for shift in (0..64).step_by(7) {
            let byte = *self.take(1)?.first()?;
            let bits = u64::from(byte & 0x7f);
            (shift < 63 || bits <= 1).then_some(())?;
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    /// Signed LEB128, at most 64 bits.
    pub(crate) fn signed(&mut self) -> Option<i64> {
        let mut value: i64 = 0;
        for shift in (0..64).step_by(7) {
            let byte = *self.take(1)?.first()?;
            value |= i64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                let width = shift + 7;
                let negative = byte & 0x40 != 0 && width < 64;
                return Some(if negative {
                    value | (-1 << width)
                } else {
                    value
                });
            }
        }
        None
    }
}
