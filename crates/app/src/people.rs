//! Everybody on board, in memory, for search by name, pinyin, initials, numbers and village.

use crate::AppError;
use crate::ctx::chart;
use std::collections::BTreeMap;
use xunyi_ledger::{Ledger, RecordRow};
use xunyi_model::name_search::{Duplicate, Index, PersonFacts};
use xunyi_model::tables::Tables;
use xunyi_model::{Demographics, PatientId, Village, VillageId};

/// The index of people and the names of villages.
pub struct People {
    index: Index,
    villages: BTreeMap<VillageId, String>,
}

impl People {
    /// Reads everybody from the projections.
    ///
    /// # Errors
    /// [`AppError`] when the database cannot be read.
    pub fn load(ledger: &mut Ledger<'_>, tables: &Tables) -> Result<Self, AppError> {
        let mut people = Self {
            index: Index::new(tables.surnames.body.clone()),
            villages: BTreeMap::new(),
        };
        people.reload_villages(ledger)?;
        for row in ledger.records("person", None)? {
            people.put(&row);
        }
        Ok(people)
    }

    /// Reads the villages again, after site data changed.
    ///
    /// # Errors
    /// [`AppError`] when the database cannot be read.
    pub fn reload_villages(&mut self, ledger: &mut Ledger<'_>) -> Result<(), AppError> {
        for row in ledger.records("village", None)? {
            let id = xunyi_record::uuid_of_record(&row.record).map(VillageId::from);
            if let (Some(id), Ok(village)) = (id, serde_json::from_str::<Village>(&row.body)) {
                self.index.set_village(id, &village.name);
                self.villages.insert(id, village.name);
            }
        }
        Ok(())
    }

    /// Reads these people again, after a commit or an exchange touched them.
    ///
    /// # Errors
    /// [`AppError`] when the database cannot be read.
    pub fn refresh(&mut self, ledger: &mut Ledger<'_>, ids: &[PatientId]) -> Result<(), AppError> {
        for id in ids {
            let rows = ledger.records("person", Some(&chart(*id)))?;
            if rows.is_empty() {
                // Held since: who came by a revoked device is nobody's patient until an admin says so.
                self.index.remove(id);
            }
            for row in rows {
                self.put(&row);
            }
        }
        Ok(())
    }

    fn put(&mut self, row: &RecordRow) {
        if let Ok(person) = serde_json::from_str::<Demographics>(&row.body) {
            let id = xunyi_record::patient::patient_of(&row.doc);
            self.index.upsert(id, PersonFacts::from(&person));
        }
    }

    /// Best first.
    pub fn search(&self, query: &str, limit: usize) -> Vec<PatientId> {
        self.index
            .search(query, limit)
            .into_iter()
            .map(|(id, _)| id)
            .collect()
    }

    /// What somebody is told apart by.
    pub fn facts(&self, id: &PatientId) -> Option<&PersonFacts> {
        self.index.facts(id)
    }

    /// How many others have this person's name, of whatever village: somebody whose village nobody asked has
    /// namesakes too.
    pub fn namesakes(&self, id: &PatientId) -> u32 {
        u32::try_from(self.index.namesakes(id)).unwrap_or(u32::MAX)
    }

    /// Those who may be the same person.
    pub fn duplicates(&self, person: &PersonFacts, limit: usize) -> Vec<(PatientId, Duplicate)> {
        self.index.duplicates(person, limit)
    }

    /// Name of a village.
    pub fn village(&self, id: &VillageId) -> Option<&str> {
        self.villages.get(id).map(String::as_str)
    }
}
