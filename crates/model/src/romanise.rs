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

/// Writes pinyin as the ears of southern speakers have it: z/zh, c/ch, s/sh, n/l, f/h and ü/u are one.
/// Works letter by letter, so that it folds a query without knowing where its syllables end.
pub(crate) fn fold(pinyin: &str) -> String {
    let mut folded = String::with_capacity(pinyin.len());
    let mut before = ' ';
    for c in pinyin.chars() {
        match c {
            'h' if matches!(before, 'z' | 'c' | 's') => {}
            'h' => folded.push('f'),
            'l' => folded.push('n'),
            'v' => folded.push('u'),
            _ => folded.push(c),
        }
        before = c;
    }
    folded
}

/// The spellings of one syllable that a folded query may use: -n for -ng and back, fa for hua, fei for hui and back.
/// These need to know where a syllable ends, so they are the key's part of the folding.
pub(crate) fn folded_spellings(syllable: &str) -> Vec<String> {
    const HEADS: [(&str, &str); 5] = [
        ("fa", "fua"),
        ("fo", "fuo"),
        ("fei", "fui"),
        ("fen", "fun"),
        ("fe", "fue"),
    ];
    let folded = fold(syllable);
    let mut spellings = vec![folded.clone()];
    for (short, long) in HEADS {
        let other = match (folded.strip_prefix(short), folded.strip_prefix(long)) {
            (Some(rest), _) => format!("{long}{rest}"),
            (_, Some(rest)) => format!("{short}{rest}"),
            _ => continue,
        };
        spellings.push(other);
        break;
    }
    let endings: Vec<String> = spellings
        .iter()
        .filter_map(|spelling| match spelling.strip_suffix("ng") {
            Some(open) => Some(format!("{open}n")),
            None => spelling.ends_with('n').then(|| format!("{spelling}g")),
        })
        .collect();
    spellings.extend(endings);
    spellings
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
        for (heard, meant) in [
            ("zang", "zhang"),
            ("zhan", "zhang"),
            ("nan", "lan"),
            ("seng", "shen"),
            ("fei", "hui"),
            ("hui", "fei"),
            ("huang", "fang"),
            ("fan", "huang"),
            ("fu", "hu"),
            ("lu", "lv"),
            ("ceng", "chen"),
        ] {
            assert!(
                folded_spellings(meant).contains(&fold(heard)),
                "{heard} for {meant}"
            );
        }
        assert!(!folded_spellings("wang").contains(&fold("zhang")));
    }

    #[test]
    fn a_query_is_tidied_the_same_way_everywhere() {
        assert_eq!(tidy_query(" LÜ Zhi'an "), "lvzhian");
        assert_eq!(tidy_query("Ｌｙｕ"), "lv");
    }
}
