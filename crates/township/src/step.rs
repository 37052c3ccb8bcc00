//! One act at the demo site: which command, by whom, when, with what input.

use serde::Serialize;
use serde_json::{Map, Value};
use xunyi_model::{PatientId, StaffId};

/// A command to give.
///
/// The runner sets the clock to `at_ms`, acts as `staff`, and gives `command` its `input`. Where the input has a
/// field `heads`, it is an empty list: the runner puts there the heads of the chart of `patient` as they now are
/// ([`Step::fill_heads`]). All ids that later steps refer to are given in the input.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Step {
    /// The clock, ms since 1970.
    pub at_ms: i64,
    /// Who gives the command.
    pub staff: StaffId,
    /// Name in the command table.
    pub command: &'static str,
    /// Whose chart it concerns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patient: Option<PatientId>,
    /// The command's input.
    pub input: Value,
}

impl Step {
    /// A step that concerns a person's chart.
    pub(crate) fn on(
        at_ms: i64,
        staff: StaffId,
        command: &'static str,
        patient: PatientId,
        input: Value,
    ) -> Self {
        Self {
            at_ms,
            staff,
            command,
            patient: Some(patient),
            input,
        }
    }

    /// A step that concerns no one chart.
    pub(crate) fn of(at_ms: i64, staff: StaffId, command: &'static str, input: Value) -> Self {
        Self {
            at_ms,
            staff,
            command,
            patient: None,
            input,
        }
    }

    /// True when the runner must put the chart's heads into the input first.
    pub fn needs_heads(&self) -> bool {
        self.input.get("heads").is_some()
    }

    /// Puts the heads of the chart where the input waits for them; does nothing where it does not.
    pub fn fill_heads(&mut self, heads: Vec<String>) {
        if let Some(place) = self.input.get_mut("heads") {
            *place = Value::from(heads);
        }
    }
}

/// An input with the fields that are there: absent ones are left out, as a window would.
#[derive(Default)]
pub(crate) struct Input(Map<String, Value>);

impl Input {
    pub(crate) fn with(mut self, field: &str, value: impl Serialize) -> Self {
        match serde_json::to_value(value) {
            Ok(Value::Null) | Err(_) => {}
            Ok(value) => {
                self.0.insert(field.to_owned(), value);
            }
        }
        self
    }

    /// With the empty list that the runner fills.
    pub(crate) fn with_heads(self) -> Self {
        self.with("heads", Vec::<String>::new())
    }

    pub(crate) fn done(self) -> Value {
        Value::Object(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn heads_are_filled_only_where_the_input_waits_for_them() {
        let patient = PatientId::from_bytes([1; 16]);
        let mut waits = Step::on(
            0,
            StaffId::default(),
            "visit.sign",
            patient,
            Input::default().with_heads().done(),
        );
        assert!(waits.needs_heads());
        waits.fill_heads(vec!["ab".to_owned()]);
        assert_eq!(waits.input, json!({"heads": ["ab"]}));

        let mut does_not = Step::of(
            0,
            StaffId::default(),
            "day.open",
            Input::default().with("date", None::<u8>).done(),
        );
        assert!(!does_not.needs_heads());
        does_not.fill_heads(vec!["ab".to_owned()]);
        assert_eq!(does_not.input, json!({}));
    }
}
