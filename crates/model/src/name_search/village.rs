//! Villages in a query: the village alone, or beside a name (石河村王伟, shihe wangwei, 王伟 石河).

use super::index::Query;
use crate::romanise;

/// What a village is called by.
pub(super) struct Keys {
    name: String,
    pinyin: String,
    initials: String,
}

/// How a query speaks of a village.
pub(super) struct Split {
    /// The query is the village and nothing else.
    pub village_only: bool,
    /// What is left of the query for the name.
    pub names: Vec<Query>,
}

impl Keys {
    pub(super) fn new(name: &str) -> Self {
        let (pinyin, initials) = romanise::keys(name);
        Self {
            name: romanise::tidy_query(name),
            pinyin,
            initials,
        }
    }

    /// `None` where the query does not speak of this village. In one word the village comes first; with a blank
    /// between, either may.
    pub(super) fn split(&self, query: &str) -> Option<Split> {
        let mut split = Split {
            village_only: self.means(&romanise::tidy_query(query)),
            names: Vec::new(),
        };
        for (at, c) in query.char_indices().skip(1) {
            let Some((before, after)) = query.split_at_checked(at) else {
                continue;
            };
            let village_first = self.means(&romanise::tidy_query(before));
            let village_last = c.is_whitespace() && self.means(&romanise::tidy_query(after));
            for (fits, name) in [(village_first, after), (village_last, before)] {
                let name = Query::new(name);
                if fits && !name.is_empty() {
                    split.names.push(name);
                }
            }
        }
        (split.village_only || !split.names.is_empty()).then_some(split)
    }

    /// The village by two characters of its name, or by two letters of its pinyin or its initials, from the start.
    fn means(&self, part: &str) -> bool {
        part.chars().count() >= 2
            && (self.name.starts_with(part)
                || self.pinyin.starts_with(part)
                || self.initials.starts_with(part))
    }
}
