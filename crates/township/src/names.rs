//! Invented names as a mountain township of Lishui has them: few surnames, many namesakes, some hard to type.
//!
//! She (畲) villages are mostly 蓝, 雷 and 钟. Surnames with several readings and rare characters are sprinkled in,
//! because search and screens must cope with them. No name is taken from a register of real people.

use crate::rng::Rng;
use xunyi_model::Sex;

/// Surnames found in every village, with their weight.
const COMMON: &[(&str, u32)] = &[
    ("叶", 12),
    ("吴", 10),
    ("陈", 10),
    ("王", 9),
    ("李", 8),
    ("周", 7),
    ("林", 6),
    ("徐", 6),
    ("刘", 6),
    ("郑", 6),
    ("张", 6),
    ("朱", 5),
    ("毛", 5),
    ("季", 4),
    ("潘", 4),
    ("梅", 4),
    ("何", 4),
    ("柳", 4),
    ("夏", 3),
    ("杨", 3),
    ("项", 3),
    ("练", 2),
    ("沈", 2),
    ("胡", 3),
    ("范", 2),
    ("卢", 2),
    ("麻", 1),
    ("饶", 1),
    ("汤", 2),
    ("洪", 2),
    ("蓝", 6),
    ("雷", 5),
    ("钟", 5),
    ("黄", 3),
    ("赵", 2),
    ("应", 1),
    ("石", 1),
    ("吕", 2),
    ("葛", 1),
    ("曾", 1),
];

/// Surnames with more than one reading, or of two characters.
const HARD: &[&str] = &[
    "单", "仇", "解", "查", "任", "覃", "缪", "翟", "朴", "区", "盖", "乐", "召", "华", "纪", "员",
    "冼", "宓", "郗", "阙", "阚", "逄", "瞿", "卜", "车", "谌", "柏", "种", "折", "尉迟", "欧阳",
    "令狐", "皇甫", "长孙",
];

/// Given names of people born before 1965.
const OLD_MEN: &[&str] = &[
    "水根", "金土", "土金", "樟森", "岳根", "木水", "火生", "土根", "金水", "石养", "樟根", "马养",
    "观养", "陈养", "宝根", "根土", "林根", "树根", "水生", "火根", "金根", "根发", "水金", "木根",
    "土养", "有根", "发根", "荣根", "建华", "国平", "德清", "永福", "明法", "世良", "光荣", "长根",
    "春根", "关根", "冬生", "秋生", "德贵", "传根", "文标", "家祥", "仁富", "步高", "成斌", "贤明",
    "培松", "良标", "祖根", "兴旺", "富根", "福根", "寿根", "松根",
];
const OLD_WOMEN: &[&str] = &[
    "招弟", "桂叶", "银娇", "月仙", "秀莲", "秀英", "桂花", "金花", "凤仙", "土妹", "水妹", "菊花",
    "彩娥", "玉兰", "秋菊", "美英", "桂香", "金妹", "月英", "爱凤", "春香", "莲香", "银花", "宝妹",
    "根妹", "松妹", "樟妹", "香妹", "石妹", "玉英", "雪梅", "岩妹", "水英", "火妹", "凤英", "陈妹",
    "马妹", "观妹", "三妹", "七妹", "细妹", "娥妹", "桂英", "菊仙", "林妹", "冬妹", "秋香", "爱珠",
    "彩菊", "翠香", "仙花", "兰香", "珠凤", "美珍", "素珍", "瑞香",
];

/// First and second characters of given names of those born from 1965 to 1999.
const MID_MEN: (&str, &str) = (
    "建伟国志晓永小明海俊立文少春一剑爱东林旭",
    "华平军伟斌飞勇林峰明荣亮东强武良青松法根",
);
const MID_WOMEN: (&str, &str) = (
    "丽小晓美雪海春爱秀玉燕红建金淑彩慧雅月婷",
    "芳燕琴英萍珍红娟玲君华芬菊仙敏飞梅青香微",
);

/// And of those born from 2000 on.
const NEW_BOYS: (&str, &str) = (
    "浩宇子梓俊嘉承奕一晨书睿昊铭佳",
    "轩宇豪然涵泽辰博阳睿杰航翔霖羽",
);
const NEW_GIRLS: (&str, &str) = (
    "雨欣梓思诗紫若佳语可子依一书芷",
    "涵萱琪彤怡婷妍欣瑶晴蕾宸桐妤悦",
);

/// Characters that fonts, input methods and pinyin tables stumble over; some lie beyond the basic plane.
const RARE: &[&str] = &[
    "喆", "堃", "犇", "䶮", "㛃", "𬱖", "淼", "垚", "龑", "昇", "彧", "燊", "珺", "翀", "𬭎", "旻",
    "祎",
];

/// A surname for a household of a village that is known for `own` surnames.
pub(crate) fn surname(rng: &mut Rng, own: &'static [(&'static str, u32)]) -> &'static str {
    let from = match rng.below(100) {
        0..=1 => return rng.pick(HARD).copied().unwrap_or("单"),
        2..=65 => own,
        _ => COMMON,
    };
    rng.weighted(from).copied().unwrap_or("蓝")
}

/// A given name as parents chose it in that year.
pub(crate) fn given(rng: &mut Rng, sex: &Sex, born: i32) -> String {
    if rng.below(1000) < 6 {
        return rare(rng);
    }
    let man = *sex == Sex::Male;
    if born < 1965 && rng.chance(88) {
        let names = if man { OLD_MEN } else { OLD_WOMEN };
        return rng.early(names, 14).copied().unwrap_or("金花").to_owned();
    }
    let (first, second) = match (born, man) {
        (..2000, true) => MID_MEN,
        (..2000, false) => MID_WOMEN,
        (_, true) => NEW_BOYS,
        (_, false) => NEW_GIRLS,
    };
    let mut name = String::new();
    if !rng.chance(if born < 1985 { 12 } else { 6 }) {
        name.push_str(&one_of(rng, first));
    }
    name.push_str(&one_of(rng, second));
    name
}

fn rare(rng: &mut Rng) -> String {
    let mut name = if rng.chance(60) {
        one_of(rng, "子文宇嘉明思")
    } else {
        String::new()
    };
    name.push_str(rng.pick(RARE).copied().unwrap_or("喆"));
    name
}

fn one_of(rng: &mut Rng, characters: &str) -> String {
    let all: Vec<char> = characters.chars().collect();
    rng.pick(&all).map(char::to_string).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    #[test]
    fn old_people_share_names_and_some_names_are_hard_to_type() {
        let mut counted: HashMap<String, u32> = HashMap::new();
        for index in 0..1500 {
            let mut rng = Rng::of(1, "name", index);
            let family = surname(&mut rng, &[("蓝", 5), ("雷", 3), ("钟", 2)]);
            let full = format!("{family}{}", given(&mut rng, &Sex::Female, 1950));
            *counted.entry(full).or_default() += 1;
        }
        assert!(
            counted.values().any(|times| *times >= 15),
            "no crowd of namesakes"
        );
        assert!(
            counted
                .keys()
                .any(|name| RARE.iter().any(|rare| name.ends_with(rare)))
        );
        assert!(
            counted
                .keys()
                .any(|name| HARD.iter().any(|hard| name.starts_with(hard)))
        );
        assert!(
            counted
                .keys()
                .all(|name| (2..=4).contains(&name.chars().count()))
        );
    }

    #[test]
    fn names_follow_the_years() {
        let name = |born| given(&mut Rng::of(9, "era", 3), &Sex::Male, born);
        assert!(OLD_MEN.contains(&name(1940).as_str()));
        assert!(!OLD_MEN.contains(&name(1990).as_str()));
        assert_ne!(name(1990), name(2015));
    }
}
