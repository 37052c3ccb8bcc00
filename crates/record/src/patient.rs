//! The `patient` document: what each act writes, and its records back as the model's types.

use crate::fields::{event, fields, flatten};
use crate::{RecordKey, Write, canonical_json, record_id};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use uuid::Uuid;
use xunyi_journal::DocId;
use xunyi_model::*;

/// The document of a person.
pub fn document_id(patient: PatientId) -> DocId {
    DocId(*patient.as_bytes())
}

/// The person of a document.
pub fn patient_of(doc: &DocId) -> PatientId {
    PatientId::from_bytes(doc.0)
}

fn person() -> RecordKey {
    RecordKey::one("person")
}

/// A person is registered.
pub fn register(person_data: &Demographics, by: StaffId, at: i64) -> Vec<Write> {
    let mut writes = fields(&person(), person_data);
    writes.push(Write::new(
        &person(),
        "registered",
        json!({ "by": by, "at": at }),
    ));
    writes
}

/// A field of the person: `null` clears it.
pub fn set(field: &str, value: impl Into<Value>) -> Write {
    Write::new(&person(), field, value)
}

/// Asked, and none known: an answer that holds until an allergy is listed.
pub fn no_known_allergies(by: StaffId, at: i64) -> Write {
    Write::new(&person(), "no_known_allergies", json!(NoneKnown { by, at }))
}

/// A listed allergy.
pub fn allergy(id: AllergyId, allergy: &Allergy, by: StaffId, at: i64) -> Vec<Write> {
    listed("allergy", *id.as_uuid(), allergy, by, at)
}

/// A listed problem.
pub fn problem(id: ProblemId, problem: &Problem, by: StaffId, at: i64) -> Vec<Write> {
    listed("problem", *id.as_uuid(), problem, by, at)
}

/// A programme joined.
pub fn enrolment(id: EnrolmentId, enrolment: &Enrolment, by: StaffId, at: i64) -> Vec<Write> {
    listed("enrolment", *id.as_uuid(), enrolment, by, at)
}

fn listed<T: serde::Serialize>(
    section: &str,
    id: Uuid,
    value: &T,
    by: StaffId,
    at: i64,
) -> Vec<Write> {
    let key = RecordKey::many(section, id);
    let mut writes = fields(&key, value);
    writes.push(Write::new(&key, "recorded", json!({ "by": by, "at": at })));
    writes
}

/// Before the id of each time that a listed record was taken back: who, when, which status and why.
pub const RETRACTED: &str = "retracted.";
/// Before the id of each stop of a prescription: who, when and why.
pub const STOPPED: &str = "stop.";

/// A listed record is taken back or ends.
#[derive(Clone, Debug)]
pub struct Retraction<'a> {
    /// The new status.
    pub status: &'a RecordStatus,
    /// Why.
    pub reason: &'a str,
    /// Who.
    pub by: StaffId,
    /// When, ms.
    pub at: i64,
}

/// A listed record is taken back or ends: it keeps its place, with its new status and why. Each time is kept.
pub fn retract(section: &str, id: Uuid, to: &Retraction<'_>, event_id: EventId) -> Vec<Write> {
    let key = RecordKey::many(section, id);
    vec![
        Write::new(&key, "status", to.status.code()),
        Write::new(&key, "status_reason", to.reason),
        Write::new(
            &key,
            &format!("{RETRACTED}{}", record_id(*event_id.as_uuid())),
            json!({ "status": to.status.code(), "reason": to.reason, "by": to.by, "at": to.at }),
        ),
    ]
}

/// Two records are the same person's: kept in one of them, and read without a direction.
pub fn link(id: EventId, other: PatientId, by: StaffId, at: i64) -> Vec<Write> {
    let key = RecordKey::many("link", *id.as_uuid());
    vec![
        Write::new(&key, "other", other.to_string()),
        Write::new(&key, "status", "active"),
        Write::new(&key, "recorded", json!({ "by": by, "at": at })),
    ]
}

/// What a visit records, ready to be written and signed.
#[derive(Clone, Debug)]
pub struct Visit<'a> {
    /// Which.
    pub id: EncounterId,
    /// The encounter.
    pub encounter: &'a Encounter,
    /// The hypertension follow-up, with its form's id.
    pub hypertension: Option<(FormId, &'a HypertensionForm)>,
    /// Other forms.
    pub forms: Vec<(FormId, &'a GenericForm)>,
}

/// Name of the hypertension follow-up among the forms.
pub const HYPERTENSION: &str = "hypertension";

impl Visit<'_> {
    /// Encounter, vitals and forms.
    pub fn writes(&self, by: StaffId) -> Vec<Write> {
        let key = RecordKey::many("encounter", *self.id.as_uuid());
        let mut writes = Vec::new();
        for write in fields(&key, self.encounter) {
            match (write.field.as_str(), write.value) {
                // The document is the patient's; the reader knows whose it is.
                ("patient", _) => {}
                ("opened_at", at) => writes.push(Write::new(&key, "at", at)),
                // Each measured value is a field of its own, so that two devices may each add one.
                ("vitals", Value::Object(vitals)) => {
                    writes.extend(
                        vitals
                            .into_iter()
                            .map(|(name, value)| Write::new(&key, &name, value)),
                    );
                }
                (name, value) => writes.push(Write::new(&key, name, value)),
            }
        }
        writes.push(Write::new(&key, "by", by.to_string()));
        let encounter = record_id(*self.id.as_uuid());
        let at = self.encounter.opened_at;
        let mut head = |key: &RecordKey, template: &str| {
            writes.push(Write::new(key, "encounter", encounter.as_str()));
            writes.push(Write::new(key, "template", template));
            writes.push(Write::new(key, "at", at));
        };
        if let Some((id, form)) = &self.hypertension {
            let key = RecordKey::many("form", *id.as_uuid());
            head(&key, HYPERTENSION);
            writes.extend(fields(&key, form));
        }
        let mut generic = Vec::new();
        for (id, form) in &self.forms {
            let key = RecordKey::many("form", *id.as_uuid());
            generic.push((key.clone(), form.template.clone()));
            for (name, value) in &form.fields {
                writes.push(Write::new(&key, &format!("{OWN}{name}"), value.clone()));
            }
        }
        for (key, template) in generic {
            writes.push(Write::new(&key, "encounter", encounter.as_str()));
            writes.push(Write::new(&key, "template", template));
            writes.push(Write::new(&key, "at", at));
        }
        writes
    }

    /// The signature over what was written: its snapshot is the canonical form of the records, so that a
    /// later edit shows.
    pub fn signature(&self, id: SignatureId, heads: &[String], by: StaffId, at: i64) -> Write {
        let mut records: Map<String, Value> = Map::new();
        for write in self.writes(by).into_iter().filter(|w| !w.value.is_null()) {
            let place = format!("{}/{}", write.key.section, write.key.id);
            if let Value::Object(fields) = records
                .entry(place)
                .or_insert_with(|| Value::Object(Map::new()))
            {
                fields.insert(write.field, write.value);
            }
        }
        let signature = Signature {
            encounter: self.id,
            snapshot: canonical_json(&Value::Object(records)),
            heads: heads.to_vec(),
            by,
            at,
        };
        event(&RecordKey::many("signature", *id.as_uuid()), &signature)
    }
}

/// Prefix of the fields of a form that is not the app's own.
const OWN: &str = "f.";

/// Canonical form of the records of a visit as they stand, to hold beside a signature's snapshot.
pub fn visit_snapshot(
    encounter: (&str, &Map<String, Value>),
    forms: &[(&str, &Map<String, Value>)],
) -> String {
    let mut records = Map::new();
    records.insert(
        format!("encounter/{}", encounter.0),
        Value::Object(encounter.1.clone()),
    );
    for (id, body) in forms {
        records.insert(format!("form/{id}"), Value::Object((*body).clone()));
    }
    canonical_json(&Value::Object(records))
}

/// What a signature's snapshot holds: the records of the visit as they were signed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SignedRecords {
    /// The fields of the encounter.
    pub encounter: Map<String, Value>,
    /// Its forms by their record's key, in the order of the keys.
    pub forms: Vec<(String, Map<String, Value>)>,
}

/// Reads a snapshot back: the inverse of [`visit_snapshot`] and of [`Visit::signature`]. Fields that this version does
/// not know stay in their records; parts that it does not know are left out. `None` when the encounter is not in it.
pub fn signed_records(encounter: EncounterId, snapshot: &str) -> Option<SignedRecords> {
    let Ok(Value::Object(records)) = serde_json::from_str(snapshot) else {
        return None;
    };
    let own = record_id(*encounter.as_uuid());
    let mut read = SignedRecords::default();
    let mut found = false;
    for (place, value) in records {
        let (Some((section, id)), Value::Object(fields)) = (place.split_once('/'), value) else {
            continue;
        };
        match section {
            "encounter" if id == own => {
                found = true;
                read.encounter = flatten(fields.into_iter());
            }
            "form" => read
                .forms
                .push((id.to_owned(), flatten(fields.into_iter()))),
            _ => {}
        }
    }
    read.forms.sort_by(|a, b| a.0.cmp(&b.0));
    found.then_some(read)
}

/// A correction to a signed visit.
pub fn addendum(id: AddendumId, addendum: &Addendum) -> Write {
    event(&RecordKey::many("addendum", *id.as_uuid()), addendum)
}

/// A prescription.
pub fn prescription(id: PrescriptionId, prescription: &Prescription) -> Vec<Write> {
    let key = RecordKey::many("prescription", *id.as_uuid());
    vec![
        event(&key, prescription),
        Write::new(&key, "status", "active"),
    ]
}

/// A prescription is stopped. Two people who both stop it agree; each stop is kept.
pub fn stop_prescription(stop: &PrescriptionStop, event_id: EventId) -> Vec<Write> {
    let key = RecordKey::many("prescription", *stop.prescription.as_uuid());
    vec![
        Write::new(&key, "status", "stopped"),
        Write::new(
            &key,
            &format!("{STOPPED}{}", record_id(*event_id.as_uuid())),
            json!({ "reason": stop.reason, "by": stop.by, "at": stop.at }),
        ),
    ]
}

/// Medicine was handed out.
pub fn dispensing(id: DispenseId, dispense: &Dispense) -> Write {
    event(&RecordKey::many("dispensing", *id.as_uuid()), dispense)
}

/// An encounter from its projected body.
pub fn encounter_of(patient: PatientId, body: &Map<String, Value>) -> Option<Encounter> {
    let mut object = body.clone();
    let mut vitals = Map::new();
    for name in [
        "bp",
        "pulse",
        "weight",
        "height",
        "temperature",
        "glucose",
        "waist",
    ] {
        if let Some(value) = object.remove(name) {
            vitals.insert(name.to_owned(), value);
        }
    }
    object.insert("vitals".to_owned(), Value::Object(vitals));
    object.insert("patient".to_owned(), json!(patient));
    if let Some(at) = object.remove("at") {
        object.insert("opened_at".to_owned(), at);
    }
    typed(Value::Object(object))
}

/// A form that is not the app's own from its projected body.
pub fn form_of(body: &Map<String, Value>) -> GenericForm {
    let fields = body
        .iter()
        .filter_map(|(name, value)| Some((name.strip_prefix(OWN)?.to_owned(), value.clone())))
        .collect();
    let template = body
        .get("template")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    GenericForm { template, fields }
}

/// A record's body as one of the model's types; what a newer version wrote and this one cannot read is
/// `None`, and stays untouched.
pub fn typed<T: DeserializeOwned>(body: Value) -> Option<T> {
    serde_json::from_value(body).ok()
}

/// A projected body as a map.
pub fn body(text: &str) -> Map<String, Value> {
    match serde_json::from_str(text) {
        Ok(Value::Object(map)) => flatten(map.into_iter()),
        _ => Map::new(),
    }
}
