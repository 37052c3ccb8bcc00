//! `patient.*` and `due.list`.
use super::*;
use chrono::NaiveDate;
use xunyi_model::*;

/// One person in a result list: enough to tell namesakes apart.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PatientHit {
    /// Who.
    pub patient: PatientId,
    /// Name.
    pub name: String,
    /// Sex.
    pub sex: Sex,
    /// Whole years today.
    pub age: Option<u16>,
    /// Birth date.
    pub birth_date: Option<NaiveDate>,
    /// Last four of the resident ID.
    pub id_tail: Option<String>,
    /// Last four of the phone number.
    pub phone_tail: Option<String>,
    /// Village name.
    pub village: Option<String>,
    /// Head of the household.
    pub household_head: Option<String>,
    /// Date of the last visit.
    pub last_visit: Option<NaiveDate>,
    /// True when another person of this list has the same name.
    pub namesake: bool,
}

/// `patient.search`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Search {
    /// Chinese, pinyin, initials, ID or phone tail, village.
    pub query: String,
    /// At most this many, 1 to 100; 20 when absent.
    pub limit: Option<u16>,
}

/// Answer of `patient.search`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SearchResult {
    /// Best first.
    pub hits: Vec<PatientHit>,
}

/// What a resident ID says too.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IdField {
    /// Sex.
    Sex,
    /// Birth date.
    BirthDate,
}

/// A contradiction between a resident ID and what stands beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IdClash {
    /// Of what.
    pub field: IdField,
    /// What the ID says.
    pub of_id: String,
    /// What stands in the field.
    pub stands: String,
}

/// `patient.register`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Register {
    /// Name, 1 to 50 characters.
    pub name: String,
    /// Sex.
    pub sex: Sex,
    /// Birth date; absent when unknown.
    pub birth_date: Option<NaiveDate>,
    /// The lunar date that the birth date was told as, if so.
    pub birth_lunar: Option<LunarDate>,
    /// Resident ID, checked.
    pub id_number: Option<String>,
    /// Phone.
    pub phone: Option<String>,
    /// Village.
    pub village: Option<VillageId>,
    /// Group and house number.
    pub address: Option<String>,
    /// Head of the household.
    pub household_head: Option<String>,
    /// True after the user looked at the possible duplicates and said: another person.
    #[serde(default)]
    pub not_a_duplicate: bool,
    /// Contradictions between ID and sex or birth date that were shown, and that somebody said are so.
    #[serde(default)]
    pub confirmed: Vec<IdClash>,
    /// The id for the new person where an import must keep it; made when absent.
    pub patient: Option<PatientId>,
}

/// Answer of `patient.register`: either registered, or the people it may be.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Registered {
    /// The new person, when saved.
    pub patient: Option<PatientId>,
    /// Present when saved.
    pub saved: Option<Saved>,
    /// Possible duplicates; nothing was saved when this is not empty.
    pub duplicates: Vec<PatientHit>,
}

/// `patient.get`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Get {
    /// Who.
    pub patient: PatientId,
}

/// A listed allergy.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct AllergyView {
    /// Its id.
    pub id: AllergyId,
    /// What it is.
    pub allergy: Allergy,
}

/// A listed problem.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ProblemView {
    /// Its id.
    pub id: ProblemId,
    /// What it is.
    pub problem: Problem,
}

/// An enrolment in a programme.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct EnrolmentView {
    /// Its id.
    pub id: EnrolmentId,
    /// What it is.
    pub enrolment: Enrolment,
    /// Next due date set by the last outcome (or the enrolment).
    pub due: Option<NaiveDate>,
}

/// The banner that stays on screen on every page of a patient (ui.md, rule 8).
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Banner {
    /// Who.
    pub hit: PatientHit,
    /// Three-valued: listed, none known (who, when), never asked.
    pub allergies: AllergyState,
    /// The listed ones.
    pub listed: Vec<AllergyView>,
    /// Names of active problems and programmes.
    pub tags: Vec<String>,
    /// How many fields of this chart hold two values.
    pub conflicts: u32,
    /// Others registered with the same name in this village.
    pub namesakes: u32,
}

/// A medicine the person takes now.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct MedicineView {
    /// The prescription.
    pub prescription: PrescriptionId,
    /// The visit it was written in.
    pub encounter: EncounterId,
    /// What was ordered.
    pub order: PrescriptionOrder,
    /// When, ms.
    pub at: i64,
    /// Who prescribed.
    pub prescriber: String,
    /// Units handed out so far.
    pub dispensed: u32,
    /// Units of them beyond what was prescribed: it was dispensed twice.
    pub over: u32,
    /// Days left by what was handed out; negative when run out; absent when unknown.
    pub days_left: Option<i32>,
}

/// A medicine that the person said they take and that nobody here prescribed: from a hospital, self-bought, herbal.
/// It is part of what they take now.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ToldMedicine {
    /// As told.
    pub medicine: FormMedicine,
    /// When it was asked, ms.
    pub asked_at: i64,
}

/// What ended.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EndedWhat {
    /// A prescription.
    Prescription {
        /// What was ordered.
        order: PrescriptionOrder,
    },
    /// An allergy.
    Allergy {
        /// As it stood.
        allergy: Allergy,
    },
    /// A problem.
    Problem {
        /// As it stood.
        problem: Problem,
    },
}

/// Something of the record that holds no more and stays in it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct EndedView {
    /// What.
    pub what: EndedWhat,
    /// How it stands now.
    pub status: RecordStatus,
    /// When it was recorded, ms; absent where nobody wrote it down.
    pub recorded_at: Option<i64>,
    /// Who ended it and why, oldest first: two people apart may both have.
    pub ends: Vec<EndedBy>,
}

/// Who ended something, and why.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct EndedBy {
    /// Why.
    pub reason: String,
    /// Name; empty where an older version did not record it.
    pub by: String,
    /// When, ms; absent where an older version did not record it.
    pub at: Option<i64>,
}

/// One visit in the timeline.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct VisitView {
    /// The encounter.
    pub encounter: EncounterId,
    /// When, ms.
    pub at: i64,
    /// Name of the clinician.
    pub clinician: String,
    /// What was recorded: as the leading signature holds it; as it stands while nobody signed.
    pub content: Encounter,
    /// The hypertension follow-up made in it, as signed.
    pub hypertension: Option<HypertensionForm>,
    /// Other forms, with all their fields, as signed.
    pub forms: Vec<GenericForm>,
    /// True once signed.
    pub signed: bool,
    /// Who signed what is shown above; of two signatures the later one leads.
    pub signed_by: Option<String>,
    /// When that was, ms.
    pub signed_at: Option<i64>,
    /// True when what was signed is a newer version's and cannot be read here: the record as it stands is shown.
    pub signed_unread: bool,
    /// True when something changed after the signature without a new one.
    pub amended_unsigned: bool,
    /// The visit as it stands now, where that differs from what was signed.
    pub amended: Option<VisitVersion>,
    /// Two or more signatures: a conflict.
    pub signatures: u32,
    /// The other signatures, oldest first, each with what was signed.
    pub others: Vec<SignedVersion>,
    /// Corrections.
    pub addenda: Vec<AddendumView>,
}

/// What a visit recorded, of one of the versions that there are of it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct VisitVersion {
    /// Encounter and vitals.
    pub content: Encounter,
    /// The hypertension follow-up.
    pub hypertension: Option<HypertensionForm>,
    /// Other forms.
    pub forms: Vec<GenericForm>,
}

/// One of several signatures under a visit.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SignedVersion {
    /// Who signed.
    pub by: String,
    /// When, ms.
    pub at: i64,
    /// What was signed; absent where a newer version wrote it and this one cannot read it.
    pub version: Option<VisitVersion>,
}

/// A signed correction.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct AddendumView {
    /// Text.
    pub text: String,
    /// When, ms.
    pub at: i64,
    /// Who.
    pub by: String,
}

/// Who had a hand in a dispensing before it was handed over, by name.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct HandsBefore {
    /// Who reviewed the prescription (审方).
    pub reviewer: String,
    /// Who picked the goods (调配).
    pub picker: String,
    /// Who checked what was picked (核对).
    pub checker: String,
}

/// A dispensing in the timeline.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct DispensingView {
    /// When, ms.
    pub at: i64,
    /// On which prescription.
    pub prescription: PrescriptionId,
    /// What.
    pub product: String,
    /// How many base units.
    pub qty: u32,
    /// Base unit, such as 片.
    pub unit: String,
    /// Who handed it out.
    pub by: String,
    /// Who received it: the person, or a proxy by name.
    pub receiver: Attendee,
    /// Who reviewed, picked and checked it; absent where an older version did not ask.
    pub staff: Option<HandsBefore>,
    /// Why it was handed out in spite of an allergy that became known after it was prescribed.
    pub override_reason: Option<String>,
    /// Substances of those allergies, as they are listed.
    pub despite: Vec<String>,
}

/// One point of the blood-pressure curve.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct BpPoint {
    /// When, ms.
    pub at: i64,
    /// Systolic, mmHg (mean of the visit's readings).
    pub sys: u16,
    /// Diastolic, mmHg.
    pub dia: u16,
}

/// Answer of `patient.get`: the chart.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Chart {
    /// The banner.
    pub banner: Banner,
    /// Heads of the document as shown: hand back with every save.
    pub heads: Heads,
    /// Name, birth, contact.
    pub demographics: Demographics,
    /// Village id, for editing.
    pub village: Option<VillageId>,
    /// Problems.
    pub problems: Vec<ProblemView>,
    /// Programmes.
    pub enrolments: Vec<EnrolmentView>,
    /// Current medicines.
    pub medicines: Vec<MedicineView>,
    /// Medicines that were stopped and handed out, as long as what was handed out lasts: the person still holds them.
    pub stopped_in_hand: Vec<MedicineView>,
    /// Current medicines from elsewhere, as told at the last follow-up.
    pub told: Vec<ToldMedicine>,
    /// What holds no more, with the reasons: stopped prescriptions, allergies and problems taken back or over.
    pub ended: Vec<EndedView>,
    /// Visits, newest first.
    pub visits: Vec<VisitView>,
    /// Dispensings, newest first.
    pub dispensings: Vec<DispensingView>,
    /// Blood pressures, oldest first.
    pub bp: Vec<BpPoint>,
    /// Blood-pressure target of somebody of the hypertension programme: their own, else the table's by age.
    pub target: Option<BpTarget>,
    /// Fields with two values.
    pub conflicts: Vec<super::conflict::ConflictView>,
}

/// A field that holds no text and can be unknown again.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClearField {
    /// Birth date.
    BirthDate,
    /// Village.
    Village,
    /// Blood group.
    BloodGroup,
}

/// `patient.update`: only what the person touched.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Update {
    /// Who.
    pub patient: PatientId,
    /// Heads the form was opened at.
    pub heads: Heads,
    /// New name.
    pub name: Option<String>,
    /// New sex.
    pub sex: Option<Sex>,
    /// New birth date.
    pub birth_date: Option<NaiveDate>,
    /// The lunar date that the new birth date was told as, if so.
    pub birth_lunar: Option<LunarDate>,
    /// New resident ID; an empty string clears.
    pub id_number: Option<String>,
    /// New phone; an empty string clears.
    pub phone: Option<String>,
    /// New village.
    pub village: Option<VillageId>,
    /// New address; an empty string clears.
    pub address: Option<String>,
    /// New head of household; an empty string clears.
    pub household_head: Option<String>,
    /// New blood group.
    pub blood_group: Option<BloodGroup>,
    /// Fields that are unknown again: what stood there was wrong.
    pub clear: Vec<ClearField>,
    /// Contradictions between ID and sex or birth date that were shown, and that somebody said are so.
    pub confirmed: Vec<IdClash>,
    /// Allergies found.
    pub add_allergies: Vec<Allergy>,
    /// Allergies taken back, with reason.
    pub retract_allergies: Vec<Retract<AllergyId>>,
    /// True: asked, and none known.
    pub no_known_allergies: Option<bool>,
    /// Problems found.
    pub add_problems: Vec<Problem>,
    /// Problems taken back or resolved, with reason.
    pub retract_problems: Vec<Retract<ProblemId>>,
    /// Programmes joined.
    pub add_enrolments: Vec<Enrolment>,
}

/// Something recorded is taken back: it stays in the record with its status and reason.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Retract{Id}")]
pub struct Retract<Id> {
    /// Which.
    pub id: Id,
    /// The new status.
    pub status: RecordStatus,
    /// Why.
    pub reason: String,
}

/// `due.list`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DueList {
    /// The village; the current stop's when absent.
    pub village: Option<VillageId>,
}

/// Somebody due today.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct DueView {
    /// Who.
    pub hit: PatientHit,
    /// Phone number to call.
    pub phone: Option<String>,
    /// Why, how late, how urgent.
    pub due: DueItem,
    /// Last blood pressure.
    pub last_bp: Option<BloodPressure>,
    /// True when already in today's line.
    pub checked_in: bool,
}

/// Answer of `due.list`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Due {
    /// By clinical urgency, then days overdue.
    pub items: Vec<DueView>,
}
