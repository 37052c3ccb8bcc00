//! Ids by how lately they were named: what a command names stands near what named it last.

use crate::DecodeError;

/// Ids, the last named at the end.
#[derive(Debug, Default)]
pub(super) struct Recent(Vec<[u8; 16]>);

impl Recent {
    /// An id is named for the first time.
    pub(super) fn note(&mut self, id: [u8; 16]) {
        self.0.push(id);
    }

    /// How many ids were named since this one was, itself counted; `None` for a new one. Now it is the last.
    pub(super) fn ago(&mut self, id: [u8; 16]) -> Option<u64> {
        let at = self.0.iter().rposition(|known| *known == id);
        let ago = at.map(|at| (self.0.len() - at) as u64);
        if let Some(at) = at {
            self.0.remove(at);
        }
        self.0.push(id);
        ago
    }

    /// The id that was named so long ago, which is now the last.
    pub(super) fn named(&mut self, ago: usize) -> Result<[u8; 16], DecodeError> {
        let at = self
            .0
            .len()
            .checked_sub(ago)
            .filter(|at| *at < self.0.len());
        let at = at.ok_or(DecodeError::Malformed("frame id"))?;
        let id = self.0.remove(at);
        self.0.push(id);
        Ok(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_found_again_by_how_long_ago_it_was_named() {
        let (mut written, mut read) = (Recent::default(), Recent::default());
        for n in [1, 2, 3, 1, 1, 2, 4, 3] {
            let id = [n; 16];
            match written.ago(id) {
                Some(ago) => assert_eq!(read.named(ago as usize), Ok(id)),
                None => read.note(id),
            }
        }
        assert_eq!(written.0, read.0);
        assert!(read.named(0).is_err() && read.named(5).is_err());
    }
}
