//! The one-time enrolment code: what the center prints as text and QR, and a new device reads. It
//! carries where to go, whom to trust there, a secret, and until when.
//!
//! `XUNYI1:` and Crockford base32 of `expiry u32 s ‖ fingerprint 16 B ‖ token 16 B ‖ host:port ‖ check
//! 4 B`. All characters are in QR's alphanumeric set. Does not judge the expiry: only the center's
//! clock does.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::error::PkiError;

/// Bytes of the one-time secret.
pub const TOKEN_LEN: usize = 16;

const PREFIX: &str = "XUNYI";
const VERSION: &str = "1";
const FINGERPRINT_LEN: usize = 16;
const CHECK_LEN: usize = 4;
/// Longest `host:port`, bytes.
const ADDRESS_MAX: usize = 128;
/// Longest text looked at, characters; a scanner may deliver anything.
const TEXT_MAX: usize = 512;

/// Crockford's alphabet: no I, L, O or U, so that reading aloud and typing go right.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// What is wrong with an enrolment code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeFault {
    /// The text is something else: another QR code.
    NotACode,
    /// A code of a version that this build does not know.
    OtherVersion,
    /// A character that no code contains.
    Character,
    /// A typing error, or a part is missing.
    Checksum,
    /// Whole, but its content makes no sense.
    Content,
}

impl CodeFault {
    /// A stable word for the parameter of `enrol.code_malformed`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotACode => "not_a_code",
            Self::OtherVersion => "other_version",
            Self::Character => "character",
            Self::Checksum => "checksum",
            Self::Content => "content",
        }
    }
}

/// An enrolment code's content.
#[derive(Clone, PartialEq, Eq)]
pub struct EnrolmentCode {
    address: String,
    fingerprint: [u8; FINGERPRINT_LEN],
    token: [u8; TOKEN_LEN],
    expires_s: u32,
}

impl fmt::Debug for EnrolmentCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the token: codes are printed on purpose or not at all.
        f.debug_struct("EnrolmentCode")
            .field("address", &self.address)
            .field("expires_s", &self.expires_s)
            .finish_non_exhaustive()
    }
}

impl EnrolmentCode {
    /// `address`: `https://host:port` or `host:port`. `fingerprint`: [`crate::Fingerprint::short`] of
    /// the authority. `expires_ms`: Unix milliseconds, kept to the second.
    ///
    /// # Errors
    /// `CodeMalformed(Content)` for an address or time that a code cannot carry.
    pub fn new(
        address: &str,
        fingerprint: [u8; FINGERPRINT_LEN],
        token: [u8; TOKEN_LEN],
        expires_ms: i64,
    ) -> Result<Self, PkiError> {
        let address = address.strip_prefix("https://").unwrap_or(address);
        let address = address.strip_suffix('/').unwrap_or(address);
        let expires_s = u32::try_from(expires_ms.div_euclid(1000)).map_err(|_| content())?;
        Ok(Self {
            address: checked_address(address)?,
            fingerprint,
            token,
            expires_s,
        })
    }

    /// Reads what was typed or scanned: case, spaces and hyphens do not matter, and O, I, L count as
    /// the digits they look like.
    ///
    /// # Errors
    /// `CodeMalformed` with the kind of fault.
    pub fn parse(text: &str) -> Result<Self, PkiError> {
        if text.len() > TEXT_MAX {
            return Err(fault(CodeFault::NotACode));
        }
        let text: String = text
            .chars()
            .filter(|c| !c.is_whitespace() && *c != '-')
            .map(|c| c.to_ascii_uppercase())
            .collect();
        let rest = text
            .strip_prefix(PREFIX)
            .ok_or_else(|| fault(CodeFault::NotACode))?;
        // A Chinese keyboard types the full-width colon.
        let (version, body) = rest
            .split_once([':', '\u{FF1A}'])
            .ok_or_else(|| fault(CodeFault::NotACode))?;
        if version != VERSION {
            return Err(fault(CodeFault::OtherVersion));
        }
        Self::from_payload(&decode(body)?)
    }

    fn from_payload(bytes: &[u8]) -> Result<Self, PkiError> {
        let typo = || fault(CodeFault::Checksum);
        let (payload, sum) = bytes
            .len()
            .checked_sub(CHECK_LEN)
            .and_then(|at| bytes.split_at_checked(at))
            .ok_or_else(typo)?;
        if check(payload) != sum {
            return Err(typo());
        }
        let (expires, rest) = payload.split_first_chunk::<4>().ok_or_else(content)?;
        let (fingerprint, rest) = rest.split_first_chunk().ok_or_else(content)?;
        let (token, address) = rest.split_first_chunk().ok_or_else(content)?;
        let address = std::str::from_utf8(address).map_err(|_| content())?;
        Ok(Self {
            address: checked_address(address)?,
            fingerprint: *fingerprint,
            token: *token,
            expires_s: u32::from_be_bytes(*expires),
        })
    }

    /// The center's address as a URL, `https://host:port`.
    pub fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// First 16 bytes of the authority's fingerprint, for
    /// [`enrolment_client_config`](crate::enrolment_client_config).
    pub fn fingerprint(&self) -> [u8; FINGERPRINT_LEN] {
        self.fingerprint
    }

    /// The one-time secret.
    pub fn token(&self) -> [u8; TOKEN_LEN] {
        self.token
    }

    /// Until when the center takes it, Unix milliseconds.
    pub fn expires_ms(&self) -> i64 {
        i64::from(self.expires_s).saturating_mul(1000)
    }

    /// The code without spaces, for a QR code.
    pub fn to_text(&self) -> String {
        let mut payload = self.expires_s.to_be_bytes().to_vec();
        payload.extend_from_slice(&self.fingerprint);
        payload.extend_from_slice(&self.token);
        payload.extend_from_slice(self.address.as_bytes());
        let sum = check(&payload);
        payload.extend_from_slice(&sum);
        format!("{PREFIX}{VERSION}:{}", encode(&payload))
    }

    /// The code in groups of five, for reading and typing.
    pub fn to_grouped_text(&self) -> String {
        let text = self.to_text();
        let (head, body) = text.split_once(':').unwrap_or(("", &text));
        let groups: Vec<String> = body
            .as_bytes()
            .chunks(5)
            .map(|group| String::from_utf8_lossy(group).into_owned())
            .collect();
        format!("{head}: {}", groups.join(" "))
    }
}

fn checked_address(address: &str) -> Result<String, PkiError> {
    let (host, port) = address.rsplit_once(':').ok_or_else(content)?;
    let host_ok = !host.is_empty()
        && host
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '[' | ']'));
    let port_ok = port.parse::<u16>().is_ok_and(|port| port > 0);
    if host_ok && port_ok && address.len() <= ADDRESS_MAX {
        Ok(address.to_owned())
    } else {
        Err(content())
    }
}

fn check(payload: &[u8]) -> [u8; CHECK_LEN] {
    let mut hash = Sha256::new();
    hash.update(b"xunyi enrolment code 1\0");
    hash.update(payload);
    let mut sum = [0; CHECK_LEN];
    for (to, from) in sum.iter_mut().zip(hash.finalize()) {
        *to = from;
    }
    sum
}

fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(5) * 8);
    let (mut buffer, mut bits) = (0_u32, 0_u32);
    for byte in bytes {
        buffer = (buffer << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(digit(buffer >> bits));
        }
    }
    if bits > 0 {
        text.push(digit(buffer << (5 - bits)));
    }
    text
}

fn digit(value: u32) -> char {
    let index = usize::try_from(value & 31).unwrap_or(0);
    ALPHABET.get(index).map_or('0', |byte| char::from(*byte))
}

fn decode(text: &str) -> Result<Vec<u8>, PkiError> {
    let mut bytes = Vec::with_capacity(text.len() * 5 / 8);
    let (mut buffer, mut bits) = (0_u32, 0_u32);
    for c in text.chars() {
        buffer = (buffer << 5) | digit_value(c)?;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from((buffer >> bits) & 0xff).unwrap_or(0));
        }
    }
    // What is left over is padding: under one character, and zero.
    if bits >= 5 || buffer & ((1 << bits) - 1) != 0 {
        return Err(fault(CodeFault::Checksum));
    }
    Ok(bytes)
}

fn digit_value(c: char) -> Result<u32, PkiError> {
    let c = match c {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    ALPHABET
        .iter()
        .position(|byte| char::from(*byte) == c)
        .and_then(|index| u32::try_from(index).ok())
        .ok_or_else(|| fault(CodeFault::Character))
}

fn content() -> PkiError {
    fault(CodeFault::Content)
}

fn fault(kind: CodeFault) -> PkiError {
    PkiError::CodeMalformed(kind)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const EXPIRES: i64 = 1_780_000_000_000;

    fn code() -> EnrolmentCode {
        EnrolmentCode::new("https://10.1.2.3:8443", [0xA5; 16], [0x5A; 16], EXPIRES).unwrap()
    }

    #[test]
    fn printed_code_is_pinned() {
        // Printed codes outlive a build: this text must read for ever.
        let text = concat!(
            "XUNYI1:D8CAA055MPJTB9D5MPJTB9D5MPJTB9D5B9D5MPJTB9D5M",
            "PJTB9D5MPJTB8RK0BHH5RS2WCST70T38CZBCF1R8",
        );
        assert_eq!(code().to_text(), text);
        assert_eq!(EnrolmentCode::parse(text).unwrap(), code());
        assert_eq!(code().url(), "https://10.1.2.3:8443");
        assert_eq!(code().expires_ms(), EXPIRES);
    }

    #[test]
    fn typed_code_is_read_as_meant() {
        let typed = code()
            .to_grouped_text()
            .to_lowercase()
            .replace('0', "o")
            .replace('1', "l")
            // The version digit is no base32.
            .replacen("xunyil:", "xunyi1\u{FF1A}", 1);
        assert_eq!(EnrolmentCode::parse(&typed).unwrap(), code());
    }

    #[test]
    fn each_fault_is_told_apart() {
        let good = code().to_text();
        let cases = [
            ("https://example.cn/menu".to_owned(), CodeFault::NotACode),
            ("XUNYI".to_owned(), CodeFault::NotACode),
            ("X".repeat(10_000), CodeFault::NotACode),
            (
                good.replacen("XUNYI1", "XUNYI2", 1),
                CodeFault::OtherVersion,
            ),
            (format!("{good}U"), CodeFault::Character),
            (format!("{good}巡"), CodeFault::Character),
            (
                good.split_at(good.len() - 1).0.to_owned(),
                CodeFault::Checksum,
            ),
            (good.split_at(9).0.to_owned(), CodeFault::Checksum),
            ("XUNYI1:".to_owned(), CodeFault::Checksum),
        ];
        for (text, expected) in cases {
            assert_eq!(
                EnrolmentCode::parse(&text),
                Err(PkiError::CodeMalformed(expected)),
                "{text}"
            );
        }
    }

    #[test]
    fn any_single_typing_error_is_noticed() {
        let good = code().to_text();
        let start = good.find(':').unwrap() + 1;
        for at in start..good.len() {
            let mut bytes = good.clone().into_bytes();
            bytes[at] = if bytes[at] == b'7' { b'8' } else { b'7' };
            let typo = String::from_utf8(bytes).unwrap();
            assert_eq!(
                EnrolmentCode::parse(&typo),
                Err(PkiError::CodeMalformed(CodeFault::Checksum)),
                "{typo}"
            );
        }
    }

    #[test]
    fn address_without_port_or_with_a_path_is_refused() {
        for address in [
            "center",
            "center:0",
            "center:99999",
            "a:1/b",
            ":1",
            "http://a:1",
        ] {
            assert_eq!(
                EnrolmentCode::new(address, [0; 16], [0; 16], EXPIRES),
                Err(PkiError::CodeMalformed(CodeFault::Content)),
                "{address}"
            );
        }
        assert!(EnrolmentCode::new("[fd00::1]:8443", [0; 16], [0; 16], EXPIRES).is_ok());
    }

    #[test]
    fn token_is_not_in_debug_output() {
        assert!(!format!("{:?}", code()).contains("90"));
    }

    proptest! {
        #[test]
        fn any_code_reads_back(fingerprint: [u8; 16], token: [u8; 16], expires: u32, port in 1_u16..) {
            let address = format!("center.example.cn:{port}");
            let code = EnrolmentCode::new(&address, fingerprint, token, i64::from(expires) * 1000).unwrap();
            prop_assert_eq!(EnrolmentCode::parse(&code.to_text()).unwrap(), code.clone());
            prop_assert_eq!(EnrolmentCode::parse(&code.to_grouped_text()).unwrap(), code);
        }

        #[test]
        fn any_text_is_survived(text in ".*") {
            prop_assert!(EnrolmentCode::parse(&text).is_err());
            let prefixed = format!("XUNYI1:{text}");
            prop_assert!(EnrolmentCode::parse(&prefixed).is_err());
        }
    }
}
