//! Looks for words in every file below a folder, in UTF-8 and both UTF-16 byte orders: what must
//! not be found there (a patient's name in a log), and the canary that shows that the search sees.

use crate::Outcome;
use std::fs;
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

/// Every trace of the words below the folder. ASCII letters are found in either case.
///
/// # Errors
/// If a file can't be read; files that vanish meanwhile are passed over.
pub fn find(folder: &Path, words: &[&str]) -> Outcome<Vec<Trace>> {
    let needles: Vec<_> = words.iter().flat_map(|word| encodings(word)).collect();
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for item in fs::read_dir(&folder)?.flatten() {
            let kind = item.file_type()?;
            let file = item.path();
            if kind.is_dir() {
                folders.push(file);
            } else if kind.is_file()
                && let Ok(mut bytes) = fs::read(&file)
            {
                bytes.make_ascii_lowercase();
                for (word, encoding, needle) in &needles {
                    if contains(&bytes, needle) {
                        found.push(Trace {
                            file: file.clone(),
                            word: (*word).to_string(),
                            encoding,
                        });
                    }
                }
            }
        }
    }
    found.sort();
    Ok(found)
}

fn encodings(word: &str) -> Vec<(&str, &'static str, Vec<u8>)> {
    let lower = word.to_ascii_lowercase();
    let units = || lower.encode_utf16();
    vec![
        (word, "UTF-8", lower.clone().into_bytes()),
        (
            word,
            "UTF-16LE",
            units().flat_map(u16::to_le_bytes).collect(),
        ),
        (
            word,
            "UTF-16BE",
            units().flat_map(u16::to_be_bytes).collect(),
        ),
    ]
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

    #[test]
    fn a_planted_word_is_found_in_every_encoding_and_case() {
        let folder = tempfile::tempdir().unwrap();
        let below = folder.path().join("a/b");
        fs::create_dir_all(&below).unwrap();
        let wide: Vec<u8> = "x王小明"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        fs::write(below.join("wide"), wide).unwrap();
        fs::write(folder.path().join("plain"), "…WangXiaoMing…").unwrap();
        let found = find(folder.path(), &["王小明", "wangxiaoming", "absent"]).unwrap();
        let told: Vec<_> = found
            .iter()
            .map(|t| (t.word.as_str(), t.encoding))
            .collect();
        assert_eq!(told, [("王小明", "UTF-16LE"), ("wangxiaoming", "UTF-8")]);
    }
}
