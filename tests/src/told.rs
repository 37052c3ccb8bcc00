//! What the center holds, told as the events that made it: read from its database alone.

use crate::Outcome;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use uuid::Uuid;
use xunyi_journal::{Action, ChangeHash, DocId, DocType, Frame, Vector};
use xunyi_ledger::{Ledger, Outgoing};
use xunyi_model::{
    Allergy, Demographics, GenericForm, Movement, Place, Prescription, PrescriptionId, Problem,
};
use xunyi_record::patient::{body, encounter_of, form_of, patient_of, typed};
use xunyi_record::{Change, Document, RecordKey, uuid_of_record};
use xunyi_server::{Center, CenterError, Folder};
use xunyi_township::SiteData;
use xunyi_township::workload::{
    Comparison, Event, Rebuild, before_and_after, compare, read, site_needed,
};

/// Opens the center of a folder beside its server.
///
/// # Errors
/// As the center says.
pub fn open(data: &Path) -> Outcome<Center> {
    let runtime = tokio::runtime::Handle::current();
    let folder = Folder::new(data, None, None, runtime).map_err(said)?;
    Ok(folder.open().map_err(said)?)
}

fn said(error: CenterError) -> String {
    format!("the center says {}: {error}", error.code())
}

/// Compares the events of these files with what the center's records tell.
///
/// A patch that said what stood there already left no record of its own: it counts as back when the person's
/// record says the same.
///
/// # Errors
/// If the files or the center can't be read, or a record has not the shape of any event.
pub fn compared(data: &Path, files: &[&Path]) -> Outcome<Comparison> {
    let mut played = Vec::new();
    for file in files {
        for event in read(std::io::BufReader::new(std::fs::File::open(file)?)) {
            played.push(event?);
        }
    }
    let site = site_needed(&played);
    let center = open(data)?;
    let told = told_by(&center)?;
    let mut rebuilt = told.events(&site)?;
    let rebuild = Rebuild::new(&site);
    for event in &played {
        if let Event::Patch(patch) = event {
            let doc = DocId(*patch.id.as_bytes());
            let person = told.people.get(&doc).and_then(|edits| edits.last());
            let noted = rebuilt
                .iter()
                .any(|e| matches!(e, Event::Patch(p) if p.id == patch.id && p.at == patch.at));
            if !noted && person.is_some_and(|p| rebuild.holds(patch, &p.who, &p.allergies)) {
                rebuilt.push(event.clone());
            }
        }
    }
    Ok(compare(played, rebuilt))
}

/// A person's record as it stood after an edit.
struct Person {
    at: i64,
    who: Demographics,
    allergies: Vec<Allergy>,
    problems: Vec<Problem>,
}

type Rows = Vec<(DocId, Uuid, Map<String, Value>)>;

/// Everything that the events came to, as the center's database has it.
struct Told {
    /// Each person as registered, and after each edit.
    people: BTreeMap<DocId, Vec<Person>>,
    staff: HashMap<String, String>,
    encounters: Rows,
    forms: Rows,
    prescriptions: Rows,
    movements: Rows,
}

fn told_by(center: &Center) -> Outcome<Told> {
    let edits = edits(center)?;
    let rows = |table: &str| {
        let read = center.read(|ledger| Ok(ledger.records(table, None)?));
        let rows = read.map_err(said)?;
        let row = |row: xunyi_ledger::RecordRow| {
            Some((row.doc, uuid_of_record(&row.record)?, body(&row.body)))
        };
        Ok::<Rows, String>(rows.into_iter().filter_map(row).collect())
    };
    let name = |(_, id, fields): (DocId, Uuid, Map<String, Value>)| {
        let name = fields.get("name").and_then(Value::as_str);
        (id.to_string(), name.unwrap_or_default().to_owned())
    };
    let people = center.read(|ledger| {
        let mut people = BTreeMap::new();
        for (doc, edits) in &edits {
            people.insert(*doc, history(ledger, doc, edits)?);
        }
        Ok(people)
    });
    Ok(Told {
        people: people.map_err(said)?,
        staff: rows("staff")?.into_iter().map(name).collect(),
        encounters: rows("encounter")?,
        forms: rows("form")?,
        prescriptions: rows("prescription")?,
        movements: rows("movement")?,
    })
}

/// The changes that registered or edited each person, in their order, by the device's clock.
fn edits(center: &Center) -> Outcome<BTreeMap<DocId, Vec<(i64, ChangeHash)>>> {
    let mut edits: BTreeMap<DocId, Vec<(i64, ChangeHash)>> = BTreeMap::new();
    walk(center, |frame| {
        let sealed = frame.commits.into_iter().flat_map(|commit| commit.entries);
        for entry in sealed.filter_map(|sealed| sealed.entry) {
            let of_person = entry.doc_type == DocType::Patient
                && matches!(
                    entry.action,
                    Action::PatientRegistered | Action::PatientUpdated
                );
            if of_person {
                let change = Change::read(entry.doc_type, &entry.change)?;
                let of_doc = edits.entry(entry.doc).or_default();
                of_doc.push((entry.at, change.meta().hash));
            }
        }
        Ok(())
    })?;
    Ok(edits)
}

/// Every frame of the journal of a folder's center.
///
/// # Errors
/// If the center can't be read, and those of `look`.
pub fn frames(data: &Path, look: impl FnMut(Frame) -> Outcome) -> Outcome {
    walk(&open(data)?, look)
}

fn walk(center: &Center, mut look: impl FnMut(Frame) -> Outcome) -> Outcome {
    let first = center.read(|ledger| {
        let site = ledger.site();
        Ok(Outgoing::new(ledger.sql(), site, &Vector::default())?)
    });
    let mut walk = first.map_err(said)?;
    while let Some(frame) = center
        .read(|ledger| Ok(walk.next_frame(ledger.sql())?))
        .map_err(said)?
    {
        look(frame)?;
    }
    Ok(())
}

/// How a person's record stood after each of these changes; those of one moment are one act.
fn history(
    ledger: &mut Ledger<'_>,
    doc: &DocId,
    edits: &[(i64, ChangeHash)],
) -> Result<Vec<Person>, CenterError> {
    let document = ledger.document(doc)?;
    let mut people: Vec<Person> = Vec::new();
    for (at, hash) in edits {
        let heads = [*hash];
        let one = record_at(&document, &RecordKey::one("person"), &heads)?;
        let person = Person {
            at: *at,
            who: one.unwrap_or_default(),
            allergies: many_at(&document, "allergy", &heads)?,
            problems: many_at(&document, "problem", &heads)?,
        };
        match people.last_mut() {
            Some(last) if last.at == *at => *last = person,
            _ => people.push(person),
        }
    }
    Ok(people)
}

fn many_at<T: DeserializeOwned>(
    document: &Document,
    section: &str,
    heads: &[ChangeHash],
) -> Result<Vec<T>, CenterError> {
    let keys = document.keys();
    let of_section = keys.iter().filter(|key| key.section == section);
    let read = of_section.filter_map(|key| record_at(document, key, heads).transpose());
    read.collect()
}

fn record_at<T: DeserializeOwned>(
    document: &Document,
    key: &RecordKey,
    heads: &[ChangeHash],
) -> Result<Option<T>, CenterError> {
    let fields = document.record_at(key, heads)?.body();
    Ok(if fields.is_empty() {
        None
    } else {
        typed(Value::Object(fields))
    })
}

impl Told {
    fn events(&self, site: &SiteData) -> Outcome<Vec<Event>> {
        let rebuild = Rebuild::new(site);
        let mut events = Vec::new();
        for (doc, history) in &self.people {
            let patient = patient_of(doc);
            if let Some(p) = history.first() {
                events.push(rebuild.patient(patient, p.at, &p.who, &p.allergies, &p.problems)?);
            }
            for pair in history.windows(2) {
                if let [before, after] = pair {
                    let old = (&before.who, before.allergies.as_slice());
                    let new = (&after.who, after.allergies.as_slice());
                    events.extend(before_and_after(patient, after.at, old, new)?);
                }
            }
        }
        self.visits(&rebuild, &mut events)?;
        self.medicines(&rebuild, &mut events)?;
        Ok(events)
    }

    fn visits(&self, rebuild: &Rebuild, events: &mut Vec<Event>) -> Outcome {
        let mut forms: HashMap<String, Vec<GenericForm>> = HashMap::new();
        for (_, _, fields) in &self.forms {
            let visit = text(fields, "encounter").to_owned();
            forms.entry(visit).or_default().push(form_of(fields));
        }
        for (doc, id, fields) in &self.encounters {
            let visit = encounter_of(patient_of(doc), fields).ok_or("an encounter of no shape")?;
            let signed_by = self.staff.get(text(fields, "by")).ok_or("unknown staff")?;
            let own = forms
                .remove(&xunyi_record::record_id(*id))
                .unwrap_or_default();
            events.extend(rebuild.visit((*id).into(), signed_by, &visit, &own)?);
        }
        Ok(())
    }

    fn medicines(&self, rebuild: &Rebuild, events: &mut Vec<Event>) -> Outcome {
        let mut visit_of = HashMap::new();
        for (doc, id, fields) in &self.prescriptions {
            let line: Prescription =
                typed(Value::Object(fields.clone())).ok_or("a prescription of no shape")?;
            visit_of.insert(PrescriptionId::from_uuid(*id), line.encounter);
            events.push(rebuild.prescription((*id).into(), patient_of(doc), &line)?);
        }
        for (_, _, fields) in &self.movements {
            let moved: Movement =
                typed(Value::Object(fields.clone())).ok_or("a movement of no shape")?;
            // What came in was no event: it was received before the day.
            if moved.to == Place::Patient {
                let visit = moved.prescription.and_then(|line| visit_of.get(&line));
                let visit = visit.ok_or("a movement without its prescription")?;
                events.push(rebuild.movement(&moved, *visit)?);
            }
        }
        Ok(())
    }
}

fn text<'f>(fields: &'f Map<String, Value>, name: &str) -> &'f str {
    fields.get(name).and_then(Value::as_str).unwrap_or_default()
}
