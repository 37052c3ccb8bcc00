//! Columns of a frame: like beside like, so that the compressor finds what repeats.
//!
//! A stream is a run of bytes with its length before it. Numbers are LEB128; differences are zigzag.

use crate::DecodeError;

/// Writes a number.
pub(super) fn put(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value as u8) | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Writes the difference between two numbers of any size: it wraps, so that reading adds back exactly.
pub(super) fn put_step(out: &mut Vec<u8>, from: u64, to: u64) {
    let step = to.wrapping_sub(from) as i64;
    put(out, ((step << 1) ^ (step >> 63)) as u64);
}

/// Writes bytes with their length before them.
pub(super) fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// What is left to read of a stream.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cursor<'b>(pub(super) &'b [u8]);

impl<'b> Cursor<'b> {
    pub(super) fn take(&mut self, len: usize) -> Result<&'b [u8], DecodeError> {
        let (taken, rest) = self.0.split_at_checked(len).ok_or(SHORT)?;
        self.0 = rest;
        Ok(taken)
    }

    /// So many bytes as an array.
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        self.take(N)?.try_into().map_err(|_| SHORT)
    }

    pub(super) fn number(&mut self) -> Result<u64, DecodeError> {
        let mut value: u64 = 0;
        for shift in (0..64).step_by(7) {
            let [byte] = self.array()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                break;
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(DecodeError::Malformed("frame number"))
    }

    /// A number of at most this.
    pub(super) fn up_to(&mut self, most: usize) -> Result<usize, DecodeError> {
        usize::try_from(self.number()?)
            .ok()
            .filter(|n| *n <= most)
            .ok_or(DecodeError::Malformed("frame number"))
    }

    /// A number that fits into 16 bits.
    pub(super) fn short(&mut self) -> Result<u16, DecodeError> {
        u16::try_from(self.number()?).map_err(|_| DecodeError::Malformed("frame number"))
    }

    /// The number that lies as far from `from` as is written.
    pub(super) fn step(&mut self, from: u64) -> Result<u64, DecodeError> {
        let zigzag = self.number()?;
        let step = ((zigzag >> 1) as i64) ^ -((zigzag & 1) as i64);
        Ok(from.wrapping_add(step as u64))
    }

    /// Bytes that have their length before them.
    pub(super) fn bytes(&mut self) -> Result<&'b [u8], DecodeError> {
        let len = self.up_to(self.0.len())?;
        self.take(len)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

const SHORT: DecodeError = DecodeError::Malformed("frame that ends too soon");

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_and_steps_come_back(from in any::<u64>(), to in any::<u64>()) {
            let mut out = Vec::new();
            put(&mut out, to);
            put_step(&mut out, from, to);
            put_bytes(&mut out, b"end");
            let mut cursor = Cursor(&out);
            prop_assert_eq!(cursor.number(), Ok(to));
            prop_assert_eq!(cursor.step(from), Ok(to));
            prop_assert_eq!(cursor.bytes(), Ok(b"end".as_slice()));
            prop_assert!(cursor.is_empty());
        }

        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let mut cursor = Cursor(&bytes);
            while cursor.number().is_ok() {}
            prop_assert!(cursor.bytes().is_ok() || !cursor.is_empty() || bytes.is_empty() || cursor.0.is_empty());
        }
    }
}
