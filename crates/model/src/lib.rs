//! The clinical domain of Xunyi in plain Rust: types, value lists, rules, arithmetic.
//!
//! Nothing here does I/O, reads a clock or makes a random number (Invariant A1): dates, times and ids come in
//! as arguments. Clinical thresholds are data with a version and a sign-off (see [`tables`]), never constants.
#![forbid(unsafe_code)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

#[macro_use]
mod coded;

pub mod allergy;
pub mod date;
pub mod dispense;
pub mod due;
pub mod encounter;
pub mod enrolment;
pub mod error;
pub mod followup;
pub mod identifiers;
pub mod ids;
mod lookup;
pub mod medication;
pub mod name_search;
pub mod person;
pub mod problem;
mod romanise;
pub mod same_person;
pub mod staff;
pub mod stock;
pub mod tables;
pub mod text;
pub mod vehicle_day;
pub mod vitals;

pub use allergy::{
    AlertLevel, Allergy, AllergyGroup, AllergyMatch, AllergyState, NoneKnown, Severity,
};
pub use coded::{RecordStatus, at_the_edge};
pub use date::{Expiry, LunarDate, PartialDate};
pub use dispense::{CounterStaff, Dispense, DispensePick, IdentityProof};
pub use due::{DueInput, DueItem, DueReason, Urgency};
pub use encounter::{
    Addendum, AmendmentState, Attendee, AttendeeKind, Channel, Encounter, Signature,
};
pub use enrolment::{BpTarget, Enrolment, Programme, RiskLevel};
pub use error::Invalid;
pub use followup::form::GenericForm;
pub use followup::hypertension::{
    Adherence, AdverseReaction, Complication, EmergencySign, FollowupClass, FormMedicine, Goal,
    HypertensionForm, HypertensionInput, HypertensionRules, Lifestyle, PreviousFollowup, Proposal,
    Rating, Referral, RuleHit, SaltGoal, SaltLevel, Symptom, propose as propose_hypertension,
};
pub use identifiers::{HealthRecordNumber, IdNumber};
pub use ids::{
    AddendumId, AllergyId, CallId, DeviceId, DispenseId, EncounterId, EnrolmentId, EventId, FormId,
    MovementId, PatientId, PrescriptionId, ProblemId, ProductId, QueueEntryId, SignatureId,
    StaffId, VehicleId, VillageId,
};
pub use medication::{
    DoseSchedule, Formulary, Prescription, PrescriptionOrder, PrescriptionRules, PrescriptionStop,
    Product, ProductRef, Route, Timing,
};
pub use name_search::{Duplicate, IdVerdict, Index, PersonFacts, Surnames, duplicate_score};
pub use person::{Address, BirthDate, BloodGroup, Demographics, PersonName, Phone, Sex};
pub use problem::{Diagnosis, Icd10, Icd10Table, Problem};
pub use staff::{Role, Staff, Vehicle, Village};
pub use stock::{
    BaseUnits, Lot, LotKey, Movement, MovementKind, OnHand, Place, ProposedPick, ProposedPicks,
    on_hand, propose_lots,
};
pub use tables::{SignOff, Table, Tables};
pub use vehicle_day::{
    Call, DayEvent, Line, LineEntry, QueueEntry, QueueNumber, QueueOutcome, QueueState, Station,
    Stop,
};
pub use vitals::{
    BloodPressure, Glucose, GlucoseKind, GlucoseReading, HeightMm, MeterLimit, Mmhg, Pulse,
    TemperatureDeci, Vitals, WaistMm, WeightGrams,
};
