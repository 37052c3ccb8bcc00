//! Whether a new password is strong enough to stand alone: the roaming record lies on every device of
//! the site, and a copied disk gives an attacker as many tries as they can pay for. The estimate is
//! deliberately plain: what is predictable counts nothing, the rest counts by its alphabet.
//! Passwords are compared in Unicode form NFKC, so that full-width digits of a Chinese input method
//! and their ASCII twins are the same password.

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

use crate::{PasswordWeakness, VaultError};

/// Characters, at least (architecture.md §8).
const MIN_CHARS: usize = 10;
/// Characters, at most, so that normalising stays cheap.
const MAX_CHARS: usize = 200;
/// Unpredictable characters, at least.
const MIN_COUNTED: usize = 8;
/// Estimated bits, at least. With Argon2id at 256 MiB a thousand rented machines, ten tries a second
/// each, need more than fifty years for half of 2^45.
const MIN_BITS: f64 = 45.0;

/// Words that guessing lists start with, and those of this trade and country; each counts as one
/// character wherever it stands.
const COMMON: [&str; 64] = [
    "password",
    "passw0rd",
    "p@ssw0rd",
    "p@ssword",
    "admin",
    "administrator",
    "welcome",
    "letmein",
    "iloveyou",
    "monkey",
    "dragon",
    "football",
    "baseball",
    "master",
    "login",
    "abc",
    "test",
    "user",
    "root",
    "guest",
    "default",
    "changeme",
    "secret",
    "qwerty",
    "qwertz",
    "asdf",
    "zxcv",
    "1qaz",
    "2wsx",
    "3edc",
    "4rfv",
    "5tgb",
    "qazwsx",
    "woaini",
    "wo ai ni",
    "aini",
    "zhongguo",
    "beijing",
    "shanghai",
    "nihao",
    "mima",
    "5201314",
    "521",
    "520",
    "1314",
    "666",
    "888",
    "168",
    "xunyi",
    "yisheng",
    "hushi",
    "yiyuan",
    "weisheng",
    "jiankang",
    "zhongxin",
    "yaofang",
    "clinic",
    "doctor",
    "nurse",
    "hospital",
    "health",
    "china",
    "hello",
    "巡医",
];

/// Rows of the keyboard: neighbours in a row are as predictable as neighbours in the alphabet.
const ROWS: [&str; 4] = ["`1234567890-=", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./"];

/// The form in which a password is derived from.
pub(crate) fn normalized(password: &str) -> Zeroizing<String> {
    Zeroizing::new(password.nfkc().collect())
}

/// Checks a new password. `personal` are words that an acquaintance would try: name, pinyin, phone, ID
/// number, the center's name.
///
/// # Errors
/// `PasswordTooWeak` with the reason.
pub fn check_password(password: &str, personal: &[&str]) -> Result<(), VaultError> {
    let weak = |why| Err(VaultError::PasswordTooWeak(why));
    let length = password.chars().take(MAX_CHARS + 1).count();
    if length > MAX_CHARS {
        return weak(PasswordWeakness::TooLong);
    }
    let text = normalized(password);
    // Both: one character can be a whole formula in NFKC.
    if length < MIN_CHARS || text.chars().count() < MIN_CHARS {
        return weak(PasswordWeakness::TooShort);
    }
    let counted = unpredictable(&text, personal);
    let mut distinct: Vec<char> = counted.chars().collect();
    let count = distinct.len();
    distinct.sort_unstable();
    distinct.dedup();
    #[expect(clippy::cast_precision_loss, reason = "at most 200")]
    let bits = alphabet(&counted).log2() * count as f64;
    if count < MIN_COUNTED || distinct.len() < 5 || bits < MIN_BITS {
        return weak(PasswordWeakness::Guessable);
    }
    Ok(())
}

/// The password without what can be foreseen.
fn unpredictable(text: &str, personal: &[&str]) -> Zeroizing<String> {
    let mut rest = Zeroizing::new(text.to_owned());
    let mut lower = Zeroizing::new(text.to_lowercase());
    if lower.chars().count() != rest.chars().count() {
        // Lower-casing changed the length (some Turkish and German letters): case then counts nothing.
        rest = lower.clone();
    }
    let personal = personal.iter().map(|word| normalized(word).to_lowercase());
    let common = COMMON.iter().map(|word| (*word).to_owned());
    for word in personal
        .filter(|word| word.chars().count() >= 2)
        .chain(common)
    {
        let long = word.chars().count();
        while let Some(at) = lower.find(&word) {
            let start = lower.get(..at).map_or(0, |before| before.chars().count());
            lower = cut(&lower, start, long);
            rest = cut(&rest, start, long);
        }
    }
    let rest = without_long_numbers(&rest);
    let rest = shortest_period(&rest);
    let mut out = Zeroizing::new(String::new());
    let mut last: Option<char> = None;
    for c in rest.chars() {
        if !last.is_some_and(|last| follows(last, c)) {
            out.push(c);
        }
        last = Some(c);
    }
    out
}

/// Replaces `long` characters from `start` on by one that is in no word.
fn cut(text: &str, start: usize, long: usize) -> Zeroizing<String> {
    let head = text.chars().take(start);
    let tail = text.chars().skip(start + long);
    Zeroizing::new(head.chain(['\u{1}']).chain(tail).collect())
}

/// Phone numbers, dates and ID numbers: of six or more digits in a row three count.
fn without_long_numbers(text: &str) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::new());
    let mut run = Zeroizing::new(String::new());
    for c in text.chars().chain(['\u{0}']) {
        if c.is_ascii_digit() {
            run.push(c);
            continue;
        }
        let keep = if run.len() >= 6 { 3 } else { run.len() };
        out.extend(run.chars().take(keep));
        run.clear();
        if c != '\u{0}' {
            out.push(c);
        }
    }
    out
}

/// "tianmentianmen" counts as "tianmen".
fn shortest_period(text: &str) -> Zeroizing<String> {
    let chars: Vec<char> = text.chars().collect();
    let period = (1..=chars.len() / 2)
        .find(|period| {
            chars
                .iter()
                .zip(chars.iter().skip(*period))
                .all(|(a, b)| a == b)
        })
        .unwrap_or(chars.len());
    Zeroizing::new(chars.into_iter().take(period).collect())
}

/// Whether `next` is what one would expect after `last`: the same, its neighbour in the alphabet, among
/// the digits or on the keyboard.
fn follows(last: char, next: char) -> bool {
    let (last, next) = (last.to_ascii_lowercase(), next.to_ascii_lowercase());
    let neighbours = |a: char, b: char| u32::from(a).abs_diff(u32::from(b)) <= 1;
    let ascii = last.is_ascii_alphanumeric() && next.is_ascii_alphanumeric();
    let in_row = |row: &&str| {
        row.find(last)
            .zip(row.find(next))
            .is_some_and(|(a, b)| a.abs_diff(b) == 1)
    };
    last == next || (ascii && neighbours(last, next)) || ROWS.iter().any(in_row)
}

/// How many characters an attacker must try at each place, given the kinds in use.
fn alphabet(text: &str) -> f64 {
    let has = |kind: fn(char) -> bool| text.chars().any(kind);
    let mut size: f64 = 1.0;
    for (present, letters) in [
        (has(|c| c.is_ascii_lowercase()), 26.0),
        (has(|c| c.is_ascii_uppercase()), 26.0),
        (has(|c| c.is_ascii_digit()), 10.0),
        (
            has(|c| c.is_ascii() && !c.is_ascii_alphanumeric() && !c.is_control()),
            33.0,
        ),
        // Common Chinese characters; rarer ones are not counted higher.
        (has(|c| !c.is_ascii()), 1000.0),
    ] {
        if present {
            size += letters;
        }
    }
    size
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(password: &str) -> Result<(), PasswordWeakness> {
        check_password(password, &["陈建国", "chenjianguo", "13972880001"]).map_err(|error| {
            match error {
                VaultError::PasswordTooWeak(why) => why,
                other => panic!("{other}"),
            }
        })
    }

    #[test]
    fn what_a_stranger_or_an_acquaintance_tries_is_refused() {
        use PasswordWeakness::{Guessable, TooLong, TooShort};
        for (password, why) in [
            ("", TooShort),
            ("Tm7#kQ9!x", TooShort),
            ("梅雨时节", TooShort),
            ("1234567890", Guessable),
            ("0987654321", Guessable),
            ("aaaaaaaaaaaa", Guessable),
            ("qwertyuiop", Guessable),
            ("1qaz2wsx3edc", Guessable),
            ("password123", Guessable),
            ("Passw0rd2024!", Guessable),
            ("abcdefghijkl", Guessable),
            ("chenjianguo1", Guessable),
            ("ChenJianguo1978", Guessable),
            ("陈建国13972880001", Guessable),
            ("42098419780304", Guessable),
            ("19780304abc!", Guessable),
            ("woaini5201314", Guessable),
            ("k7#k7#k7#k7#", Guessable),
            ("weishengyuan2024", Guessable),
        ] {
            assert_eq!(verdict(password), Err(why), "{password}");
        }
        assert_eq!(verdict(&"长".repeat(201)), Err(TooLong));
    }

    #[test]
    fn ordinary_strong_passwords_pass() {
        for password in [
            "river-lantern-42",
            "Tm7#kQ9!xz",
            "梅雨时节家家雨青草池塘",
            "three goats cross the ford",
            "dongtian mai yu",
        ] {
            assert_eq!(verdict(password), Ok(()), "{password}");
        }
    }

    #[test]
    fn full_width_typing_is_the_same_password() {
        assert_eq!(*normalized("ｒｉｖｅｒ－４２"), *normalized("river-42"));
    }
}
