//! Search in short tables (diagnoses, products): a few hundred rows, so it simply looks at each.

use crate::romanise;

/// Keys of one row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Keys {
    /// Code, in small letters.
    code: String,
    /// Names in Chinese or English, in small letters, the leading one first.
    names: Vec<String>,
    /// Pinyin of the names.
    pinyin: Vec<String>,
    /// Initials of the names.
    initials: Vec<String>,
}

impl Keys {
    pub(crate) fn new<'a>(code: &str, names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut keys = Keys {
            code: code.to_lowercase(),
            names: vec![],
            pinyin: vec![],
            initials: vec![],
        };
        for name in names.into_iter().filter(|name| !name.is_empty()) {
            let (full, initials) = romanise::keys(name);
            keys.names.push(romanise::tidy_query(name));
            keys.pinyin.push(full);
            keys.initials.push(initials);
        }
        keys
    }

    pub(crate) fn add_pinyin(&mut self, full: &str, initials: &str) {
        self.pinyin.push(full.to_owned());
        self.initials.push(initials.to_owned());
    }

    /// How well a tidied query fits, smaller is better; `None` when it does not.
    pub(crate) fn rank(&self, query: &str) -> Option<u8> {
        if query.is_empty() {
            return None;
        }
        let any =
            |list: &[String], fits: fn(&str, &str) -> bool| list.iter().any(|key| fits(key, query));
        let equal: fn(&str, &str) -> bool = |key, query| key == query;
        let starts: fn(&str, &str) -> bool = |key, query| key.starts_with(query);
        let holds: fn(&str, &str) -> bool = |key, query| key.contains(query);
        let letters = query.chars().count();
        if equal(&self.code, query) || any(&self.names, equal) {
            Some(0)
        } else if any(&self.initials, equal) || any(&self.pinyin, equal) {
            Some(1)
        } else if any(&self.names, starts) {
            Some(2)
        } else if any(&self.initials, starts) || any(&self.pinyin, starts) {
            Some(3)
        } else if starts(&self.code, query) {
            Some(4)
        } else if any(&self.names, holds) {
            Some(5)
        } else if letters >= 2 && any(&self.initials, holds) {
            Some(6)
        } else if letters >= 3 && any(&self.pinyin, holds) {
            Some(7)
        } else {
            None
        }
    }
}

/// The rows that fit, best first, in table order among equals.
pub(crate) fn best<'a, T>(
    rows: impl IntoIterator<Item = (&'a Keys, &'a T)>,
    query: &str,
    limit: usize,
) -> Vec<&'a T> {
    let query = romanise::tidy_query(query);
    let mut found: Vec<(u8, &T)> = rows
        .into_iter()
        .filter_map(|(keys, row)| Some((keys.rank(&query)?, row)))
        .collect();
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().take(limit).map(|(_, row)| row).collect()
}
