//! Clinical tables that ship with the product, each with version, source and sign-off. The only module that names
//! their files. A site may replace any of them: rules take the table as an argument, never from here.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::allergy::groups::AllergyGroup;
use crate::error::Invalid;
use crate::followup::hypertension::HypertensionRules;
use crate::medication::{PrescriptionRules, Product};
use crate::name_search::Surnames;
use crate::problem::icd10::Icd10Table;
use crate::vitals::VitalRanges;

/// Whether a clinician of the site has taken responsibility for a table. Shown wherever its rules speak.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum SignOff {
    /// Needs local sign-off.
    #[default]
    Unsigned,
    /// Signed off.
    Signed {
        /// Who, by name and title.
        by: String,
        /// When.
        at: NaiveDate,
    },
}

/// A table of facts with where it came from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Table<T> {
    /// Stable name, such as `hypertension_rules`.
    pub name: String,
    /// Version, such as `2026.1`; stored with every decision that used the table.
    pub version: String,
    /// Document that it follows.
    pub source: String,
    /// Sign-off.
    #[serde(default)]
    pub sign_off: SignOff,
    /// The facts.
    pub body: T,
}

impl<T: DeserializeOwned> Table<T> {
    /// Reads a table file of JSON.
    pub fn from_json(name: &'static str, json: &str) -> Result<Self, Invalid> {
        serde_json::from_str(json).map_err(|e| Invalid::TableMalformed {
            name,
            detail: e.to_string(),
        })
    }
}

impl<T> Table<T> {
    /// The same table with another body, such as one that was indexed for search.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Table<U> {
        let Table {
            name,
            version,
            source,
            sign_off,
            body,
        } = self;
        Table {
            name,
            version,
            source,
            sign_off,
            body: f(body),
        }
    }
}

/// Reads a table file of text: lines `# key: value`, then a line of column names, then one row a line.
/// Rows have as many columns as the heading; there are no quotes.
pub fn rows_from_csv(name: &'static str, csv: &str) -> Result<Table<Vec<Vec<String>>>, Invalid> {
    let malformed = |detail: String| Invalid::TableMalformed { name, detail };
    let mut table = Table {
        name: name.to_owned(),
        version: String::new(),
        source: String::new(),
        sign_off: SignOff::Unsigned,
        body: Vec::new(),
    };
    let mut columns = None;
    for (number, line) in csv
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
    {
        if let Some(comment) = line.strip_prefix('#') {
            match comment
                .split_once(':')
                .map(|(key, value)| (key.trim(), value.trim()))
            {
                Some(("version", value)) => value.clone_into(&mut table.version),
                Some(("source", value)) => value.clone_into(&mut table.source),
                Some(("sign_off", value)) if value != "unsigned" => {
                    table.sign_off =
                        serde_json::from_str(value).map_err(|e| malformed(e.to_string()))?;
                }
                _ => {}
            }
            continue;
        }
        let row: Vec<String> = line.split(',').map(|cell| cell.trim().to_owned()).collect();
        match columns {
            None => columns = Some(row.len()),
            Some(width) if width == row.len() => table.body.push(row),
            Some(width) => {
                return Err(malformed(format!(
                    "line {}: {} columns, not {width}",
                    number + 1,
                    row.len()
                )));
            }
        }
    }
    if table.version.is_empty() {
        Err(malformed("no version".to_owned()))
    } else {
        Ok(table)
    }
}

const VITAL_RANGES: &str = "vital_ranges";
const HYPERTENSION_RULES: &str = "hypertension_rules";
const ALLERGY_GROUPS: &str = "allergy_groups";
const PRESCRIPTION_RULES: &str = "prescription_rules";
const ICD10: &str = "icd10_primary_care";
const SURNAMES: &str = "surname_readings";
/// Name of a site's formulary among its tables.
pub const FORMULARY: &str = "formulary";

/// A table's file as it ships.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableFile {
    /// The table's stable name.
    pub name: &'static str,
    /// What the file holds, byte for byte.
    pub text: &'static str,
}

mod shipped {
    use super::TableFile;

    const fn file(name: &'static str, text: &'static str) -> TableFile {
        TableFile { name, text }
    }

    pub(super) const FILES: &[TableFile] = &[
        file(
            super::VITAL_RANGES,
            include_str!("../../../data/vital_ranges.json"),
        ),
        file(
            super::HYPERTENSION_RULES,
            include_str!("../../../data/hypertension_rules.json"),
        ),
        file(
            super::ALLERGY_GROUPS,
            include_str!("../../../data/allergy_groups.json"),
        ),
        file(
            super::PRESCRIPTION_RULES,
            include_str!("../../../data/prescription_rules.json"),
        ),
        file(
            super::ICD10,
            include_str!("../../../data/icd10_primary_care.csv"),
        ),
        file(
            super::SURNAMES,
            include_str!("../../../data/surname_readings.csv"),
        ),
    ];

    pub(super) fn text(name: &str) -> &'static str {
        let named = FILES.iter().find(|file| file.name == name);
        named.map_or("", |file| file.text)
    }
}

/// The files of every table that ships, the demo formulary left out: what a center puts in force when it is made.
pub const fn shipped_files() -> &'static [TableFile] {
    shipped::FILES
}

/// Checks that a file holds the table of this name in the shape that rules read it in. A name that this program does
/// not know may hold anything.
pub fn check_file(name: &str, text: &str) -> Result<(), Invalid> {
    if name == FORMULARY {
        return formulary(text).map(|_| ());
    }
    match Tables::shipped()?.replace(name, text) {
        Err(Invalid::TableUnknown) => Ok(()),
        checked => checked,
    }
}

/// The tables as they ship.
#[derive(Clone, Debug)]
pub struct Tables {
    /// Limits of measured values.
    pub vital_ranges: Table<VitalRanges>,
    /// Hypertension follow-up.
    pub hypertension: Table<HypertensionRules>,
    /// Which products an allergy concerns.
    pub allergy_groups: Table<Vec<AllergyGroup>>,
    /// What a prescription may have.
    pub prescription: Table<PrescriptionRules>,
    /// Diagnoses.
    pub icd10: Table<Icd10Table>,
    /// Readings of surnames.
    pub surnames: Table<Surnames>,
}

impl Tables {
    /// Reads all of them. Fails only if a shipped file is broken, which a test excludes.
    pub fn shipped() -> Result<Self, Invalid> {
        Ok(Self {
            vital_ranges: Table::from_json(VITAL_RANGES, shipped::text(VITAL_RANGES))?,
            hypertension: Table::from_json(HYPERTENSION_RULES, shipped::text(HYPERTENSION_RULES))?,
            allergy_groups: Table::from_json(ALLERGY_GROUPS, shipped::text(ALLERGY_GROUPS))?,
            prescription: Table::from_json(PRESCRIPTION_RULES, shipped::text(PRESCRIPTION_RULES))?,
            icd10: icd10(shipped::text(ICD10))?,
            surnames: surnames()?,
        })
    }

    /// Puts a site's own table in place of the one that shipped.
    ///
    /// # Errors
    /// `table.malformed` for text that this version cannot read, `table.unknown` for a name that it has no use
    /// for; the tables stay as they were.
    pub fn replace(&mut self, name: &str, text: &str) -> Result<(), Invalid> {
        match name {
            VITAL_RANGES => self.vital_ranges = Table::from_json(VITAL_RANGES, text)?,
            HYPERTENSION_RULES => self.hypertension = Table::from_json(HYPERTENSION_RULES, text)?,
            ALLERGY_GROUPS => self.allergy_groups = Table::from_json(ALLERGY_GROUPS, text)?,
            PRESCRIPTION_RULES => self.prescription = Table::from_json(PRESCRIPTION_RULES, text)?,
            ICD10 => self.icd10 = icd10(text)?,
            SURNAMES => self.surnames = surnames_from(text)?,
            _ => return Err(Invalid::TableUnknown),
        }
        Ok(())
    }
}

fn icd10(text: &str) -> Result<Table<Icd10Table>, Invalid> {
    Ok(rows_from_csv(ICD10, text)?.map(|rows| Icd10Table::from_rows(&rows)))
}

fn surnames_from(text: &str) -> Result<Table<Surnames>, Invalid> {
    Ok(rows_from_csv(SURNAMES, text)?.map(|rows| Surnames::from_rows(&rows)))
}

/// Readings of surnames as shipped.
pub fn surnames() -> Result<Table<Surnames>, Invalid> {
    surnames_from(shipped::text(SURNAMES))
}

/// A site's formulary from its published text.
///
/// # Errors
/// `table.malformed`.
pub fn formulary(text: &str) -> Result<Table<Vec<Product>>, Invalid> {
    Table::from_json(FORMULARY, text)
}

/// The demo formulary as shipped: a site replaces it by its own.
pub fn demo_formulary() -> Result<Table<Vec<Product>>, Invalid> {
    formulary(DEMO_FORMULARY)
}

const DEMO_FORMULARY: &str = include_str!("../../../data/formulary.json");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_table_reads_and_waits_for_its_sign_off() {
        let tables = Tables::shipped().unwrap();
        let facts = [
            (&tables.vital_ranges.sign_off, &tables.vital_ranges.version),
            (&tables.hypertension.sign_off, &tables.hypertension.version),
            (
                &tables.allergy_groups.sign_off,
                &tables.allergy_groups.version,
            ),
            (&tables.prescription.sign_off, &tables.prescription.version),
            (&tables.icd10.sign_off, &tables.icd10.version),
            (&tables.surnames.sign_off, &tables.surnames.version),
        ];
        for (sign_off, version) in facts {
            assert_eq!(*sign_off, SignOff::Unsigned);
            assert!(!version.is_empty());
        }
        assert_eq!(demo_formulary().unwrap().body.len(), 120);
    }

    #[test]
    fn a_sites_own_table_takes_the_place_of_the_shipped_one() {
        let mut tables = Tables::shipped().unwrap();
        let own = "# version: 9\na,b,c\n";
        assert!(tables.replace(SURNAMES, own).is_ok());
        assert_eq!(tables.surnames.version, "9");
        let kept = tables.vital_ranges.clone();
        assert_eq!(
            tables.replace(VITAL_RANGES, "{}").unwrap_err().code(),
            "table.malformed"
        );
        assert_eq!(tables.vital_ranges, kept);
        assert_eq!(
            tables.replace("of_tomorrow", "{}").unwrap_err().code(),
            "table.unknown"
        );
    }

    #[test]
    fn shipped_files_have_their_shape_and_others_are_refused_under_their_names() {
        for TableFile { name, text } in shipped_files() {
            check_file(name, text).unwrap();
            let empty = r#"{"name":"x","version":"1","source":"","body":7}"#;
            assert_eq!(
                check_file(name, empty).unwrap_err().code(),
                "table.malformed"
            );
        }
        check_file(FORMULARY, DEMO_FORMULARY).unwrap();
        check_file("of_a_newer_version", "anything").unwrap();
    }

    #[test]
    fn a_broken_table_is_refused_with_its_line() {
        let broken = "# version: 1\na,b\nx,y\nx\n";
        let error = rows_from_csv("broken", broken).unwrap_err();
        assert_eq!(error.code(), "table.malformed");
        assert_eq!(error.params()["detail"], "line 4: 1 columns, not 2");
        assert!(rows_from_csv("no_version", "a,b\nx,y\n").is_err());
        assert!(Table::<VitalRanges>::from_json("vital_ranges", "{}").is_err());
    }

    #[test]
    fn a_signed_csv_says_who_and_when() {
        let signed = "# version: 2\n# sign_off: {\"state\":\"signed\",\"by\":\"陈药师\",\"at\":\"2026-11-01\"}\na\nx\n";
        let table = rows_from_csv("t", signed).unwrap();
        let at = NaiveDate::from_ymd_opt(2026, 11, 1).unwrap();
        assert_eq!(
            table.sign_off,
            SignOff::Signed {
                by: "陈药师".into(),
                at
            }
        );
    }
}
