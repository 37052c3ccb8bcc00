//! Identifiers. Each kind of record has its own type, so that a prescription's id can't be passed for a person's.
//! Ids are made by the caller (Invariant A1); nothing here draws one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

use crate::error::Invalid;

macro_rules! uuid_ids {
    ($($(#[$meta:meta])* $name:ident;)*) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// The id that these 128 bits are.
            pub const fn from_uuid(id: Uuid) -> Self {
                Self(id)
            }
            /// The id that these 16 bytes are.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }
            /// As a UUID.
            pub const fn as_uuid(&self) -> &Uuid {
                &self.0
            }
            /// Its 16 bytes.
            pub const fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
            /// True for the id of nobody and nothing: all zero, as `Default` gives.
            pub const fn is_nil(&self) -> bool {
                self.0.is_nil()
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Uuid {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = Invalid;
            /// A UUID in any of its usual spellings, else `id.malformed`.
            fn from_str(text: &str) -> Result<Self, Invalid> {
                Uuid::try_parse(text).map(Self).map_err(|_| Invalid::UuidMalformed)
            }
        }
    )*};
}

uuid_ids! {
    /// A registered person; also the key of the person's document.
    PatientId;
    /// A visit.
    EncounterId;
    /// A follow-up or other form.
    FormId;
    /// A prescription line.
    PrescriptionId;
    /// A hand-over of medicine.
    DispenseId;
    /// A stock movement.
    MovementId;
    /// A member of staff.
    StaffId;
    /// A village.
    VillageId;
    /// A medical vehicle.
    VehicleId;
    /// A product of the formulary.
    ProductId;
    /// An entry of the problem list.
    ProblemId;
    /// An entry of the allergy list.
    AllergyId;
    /// Membership in a chronic-disease programme.
    EnrolmentId;
    /// A signature under a visit.
    SignatureId;
    /// A signed correction.
    AddendumId;
    /// A place in the day's line.
    QueueEntryId;
    /// One call of a person from the line.
    CallId;
    /// An event of the vehicle-day.
    EventId;
}

/// A device, named by the 16-byte id of its feed; shown as 32 hexadecimal digits.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeviceId([u8; 16]);

impl DeviceId {
    /// The device whose feed has this id.
    pub const fn from_bytes(feed: [u8; 16]) -> Self {
        Self(feed)
    }
    /// The feed id.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Uuid::from_bytes(self.0).simple().fmt(f)
    }
}

impl fmt::Debug for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeviceId({self})")
    }
}

impl FromStr for DeviceId {
    type Err = Invalid;
    /// 32 hexadecimal digits, with or without hyphens, else `id.malformed`.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        Uuid::try_parse(text)
            .map(|id| Self(id.into_bytes()))
            .map_err(|_| Invalid::UuidMalformed)
    }
}

impl Serialize for DeviceId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DeviceId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for DeviceId {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "DeviceId".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^[0-9a-f]{32}$",
            "description": "A device: the 16-byte id of its feed in hexadecimal digits.",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_travel_as_text_and_come_back() {
        let id = PatientId::from_uuid(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001));
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(json, "\"01900000-0000-7000-8000-000000000001\"");
        assert_eq!(serde_json::from_str::<PatientId>(&json).unwrap(), id);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(PatientId::from_bytes(*id.as_bytes()), id);
        assert_eq!(
            "张三".parse::<PatientId>().unwrap_err().code(),
            "id.malformed"
        );
        assert!(PatientId::default().is_nil() && !id.is_nil());
    }

    #[test]
    fn a_device_is_shown_as_the_hexadecimal_digits_of_its_feed() {
        let device = DeviceId::from_bytes([0xab; 16]);
        assert_eq!(device.to_string(), "ab".repeat(16));
        assert_eq!(
            serde_json::from_str::<DeviceId>(&format!("\"{device}\"")).unwrap(),
            device
        );
        assert!(serde_json::from_str::<DeviceId>("\"abc\"").is_err());
    }
}
