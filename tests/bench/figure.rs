//! A measured figure beside what it must be and what is aimed at (quality.md §2).

use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::Path;
use xunyi_tests::Outcome;

/// One figure. Smaller is better, for all that there are so far.
#[derive(Debug)]
pub struct Figure {
    /// Its name in quality.md.
    pub name: &'static str,
    /// What was measured.
    pub value: f64,
    /// Of what.
    pub unit: &'static str,
    /// The bound that it must keep; a peer's figure has none.
    pub must: Option<f64>,
    /// The bound that is aimed at.
    pub aim: Option<f64>,
    /// What it was computed from.
    pub detail: Value,
}

impl Figure {
    fn print(&self) {
        let keeps = |bound: Option<f64>| bound.is_some_and(|bound| self.value <= bound);
        let word = match () {
            () if self.must.is_none() => "beside",
            () if keeps(self.aim) => "as aimed",
            () if keeps(self.must) => "good",
            () => "MISSED",
        };
        let bound = |bound: Option<f64>| bound.map_or_else(String::new, |b| b.to_string());
        println!(
            "{:<30}{:>14.2}  {:<7}{:>8}{:>8}  {word}",
            self.name,
            self.value,
            self.unit,
            bound(self.must),
            bound(self.aim)
        );
        println!("  {}", self.detail);
    }
}

/// The figures of a run in their order.
#[derive(Debug, Default)]
pub struct Report {
    figures: Vec<Figure>,
}

impl Report {
    /// Adds a figure and prints its line, for whoever waits for the next one.
    pub fn add(&mut self, figure: Figure) {
        figure.print();
        self.figures.push(figure);
    }

    /// Prints the table for people.
    pub fn print(&self) {
        println!(
            "\n{:<30}{:>14}  {:<7}{:>8}{:>8}",
            "figure", "value", "unit", "must", "aim"
        );
        for figure in &self.figures {
            figure.print();
        }
    }

    /// Writes one JSON object a line.
    ///
    /// # Errors
    /// If the file can't be written.
    pub fn write(&self, file: &Path) -> Outcome {
        let mut lines = String::new();
        for f in &self.figures {
            let line = json!({
                "name": f.name, "value": f.value, "unit": f.unit,
                "must": f.must, "aim": f.aim, "detail": f.detail,
            });
            writeln!(lines, "{line}")?;
        }
        Ok(std::fs::write(file, lines)?)
    }
}

/// The value below which a share of the samples lies; 0.5 is the median. Zero without samples.
pub fn percentile(samples: &[f64], share: f64) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().saturating_sub(1);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "an index into a list of samples"
    )]
    let index = (last as f64 * share).round() as usize;
    sorted.get(index).copied().unwrap_or_default()
}
