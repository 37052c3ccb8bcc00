//! Everybody on board, in memory, for search by name, pinyin, initials, numbers and village.

use crate::AppError;
use std::collections::BTreeMap;
use xunyi_journal::schema::Value;
use xunyi_ledger::Ledger;
use xunyi_model::name_search::{Duplicate, Index, PersonFacts};
use xunyi_model::tables::Tables;
use xunyi_model::{Demographics, PatientId, VillageId};

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
        let site = ledger.site();
        let rows = ledger.sql().query(
            "SELECT doc, body FROM person WHERE site = $1",
            &[site.into()],
        )?;
        for row in rows {
            people.put(row.blob(0), row.text(1));
        }
        Ok(people)
    }

    /// Reads the villages again, after site data changed.
    ///
    /// # Errors
    /// [`AppError`] when the database cannot be read.
    pub fn reload_villages(&mut self, ledger: &mut Ledger<'_>) -> Result<(), AppError> {
        let site = ledger.site();
        let rows = ledger.sql().query(
            "SELECT record, name FROM village WHERE site = $1",
            &[site.into()],
        )?;
        for row in rows {
            if let Some(id) = xunyi_record::uuid_of_record(row.text(0)).map(VillageId::from) {
                self.index.set_village(id, row.text(1));
                self.villages.insert(id, row.text(1).to_owned());
            }
        }
        Ok(())
    }

    /// Reads these people again, after a commit or an exchange touched them.
    ///
    /// # Errors
    /// [`AppError`] when the database cannot be read.
    pub fn refresh(&mut self, ledger: &mut Ledger<'_>, ids: &[PatientId]) -> Result<(), AppError> {
        let site = ledger.site();
        for id in ids {
            let rows = ledger.sql().query(
                "SELECT doc, body FROM person WHERE site = $1 AND doc = $2",
                &[site.into(), Value::from(&id.as_bytes()[..])],
            )?;
            for row in rows {
                self.put(row.blob(0), row.text(1));
            }
        }
        Ok(())
    }

    fn put(&mut self, doc: &[u8], body: &str) {
        let Ok(id) = <[u8; 16]>::try_from(doc) else {
            return;
        };
        if let Ok(person) = serde_json::from_str::<Demographics>(body) {
            self.index
                .upsert(PatientId::from_bytes(id), PersonFacts::from(&person));
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

    /// Those who may be the same person.
    pub fn duplicates(&self, person: &PersonFacts, limit: usize) -> Vec<(PatientId, Duplicate)> {
        self.index.duplicates(person, limit)
    }

    /// Name of a village.
    pub fn village(&self, id: &VillageId) -> Option<&str> {
        self.villages.get(id).map(String::as_str)
    }
}
