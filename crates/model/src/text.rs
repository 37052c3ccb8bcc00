//! Tidying and limiting of what people type. Works on characters, never on bytes; changes no meaning.

use crate::error::Invalid;

/// Longest free text such as a note or findings, in characters.
pub const NOTE_MAX: usize = 8_000;
/// Longest one-line text such as a reason, in characters.
pub const LINE_MAX: usize = 200;

/// The ASCII twin of a full-width letter, digit or sign; other characters as they are.
pub(crate) fn half_width(c: char) -> char {
    match c {
        '\u{3000}' | '\u{a0}' => ' ',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        _ => c,
    }
}

/// As it is compared: trimmed, half-width, small letters. What was typed is kept beside it.
pub(crate) fn folded(input: &str) -> String {
    let narrow = input.trim().chars().map(half_width);
    narrow.flat_map(char::to_lowercase).collect()
}

/// Trims, drops zero-width marks, makes letters half-width, folds blanks and the many middle dots.
pub(crate) fn tidy_name(input: &str) -> String {
    let mut name = String::with_capacity(input.len());
    for c in input.chars().map(half_width) {
        match c {
            // A byte-order mark or joiner pasted along with a name is not part of it.
            '\u{200b}' | '\u{200c}' | '\u{200d}' | '\u{2060}' | '\u{feff}' => {}
            ' ' => {
                if !name.is_empty() && !name.ends_with(' ') {
                    name.push(' ');
                }
            }
            '\u{2022}' | '\u{2027}' | '\u{22c5}' | '\u{2219}' | '\u{30fb}' | '\u{ff65}'
            | '\u{2e31}' => name.push('·'),
            _ => name.push(c),
        }
    }
    while name.ends_with(' ') {
        name.pop();
    }
    name
}

/// Letters of any script, ideographs of all planes (also those registered only in private use areas of the public
/// security's fonts), the middle dot, blank, hyphen, apostrophe and full stop. No digits, no emoji, no controls.
pub(crate) fn belongs_in_name(c: char) -> bool {
    matches!(c, '·' | ' ' | '-' | '\'' | '’' | '.')
        || (c.is_alphabetic() && !c.is_control())
        || matches!(u32::from(c),
            0x3007                      // 〇, a numeral to Unicode, a character to people
            | 0x0300..=0x036f           // combining accents of decomposed pinyin
            | 0xe000..=0xf8ff           // private use: rare characters of older ID systems
            | 0x20000..=0x3fffd         // ideographs of planes 2 and 3, newer ones than this program's tables too
            | 0xe0100..=0xe01ef         // variation selectors of ideographs
        )
}

/// One line: trimmed, at most `max` characters, no control characters. May be empty.
pub fn line(field: &'static str, input: &str, max: usize) -> Result<String, Invalid> {
    let text = input.trim();
    limit(field, text, max)?;
    if text.chars().any(char::is_control) {
        Err(Invalid::TextCharacter { field })
    } else {
        Ok(text.to_owned())
    }
}

/// One line that must say something.
pub fn required(field: &'static str, input: &str, max: usize) -> Result<String, Invalid> {
    let text = line(field, input, max)?;
    if text.is_empty() {
        Err(Invalid::TextEmpty { field })
    } else {
        Ok(text)
    }
}

/// Several lines: trimmed at the end, at most `max` characters, line breaks and tabs allowed. May be empty.
pub fn note(field: &'static str, input: &str, max: usize) -> Result<String, Invalid> {
    let text = input.trim_end();
    limit(field, text, max)?;
    if text
        .chars()
        .any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
    {
        return Err(Invalid::TextCharacter { field });
    }
    Ok(text.to_owned())
}

/// At most `max` characters.
pub fn limit(field: &'static str, text: &str, max: usize) -> Result<(), Invalid> {
    let found = text.chars().count();
    if found > max {
        Err(Invalid::TextTooLong { field, max, found })
    } else {
        Ok(())
    }
}

/// The last `n` characters, or all of a shorter text.
pub(crate) fn tail(text: &str, n: usize) -> &str {
    match n
        .checked_sub(1)
        .and_then(|back| text.char_indices().nth_back(back))
    {
        Some((at, _)) => text.get(at..).unwrap_or(text),
        None => text,
    }
}
