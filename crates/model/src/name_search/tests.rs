use chrono::NaiveDate;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::ids::{PatientId, VillageId};
use crate::person::Sex;
use crate::tables;

fn id(n: u128) -> PatientId {
    PatientId::from_uuid(Uuid::from_u128(n))
}

fn village(n: u128) -> VillageId {
    VillageId::from_uuid(Uuid::from_u128(n))
}

fn named(name: &str) -> PersonFacts {
    PersonFacts {
        name: name.into(),
        ..PersonFacts::default()
    }
}

fn index(people: &[PersonFacts]) -> Index {
    let mut index = Index::new(tables::surnames().unwrap().body);
    index.set_village(village(1), "石河村");
    index.set_village(village(2), "柳沟村");
    for (n, person) in people.iter().enumerate() {
        index.upsert(id(n as u128), person.clone());
    }
    index
}

fn finds(index: &Index, query: &str, n: u128) -> Option<u16> {
    index
        .search(query, 20)
        .into_iter()
        .find(|(found, _)| *found == id(n))
        .map(|(_, rank)| rank)
}

#[test]
fn a_name_is_found_by_all_that_people_type() {
    for (name, queries) in [
        (
            "张三妹",
            "张三妹|张三|三妹|妹|zhangsanmei|zhang san mei|ZhangSan|zsm|zhangsm|zsanmei|zh|z|张sm|zangsanmei|zhansanmei|sanmei",
        ),
        ("单雄信", "shanxiongxin|dan|sxx|dxx"),
        ("仇英", "qiuying|chouying|qy"),
        ("曾国", "zengguo|cengguo|zg"),
        ("覃勇", "qinyong|tanyong|qy"),
        ("尉迟恭", "yuchigong|ycg|weichi"),
        ("万俟雅", "moqiya|mqy"),
        ("欧阳明", "ouyangming|oym"),
        ("翟红", "zhaihong|zh"),
        ("朴正", "piaozheng|pz"),
        ("吕玲", "lvling|lüling|luling|lyuling|ll|LÜ"),
        ("蓝金花", "lanjinhua|ljh|nanjinfa|lanjh|金花"),
        ("黄飞", "huangfei|fangfei|huanhui"),
        ("陈生", "chensheng|censen"),
        ("𬱖龙", "𬱖|𬱖龙"),
        (
            "阿依古丽·买买提",
            "阿依古丽|ayiguli|aygl|买买提|阿依古丽买买提|阿依古丽·买买提",
        ),
        ("Maria Li", "maria|marial|li"),
    ] {
        let index = index(&[named(name), named("周武")]);
        for query in queries.split('|') {
            assert!(finds(&index, query, 0).is_some(), "{name} by {query}");
        }
        for other in ["周武", "zhouwu", "bbb", "😀"] {
            assert_eq!(finds(&index, other, 0), None, "{name} by {other}");
        }
    }
}

#[test]
fn the_nearer_a_name_the_further_up_it_stands() {
    let index = index(&[
        named("张三妹"),
        named("张三"),
        named("臧三"),
        named("李张三"),
        named("朱尚民"),
    ]);
    let order: Vec<_> = index
        .search("张三", 9)
        .into_iter()
        .map(|(found, _)| found)
        .collect();
    assert_eq!(order, [id(1), id(0), id(3)]);
    let order: Vec<_> = index
        .search("zhangsan", 9)
        .into_iter()
        .map(|(found, _)| found)
        .collect();
    assert_eq!(order, [id(1), id(0), id(3), id(2)]);
    let order: Vec<_> = index
        .search("zsm", 9)
        .into_iter()
        .map(|(found, _)| found)
        .collect();
    assert_eq!(order, [id(0), id(4)]);
}

#[test]
fn numbers_are_found_by_their_tails() {
    let person = PersonFacts {
        id_number: Some("11010519491231002X".into()),
        phone: Some("13805781234".into()),
        health_record_number: Some("33110200120100042".into()),
        ..named("张三")
    };
    let index = index(&[person, named("李四")]);
    for query in [
        "002X",
        "002x",
        "11010519491231002X",
        "1234",
        "13805781234",
        "1380578",
        "00042",
        "20100042",
    ] {
        assert!(finds(&index, query, 0).is_some(), "{query}");
        assert_eq!(finds(&index, query, 1), None, "{query}");
    }
    for query in ["42", "4321", "578", "110105"] {
        assert_eq!(finds(&index, query, 0), None, "{query}");
    }
    assert!(finds(&index, "13805781234", 0) < finds(&index, "1234", 0));
}

#[test]
fn a_village_finds_its_people_and_narrows_a_name() {
    let at = |name: &str, n| PersonFacts {
        village: Some(village(n)),
        ..named(name)
    };
    let index = index(&[at("王伟", 1), at("王伟", 2), at("李娜", 1), named("王伟")]);
    for query in [
        "石河村王伟",
        "石河王伟",
        "石河 王伟",
        "王伟 石河村",
        "shihe wangwei",
        "shihewangwei",
        "shc ww",
        "石河ww",
    ] {
        let found: Vec<_> = index
            .search(query, 9)
            .into_iter()
            .map(|(found, _)| found)
            .collect();
        assert_eq!(found, [id(0)], "{query}");
    }
    for query in ["石河村", "石河", "shihe", "shihecun"] {
        let mut found: Vec<_> = index
            .search(query, 9)
            .into_iter()
            .map(|(found, _)| found)
            .collect();
        found.sort();
        assert_eq!(found, [id(0), id(2)], "{query}");
    }
    assert_eq!(index.search("王伟", 9).len(), 3);
}

#[test]
fn a_changed_person_is_found_as_changed_only() {
    let mut index = index(&[named("张三"), named("李四"), named("王五")]);
    index.upsert(id(0), named("赵六"));
    assert_eq!(finds(&index, "张三", 0), None);
    assert_eq!(finds(&index, "zhaoliu", 0), Some(4));
    index.remove(&id(0));
    assert_eq!((index.len(), finds(&index, "赵六", 0)), (2, None));
    assert!(finds(&index, "王五", 2).is_some());
    assert_eq!(index.facts(&id(2)).unwrap().name, "王五");
    for n in 0..5_000_u32 {
        index.upsert(
            id(1),
            named(&format!("李四{}", char::from_u32(0x4e00 + n).unwrap())),
        );
    }
    assert!(finds(&index, "李四", 1).is_some() && finds(&index, "王五", 2).is_some());
}

#[test]
fn a_query_that_means_nothing_finds_nobody() {
    let index = index(&[named("张三")]);
    for query in ["", "  ", "·", "'"] {
        assert!(index.search(query, 9).is_empty(), "{query:?}");
    }
    assert!(index.search("张三", 0).is_empty());
    assert!(index.search(&"a".repeat(10_000), 9).is_empty());
}

fn day(y: i32, m: u32, d: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(y, m, d)
}

#[test]
fn doubles_are_proposed_by_points() {
    let zhang = PersonFacts {
        sex: Sex::Female,
        birth_date: day(1960, 3, 5),
        village: Some(village(1)),
        phone: Some("13805781234".into()),
        household_head: Some("张大".into()),
        ..named("张三妹")
    };
    let with = |change: fn(&mut PersonFacts)| {
        let mut other = zhang.clone();
        change(&mut other);
        duplicate_score(&zhang, &other)
    };
    // name_search.md: exact 3 / same pinyin 2 / one edit 1; birth 3 / 2 / 1; sex 1; village 1; phone 2; head 1.
    for (change, score) in [
        ((|_| {}) as fn(&mut PersonFacts), 11),
        (|p| p.name = "章三妹".into(), 10),
        (|p| p.name = "张三".into(), 9),
        (|p| p.name = "李四娘".into(), 8),
        (|p| p.birth_date = day(1960, 5, 3), 10),
        (|p| p.birth_date = day(1960, 3, 25), 10),
        (|p| p.birth_date = day(1960, 4, 20), 9),
        (|p| p.birth_date = day(1970, 3, 5), 8),
        (|p| p.birth_date = None, 8),
        (|p| p.sex = Sex::Male, 10),
        (|p| p.village = Some(village(2)), 10),
        (|p| p.phone = None, 9),
        (|p| p.household_head = None, 10),
    ] {
        assert_eq!(with(change).score, score);
    }
    let stranger = PersonFacts {
        sex: Sex::Female,
        village: Some(village(1)),
        ..named("张四")
    };
    assert!(!duplicate_score(&zhang, &stranger).proposes_merge());
}

#[test]
fn resident_ids_decide_where_both_are_known() {
    let with = |id: &str| PersonFacts {
        id_number: Some(id.into()),
        ..named("张三")
    };
    for (a, b, verdict) in [
        ("331102196001020015", "331102196001020015", IdVerdict::Same),
        ("331102600102001", "331102196001020015", IdVerdict::Same),
        (
            "331102196001020015",
            "331102196001020025",
            IdVerdict::Suspect,
        ),
        (
            "331102196001020015",
            "331102195512310028",
            IdVerdict::Different,
        ),
        ("331102196001020015", "", IdVerdict::Unknown),
    ] {
        assert_eq!(duplicate_score(&with(a), &with(b)).id, verdict, "{a} {b}");
        assert_eq!(duplicate_score(&with(b), &with(a)).id, verdict, "{b} {a}");
    }
    let twin = PersonFacts {
        birth_date: day(1960, 1, 2),
        phone: Some("13805781234".into()),
        ..named("张三")
    };
    let one = PersonFacts {
        id_number: Some("331102196001020015".into()),
        ..twin.clone()
    };
    let other = PersonFacts {
        id_number: Some("331102195512310028".into()),
        ..twin
    };
    assert!(duplicate_score(&one, &other).score >= Duplicate::PROPOSE_FROM);
    assert!(!duplicate_score(&one, &other).proposes_merge());
    let known = index(&[one.clone(), named("李四")]);
    assert_eq!(
        known
            .duplicates(&one, 9)
            .into_iter()
            .map(|(found, _)| found)
            .collect::<Vec<_>>(),
        [id(0)]
    );
}

fn a_name() -> impl Strategy<Value = String> {
    let surname = prop::sample::select(
        "王李张单仇曾覃吕蓝雷钟翟尉万欧区"
            .chars()
            .collect::<Vec<_>>(),
    );
    let given = prop::sample::select(
        "伟芳娜敏静丽强磊军洋勇艳重乐行长𬱖绿"
            .chars()
            .collect::<Vec<_>>(),
    );
    (surname, prop::collection::vec(given, 1..3))
        .prop_map(|(s, g)| std::iter::once(s).chain(g).collect())
}

proptest! {
    /// Everybody is found by their own name, its beginning, its pinyin and its initials.
    #[test]
    fn everybody_is_found_by_their_own_name(names in prop::collection::vec(a_name(), 1..30)) {
        let people: Vec<_> = names.iter().map(|name| named(name)).collect();
        let index = index(&people);
        for (n, name) in names.iter().enumerate() {
            let (full, initials) = crate::romanise::keys(name);
            for query in [name.clone(), full.clone(), initials, crate::romanise::fold(&full)] {
                let hits = index.search(&query, names.len());
                prop_assert!(hits.iter().any(|(found, _)| *found == id(n as u128)), "{} by {}", name, query);
            }
        }
    }

    /// The answer does not depend on the order of arrival, nor on what a person was called before.
    #[test]
    fn an_index_kept_up_to_date_answers_like_a_new_one(
        names in prop::collection::vec(a_name(), 1..20),
        before in prop::collection::vec(a_name(), 20),
        query in "[a-z]{1,3}|[王李张单伟芳]{1,2}",
    ) {
        let people: Vec<_> = names.iter().map(|name| named(name)).collect();
        let fresh = index(&people);
        let mut kept = Index::new(tables::surnames().unwrap().body);
        for (n, name) in before.iter().enumerate().rev() {
            kept.upsert(id(n as u128), named(name));
        }
        for (n, person) in people.iter().enumerate().rev() {
            kept.upsert(id(n as u128), person.clone());
        }
        for n in names.len()..before.len() {
            kept.remove(&id(n as u128));
        }
        prop_assert_eq!(fresh.search(&query, 50), kept.search(&query, 50));
        // A shorter list is the beginning of the longer one.
        let long = fresh.search(&query, 50);
        let short = fresh.search(&query, 3);
        prop_assert_eq!(&long[..short.len()], &short[..]);
    }

    /// No query makes it panic, and the limit holds.
    #[test]
    fn any_query_is_answered(query in any::<String>(), names in prop::collection::vec(any::<String>(), 0..5)) {
        let people: Vec<_> = names.iter().map(|name| named(name)).collect();
        prop_assert!(index(&people).search(&query, 2).len() <= 2);
    }
}
