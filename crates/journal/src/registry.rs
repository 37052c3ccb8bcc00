//! Integer registries of document types and actions, as `schemas/sync/v1.cddl` lists them.
//! Numbers are never reused; unknown ones are carried and held, never dropped.

macro_rules! registry {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $code:literal => $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$vdoc])* $variant,)*
            /// A number that a newer version knows.
            Unknown(u16),
        }

        impl $name {
            /// Every known one.
            pub const KNOWN: &'static [$name] = &[$($name::$variant,)*];

            /// Its number in entry bytes.
            pub fn code(self) -> u16 {
                match self {
                    $($name::$variant => $code,)*
                    $name::Unknown(code) => code,
                }
            }

            /// From its number.
            pub fn from_code(code: u16) -> Self {
                match code {
                    $($code => $name::$variant,)*
                    other => $name::Unknown(other),
                }
            }

            /// Its name in text.
            pub fn name(self) -> &'static str {
                match self {
                    $($name::$variant => $text,)*
                    $name::Unknown(_) => "unknown",
                }
            }

            /// From its name in text.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::KNOWN.iter().copied().find(|known| known.name() == name)
            }
        }
    };
}

registry!(
    /// Document types.
    DocType {
        /// The feed itself: entry 0 alone.
        Feed = 0 => "feed",
        /// One registered person.
        Patient = 1 => "patient",
        /// One device's stock movements of one trip.
        StockPage = 2 => "stock-page",
        /// A vehicle's day: stops and line.
        VehicleDay = 3 => "vehicle-day",
        /// The site's reference data, authored by the center alone.
        Site = 4 => "site",
    }
);

registry!(
    /// What an entry did, for the audit trail.
    Action {
        /// Entry 0: the device joins.
        DeviceJoined = 0 => "device.joined",
        /// A person was registered.
        PatientRegistered = 1 => "patient.registered",
        /// A chart was edited.
        PatientUpdated = 2 => "patient.updated",
        /// A visit was signed.
        VisitSigned = 3 => "visit.signed",
        /// A correction was added to a signed visit.
        AddendumAdded = 4 => "visit.addendum_added",
        /// A medicine was prescribed.
        Prescribed = 5 => "prescription.added",
        /// A prescription was stopped.
        PrescriptionStopped = 6 => "prescription.stopped",
        /// A medicine was handed out.
        Dispensed = 7 => "dispense.completed",
        /// Goods came in.
        StockReceived = 8 => "stock.received",
        /// Goods went onto a vehicle.
        StockLoaded = 9 => "stock.loaded",
        /// A vehicle's day was opened.
        DayOpened = 10 => "day.opened",
        /// The vehicle arrived at a stop.
        DayArrived = 11 => "day.arrived",
        /// A person was put in line.
        CheckedIn = 12 => "day.checked_in",
        /// A person was called.
        Called = 13 => "day.called",
        /// A person's turn ended.
        TurnFinished = 14 => "day.turn_finished",
        /// A vehicle's day was closed.
        DayClosed = 15 => "day.closed",
        /// A person settled a conflict.
        ConflictResolved = 16 => "conflict.resolved",
        /// The center wrote reference data.
        SiteWritten = 17 => "site.written",
        /// The center revoked a device.
        DeviceRevoked = 18 => "device.revoked",
    }
);

#[cfg(test)]
mod tests {
    use super::*;

    /// `name: number` of an enumeration in the CDDL.
    fn listed(rule: &str) -> Vec<(String, u16)> {
        let schema = include_str!("../../../schemas/sync/v1.cddl");
        let start = format!("\n{rule} = &(");
        let (_, rest) = schema.split_once(&start).unwrap();
        let (body, end) = rest.split_once(')').unwrap();
        assert!(
            end.starts_with(" / newer\n"),
            "{rule} is open to newer numbers"
        );
        body.lines()
            .filter_map(|line| line.trim().trim_end_matches(',').split_once(": "))
            .map(|(name, code)| (name.to_owned(), code.parse().unwrap()))
            .collect()
    }

    #[test]
    fn the_schema_and_the_code_list_the_same_numbers() {
        let types: Vec<_> = DocType::KNOWN
            .iter()
            .map(|t| (t.name().to_owned(), t.code()))
            .collect();
        let actions: Vec<_> = Action::KNOWN
            .iter()
            .map(|a| (a.name().to_owned(), a.code()))
            .collect();
        assert_eq!(listed("doc-type"), types);
        assert_eq!(listed("action"), actions);
    }

    #[test]
    fn every_number_reads_back_known_or_not() {
        for code in 0..=u16::MAX {
            assert_eq!(DocType::from_code(code).code(), code);
            assert_eq!(Action::from_code(code).code(), code);
        }
    }
}
