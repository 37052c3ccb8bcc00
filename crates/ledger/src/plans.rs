//! Tests that the reads of daily work find their rows by an index that is narrow enough: a chart, a village, a
//! product's lots. A site has a million rows in these tables, and a planner without statistics guesses.

use crate::{Cache, Dialect, Ledger, LedgerError, Sql, SqlError, SqlRow, SqliteTx, create_tables};
use rusqlite::Connection;
use xunyi_journal::DocId;
use xunyi_journal::schema::Value;

/// Asks SQLite how it would run each query, and notes the steps that go through a whole site.
struct Explained<'c> {
    within: SqliteTx<'c>,
    asked: usize,
    wide: Vec<String>,
}

impl Sql for Explained<'_> {
    fn dialect(&self) -> Dialect {
        self.within.dialect()
    }

    fn execute(&mut self, statement: &str, params: &[Value]) -> Result<u64, SqlError> {
        self.within.execute(statement, params)
    }

    fn query(&mut self, statement: &str, params: &[Value]) -> Result<Vec<SqlRow>, SqlError> {
        self.asked += 1;
        let plan = format!("EXPLAIN QUERY PLAN {statement}");
        for step in self.within.query(&plan, params)? {
            let step = step.text(3);
            let whole_table = step.starts_with("SCAN ") && step != "SCAN moved";
            let whole_site = ["(site=?)", "(site=? AND at>?)"];
            if whole_table || whole_site.iter().any(|by| step.ends_with(by)) {
                self.wide.push(format!("{step}: {statement}"));
            }
        }
        self.within.query(statement, params)
    }
}

/// The steps of a read that go through a whole site.
fn wide<T>(read: impl FnOnce(&mut Ledger<'_>) -> Result<T, LedgerError>) -> Vec<String> {
    let connection = Connection::open_in_memory().unwrap();
    create_tables(&mut SqliteTx(&connection)).unwrap();
    let mut sql = Explained {
        within: SqliteTx(&connection),
        asked: 0,
        wide: Vec::new(),
    };
    read(&mut Ledger::new(&mut sql, 1, &mut Cache::new(1))).unwrap();
    assert!(sql.asked > 0);
    sql.wide
}

#[test]
fn reads_of_a_chart_touch_its_own_rows() {
    let doc = DocId([7; 16]);
    let found = wide(|ledger| {
        for part in [
            "person",
            "allergy",
            "encounter",
            "form",
            "prescription",
            "dispensing",
        ] {
            ledger.records(part, Some(&doc))?;
        }
        for part in ["encounter", "form"] {
            ledger.newest(part, &doc, 8)?;
        }
        for part in ["prescription", "dispensing"] {
            ledger.records_since(part, &doc, 5)?;
        }
        ledger.record("prescription", &doc, "x")?;
        ledger.last_encounter(&doc)?;
        ledger.count("movement", &doc)?;
        ledger.heads(&doc)?;
        ledger.conflicts(Some(&doc))
    });
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn reads_of_a_village_touch_its_own_people() {
    let found = wide(|ledger| ledger.enrolled("v", "hypertension"));
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn reads_of_the_counter_touch_the_prescription_and_the_product() {
    let found = wide(|ledger| {
        ledger.dispensed_on("x")?;
        ledger.on_hand("center_store")?;
        ledger.on_hand_of("center_store", "x")?;
        ledger.units_of("center_store", "x")?;
        ledger.page_of("x")
    });
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn the_days_prescriptions_are_found_by_their_time() {
    let found = wide(|ledger| ledger.prescribed_since(5));
    assert_eq!(found.len(), 1);
    assert!(found[0].contains("prescription_by_at"), "{found:?}");
}

#[test]
fn a_read_through_a_whole_site_is_noticed() {
    let found = wide(|ledger| ledger.records("person", None));
    assert!(!found.is_empty());
}
