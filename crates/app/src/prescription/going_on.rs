//! Going on in spite of warnings that interrupt: for a reason only, which counts for what was shown and for nothing
//! that came since.

use crate::AppError;
use crate::api::prescription::Warning;
use serde_json::json;
use xunyi_model::text;

/// Characters of a reason at most.
pub(crate) const REASON_MAX: usize = text::LINE_MAX;

/// What is said where going on is refused; codes of the act.
pub(crate) struct Refusals {
    /// No reason.
    pub needs_reason: &'static str,
    /// No reason, and all that is wrong is that nobody asked for allergies.
    pub not_asked: &'static str,
    /// A warning that was not shown.
    pub changed: &'static str,
}

/// What somebody went on in spite of, and why; empty where nothing interrupts.
pub(crate) struct WentOn {
    /// Codes of the warnings.
    pub codes: Vec<String>,
    /// Which they were.
    pub keys: Vec<String>,
    /// Why.
    pub reason: Option<String>,
}

/// Goes on in spite of these warnings. An import was shown nothing: it brings its reason alone.
///
/// # Errors
/// One of `refusals`.
pub(crate) fn go_on(
    warnings: &[Warning],
    reason: Option<&str>,
    seen: Option<&[String]>,
    refusals: &Refusals,
) -> Result<WentOn, AppError> {
    let reason = given(reason, warnings, refusals)?;
    if let Some(seen) = seen {
        all_seen(warnings, seen, refusals)?;
    }
    Ok(WentOn {
        codes: warnings.iter().map(|w| w.code.clone()).collect(),
        keys: warnings.iter().map(|w| w.key.clone()).collect(),
        reason,
    })
}

/// What came since is to be shown first.
fn all_seen(warnings: &[Warning], seen: &[String], refusals: &Refusals) -> Result<(), AppError> {
    let new: Vec<&Warning> = warnings.iter().filter(|w| !seen.contains(&w.key)).collect();
    if new.is_empty() {
        return Ok(());
    }
    Err(AppError::with(refusals.changed, json!({ "warnings": new })))
}

/// The reason for going on; none where nothing interrupts.
fn given(
    reason: Option<&str>,
    warnings: &[Warning],
    refusals: &Refusals,
) -> Result<Option<String>, AppError> {
    if warnings.is_empty() {
        return Ok(None);
    }
    let reason = text::line("override_reason", reason.unwrap_or_default(), REASON_MAX)?;
    if !reason.is_empty() {
        return Ok(Some(reason));
    }
    let codes: Vec<&str> = warnings.iter().map(|w| w.code.as_str()).collect();
    let only_unasked = codes.iter().all(|code| *code == "allergy.never_asked");
    let code = if only_unasked {
        refusals.not_asked
    } else {
        refusals.needs_reason
    };
    Err(AppError::with(code, json!({ "warnings": codes })))
}
