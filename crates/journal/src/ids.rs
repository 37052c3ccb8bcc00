//! Identifiers of fixed width that stand in entry bytes and vectors.

use std::fmt;

macro_rules! fixed {
    ($(#[$doc:meta])* $name:ident, $n:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; $n]);

        impl $name {
            /// Width in bytes.
            pub const LEN: usize = $n;

            /// From a slice of exactly the right width.
            pub fn from_slice(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map(Self)
            }

            /// The bytes.
            pub fn as_bytes(&self) -> &[u8] {
                &self.0
            }

            /// Lower-case hexadecimal.
            pub fn to_hex(&self) -> String {
                self.0.iter().map(|b| format!("{b:02x}")).collect()
            }

            /// From hexadecimal of exactly the right length.
            pub fn from_hex(text: &str) -> Option<Self> {
                let raw = text.as_bytes();
                // Digits alone: a number's parser would take a sign as well.
                if raw.len() != $n * 2 || !raw.iter().all(u8::is_ascii_hexdigit) {
                    return None;
                }
                let mut out = [0u8; $n];
                for (slot, pair) in out.iter_mut().zip(raw.chunks_exact(2)) {
                    let pair = std::str::from_utf8(pair).ok()?;
                    *slot = u8::from_str_radix(pair, 16).ok()?;
                }
                Some(Self(out))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let hex = self.to_hex();
                write!(f, "{}({})", stringify!($name), hex.get(..12).unwrap_or(&hex))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.to_hex())
            }
        }
    };
}

fixed!(
    /// A feed: `BLAKE3("feed" ‖ public key ‖ nonce)[..16]`; one device has one feed unless it was restored.
    FeedId, 16
);
fixed!(
    /// A document: random, or a hash where every device must come to the same (`vehicle-day`, `site`).
    DocId, 16
);
fixed!(
    /// Who acted: a staff member's id.
    UserId, 16
);
fixed!(
    /// BLAKE3 of an entry's bytes.
    EntryHash, 32
);
fixed!(
    /// Hash of a change as the change codec computes it.
    ChangeHash, 32
);
fixed!(
    /// Ed25519 signature over `feed ‖ seq (8 bytes, big endian) ‖ hash`.
    Signature, 64
);
fixed!(
    /// Who wrote a change: 10 bytes of the feed id, then a 6-byte nonce (architecture §3, "ActorId").
    ActorId, 16
);

impl EntryHash {
    /// What entry 0 has as `prev`.
    pub const ZERO: Self = Self([0; 32]);
}

impl UserId {
    /// The device itself, before anyone signed in.
    pub const NOBODY: Self = Self([0; 16]);
}

impl ActorId {
    /// The actor of a feed with a nonce that is new at each start and at each fork.
    pub fn new(feed: FeedId, nonce: [u8; 6]) -> Self {
        let mut out = [0u8; 16];
        for (slot, byte) in out
            .iter_mut()
            .zip(feed.0.iter().take(10).chain(nonce.iter()))
        {
            *slot = *byte;
        }
        Self(out)
    }

    /// True when this actor belongs to the feed.
    pub fn belongs_to(&self, feed: &FeedId) -> bool {
        self.0.iter().take(10).eq(feed.0.iter().take(10))
    }
}
