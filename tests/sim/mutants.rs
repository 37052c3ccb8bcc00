//! Every defect that can be put in on purpose must be found within as many days as the test command plays.

use crate::world::Shared;
use crate::{DEFAULT, day, plan};
use xunyi_journal::mutant::{self, MUTANTS};

/// Plays days with each defect until one fails; true when each was found.
pub fn hunt() -> Result<bool, String> {
    let shared = Shared::new()?;
    let mut all = true;
    for (name, mutant) in MUTANTS {
        mutant::put_in(mutant);
        let (first, last) = DEFAULT;
        let found = (first..=last).find_map(|seed| {
            let why = day(&shared, seed, &plan::plan(seed)).err()?;
            Some((seed, why))
        });
        match found {
            Some((seed, why)) => {
                let why: String = why.chars().take(140).collect();
                println!("{name}: found by seed {seed}: {why}");
            }
            None => {
                println!("{name}: NOT FOUND in {last} days");
                all = false;
            }
        }
    }
    Ok(all)
}
