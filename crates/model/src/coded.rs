//! Value lists whose values travel as plain strings.
//!
//! A code that this version does not know becomes `Other(code)` and is written back as it came (Invariant R2).

use std::cell::Cell;

thread_local! {
    static AT_THE_EDGE: Cell<bool> = const { Cell::new(false) };
}

/// Reads what a person's program hands in: a code that this version does not know is refused here. In records it is
/// kept, since a newer version wrote it.
pub fn at_the_edge<T>(read: impl FnOnce() -> T) -> T {
    /// Puts the switch back, whatever ends the reading.
    struct Back(bool);
    impl Drop for Back {
        fn drop(&mut self) {
            AT_THE_EDGE.set(self.0);
        }
    }
    let _back = Back(AT_THE_EDGE.replace(true));
    read()
}

pub(crate) fn refuses_unknown() -> bool {
    AT_THE_EDGE.get()
}

/// Declares an open value list: `enum Name { Variant = "code", … }` plus `Other(String)`.
///
/// JSON is the bare code. Never build `Other` by hand: `Name::from("code")` picks the known variant.
macro_rules! coded {
    ($(#[$meta:meta])* $vis:vis enum $name:ident {
        $($(#[$variant_meta:meta])* $variant:ident = $code:literal),+ $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $vis enum $name {
            $($(#[$variant_meta])* $variant,)+
            /// A code of a newer version: shown as it is, kept as it came.
            Other(String),
        }

        impl $name {
            /// All values that this version knows, in the order of declaration.
            pub fn known() -> &'static [$name] {
                &[$($name::$variant),+]
            }
            /// False for a code of a newer version.
            pub fn is_known(&self) -> bool {
                !matches!(self, $name::Other(_))
            }
            /// The code as it is stored and sent.
            pub fn code(&self) -> &str {
                match self {
                    $($name::$variant => $code,)+
                    $name::Other(code) => code,
                }
            }
        }

        impl From<&str> for $name {
            fn from(code: &str) -> Self {
                match code {
                    $($code => $name::$variant,)+
                    other => $name::Other(other.to_owned()),
                }
            }
        }

        impl From<String> for $name {
            fn from(code: String) -> Self {
                match code.as_str() {
                    $($code => $name::$variant,)+
                    _ => $name::Other(code),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.code())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.code())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let value = $name::from(<String as serde::Deserialize>::deserialize(deserializer)?);
                if $crate::coded::refuses_unknown() && !value.is_known() {
                    return Err(serde::de::Error::custom(concat!("not a value of ", stringify!($name))));
                }
                Ok(value)
            }
        }

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "type": "string",
                    "description": concat!("Known codes:", $(" ", $code),+, ". Others may come from a newer version."),
                    "examples": [$($code),+],
                })
            }
        }
    };
}

coded! {
    /// Standing of a listed record. Records are never deleted: they change their status, with a reason.
    #[derive(Default)]
    pub enum RecordStatus {
        /// Holds.
        #[default]
        Active = "active",
        /// Over, as a disease that was cured.
        Resolved = "resolved",
        /// Ended on purpose.
        Stopped = "stopped",
        /// Looked into and found not to be so.
        Refuted = "refuted",
        /// Should never have been written.
        EnteredInError = "entered_in_error",
    }
}

#[cfg(test)]
mod tests {
    use super::RecordStatus;
    use crate::*;
    use proptest::prelude::*;

    /// What must hold of every value list.
    fn check<T>(known: &[T])
    where
        T: Clone
            + PartialEq
            + std::fmt::Debug
            + std::fmt::Display
            + serde::Serialize
            + serde::de::DeserializeOwned
            + schemars::JsonSchema
            + From<String>,
    {
        let mut codes = std::collections::HashSet::new();
        for value in known {
            let json = serde_json::to_string(value).unwrap();
            assert_eq!(json, format!("\"{value}\""));
            assert_eq!(serde_json::from_str::<T>(&json).unwrap(), *value);
            assert!(codes.insert(value.to_string()), "{value} twice");
            let shaped = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            assert!(value.to_string().chars().all(shaped), "{value}");
        }
        let schema = serde_json::to_value(schemars::schema_for!(T)).unwrap();
        assert_eq!(schema["type"], "string");
        assert_eq!(schema["examples"].as_array().unwrap().len(), known.len());
        assert!(
            schema.get("enum").is_none(),
            "a newer version's code must pass"
        );
    }

    #[test]
    fn every_list_travels_as_its_codes() {
        check(RecordStatus::known());
        check(Sex::known());
        check(BloodGroup::known());
        check(Severity::known());
        check(AlertLevel::known());
        check(GlucoseKind::known());
        check(MeterLimit::known());
        check(Programme::known());
        check(RiskLevel::known());
        check(AttendeeKind::known());
        check(Channel::known());
        check(Symptom::known());
        check(EmergencySign::known());
        check(Adherence::known());
        check(Rating::known());
        check(SaltLevel::known());
        check(FollowupClass::known());
        check(Route::known());
        check(IdentityProof::known());
        check(MovementKind::known());
        check(Role::known());
        check(Station::known());
        check(QueueOutcome::known());
        check(Urgency::known());
    }

    proptest! {
        /// Invariant R2: an unknown code survives.
        #[test]
        fn an_unknown_code_survives(code in any::<String>()) {
            let json = serde_json::to_string(&code).unwrap();
            let read: Sex = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(read.code(), &code);
            prop_assert_eq!(read.is_known(), Sex::known().contains(&read));
            prop_assert_eq!(serde_json::to_string(&read).unwrap(), json);
            prop_assert_eq!(Sex::from(code.as_str()), read);
        }
    }
}
