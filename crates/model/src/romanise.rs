//! Chinese characters to pinyin, for search keys only: never shown, never stored as a fact about a person.

use pinyin::ToPinyinMulti;

/// Most readings of one character that are kept.
const READINGS_MAX: usize = 5;

/// The plain readings of a character, the usual one first, `ü` as `v`; empty where it has none.
pub(crate) fn readings(c: char) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for reading in c.to_pinyin_multi().into_iter().flatten() {
        let plain = reading.plain().replace('ü', "v");
        if !found.contains(&plain) {
            found.push(plain);
        }
    }
    found.truncate(READINGS_MAX);
    found
}

/// A word's keys: full pinyin and initials, by the usual reading of each character. Other characters stand for
/// themselves, in small letters.
pub(crate) fn keys(word: &str) -> (String, String) {
    let (mut full, mut initials) = (String::new(), String::new());
    for c in word.chars().map(crate::text::half_width) {
        match readings(c).first() {
            Some(reading) => {
                full.push_str(reading);
                initials.extend(reading.chars().next());
            }
            None if c.is_alphanumeric() => {
                full.extend(c.to_lowercase());
                initials.extend(c.to_lowercase());
            }
            None => {}
        }
    }
    (full, initials)
}

/// What a query looks like to every search: half-width, small letters, `ü` and its stand-ins as `v`, no blanks or
/// separators.
pub(crate) fn tidy_query(query: &str) -> String {
    let text: String = query
        .chars()
        .map(crate::text::half_width)
        .filter(|c| !c.is_whitespace() && !matches!(c, '\'' | '’' | '·' | '-' | '.'))
        .flat_map(char::to_lowercase)
        .map(|c| {
            if matches!(c, 'ü' | 'ǖ' | 'ǘ' | 'ǚ' | 'ǜ') {
                'v'
            } else {
                c
            }
        })
        .collect();
    // 吕 is "LYU" in a passport.
    text.replace("lyu", "lv").replace("nyu", "nv")
}

/// Writes pinyin as the ears of southern speakers have it: z/zh, c/ch, s/sh, n/l, f/h, -n/-ng, ü/u are one.
/// Works letter by letter, so that it folds a query without knowing where its syllables end.
pub(crate) fn fold(pinyin: &str) -> String {
    let mut folded = String::with_capacity(pinyin.len());
    let mut before = ' ';
    for c in pinyin.chars() {
        match c {
            'h' if matches!(before, 'z' | 'c' | 's') => {}
            'g' if before == 'n' => {}
            'h' => folded.push('f'),
            'l' => folded.push('n'),
            'v' => folded.push('u'),
            _ => folded.push(c),
        }
        before = c;
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_have_all_their_readings() {
        assert_eq!(readings('张'), ["zhang"]);
        assert!(readings('单').contains(&"shan".to_owned()));
        assert!(readings('吕').contains(&"lv".to_owned()));
        assert!(!readings('㛃').is_empty());
        assert!(readings('x').is_empty());
    }

    #[test]
    fn keys_keep_letters_and_digits_of_mixed_words() {
        assert_eq!(
            keys("2型糖尿病"),
            ("2xingtangniaobing".into(), "2xtnb".into())
        );
        assert_eq!(
            keys("碳酸钙D3片"),
            ("tansuangaid3pian".into(), "tsgd3p".into())
        );
    }

    #[test]
    fn folding_makes_one_of_what_southern_ears_confuse() {
        for (one, other) in [
            ("zhang", "zang"),
            ("zhang", "zhan"),
            ("lan", "nan"),
            ("shen", "seng"),
            ("hui", "fui"),
            ("lv", "lu"),
            ("chen", "ceng"),
        ] {
            assert_eq!(fold(one), fold(other), "{one} {other}");
        }
        assert_ne!(fold("wang"), fold("zhang"));
        assert_eq!(tidy_query(" LÜ Zhì "), "lvzhì");
        assert_eq!(tidy_query("Ｌｙｕ"), "lv");
    }
}
