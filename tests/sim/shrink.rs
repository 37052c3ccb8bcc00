//! The shortest plan that still fails: steps are left out, ever smaller runs of them, as long as the day fails without.

use crate::plan::{Step, plan};
use crate::world::Shared;

/// Days played to find it, at most.
const TRIES: u32 = 400;

/// Prints the shortest failing plan of a seed.
pub fn shrink(shared: &Shared, seed: u64) {
    let mut steps = plan(seed);
    let mut tries = 0;
    let mut run = steps.len() / 2;
    let fails = |steps: &[Step]| crate::day(shared, seed, steps).err();
    while run > 0 && tries < TRIES {
        let mut at = 0;
        while at < steps.len() && tries < TRIES {
            let end = (at + run).min(steps.len());
            let mut fewer = steps.clone();
            fewer.drain(at..end);
            tries += 1;
            if fails(&fewer).is_some() {
                steps = fewer;
            } else {
                at = end;
            }
        }
        run /= 2;
    }
    println!("the shortest plan that fails has {} steps:", steps.len());
    for step in &steps {
        println!("  {step:?}");
    }
    if let Some(why) = fails(&steps) {
        println!("  {why}");
    }
}
