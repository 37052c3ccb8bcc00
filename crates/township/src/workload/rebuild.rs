//! Events as the center's records tell them: the inverse of the replay.
//!
//! It is given records as the model knows them, and never the events that were played: what it can't find in a
//! record, it can't give back.

use serde_json::{Map, Value, json};
use std::collections::HashMap;
use uuid::Uuid;
use xunyi_model::{
    Allergy, Demographics, Encounter, EncounterId, GenericForm, GlucoseReading, Movement,
    PatientId, Place, Prescription, PrescriptionId, Problem, RecordStatus, Timing, VehicleId,
    VillageId,
};

use super::event::{
    BpBody, EncounterBody, Event, MovementBody, Patch, PatchKind, PatchSet, PatientBody,
    PrescriptionBody, ProblemBody, Put, Record, VitalsBody,
};
use super::value::{self, DOUBTFUL, FORM_ID};
use crate::TownshipError;
use crate::site::SiteData;

/// Rebuilds events; knows the names of villages and vehicles, which records hold by id.
pub struct Rebuild {
    villages: HashMap<VillageId, String>,
    vehicles: HashMap<VehicleId, String>,
}

impl Rebuild {
    /// With the names of a site.
    pub fn new(site: &SiteData) -> Self {
        Self {
            villages: site
                .villages
                .iter()
                .map(|village| (village.id, village.name.clone()))
                .collect(),
            vehicles: site
                .vehicles
                .iter()
                .map(|vehicle| (vehicle.id, vehicle.name.clone()))
                .collect(),
        }
    }

    /// The put of a person, registered at `at_ms` and never edited since.
    pub fn patient(
        &self,
        id: PatientId,
        at_ms: i64,
        who: &Demographics,
        allergies: &[Allergy],
        problems: &[Problem],
    ) -> Result<Event, TownshipError> {
        let village = who
            .village
            .and_then(|village| self.villages.get(&village))
            .ok_or(TownshipError::NotAtSite("village"))?;
        let problem = |problem: &Problem| {
            let since = problem
                .since
                .as_ref()
                .ok_or(TownshipError::Missing("since"))?
                .to_string();
            Ok(ProblemBody {
                code: problem.code.to_string(),
                since,
            })
        };
        let active = problems
            .iter()
            .filter(|problem| problem.status == RecordStatus::Active);
        let body = PatientBody {
            name: who.name.to_string(),
            sex: value::sex_word(&who.sex)?.to_owned(),
            birth: who
                .birth_date
                .ok_or(TownshipError::Missing("birth"))?
                .date
                .to_string(),
            village: village.clone(),
            address: text(&who.address).ok_or(TownshipError::Missing("address"))?,
            phone: text(&who.phone).ok_or(TownshipError::Missing("phone"))?,
            idno: text(&who.id_number).ok_or(TownshipError::Missing("idno"))?,
            allergies: substances(allergies),
            problems: active.map(problem).collect::<Result<_, TownshipError>>()?,
        };
        put(id.into(), id, at_ms, Record::Patient(body))
    }

    /// The puts of a visit and its forms. `clinician` is the name of who signed.
    pub fn visit(
        &self,
        id: EncounterId,
        clinician: &str,
        visit: &Encounter,
        forms: &[GenericForm],
    ) -> Result<Vec<Event>, TownshipError> {
        let vitals = &visit.vitals;
        let mut bp: Vec<BpBody> = vitals
            .bp
            .iter()
            .map(|bp| BpBody {
                sys: bp.sys.0,
                dia: bp.dia.0,
            })
            .collect();
        let mut events = Vec::new();
        for form in forms {
            if form.template == DOUBTFUL {
                put_back(&mut bp, &form.fields)?;
            } else {
                events.push(self.form(id, visit, form)?);
            }
        }
        let glucose = match vitals.glucose.as_ref().map(|glucose| &glucose.value) {
            Some(GlucoseReading::Deci(tenths)) => value::unscaled(u32::from(*tenths), 10),
            _ => return Err(TownshipError::Missing("glucose")),
        };
        let body = EncounterBody {
            vitals: VitalsBody {
                bp,
                pulse: vitals.pulse.ok_or(TownshipError::Missing("pulse"))?.0,
                weight: value::unscaled(
                    vitals.weight.ok_or(TownshipError::Missing("weight"))?.0,
                    1000,
                ),
                glucose,
            },
            complaint: visit.reason.clone(),
            notes: visit.note.clone(),
            dx: visit
                .diagnoses
                .iter()
                .map(|diagnosis| diagnosis.code.to_string())
                .collect(),
            clinician: clinician.to_owned(),
        };
        events.insert(
            0,
            put(
                id.into(),
                visit.patient,
                visit.opened_at,
                Record::Encounter(body),
            )?,
        );
        Ok(events)
    }

    fn form(
        &self,
        id: EncounterId,
        visit: &Encounter,
        form: &GenericForm,
    ) -> Result<Event, TownshipError> {
        let mut body = form.fields.clone();
        let own = body
            .remove(FORM_ID)
            .and_then(|own| Uuid::try_parse(own.as_str()?).ok());
        body.insert("encounter".to_owned(), json!(id));
        body.insert("template".to_owned(), json!(form.template));
        put(
            own.ok_or(TownshipError::Missing("form id"))?,
            visit.patient,
            visit.opened_at,
            Record::Form(body),
        )
    }

    /// The put of a prescription line.
    pub fn prescription(
        &self,
        id: PrescriptionId,
        patient: PatientId,
        line: &Prescription,
    ) -> Result<Event, TownshipError> {
        let order = &line.order;
        let Timing::Text(freq) = &order.timing else {
            return Err(TownshipError::Missing("freq"));
        };
        let body = PrescriptionBody {
            encounter: line.encounter.into(),
            drug: order.product.name.clone(),
            strength: order.strength.clone(),
            route: value::route_word(&order.route),
            dose: order.dose.clone(),
            freq: freq.clone(),
            days: order.days,
            remark: order.remark.clone(),
        };
        put(id.into(), patient, line.at, Record::Prescription(body))
    }

    /// The put of a movement to a patient, for a prescription of this visit.
    pub fn movement(
        &self,
        moved: &Movement,
        encounter: EncounterId,
    ) -> Result<Event, TownshipError> {
        let vehicle = match &moved.from {
            Place::Vehicle(vehicle) => self.vehicles.get(vehicle),
            _ => None,
        };
        let body = MovementBody {
            encounter: encounter.into(),
            prescription: moved
                .prescription
                .ok_or(TownshipError::Missing("prescription"))?
                .into(),
            item: moved.lot.product.name.clone(),
            unit: moved.lot.product.unit.clone(),
            qty: -i64::from(moved.qty.get()),
            lot: moved.lot.lot_number.clone(),
            expiry: moved.lot.expiry.to_string(),
            location: vehicle.ok_or(TownshipError::NotAtSite("vehicle"))?.clone(),
        };
        let patient = moved.patient.ok_or(TownshipError::Missing("patient"))?;
        put(moved.id.into(), patient, moved.at, Record::Movement(body))
    }

    /// True when the record has what the patch says: for [`super::Replay::unchanged`].
    pub fn holds(&self, patch: &Patch, who: &Demographics, allergies: &[Allergy]) -> bool {
        let same =
            |wanted: &Option<String>, got: Option<String>| wanted.is_none() || *wanted == got;
        let mut listed = substances(allergies);
        listed.sort();
        same(&patch.set.phone, text(&who.phone))
            && same(&patch.set.address, text(&who.address))
            && patch.set.allergies.as_ref().is_none_or(|wanted| {
                let mut wanted = wanted.clone();
                wanted.sort();
                wanted == listed
            })
    }
}

/// The patch of a person, from the record before and after the update made at `at_ms`; `None` when nothing changed.
pub fn before_and_after(
    id: PatientId,
    at_ms: i64,
    before: (&Demographics, &[Allergy]),
    after: (&Demographics, &[Allergy]),
) -> Result<Option<Event>, TownshipError> {
    let changed = |old: Option<String>, new: Option<String>| if old == new { None } else { new };
    let (mut listed, mut known) = (substances(after.1), substances(before.1));
    listed.sort();
    known.sort();
    let set = PatchSet {
        phone: changed(text(&before.0.phone), text(&after.0.phone)),
        address: changed(text(&before.0.address), text(&after.0.address)),
        allergies: (listed != known).then_some(listed),
    };
    if set == PatchSet::default() {
        return Ok(None);
    }
    Ok(Some(Event::Patch(Patch {
        kind: PatchKind::Patient,
        id: id.into(),
        at: value::at_of(at_ms)?,
        set,
    })))
}

fn put(id: Uuid, patient: PatientId, at_ms: i64, record: Record) -> Result<Event, TownshipError> {
    Ok(Event::Put(Put {
        id,
        patient: patient.into(),
        at: value::at_of(at_ms)?,
        record,
    }))
}

fn text(value: &Option<impl ToString>) -> Option<String> {
    value.as_ref().map(ToString::to_string)
}

fn substances(allergies: &[Allergy]) -> Vec<String> {
    let active = allergies
        .iter()
        .filter(|allergy| allergy.status == RecordStatus::Active);
    active.map(|allergy| allergy.substance.clone()).collect()
}

/// Puts the readings that no visit may record back to their places among the others.
fn put_back(bp: &mut Vec<BpBody>, doubtful: &Map<String, Value>) -> Result<(), TownshipError> {
    let mut places = Vec::new();
    for (place, reading) in doubtful {
        let place: usize = place.parse().map_err(|_| TownshipError::Value("reading"))?;
        let [sys, dia] =
            serde_json::from_value(reading.clone()).map_err(TownshipError::Malformed)?;
        places.push((place, BpBody { sys, dia }));
    }
    places.sort_by_key(|(place, _)| *place);
    for (place, reading) in places {
        if place > bp.len() {
            return Err(TownshipError::Missing("reading"));
        }
        bp.insert(place, reading);
    }
    Ok(())
}
