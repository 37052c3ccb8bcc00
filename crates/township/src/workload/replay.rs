//! Events as steps: one command per clinical act, as staff of the right role, at the event's own time.
//!
//! A visit's encounter and form are one `visit.sign`; each prescription line one `prescription.add`; what is handed out
//! in a visit one `dispense.complete`. Ids of the events are kept.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::str::FromStr;

use serde_json::{Map, Value, json};
use uuid::Uuid;
use xunyi_model::{
    BloodPressure, Diagnosis, Expiry, GenericForm, Glucose, GlucoseKind, GlucoseReading, Icd10,
    Lot, PartialDate, PatientId, PrescriptionOrder, Product, ProductRef, Pulse, StaffId, Timing,
    VehicleId, VillageId, Vitals, WeightGrams,
};

use super::event::{
    EncounterBody, Event, MovementBody, Patch, PatientBody, PrescriptionBody, Put, Record,
};
use super::needed::{NURSE, PHARMACIST};
use super::value::{self, DOUBTFUL, FORM_ID, REASON};
use crate::TownshipError;
use crate::site::SiteData;
use crate::step::{Input, Step};

/// Turns events into steps, one visit at a time.
///
/// Give it the events in their order, roster first, with [`Replay::push`]; take the steps that are ready with
/// [`Replay::ready`]; after the last event, [`Replay::finish`].
pub struct Replay {
    villages: HashMap<String, VillageId>,
    staff: HashMap<String, StaffId>,
    vehicles: HashMap<String, VehicleId>,
    products: Vec<Product>,
    names: BTreeMap<String, String>,
    allergies: HashMap<Uuid, Vec<String>>,
    open: Option<OpenVisit>,
    ready: VecDeque<Step>,
    unchanged: Vec<Event>,
}

/// A visit whose events are still coming.
struct OpenVisit {
    put: Put,
    body: EncounterBody,
    prescriptions: Vec<(Put, PrescriptionBody)>,
    movements: Vec<(Put, MovementBody)>,
    forms: Vec<(Put, Map<String, Value>)>,
}

impl Replay {
    /// `site` as authored from [`super::site_needed`]; `products` of the formulary in use; `names` of ICD-10 codes, where
    /// the code alone stands for a name that is not in it.
    pub fn new(site: &SiteData, products: Vec<Product>, names: BTreeMap<String, String>) -> Self {
        Self {
            villages: site
                .villages
                .iter()
                .map(|village| (village.name.clone(), village.id))
                .collect(),
            staff: site
                .staff
                .iter()
                .map(|member| (member.staff.name.clone(), member.staff.id))
                .collect(),
            vehicles: site
                .vehicles
                .iter()
                .map(|vehicle| (vehicle.name.clone(), vehicle.id))
                .collect(),
            products,
            names,
            allergies: HashMap::new(),
            open: None,
            ready: VecDeque::new(),
            unchanged: Vec::new(),
        }
    }

    /// Takes the next event; afterwards steps may be [`Replay::ready`].
    pub fn push(&mut self, event: Event) -> Result<(), TownshipError> {
        match event {
            Event::Patch(patch) => {
                self.finish()?;
                self.patch(patch)
            }
            Event::Put(mut put) => {
                match std::mem::replace(&mut put.record, Record::Form(Map::new())) {
                    Record::Patient(body) => {
                        self.finish()?;
                        self.patient(&put, body)
                    }
                    Record::Encounter(body) => {
                        self.finish()?;
                        let (prescriptions, movements, forms) =
                            (Vec::new(), Vec::new(), Vec::new());
                        self.open = Some(OpenVisit {
                            put,
                            body,
                            prescriptions,
                            movements,
                            forms,
                        });
                        Ok(())
                    }
                    Record::Prescription(body) => {
                        self.visit_of(body.encounter)?
                            .prescriptions
                            .push((put, body));
                        Ok(())
                    }
                    Record::Movement(body) => {
                        self.visit_of(body.encounter)?.movements.push((put, body));
                        Ok(())
                    }
                    Record::Form(body) => {
                        let encounter = body
                            .get("encounter")
                            .and_then(Value::as_str)
                            .and_then(|id| Uuid::try_parse(id).ok());
                        let encounter = encounter.ok_or(TownshipError::Value("encounter"))?;
                        self.visit_of(encounter)?.forms.push((put, body));
                        Ok(())
                    }
                }
            }
        }
    }

    /// The next step that is ready.
    pub fn ready(&mut self) -> Option<Step> {
        self.ready.pop_front()
    }

    /// Closes the visit whose events were still coming.
    pub fn finish(&mut self) -> Result<(), TownshipError> {
        match self.open.take() {
            Some(visit) => self.visit(visit),
            None => Ok(()),
        }
    }

    /// Patches that say what stood there already (an allergy drawn twice): there is no act to record, so they made no
    /// step. [`super::Rebuild::holds`] says whether the record has what they say.
    pub fn unchanged(&self) -> &[Event] {
        &self.unchanged
    }

    /// `stock.receive` for all that these events hand out, onto the vehicle: to be given before them, in lines of at
    /// most 200.
    pub fn receipts<'a>(
        &self,
        events: impl IntoIterator<Item = &'a Event>,
        at_ms: i64,
    ) -> Result<Vec<Step>, TownshipError> {
        let mut wanted: BTreeMap<(String, String, String, String), u32> = BTreeMap::new();
        for event in events {
            if let Event::Put(Put {
                record: Record::Movement(body),
                ..
            }) = event
            {
                let key = (
                    body.item.clone(),
                    body.unit.clone(),
                    body.lot.clone(),
                    body.expiry.clone(),
                );
                *wanted.entry(key).or_default() += handed_out(body)?;
            }
        }
        let mut lines = Vec::new();
        for ((item, unit, lot, expiry), qty) in wanted {
            let product = value::product_of(&self.products, &item, &unit);
            let expiry = Expiry::from_str(&expiry).map_err(|_| TownshipError::Value("expiry"))?;
            lines
                .push(json!({"product": product, "lot_number": lot, "expiry": expiry, "qty": qty}));
        }
        let pharmacist = self.member(PHARMACIST)?;
        let receive = |lines: &[Value]| {
            Input::default()
                .with("lines", lines)
                .with("onto_vehicle", true)
                .done()
        };
        Ok(lines
            .chunks(200)
            .map(|lines| Step::of(at_ms, pharmacist, "stock.receive", receive(lines)))
            .collect())
    }

    fn member(&self, name: &str) -> Result<StaffId, TownshipError> {
        self.staff
            .get(name)
            .copied()
            .ok_or(TownshipError::NotAtSite("member of staff"))
    }

    fn visit_of(&mut self, encounter: Uuid) -> Result<&mut OpenVisit, TownshipError> {
        self.open
            .as_mut()
            .filter(|visit| visit.put.id == encounter)
            .ok_or(TownshipError::OutOfPlace)
    }

    fn patient(&mut self, put: &Put, body: PatientBody) -> Result<(), TownshipError> {
        let at_ms = value::ms_of(&put.at)?;
        let patient = PatientId::from_uuid(put.id);
        let village = self
            .villages
            .get(&body.village)
            .ok_or(TownshipError::NotAtSite("village"))?;
        let register = Input::default()
            .with("name", &body.name)
            .with("sex", value::sex_of(&body.sex)?)
            .with("birth_date", &body.birth)
            .with("id_number", &body.idno)
            .with("phone", &body.phone)
            .with("village", village)
            .with("address", &body.address)
            .with("not_a_duplicate", true)
            .with("patient", patient)
            .done();
        self.ready.push_back(Step::on(
            at_ms,
            self.member(NURSE)?,
            "patient.register",
            patient,
            register,
        ));
        if !body.allergies.is_empty() || !body.problems.is_empty() {
            let mut problems = Vec::new();
            for problem in &body.problems {
                let since = PartialDate::from_str(&problem.since)
                    .map_err(|_| TownshipError::Value("since"))?;
                let name = self.name_of(&problem.code);
                problems.push(json!({"code": code_of(&problem.code)?, "name": name, "since": since, "status": "active"}));
            }
            let update = Input::default()
                .with("patient", patient)
                .with_heads()
                .with("add_allergies", listed(&body.allergies))
                .with("add_problems", problems)
                .done();
            self.ready.push_back(Step::on(
                at_ms,
                self.member("c1")?,
                "patient.update",
                patient,
                update,
            ));
        }
        self.allergies.insert(put.id, body.allergies);
        Ok(())
    }

    fn patch(&mut self, patch: Patch) -> Result<(), TownshipError> {
        let at_ms = value::ms_of(&patch.at)?;
        let patient = PatientId::from_uuid(patch.id);
        let known = self.allergies.entry(patch.id).or_default();
        let after = patch.set.allergies.clone().unwrap_or_else(|| known.clone());
        let new: Vec<String> = after
            .iter()
            .filter(|substance| !known.contains(substance))
            .cloned()
            .collect();
        *known = after;
        if new.is_empty() && patch.set.phone.is_none() && patch.set.address.is_none() {
            self.unchanged.push(Event::Patch(patch));
            return Ok(());
        }
        let update = Input::default()
            .with("patient", patient)
            .with_heads()
            .with("phone", &patch.set.phone)
            .with("address", &patch.set.address)
            .with("add_allergies", listed(&new))
            .done();
        self.ready.push_back(Step::on(
            at_ms,
            self.member(NURSE)?,
            "patient.update",
            patient,
            update,
        ));
        Ok(())
    }

    fn visit(&mut self, visit: OpenVisit) -> Result<(), TownshipError> {
        let at_ms = value::ms_of(&visit.put.at)?;
        let patient = PatientId::from_uuid(visit.put.patient);
        let clinician = self.member(&visit.body.clinician)?;
        let encounter = visit.put.id;
        let start = Input::default()
            .with("patient", patient)
            .with("encounter", encounter)
            .done();
        self.ready
            .push_back(Step::on(at_ms, clinician, "visit.start", patient, start));
        let sign = Input::default()
            .with("patient", patient)
            .with("encounter", encounter)
            .with("opened_at", at_ms)
            .with_heads()
            .with("content", self.content(&visit)?)
            .done();
        self.ready
            .push_back(Step::on(at_ms, clinician, "visit.sign", patient, sign));
        for (put, body) in &visit.prescriptions {
            let movement = visit
                .movements
                .iter()
                .find(|(_, movement)| movement.prescription == put.id);
            let unit = movement.map_or_else(
                || value::unit_of_dose(&body.dose),
                |(_, movement)| movement.unit.as_str(),
            );
            let add = Input::default()
                .with("patient", patient)
                .with("encounter", encounter)
                .with_heads()
                .with(
                    "order",
                    order(body, value::product_of(&self.products, &body.drug, unit)),
                )
                .with("override_reason", REASON)
                .with("prescription", put.id)
                .done();
            let at_ms = value::ms_of(&put.at)?;
            self.ready
                .push_back(Step::on(at_ms, clinician, "prescription.add", patient, add));
        }
        self.dispense(&visit, patient)
    }

    fn content(&self, visit: &OpenVisit) -> Result<Value, TownshipError> {
        let body = &visit.body;
        let measured = &body.vitals;
        let readings = measured
            .bp
            .iter()
            .map(|bp| BloodPressure::new(bp.sys, bp.dia));
        let (recorded, doubtful): (Vec<_>, Vec<_>) = readings
            .enumerate()
            .partition(|(_, bp)| value::can_be_recorded(bp));
        let vitals = Vitals {
            bp: recorded.into_iter().map(|(_, bp)| bp).collect(),
            pulse: Some(Pulse(measured.pulse)),
            weight: Some(WeightGrams(value::scaled(measured.weight, 1000)?)),
            glucose: Some(Glucose {
                value: GlucoseReading::Deci(
                    u16::try_from(value::scaled(measured.glucose, 10)?)
                        .map_err(|_| TownshipError::Value("glucose"))?,
                ),
                kind: GlucoseKind::Unknown,
            }),
            ..Vitals::default()
        };
        let diagnosis = |code: &String| {
            Ok(Diagnosis {
                code: code_of(code)?,
                name: self.name_of(code),
            })
        };
        let diagnoses: Vec<_> = body
            .dx
            .iter()
            .map(diagnosis)
            .collect::<Result<_, TownshipError>>()?;
        let mut forms = Vec::new();
        for (put, body) in &visit.forms {
            forms.push(form(put, body.clone())?);
        }
        if !doubtful.is_empty() {
            let field =
                |(at, bp): (usize, BloodPressure)| (at.to_string(), json!([bp.sys, bp.dia]));
            forms.push(GenericForm {
                template: DOUBTFUL.to_owned(),
                fields: doubtful.into_iter().map(field).collect(),
            });
        }
        Ok(Input::default()
            .with("reason", &body.complaint)
            .with("vitals", vitals)
            .with("note", &body.notes)
            .with("diagnoses", diagnoses)
            .with("forms", forms)
            .done())
    }

    fn dispense(&mut self, visit: &OpenVisit, patient: PatientId) -> Result<(), TownshipError> {
        let Some((first, _)) = visit.movements.first() else {
            return Ok(());
        };
        let at_ms = value::ms_of(&first.at)?;
        let today = value::local_day(at_ms)?;
        let mut items: Vec<(Uuid, Vec<Value>)> = Vec::new();
        for (put, body) in &visit.movements {
            if put.at != first.at || !self.vehicles.contains_key(&body.location) {
                return Err(TownshipError::NotAtSite("vehicle"));
            }
            let expiry =
                Expiry::from_str(&body.expiry).map_err(|_| TownshipError::Value("expiry"))?;
            let lot = Lot {
                product: value::product_of(&self.products, &body.item, &body.unit),
                lot_number: body.lot.clone(),
                expiry,
            };
            let pick = Input::default()
                .with("lot", lot)
                .with("qty", handed_out(body)?)
                .with("reason", expiry.is_past(today).then_some(REASON))
                .with("movement", put.id)
                .done();
            match items
                .iter_mut()
                .find(|(prescription, _)| *prescription == body.prescription)
            {
                Some((_, picks)) => picks.push(pick),
                None => items.push((body.prescription, vec![pick])),
            }
        }
        let items = items
            .into_iter()
            .map(|(prescription, picks)| {
                json!({"prescription": prescription, "picks": picks, "override_reason": REASON})
            });
        let complete = Input::default()
            .with("patient", patient)
            .with_heads()
            .with("items", items.collect::<Vec<_>>())
            .with(
                "identity",
                json!({"receiver": {"kind": "person"}, "confirmed_by": "birth_date"}),
            )
            .done();
        self.ready.push_back(Step::on(
            at_ms,
            self.member(PHARMACIST)?,
            "dispense.complete",
            patient,
            complete,
        ));
        Ok(())
    }

    fn name_of(&self, code: &str) -> String {
        self.names
            .get(code)
            .cloned()
            .unwrap_or_else(|| code.to_owned())
    }
}

fn order(body: &PrescriptionBody, product: ProductRef) -> PrescriptionOrder {
    PrescriptionOrder {
        product,
        strength: body.strength.clone(),
        route: value::route_of(&body.route),
        timing: Timing::Text(body.freq.clone()),
        dose: body.dose.clone(),
        days: body.days,
        quantity: None,
        remark: body.remark.clone(),
    }
}

/// The form with all its fields, and its id among them.
fn form(put: &Put, mut body: Map<String, Value>) -> Result<GenericForm, TownshipError> {
    let template = match body.remove("template") {
        Some(Value::String(template)) => template,
        _ => return Err(TownshipError::Value("template")),
    };
    body.remove("encounter");
    if body.insert(FORM_ID.to_owned(), json!(put.id)).is_some() {
        return Err(TownshipError::Value("form"));
    }
    Ok(GenericForm {
        template,
        fields: body,
    })
}

fn listed(substances: &[String]) -> Vec<Value> {
    substances
        .iter()
        .map(|substance| json!({"substance": substance, "status": "active"}))
        .collect()
}

fn code_of(code: &str) -> Result<Icd10, TownshipError> {
    Icd10::parse(code)
        .ok()
        .filter(|parsed| parsed.as_str() == code)
        .ok_or(TownshipError::Value("code"))
}

fn handed_out(body: &MovementBody) -> Result<u32, TownshipError> {
    body.qty
        .checked_neg()
        .and_then(|qty| u32::try_from(qty).ok())
        .filter(|qty| *qty > 0)
        .ok_or(TownshipError::Value("qty"))
}
