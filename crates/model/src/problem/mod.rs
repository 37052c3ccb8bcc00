//! Problems and diagnoses with ICD-10 codes (WHO edition; not for settlement).

pub mod icd10;

pub use icd10::{Icd10Row, Icd10Table};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

use crate::coded::RecordStatus;
use crate::date::PartialDate;
use crate::error::Invalid;

/// An ICD-10 code such as `I10` or `E11.9`. Deserialising trusts; [`Icd10::parse`] is the edge.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct Icd10(String);

impl Icd10 {
    /// A letter, two digits, and up to four more characters after a dot; small letters are made capital.
    pub fn parse(input: &str) -> Result<Self, Invalid> {
        let code = input.trim().to_ascii_uppercase();
        let (category, detail) = match code.split_once('.') {
            Some((category, detail)) => (category, Some(detail)),
            None => (code.as_str(), None),
        };
        let mut chars = category.bytes();
        let shaped = category.len() == 3
            && chars.next().is_some_and(|b| b.is_ascii_uppercase())
            && chars.next().is_some_and(|b| b.is_ascii_digit())
            && chars.next().is_some_and(|b| b.is_ascii_alphanumeric())
            && detail.is_none_or(|d| {
                (1..=7).contains(&d.len()) && d.bytes().all(|b| b.is_ascii_alphanumeric())
            });
        if shaped {
            Ok(Self(code))
        } else {
            Err(Invalid::Icd10Malformed)
        }
    }
    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Icd10 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An entry of the problem list (FHIR `Condition`, category problem-list-item).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Problem {
    /// Code.
    pub code: Icd10,
    /// Name as chosen or written.
    pub name: String,
    /// Since when, as exactly as known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<PartialDate>,
    /// Standing.
    pub status: RecordStatus,
    /// Why it was resolved or taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_reason: Option<String>,
}

/// A diagnosis of a visit (FHIR `Condition`, category encounter-diagnosis).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Diagnosis {
    /// Code.
    pub code: Icd10,
    /// Name as chosen or written.
    pub name: String,
}
