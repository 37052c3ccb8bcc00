//! Follow-up forms of chronic-disease programmes, and the rules that propose a class and a due date.

pub mod form;
pub mod hypertension;
