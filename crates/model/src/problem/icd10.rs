//! The diagnoses of primary care (`data/icd10_primary_care.csv`), found by Chinese, pinyin, initials, alias or code,
//! also by what stands inside a name (gxy, tnb, 腰痛).

use super::{Diagnosis, Icd10};
use crate::lookup::{Keys, best};

/// A row of the table.
#[derive(Clone, Debug, PartialEq)]
pub struct Icd10Row {
    /// Code and name.
    pub diagnosis: Diagnosis,
    /// What people call it.
    pub aliases: Vec<String>,
    keys: Keys,
}

/// The table, ready to be searched.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Icd10Table {
    rows: Vec<Icd10Row>,
}

impl Icd10Table {
    /// From rows `code,name_zh,pinyin,initials,aliases`; a row whose code is none is left out.
    pub fn from_rows(rows: &[Vec<String>]) -> Self {
        let cell = |row: &[String], i: usize| row.get(i).cloned().unwrap_or_default();
        let read = |row: &Vec<String>| {
            let code = Icd10::parse(&cell(row, 0)).ok()?;
            let name = cell(row, 1);
            let aliases: Vec<String> = cell(row, 4)
                .split('|')
                .filter(|a| !a.is_empty())
                .map(str::to_owned)
                .collect();
            let names = std::iter::once(name.as_str()).chain(aliases.iter().map(String::as_str));
            let mut keys = Keys::new(code.as_str(), names);
            keys.add_pinyin(&cell(row, 2), &cell(row, 3));
            Some(Icd10Row {
                diagnosis: Diagnosis { code, name },
                aliases,
                keys,
            })
        };
        Self {
            rows: rows.iter().filter_map(read).collect(),
        }
    }

    /// The rows that fit, best first.
    pub fn search(&self, query: &str, limit: usize) -> Vec<&Icd10Row> {
        best(self.rows.iter().map(|row| (&row.keys, row)), query, limit)
    }

    /// The table's name for a code; `None` for one that it lacks.
    pub fn name_of(&self, code: &Icd10) -> Option<&str> {
        let row = self.rows.iter().find(|row| row.diagnosis.code == *code)?;
        Some(&row.diagnosis.name)
    }

    /// All rows.
    pub fn rows(&self) -> &[Icd10Row] {
        &self.rows
    }
}

#[cfg(test)]
mod tests {
    use crate::problem::Icd10;
    use crate::tables::Tables;

    #[test]
    fn a_diagnosis_is_found_by_what_people_type() {
        let table = Tables::shipped().unwrap().icd10.body;
        for (query, code) in [
            ("高血压", "I10"),
            ("yfxgxy", "I10"),
            ("gxy", "I10"),
            ("原发性高血压", "I10"),
            ("i10", "I10"),
            ("tnb", "E11.9"),
            ("糖尿病", "E11.9"),
            ("e11", "E10.9|E11.2|E11.9"),
            ("感冒", "J00"),
            ("ganmao", "J00"),
            ("腰痛", "M54.5"),
            ("yaotong", "M54.5"),
            ("xzb", "I11.9"),
            ("Ｉ１０", "I10"),
        ] {
            let hits = table.search(query, 5);
            let codes: Vec<_> = hits.iter().map(|row| row.diagnosis.code.as_str()).collect();
            assert!(
                code.split('|').any(|code| codes.contains(&code)),
                "{query}: {codes:?}"
            );
        }
        assert_eq!(table.search("gxy", 1)[0].diagnosis.code.as_str(), "I10");
        assert!(table.search("", 5).is_empty());
        assert!(table.search("没有这种病", 5).is_empty());
    }

    #[test]
    fn the_shipped_table_has_143_rows_with_right_codes() {
        let table = Tables::shipped().unwrap().icd10.body;
        assert_eq!(table.rows().len(), 143);
        assert_eq!(
            table.name_of(&Icd10::parse("I10").unwrap()),
            Some("原发性高血压")
        );
        assert_eq!(table.name_of(&Icd10::parse("Z34.9").unwrap()), None);
    }

    #[test]
    fn codes_are_parsed_at_the_edge() {
        for good in ["I10", "e11.9", " A09 ", "N18.3", "S93.400"] {
            assert!(Icd10::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "10",
            "I1",
            "I10.",
            "I10.12345678",
            "高10",
            "I10 ; drop",
            "II0",
        ] {
            assert_eq!(
                Icd10::parse(bad).unwrap_err().code(),
                "problem.icd10_malformed",
                "{bad}"
            );
        }
    }
}
