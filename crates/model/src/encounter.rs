//! A visit and what is signed of it. A proxy's visit is never a face-to-face follow-up.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::Invalid;
use crate::ids::{EncounterId, PatientId, StaffId, VillageId};
use crate::person::{PersonName, Phone};
use crate::problem::Diagnosis;
use crate::text;
use crate::vitals::Vitals;

coded! {
    /// Who attends.
    #[derive(Default)]
    pub enum AttendeeKind {
        /// The person.
        #[default]
        Person = "person",
        /// Somebody in their place.
        Proxy = "proxy",
    }
}

/// Who came: the person, or a proxy with name, relation and phone. One value.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Attendee {
    /// The person or a proxy.
    pub kind: AttendeeKind,
    /// The proxy's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<PersonName>,
    /// The proxy's relation: 儿子, 邻居.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relation: Option<String>,
    /// The proxy's phone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<Phone>,
}

impl Attendee {
    /// A proxy.
    pub fn proxy(name: PersonName, relation: &str, phone: Option<Phone>) -> Self {
        Self {
            kind: AttendeeKind::Proxy,
            name: Some(name),
            relation: Some(relation.to_owned()),
            phone,
        }
    }

    /// True when the person came.
    pub fn is_person(&self) -> bool {
        self.kind == AttendeeKind::Person
    }

    /// The edge: a proxy has a name; all parts are within their limits and tidied.
    pub fn parse(&self) -> Result<Self, Invalid> {
        if self.is_person() {
            return Ok(Self::default());
        }
        let name = self.name.as_ref().ok_or(Invalid::ProxyUnnamed)?;
        let name = PersonName::parse(name.as_str()).map_err(|e| {
            if e == Invalid::NameEmpty {
                Invalid::ProxyUnnamed
            } else {
                e
            }
        })?;
        let relation = match &self.relation {
            Some(relation) => Some(text::line("relation", relation, 20)?).filter(|r| !r.is_empty()),
            None => None,
        };
        let phone = match self
            .phone
            .as_ref()
            .map(Phone::as_str)
            .filter(|p| !p.is_empty())
        {
            Some(phone) => Some(Phone::parse(phone)?),
            None => None,
        };
        Ok(Self {
            kind: self.kind.clone(),
            name: Some(name),
            relation,
            phone,
        })
    }
}

coded! {
    /// How the visit took place (随访方式).
    #[derive(Default)]
    pub enum Channel {
        /// 门诊, the vehicle included.
        #[default]
        Clinic = "clinic",
        /// 家庭
        Home = "home",
        /// 电话
        Phone = "phone",
    }
}

/// A visit (FHIR `Encounter`). Each field is one value of the document; the note is one string.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Encounter {
    /// Who.
    pub patient: PatientId,
    /// When it was opened, ms.
    pub opened_at: i64,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub village: Option<VillageId>,
    /// The person or a proxy.
    pub attendee: Attendee,
    /// Clinic, home or phone.
    pub channel: Channel,
    /// Why they came.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Measured.
    pub vitals: Vitals,
    /// Findings.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub findings: String,
    /// Note.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Diagnoses, the leading one first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub diagnoses: Vec<Diagnosis>,
    /// Plan.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub plan: String,
    /// Next visit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_visit: Option<NaiveDate>,
}

impl Encounter {
    /// True for a visit that counts as a face-to-face follow-up: the person came, or was visited.
    pub fn is_face_to_face(&self) -> bool {
        self.attendee.is_person() && matches!(self.channel, Channel::Clinic | Channel::Home)
    }
}

/// A signed correction or addition; what was signed stays as it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Addendum {
    /// To which visit.
    pub encounter: EncounterId,
    /// What is added, 1 to 4,000 characters.
    pub text: String,
    /// Who.
    pub by: StaffId,
    /// When, ms.
    pub at: i64,
}

impl Addendum {
    /// Longest text, in characters.
    pub const TEXT_MAX: usize = 4_000;

    /// The edge for the text: not empty, within its limit.
    pub fn parse_text(input: &str) -> Result<String, Invalid> {
        let text = text::note("text", input, Self::TEXT_MAX)?;
        if text.trim().is_empty() {
            Err(Invalid::TextEmpty { field: "text" })
        } else {
            Ok(text)
        }
    }
}

/// A signature under a visit: an immutable snapshot of what was signed, and the document heads it was taken at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Signature {
    /// Which visit.
    pub encounter: EncounterId,
    /// Canonical JSON of the visit and its forms as signed.
    pub snapshot: String,
    /// Heads of the document as signed, hexadecimal.
    pub heads: Vec<String>,
    /// Who.
    pub by: StaffId,
    /// When, ms.
    pub at: i64,
}

/// How a visit stands to its signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AmendmentState {
    /// Not signed yet.
    Unsigned,
    /// Signed, and nothing changed since.
    Signed,
    /// Something changed after (or beside) the signature: shown as an unsigned amendment.
    AmendedUnsigned,
    /// Two or more signatures over different content: a conflict.
    SignaturesConflict,
}

impl AmendmentState {
    /// `current` is the canonical JSON of the visit as it now reads.
    pub fn of(snapshots: &[&str], current: &str) -> Self {
        match snapshots {
            [] => AmendmentState::Unsigned,
            [first, rest @ ..] if rest.iter().any(|other| other != first) => {
                AmendmentState::SignaturesConflict
            }
            [first, ..] if *first == current => AmendmentState::Signed,
            _ => AmendmentState::AmendedUnsigned,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_has_a_name_and_makes_no_face_to_face_visit() {
        let proxy = |name: &str, phone: &str| Attendee {
            kind: AttendeeKind::Proxy,
            name: serde_json::from_value(name.into()).unwrap(),
            relation: Some(" 儿子 ".into()),
            phone: serde_json::from_value(phone.into()).unwrap(),
        };
        let parsed = proxy(" 张大 ", "138 0578 1234").parse().unwrap();
        let expected = Attendee::proxy(
            PersonName::parse("张大").unwrap(),
            "儿子",
            Some(Phone::parse("13805781234").unwrap()),
        );
        assert_eq!(parsed, expected);
        assert_eq!(proxy("张大", "").parse().unwrap().phone, None);
        assert_eq!(
            proxy(" ", "").parse().unwrap_err().code(),
            "encounter.proxy_unnamed"
        );
        assert_eq!(
            proxy("张😀", "").parse().unwrap_err().code(),
            "person.name_character"
        );
        assert_eq!(
            proxy("张大", "abc").parse().unwrap_err().code(),
            "person.phone_malformed"
        );
        let nameless = Attendee {
            kind: AttendeeKind::Proxy,
            ..Attendee::default()
        };
        assert_eq!(
            nameless.parse().unwrap_err().code(),
            "encounter.proxy_unnamed"
        );

        let visit = |attendee, channel| Encounter {
            attendee,
            channel,
            ..Encounter::default()
        };
        assert!(visit(Attendee::default(), Channel::Clinic).is_face_to_face());
        assert!(visit(Attendee::default(), Channel::Home).is_face_to_face());
        assert!(!visit(Attendee::default(), Channel::Phone).is_face_to_face());
        assert!(!visit(parsed, Channel::Clinic).is_face_to_face());
        assert!(!visit(Attendee::default(), "video".into()).is_face_to_face());
    }

    #[test]
    fn a_visit_stands_to_its_signatures() {
        for (snapshots, current, state) in [
            (&[][..], "a", AmendmentState::Unsigned),
            (&["a"], "a", AmendmentState::Signed),
            (&["a"], "b", AmendmentState::AmendedUnsigned),
            (&["a", "a"], "a", AmendmentState::Signed),
            (&["a", "b"], "a", AmendmentState::SignaturesConflict),
        ] {
            assert_eq!(
                AmendmentState::of(snapshots, current),
                state,
                "{snapshots:?} {current}"
            );
        }
    }

    #[test]
    fn an_addendum_says_something_within_its_limit() {
        assert_eq!(
            Addendum::parse_text("血压应为 138\n").unwrap(),
            "血压应为 138"
        );
        assert_eq!(
            Addendum::parse_text(" \n ").unwrap_err().code(),
            "text.empty"
        );
        assert_eq!(
            Addendum::parse_text(&"长".repeat(4_001))
                .unwrap_err()
                .code(),
            "text.too_long"
        );
        assert_eq!(
            Addendum::parse_text("a\u{7}").unwrap_err().code(),
            "text.character"
        );
    }

    #[test]
    fn a_visit_of_another_version_is_read() {
        let read: Encounter = serde_json::from_str(
            r#"{"attendee":{"kind":"group"},"channel":"video","mood":"good","vitals":{"spo2":98}}"#,
        )
        .unwrap();
        assert_eq!(
            (read.channel.code(), read.attendee.kind.code()),
            ("video", "group")
        );
        assert!(!read.attendee.is_person());
    }
}
