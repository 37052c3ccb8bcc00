//! `visit.*`, `followup.hypertension`, `diagnosis.search`.
use super::*;
use chrono::NaiveDate;
use xunyi_model::*;

/// `visit.start`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// Who.
    pub patient: PatientId,
    /// Their place in today's line, when they stand in it.
    pub entry: Option<QueueEntryId>,
    /// A visit begun on this device and not signed, to go on with it whatever its day; an import gives the encounter's
    /// id that it must keep. Today's, or a new one, when absent.
    pub encounter: Option<EncounterId>,
}

/// Answer of `visit.start`: a fresh visit, or the draft of the one left open on this device.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Started {
    /// The encounter.
    pub encounter: EncounterId,
    /// When it was opened, ms.
    pub opened_at: i64,
    /// Heads the form is opened at.
    pub heads: Heads,
    /// What was typed before on this device, as the window stored it.
    pub draft: Option<serde_json::Value>,
    /// What was typed on earlier days on this device and never signed, newest first: to be looked at, not gone on with.
    pub older: Vec<OlderDraft>,
    /// The chart.
    pub chart: super::patient::Chart,
    /// Limits of measured values as this site has them.
    pub ranges: Ranges,
}

/// A visit of an earlier day that was never signed, as it was typed.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct OlderDraft {
    /// When it was opened, ms.
    pub opened_at: i64,
    /// When it was last typed in, ms.
    pub saved_at: i64,
    /// Name of who typed.
    pub by: String,
    /// As the window stored it.
    pub draft: serde_json::Value,
}

/// Limits of measured values: hard ones are refused, soft ones asked about.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Ranges {
    /// The limits, in the units of the record.
    pub body: vitals::VitalRanges,
    /// Version of the table.
    pub version: String,
    /// Its sign-off.
    pub sign_off: SignOff,
}

/// `visit.save_draft`: keystrokes since the last commit; local, never synced.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SaveDraft {
    /// Who.
    pub patient: PatientId,
    /// Which visit.
    pub encounter: EncounterId,
    /// When the visit was opened, ms.
    pub opened_at: i64,
    /// Heads the form was opened at.
    pub heads: Heads,
    /// The form as it stands, at most 64 KiB.
    pub draft: serde_json::Value,
}

/// What a visit records.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct VisitContent {
    /// The person or a proxy.
    pub attendee: Attendee,
    /// Clinic, home or phone.
    pub channel: Channel,
    /// Why they came.
    pub reason: String,
    /// Measured today.
    pub vitals: Vitals,
    /// Findings.
    pub findings: String,
    /// Note.
    pub note: String,
    /// Diagnoses.
    pub diagnoses: Vec<Diagnosis>,
    /// Plan.
    pub plan: String,
    /// Next visit.
    pub next_visit: Option<NaiveDate>,
    /// Hypertension follow-up.
    pub hypertension: Option<HypertensionForm>,
    /// Forms that are not the app's own, kept with all fields.
    pub forms: Vec<GenericForm>,
}

/// `visit.sign`: encounter, vitals and forms together, in one commit.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sign {
    /// Who.
    pub patient: PatientId,
    /// Which visit.
    pub encounter: EncounterId,
    /// When it was opened, ms.
    pub opened_at: i64,
    /// Heads the form was opened at.
    pub heads: Heads,
    /// What was recorded.
    pub content: VisitContent,
    /// Measured values that are unusual and that a person said are right.
    #[serde(default)]
    pub confirmed_unusual: Vec<vitals::VitalKind>,
    /// Their place in today's line, closed by this.
    pub entry: Option<QueueEntryId>,
}

/// Answer of `visit.sign`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Signed {
    /// The signature.
    pub signature: SignatureId,
    /// On disk.
    pub saved: Saved,
}

/// `visit.addendum`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AddAddendum {
    /// Who.
    pub patient: PatientId,
    /// Which visit.
    pub encounter: EncounterId,
    /// Heads the chart was opened at.
    pub heads: Heads,
    /// What to add, 1 to 4,000 characters.
    pub text: String,
}

/// `followup.hypertension`: the class and due date that the rules propose.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Propose {
    /// Who.
    pub patient: PatientId,
    /// Today's readings.
    pub bp: Vec<BloodPressure>,
    /// The form as far as it is filled.
    pub form: HypertensionForm,
    /// Who came: a proxy's visit is never a face-to-face follow-up.
    #[serde(default)]
    pub attendee: Attendee,
    /// How.
    #[serde(default)]
    pub channel: Channel,
}

/// `diagnosis.search`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DiagnosisSearch {
    /// Chinese, pinyin, initials, alias or code.
    pub query: String,
}

/// Answer of `diagnosis.search`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct DiagnosisHits {
    /// Best first.
    pub hits: Vec<Diagnosis>,
}
