//! `cargo xtask sim --seeds A..B`: plays vehicle-days from seeds, with every fault that a link, a disk, a clock and an
//! operator can do, and checks after each that nothing was lost, doubled or hidden (quality.md §3). A seed that fails
//! prints itself and the shortest plan that still fails.
#![expect(
    clippy::indexing_slicing,
    reason = "a JSON value answers null for what it lacks"
)]

mod acts;
mod check;
mod counters;
mod link;
#[cfg(feature = "mutants")]
mod mutants;
mod oracle;
mod plan;
mod rng;
mod shrink;
mod tablet;
mod world;

use counters::Counters;
use plan::Step;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use world::{Shared, World};

/// Seeds that are played where none are named.
const DEFAULT: (u64, u64) = (1, 300);
/// Over so many days each counter must have moved.
const COUNTED: u64 = 200;
/// Commands of a day at least.
const ACTS: u64 = 100;

fn main() -> ExitCode {
    match run(std::env::args().skip(1).collect()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(usage) => {
            eprintln!("{usage}\nusage: xunyi-sim [--seeds A..B | --seed N]");
            ExitCode::from(2)
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the rate of days is measured; what is played never asks"
)]
fn run(arguments: Vec<String>) -> Result<bool, String> {
    keep_panics();
    #[cfg(feature = "mutants")]
    if let [flag] = arguments.as_slice()
        && flag == "--mutants"
    {
        return mutants::hunt();
    }
    let (first, last) = seeds(&arguments)?;
    let shared = Shared::new()?;
    let next = AtomicU64::new(first);
    let failed: Mutex<Vec<(u64, String)>> = Mutex::default();
    let totals: Mutex<(Counters, u64, u64)> = Mutex::default();
    let began = Instant::now();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed > last {
                        return;
                    }
                    match day(&shared, seed, &plan::plan(seed)) {
                        Ok(day) => {
                            let mut totals = locked(&totals);
                            totals.0.join(&day.counters);
                            totals.1 += day.acts;
                            totals.2 += u64::from(day.faults > 0);
                            if day.acts < ACTS {
                                let few = format!("only {} commands", day.acts);
                                locked(&failed).push((seed, few));
                            }
                        }
                        Err(why) => locked(&failed).push((seed, why)),
                    }
                }
            });
        }
    });
    let days = last + 1 - first;
    let (counters, acts, faulty) = locked(&totals).clone();
    let rate = days as f64 / began.elapsed().as_secs_f64() / cores as f64;
    println!("{days} days, {acts} commands, faults in {faulty}; {rate:.1} days a second per core");
    for (what, n) in counters.all() {
        println!("{n:>9}  {what}");
    }
    let mut failed = locked(&failed).clone();
    failed.sort_unstable();
    for (seed, why) in failed.iter().take(3) {
        println!("\nseed {seed} failed: {why}");
        shrink::shrink(&shared, *seed);
    }
    let idle: Vec<_> = counters.all().filter(|(_, n)| *n == 0).collect();
    if days >= COUNTED && !idle.is_empty() {
        println!("\nnever happened: {idle:?}");
        return Ok(false);
    }
    if days >= COUNTED && faulty * 100 < days * 80 {
        println!("\nfaults in {faulty} of {days} days only");
        return Ok(false);
    }
    if failed.is_empty() {
        println!("all clean");
    } else {
        println!("\n{} of {days} days failed", failed.len());
    }
    Ok(failed.is_empty())
}

fn locked<T>(of: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    of.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// What a day came to.
struct Day {
    counters: Counters,
    acts: u64,
    faults: usize,
}

thread_local! {
    /// The last panic of this thread, and where it was.
    static PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Panics are kept instead of printed: the library asserts much of what it reads, a flipped bit makes it fail, and
/// the product goes on.
fn keep_panics() {
    std::panic::set_hook(Box::new(|panic| {
        PANIC.with(|last| *last.borrow_mut() = panic.to_string());
    }));
}

/// Plays a day to its end; one that panics has failed.
fn day(shared: &Shared, seed: u64, steps: &[Step]) -> Result<Day, String> {
    catch_unwind(AssertUnwindSafe(|| played(shared, seed, steps)))
        .unwrap_or_else(|_| Err(PANIC.with(|last| last.borrow().clone())))
}

fn played(shared: &Shared, seed: u64, steps: &[Step]) -> Result<Day, String> {
    let mut world = World::new(shared, seed)?;
    for (n, step) in steps.iter().enumerate() {
        world
            .play(step)
            .map_err(|why| format!("step {n}, {step:?}: {why}"))?;
    }
    check::check(&mut world)?;
    Ok(Day {
        faults: steps.iter().filter(|step| step.kind.is_fault()).count(),
        counters: world.counters,
        acts: world.acts,
    })
}

fn seeds(arguments: &[String]) -> Result<(u64, u64), String> {
    let number = |text: &str| {
        text.parse::<u64>()
            .map_err(|_| format!("{text} is no seed"))
    };
    match arguments {
        [] => Ok(DEFAULT),
        [flag, one] if flag == "--seed" => number(one).map(|n| (n, n)),
        [flag, range] if flag == "--seeds" => {
            let (first, last) = range.split_once("..").ok_or("seeds go as A..B")?;
            Ok((number(first)?, number(last)?))
        }
        _ => Err("what is wanted is not clear".to_owned()),
    }
}
