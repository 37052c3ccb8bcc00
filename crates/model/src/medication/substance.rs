//! Names of medicines without what says nothing of the substance: dosage form, strength, salt. What people write down
//! and what stands on the box are compared by these; a match too many is the safe error.

/// Dosage forms and small words at the end, the longer before those they end in.
const ENDINGS: &[&str] = &[
    "过敏",
    "类药物",
    "类",
    "吸入气雾剂",
    "吸入粉雾剂",
    "气雾剂",
    "粉雾剂",
    "缓释胶囊",
    "肠溶胶囊",
    "软胶囊",
    "胶囊剂",
    "胶囊",
    "薄膜衣片",
    "缓释片",
    "控释片",
    "肠溶片",
    "分散片",
    "咀嚼片",
    "舌下片",
    "泡腾片",
    "口崩片",
    "片剂",
    "片",
    "颗粒剂",
    "颗粒",
    "冲剂",
    "注射液",
    "注射剂",
    "粉针剂",
    "粉针",
    "针剂",
    "针",
    "口服溶液",
    "口服液",
    "混悬液",
    "干混悬剂",
    "糖浆",
    "滴眼液",
    "滴眼剂",
    "眼药水",
    "眼膏",
    "软膏",
    "乳膏",
    "乳胶剂",
    "乳胶",
    "凝胶",
    "贴膏",
    "洗剂",
    "溶液",
    "栓剂",
    "栓",
    "滴丸",
    "丸",
    "散",
    "tablets",
    "tablet",
    "tabs",
    "capsules",
    "capsule",
    "injection",
];
/// Salts and small words in front.
const BEGINNINGS: &[&str] = &[
    "对",
    "注射用",
    "盐酸",
    "硫酸氢",
    "硫酸",
    "苯磺酸",
    "马来酸",
    "酒石酸",
    "琥珀酸",
    "富马酸",
    "磷酸",
    "醋酸",
    "枸橼酸",
    "甲磺酸",
    "氢溴酸",
];
/// Metals of a salt, cut where a name of at least three characters is left: 头孢曲松钠, but not 氯化钠.
const METALS: &[char] = &['钠', '钾', '钙'];
const UNITS: &[&str] = &[
    "万单位",
    "单位",
    "毫克",
    "微克",
    "毫升",
    "克",
    "mg",
    "μg",
    "µg",
    "ug",
    "ml",
    "iu",
    "g",
    "%",
];

/// The substances that a text names, each by its bare name.
pub(crate) fn substances(text: &str) -> Vec<String> {
    let parts = text.split(['、', '，', ',', '；', ';', '/', '\n']);
    parts.map(bare).filter(|s| !s.is_empty()).collect()
}

/// A name without dosage form, strength and salt, in small letters: 苯磺酸氨氯地平片5mg is 氨氯地平.
pub(crate) fn bare(name: &str) -> String {
    let mut left = without_strength(&without_brackets(&name.to_lowercase()));
    loop {
        let next = shorter(left.trim()).to_owned();
        if next == left {
            return left;
        }
        left = next;
    }
}

/// One beginning or ending less; the same where nothing is left to cut.
fn shorter(name: &str) -> &str {
    let cut = ENDINGS
        .iter()
        .find_map(|e| name.strip_suffix(e))
        .or_else(|| BEGINNINGS.iter().find_map(|b| name.strip_prefix(b)));
    if let Some(cut) = cut.filter(|cut| cut.chars().count() > 1) {
        return cut;
    }
    let salt = name.strip_suffix(METALS);
    salt.filter(|cut| cut.chars().count() > 2).unwrap_or(name)
}

fn without_brackets(text: &str) -> String {
    let mut depth = 0_u32;
    let mut kept = String::new();
    for c in text.chars() {
        match c {
            '(' | '（' => depth = depth.saturating_add(1),
            ')' | '）' => depth = depth.saturating_sub(1),
            _ if depth == 0 => kept.push(c),
            _ => {}
        }
    }
    kept
}

/// Numbers go with their unit; one without a unit is part of the name (维生素D3, 降压0号).
fn without_strength(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let number = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        if first.is_ascii_digit() {
            let after = number.trim_start();
            if let Some(cut) = UNITS.iter().find_map(|unit| after.strip_prefix(unit)) {
                rest = cut;
                continue;
            }
            kept.push_str(rest.strip_suffix(number).unwrap_or_default());
            rest = number;
            continue;
        }
        kept.push(first);
        rest = rest.strip_prefix(first).unwrap_or_default();
    }
    kept
}

/// True when two bare names tell of one substance: equal, or one within the other. Two Chinese characters or a few
/// letters of a name are within too much, so that they need what is listed to hold them, or to be equal.
pub(crate) fn same(listed: &str, product: &str) -> bool {
    let long = |name: &str, least: usize| {
        let letters = name.chars().count();
        letters >= if name.is_ascii() { 4 } else { least }
    };
    listed == product && listed.chars().count() > 1
        || long(listed, 2) && product.contains(listed)
        || long(product, 3) && holds(listed, product)
}

/// Held, and not as the beginning of another number: 维生素b12 holds no 维生素b1.
fn holds(listed: &str, product: &str) -> bool {
    listed.match_indices(product).any(|(at, found)| {
        let next = listed
            .get(at + found.len()..)
            .and_then(|rest| rest.chars().next());
        let digit = |c: char| c.is_ascii_digit();
        !(found.ends_with(digit) && next.is_some_and(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn form_strength_and_salt_say_nothing_of_the_substance() {
        for (name, left) in [
            ("氨氯地平片5mg", "氨氯地平"),
            ("苯磺酸氨氯地平片", "氨氯地平"),
            ("对 氨氯地平 过敏", "氨氯地平"),
            ("注射用头孢曲松钠 1.0g", "头孢曲松"),
            ("硝苯地平缓释片(Ⅱ)", "硝苯地平"),
            ("青霉素钠80万单位", "青霉素"),
            ("Captopril 25 mg tablets", "captopril"),
            ("维生素B1片", "维生素b1"),
            ("降压0号", "降压0号"),
            ("氯化钠注射液(0.9%)", "氯化钠"),
            ("硝酸甘油片", "硝酸甘油"),
            ("针", "针"),
        ] {
            assert_eq!(bare(name), left, "{name}");
        }
        assert_eq!(
            substances("青霉素、头孢类，磺胺"),
            ["青霉素", "头孢", "磺胺"]
        );
    }

    #[test]
    fn a_bit_of_a_name_is_not_the_substance() {
        for (listed, product, is) in [
            ("氨氯地平", "氨氯地平", true),
            ("络活喜", "络活喜", true),
            ("amlodipine", "amlodipine besilate", true),
            ("维生素b12", "维生素b1", false),
            ("高糖食物", "高糖", false),
            ("水", "藿香正气水", false),
            ("vc", "vc", true),
            ("a", "a", false),
        ] {
            assert_eq!(same(listed, product), is, "{listed} / {product}");
        }
    }
}
