//! A run of named steps: each prints its name, its end and its time; the list comes once more at
//! the end. A step that failed never hides the ones that can still tell something.

use crate::Outcome;
use crate::junit::{End, Results};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

struct Step {
    name: &'static str,
    took: Duration,
    failure: Option<String>,
}

/// The steps so far, in their order.
pub struct Steps {
    done: Vec<Step>,
    began: Instant,
}

impl Steps {
    /// No step yet; the whole run's time counts from here.
    pub fn begin() -> Self {
        Steps {
            done: Vec::new(),
            began: now(),
        }
    }

    /// Does one step and says whether it succeeded.
    pub fn step(&mut self, name: &'static str, act: impl FnOnce() -> Outcome) -> bool {
        println!("\n── {name}");
        let began = now();
        let failure = act().err();
        let took = began.elapsed();
        match &failure {
            None => println!("── {name}: good, {:.1} s", took.as_secs_f64()),
            Some(message) => {
                println!("── {name}: FAILED after {:.1} s", took.as_secs_f64());
                eprintln!("{message}");
            }
        }
        let good = failure.is_none();
        self.done.push(Step {
            name,
            took,
            failure,
        });
        good
    }

    /// Keeps how each step ended in a file, for [`results`].
    pub fn keep(&self, file: &Path) -> Outcome {
        let line = |step: &Step| format!("{} {}\n", word(step), step.name);
        let lines: String = self.done.iter().map(line).collect();
        fs::write(file, lines).map_err(|error| format!("{}: {error}", file.display()))
    }

    /// How many steps went well, and how many did not.
    pub fn count(&self) -> (usize, usize) {
        let failed = self.done.iter().filter(|s| s.failure.is_some()).count();
        (self.done.len() - failed, failed)
    }

    /// The list of all steps with their times.
    pub fn print(&self) {
        println!("\n── in all, {:.0} s", self.began.elapsed().as_secs_f64());
        for step in &self.done {
            let seconds = step.took.as_secs_f64();
            println!("  {:<7}{seconds:>8.1} s  {}", word(step), step.name);
        }
    }
}

fn word(step: &Step) -> &'static str {
    if step.failure.is_none() {
        "good"
    } else {
        "FAILED"
    }
}

/// How the steps of a kept file ended, by the names that docs/verification.md has: `step NAME`.
pub fn results(file: &Path) -> Outcome<Results> {
    let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let step = |line: &str| {
        let (word, name) = line.split_once(' ')?;
        let end = if word == "good" {
            End::Passed
        } else {
            End::Failed
        };
        Some((format!("step {name}"), end))
    };
    Ok(text.lines().filter_map(step).collect())
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long a step took is this command's own business"
)]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_step_is_counted_and_the_next_still_runs() {
        let mut steps = Steps::begin();
        assert!(!steps.step("breaks", || Err("no".into())));
        assert!(steps.step("works", || Ok(())));
        assert_eq!(steps.count(), (1, 1));
        let file = std::env::temp_dir().join(format!("xtask-steps-{}", std::process::id()));
        steps.keep(&file).unwrap();
        let results = results(&file).unwrap();
        fs::remove_file(&file).unwrap();
        assert_eq!(results["step breaks"], End::Failed);
        assert_eq!(results["step works"], End::Passed);
    }
}
