//! Forms that are not the app's own: kept with all their fields, shown as a list of names and values.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::Invalid;
use crate::text;

/// Most fields of a form.
pub const FIELDS_MAX: usize = 200;

/// Any form (FHIR `QuestionnaireResponse`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct GenericForm {
    /// Name and version of the paper: 慢病随访v3.
    pub template: String,
    /// All fields as they came.
    pub fields: Map<String, Value>,
}

impl GenericForm {
    /// The edge: a name, at most 200 fields, names of at most 100 and texts of at most 8,000 characters.
    pub fn check(&self) -> Result<(), Invalid> {
        text::required("template", &self.template, text::LINE_MAX)?;
        if self.fields.len() > FIELDS_MAX {
            return Err(Invalid::TextTooLong {
                field: "fields",
                max: FIELDS_MAX,
                found: self.fields.len(),
            });
        }
        for (name, value) in &self.fields {
            text::required("fields", name, 100)?;
            if let Value::String(value) = value {
                text::note("fields", value, text::NOTE_MAX)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_foreign_form_keeps_all_its_fields_within_limits() {
        let json =
            r#"{"template":"慢病随访v3","fields":{"cigs":10,"edema":"否","nested":{"a":[1]}}}"#;
        let form: GenericForm = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&form).unwrap(), json);
        assert_eq!(form.check(), Ok(()));

        let mut nameless = form.clone();
        nameless.template.clear();
        assert_eq!(nameless.check().unwrap_err().code(), "text.empty");
        let mut wide = form.clone();
        wide.fields = (0..201).map(|n| (format!("f{n}"), Value::Null)).collect();
        assert_eq!(wide.check().unwrap_err().code(), "text.too_long");
        let mut long = form;
        long.fields.insert("note".into(), "长".repeat(8_001).into());
        assert_eq!(long.check().unwrap_err().code(), "text.too_long");
    }
}
