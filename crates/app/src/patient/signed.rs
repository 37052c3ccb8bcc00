//! The signatures of a chart and what was signed: read from their snapshots, never from the records, which may have
//! changed since.

use crate::ctx::chart;
use crate::rows::Body;
use crate::{AppError, Ctx};
use serde_json::Value;
use xunyi_journal::DocId;
use xunyi_model::*;
use xunyi_record::patient::{
    HYPERTENSION, SignedRecords, encounter_of, patient_of, signed_records, typed,
};

/// Signatures of one chart.
pub(crate) struct Signatures(pub Vec<Body>);

/// A signature with what it signed.
pub(crate) struct OneSignature {
    /// The signature.
    pub signature: Signature,
    /// What was signed; `None` where this version cannot read it.
    pub records: Option<SignedRecords>,
}

impl Signatures {
    /// All of a person.
    ///
    /// # Errors
    /// [`AppError`] when the database cannot be read.
    pub fn of_chart(ctx: &mut Ctx<'_, '_>, patient: PatientId) -> Result<Self, AppError> {
        Ok(Self(ctx.records(&chart(patient), "signature")?))
    }

    /// The newest of a chart.
    ///
    /// # Errors
    /// [`AppError`] when the database cannot be read.
    pub fn newest(ctx: &mut Ctx<'_, '_>, doc: &DocId, limit: u32) -> Result<Self, AppError> {
        let rows = ctx.ledger.newest("signature", doc, limit)?;
        Ok(Self(rows.iter().map(Body::from).collect()))
    }

    /// Those of a visit, oldest first; of two of one moment, all devices put the same one first.
    pub fn of(&self, encounter: EncounterId) -> Vec<OneSignature> {
        let mut own: Vec<(&str, Signature)> = self
            .0
            .iter()
            .filter_map(|body| Some((body.record.as_str(), body.typed::<Signature>()?)))
            .filter(|(_, signature)| signature.encounter == encounter)
            .collect();
        own.sort_by(|a, b| (a.1.at, a.0).cmp(&(b.1.at, b.0)));
        own.into_iter()
            .map(|(_, signature)| OneSignature {
                records: signed_records(encounter, &signature.snapshot),
                signature,
            })
            .collect()
    }

    /// What the leading signature of a visit holds: the latest that can be read.
    fn leading(&self, encounter: EncounterId) -> Option<SignedRecords> {
        self.of(encounter).into_iter().rev().find_map(|s| s.records)
    }

    /// A hypertension follow-up as it was signed; as it stands where nobody signed it.
    pub fn form(&self, form: &Body) -> Option<(HypertensionForm, i64)> {
        let encounter = form
            .text("encounter")
            .and_then(xunyi_record::uuid_of_record)
            .map(EncounterId::from);
        let signed = encounter
            .and_then(|id| self.leading(id))
            .and_then(|signed| {
                signed
                    .forms
                    .into_iter()
                    .map(|(_, fields)| fields)
                    .find(|f| f.get("template").and_then(Value::as_str) == Some(HYPERTENSION))
            });
        let fields = signed.unwrap_or_else(|| form.fields.clone());
        let at = fields.get("at").and_then(Value::as_i64).unwrap_or_default();
        Some((typed(Value::Object(fields))?, at))
    }

    /// An encounter as it was signed, where somebody signed it.
    pub fn encounter(&self, doc: &DocId, id: EncounterId) -> Option<Encounter> {
        encounter_of(patient_of(doc), &self.leading(id)?.encounter)
    }
}
