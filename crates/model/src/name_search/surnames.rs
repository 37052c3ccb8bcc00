//! Surnames that are read otherwise than their character usually is (单 shan, 尉迟 yu chi).

use std::collections::HashMap;

/// Readings of surnames: `data/surname_readings.csv`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Surnames {
    /// Surname → readings, the preferred one first; a reading has one syllable per character.
    readings: HashMap<String, Vec<Vec<String>>>,
}

impl Surnames {
    /// From rows `surname,preferred,also`; syllables of compound surnames are separated by a blank. A reading with
    /// another number of syllables than the surname has characters is left out.
    pub fn from_rows(rows: &[Vec<String>]) -> Self {
        let mut readings = HashMap::new();
        for row in rows {
            let Some((surname, told)) = row.split_first() else {
                continue;
            };
            let syllables = |text: &String| -> Vec<String> {
                text.split_whitespace()
                    .map(|s| s.replace('ü', "v"))
                    .collect()
            };
            let fitting = |s: &Vec<String>| !s.is_empty() && s.len() == surname.chars().count();
            let known: Vec<_> = told.iter().map(syllables).filter(fitting).collect();
            if !known.is_empty() {
                readings.insert(surname.clone(), known);
            }
        }
        Self { readings }
    }

    /// The readings of the surname that this name begins with, for each of its characters; compound ones first.
    /// Empty where the table has nothing to say.
    pub(super) fn of(&self, name: &[char]) -> Vec<Vec<&str>> {
        for length in [2, 1] {
            let Some(surname) = name.get(..length) else {
                continue;
            };
            if let Some(known) = self.readings.get(&surname.iter().collect::<String>()) {
                let at = |i: usize| {
                    known
                        .iter()
                        .filter_map(|r| r.get(i))
                        .map(String::as_str)
                        .collect()
                };
                return (0..length).map(at).collect();
            }
        }
        Vec::new()
    }
}
