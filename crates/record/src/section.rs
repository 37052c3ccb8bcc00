//! The parts of each document type. A schema step only ever adds parts; every one is made by genesis.

use xunyi_journal::DocType;

/// How a part holds its fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SectionKind {
    /// One record, its fields directly in the part's map.
    One,
    /// Records keyed by UUID, each a map of fields made together with its key.
    Many,
}

/// A part of a document: a root container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Section {
    /// Name in the document, and of its projection table.
    pub name: &'static str,
    /// One record or many.
    pub kind: SectionKind,
}

const fn one(name: &'static str) -> Section {
    Section {
        name,
        kind: SectionKind::One,
    }
}

const fn many(name: &'static str) -> Section {
    Section {
        name,
        kind: SectionKind::Many,
    }
}

const PATIENT: &[Section] = &[
    one("person"),
    many("allergy"),
    many("problem"),
    many("enrolment"),
    many("encounter"),
    many("form"),
    many("prescription"),
    many("dispensing"),
    many("signature"),
    many("addendum"),
    many("link"),
];

const STOCK: &[Section] = &[one("page"), many("product"), many("movement")];

const DAY: &[Section] = &[
    one("day"),
    many("opening"),
    many("stop"),
    many("queue"),
    many("call"),
    many("turn"),
    many("closing"),
];

const SITE: &[Section] = &[
    one("setting"),
    many("staff"),
    many("device"),
    many("village"),
    many("vehicle"),
    many("reference_table"),
];

/// The parts of a document type, in the order that genesis makes them; empty for a type without documents.
pub fn sections(doc_type: DocType) -> &'static [Section] {
    match doc_type {
        DocType::Patient => PATIENT,
        DocType::StockPage => STOCK,
        DocType::VehicleDay => DAY,
        DocType::Site => SITE,
        DocType::Feed | DocType::Unknown(_) => &[],
    }
}

/// A part by name.
pub fn section(doc_type: DocType, name: &str) -> Option<Section> {
    sections(doc_type).iter().copied().find(|s| s.name == name)
}
