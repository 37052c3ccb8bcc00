//! Looks for words in every file below some folders, and in the files' names: what must not be found there
//! (a patient's name in a log), and the canary that shows that the search sees.
//!
//! Sees UTF-8, both UTF-16 byte orders, JSON's and URLs' escapes; it does not unpack what is compressed.

use crate::Outcome;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A word that was found, and where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Trace {
    /// The file.
    pub file: PathBuf,
    /// The word as it was asked for.
    pub word: String,
    /// How it was written there.
    pub encoding: &'static str,
}

/// What to look for of a person: the words that tell who somebody is. Parts that are empty are left out.
pub fn words_of(name: &str, pinyin: &[&str], id_number: &str, phone: &str) -> Vec<String> {
    let spaced = |cuts: &[usize]| {
        let mut text = String::new();
        for (i, c) in phone.chars().enumerate() {
            if cuts.contains(&i) {
                text.push(' ');
            }
            text.push(c);
        }
        text
    };
    let mut words = vec![name.to_owned(), pinyin.concat(), pinyin.join(" ")];
    words.extend([id_number.to_owned(), phone.to_owned(), spaced(&[3, 7])]);
    words.retain(|word| !word.is_empty());
    words.sort();
    words.dedup();
    words
}

/// Every trace of the words below the folders. ASCII letters are found in either case.
///
/// # Errors
/// If a folder is not there, or something can't be read; what vanishes meanwhile is passed over.
pub fn find(folders: &[&Path], words: &[&str]) -> Outcome<Vec<Trace>> {
    let needles: Vec<_> = words.iter().flat_map(|word| encodings(word)).collect();
    let mut found = Vec::new();
    let mut rest = Vec::new();
    for folder in folders {
        if !folder.is_dir() {
            return Err(format!("{}: no folder to search", folder.display()).into());
        }
        rest.push(folder.to_path_buf());
    }
    while let Some(folder) = rest.pop() {
        let Some(items) = unless_gone(fs::read_dir(&folder))? else {
            continue;
        };
        for item in items {
            let Some(item) = unless_gone(item)? else {
                continue;
            };
            let Some(kind) = unless_gone(item.file_type())? else {
                continue;
            };
            let file = item.path();
            let name = item.file_name().as_encoded_bytes().to_vec();
            look(name, &file, &needles, &mut found);
            if kind.is_dir() {
                rest.push(file);
            } else if kind.is_file()
                && let Some(bytes) = unless_gone(fs::read(&file))?
            {
                look(bytes, &file, &needles, &mut found);
            }
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

fn unless_gone<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

struct Needle<'w> {
    word: &'w str,
    encoding: &'static str,
    bytes: Vec<u8>,
}

fn look(mut bytes: Vec<u8>, file: &Path, needles: &[Needle<'_>], found: &mut Vec<Trace>) {
    // Both sides are lowered byte by byte: half of a wide character may look like a letter, and must change
    // on both sides alike.
    bytes.make_ascii_lowercase();
    for needle in needles {
        if contains(&bytes, &needle.bytes) {
            found.push(Trace {
                file: file.to_owned(),
                word: needle.word.to_owned(),
                encoding: needle.encoding,
            });
        }
    }
}

fn encodings(word: &str) -> Vec<Needle<'_>> {
    let wide = |order: fn(u16) -> [u8; 2]| word.encode_utf16().flat_map(order).collect();
    let mut all = vec![
        ("UTF-8", word.as_bytes().to_vec()),
        ("UTF-16LE", wide(u16::to_le_bytes)),
        ("UTF-16BE", wide(u16::to_be_bytes)),
    ];
    if !word.is_ascii() {
        let json = |unit: u16| match u8::try_from(unit) {
            Ok(byte) if byte.is_ascii() => char::from(byte).to_string(),
            _ => format!("\\u{unit:04x}"),
        };
        let json: String = word.encode_utf16().map(json).collect();
        let url = |byte: u8| match byte {
            ascii if ascii.is_ascii_alphanumeric() => char::from(ascii).to_string(),
            other => format!("%{other:02x}"),
        };
        let url: String = word.bytes().map(url).collect();
        all.extend([("JSON", json.into_bytes()), ("URL", url.into_bytes())]);
    }
    all.into_iter()
        .map(|(encoding, mut bytes)| {
            bytes.make_ascii_lowercase();
            Needle {
                word,
                encoding,
                bytes,
            }
        })
        .collect()
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    let Some(first) = needle.first() else {
        return false;
    };
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| byte == first) {
        rest = rest.get(at..).unwrap_or_default();
        if rest.starts_with(needle) {
            return true;
        }
        rest = rest.get(1..).unwrap_or_default();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "刘陈中";
    const ENCODINGS: [&str; 5] = ["JSON", "URL", "UTF-16BE", "UTF-16LE", "UTF-8"];

    /// A word in the middle of pages of noise, as a WAL or a web view's cache holds it.
    fn binary(word: &[u8]) -> Vec<u8> {
        let noise = (0..6000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8);
        let mut bytes: Vec<u8> = noise.collect();
        bytes.splice(4093..4093, word.iter().copied());
        bytes
    }

    #[test]
    fn a_canary_is_found_in_each_encoding_and_kind_of_file() {
        let folder = tempfile::tempdir().unwrap();
        let planted = |folder: &Path, bytes: &[u8], name: &str| {
            fs::create_dir_all(folder).unwrap();
            fs::write(folder.join(name), binary(bytes)).unwrap();
        };
        let wide =
            |order: fn(u16) -> [u8; 2]| NAME.encode_utf16().flat_map(order).collect::<Vec<u8>>();
        let data = folder.path().join("data");
        planted(&data, NAME.as_bytes(), "xunyi.db-wal");
        planted(&data.join("web view/a/b"), &wide(u16::to_le_bytes), "cache");
        planted(&data.join("tmp"), &wide(u16::to_be_bytes), "etilqs_1");
        let logs = folder.path().join("logs");
        planted(&logs, br"\u5218\u9648\u4e2d", "app.log");
        planted(&logs, b"?q=%E5%88%98%E9%99%88%E4%B8%AD&x", "access.log");
        let found = find(&[&data, &logs], &[NAME]).unwrap();
        let mut encodings: Vec<_> = found.iter().map(|t| t.encoding).collect();
        encodings.sort_unstable();
        assert_eq!(encodings, ENCODINGS);
        assert!(find(&[&data, &logs], &["王小明"]).unwrap().is_empty());
    }

    #[test]
    fn each_word_that_tells_who_somebody_is_is_found() {
        let words = words_of(
            NAME,
            &["liu", "chen", "zhong"],
            "11010519491231002X",
            "13900000001",
        );
        for word in &words {
            let folder = tempfile::tempdir().unwrap();
            let written = word.to_uppercase();
            fs::write(folder.path().join("plain"), binary(written.as_bytes())).unwrap();
            let asked: Vec<&str> = words.iter().map(String::as_str).collect();
            let found = find(&[folder.path()], &asked).unwrap();
            assert!(found.iter().any(|t| t.word == *word), "{word}");
        }
        assert!(words.contains(&"liuchenzhong".to_owned()));
        assert!(words.contains(&"139 0000 0001".to_owned()));
    }

    #[test]
    fn a_file_named_after_somebody_is_found() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(format!("{NAME}.pdf")), b"").unwrap();
        assert_eq!(find(&[folder.path()], &[NAME]).unwrap().len(), 1);
    }

    #[test]
    fn what_cannot_be_read_is_no_clean_answer() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("no folder");
        fs::write(&file, b"").unwrap();
        assert!(find(&[&file], &[NAME]).is_err());
        assert!(find(&[&folder.path().join("never there")], &[NAME]).is_err());
    }
}
