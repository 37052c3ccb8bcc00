//! Record ids inside documents: a UUID in 22 characters of URL-safe base64, which is what its 16 random
//! bytes cost after compression.

use uuid::Uuid;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The key of a record in its section.
pub fn record_id(id: Uuid) -> String {
    let mut n = id.as_u128();
    // 128 bits are 22 digits of 6 bits, the first of which holds only two.
    let mut out = [0u8; 22];
    for slot in out.iter_mut().rev() {
        *slot = ALPHABET.get((n & 63) as usize).copied().unwrap_or(b'A');
        n >>= 6;
    }
    out.iter().map(|b| char::from(*b)).collect()
}

/// The UUID of a record key; `None` for a key that is no UUID.
pub fn uuid_of_record(key: &str) -> Option<Uuid> {
    if key.len() != 22 {
        return None;
    }
    let mut n: u128 = 0;
    for (i, byte) in key.bytes().enumerate() {
        let digit = ALPHABET.iter().position(|c| *c == byte)? as u128;
        if i == 0 && digit > 3 {
            return None;
        }
        n = (n << 6) | digit;
    }
    Some(Uuid::from_u128(n))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_id_is_its_uuid_again() {
        for n in [
            0u128,
            1,
            63,
            64,
            u128::MAX,
            0x0193_5b6a_7c1e_7f00_8000_1234_5678_9abc,
        ] {
            let id = Uuid::from_u128(n);
            assert_eq!(uuid_of_record(&record_id(id)), Some(id));
        }
        assert_eq!(uuid_of_record("zzzzzzzzzzzzzzzzzzzzzz"), None);
        assert_eq!(uuid_of_record("short"), None);
    }
}
