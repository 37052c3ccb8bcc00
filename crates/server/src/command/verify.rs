//! `verify`: checks every chain, signature and projection, and says what is held in numbers that can be compared
//! with a device's. No patient data.

use serde_json::json;
use xunyi_ledger::verify;

use super::Answer;
use crate::center::Center;
use crate::error::CenterError;

/// `xunyi-center verify`; the second value is false when something is wrong.
///
/// # Errors
/// Those of the store, when something could not even be read.
pub fn run(center: &Center) -> Result<(Answer, bool), CenterError> {
    let (findings, held, waiting) = center.read(|ledger| {
        Ok((
            verify(ledger)?,
            ledger.holdings()?,
            ledger.pending(u32::MAX)?.len(),
        ))
    })?;
    let clean = findings.iter().all(|finding| finding.wrong.is_empty());
    let mut lines: Vec<String> = Vec::new();
    for finding in &findings {
        let verdict = if finding.wrong.is_empty() {
            "ok"
        } else {
            "WRONG"
        };
        lines.push(format!(
            "{verdict}  {}  {}",
            finding.check, finding.looked_at
        ));
        lines.extend(finding.wrong.iter().map(|wrong| format!("    {wrong}")));
    }
    lines.push(format!("entries  {}  {}", held.entries, held.journal));
    lines.push(format!("documents  {}  {}", held.documents, held.rows));
    lines.push(format!("waiting  {waiting}"));
    lines.push(format!("held  {}", held.held));
    let checks: Vec<_> = findings
        .iter()
        .map(|f| json!({ "check": f.check, "looked_at": f.looked_at, "wrong": f.wrong }))
        .collect();
    let answer = Answer::new(
        json!({
            "clean": clean,
            "checks": checks,
            "waiting": waiting,
            "holdings": held,
        }),
        lines.join("\n"),
    );
    Ok((answer, clean))
}
