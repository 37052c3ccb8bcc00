//! Defects that are put in on purpose, one at a time, to show that the simulator finds them. Only a build with the
//! feature `mutants` has them; no product has.

use std::sync::atomic::{AtomicU8, Ordering};

/// A defect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Mutant {
    /// A command answers before its transaction is on disk.
    AnswerBeforeCommit = 1,
    /// A save goes on top of what arrived while its form was open.
    CurrentHeads,
    /// The vector names entries before they have come.
    VectorBeforeEntries,
    /// Of a forked feed the second suffix is thrown away.
    ForkDropped,
    /// What policy holds is not stored and not counted.
    HeldDropped,
    /// What goes from a place is counted twice.
    MovementTwice,
    /// A projection shows the last writer's value and hides the other.
    LastWriterWins,
    /// Taking something back deletes it.
    Deletes,
    /// Genesis is not the same on every device.
    GenesisWithDeps,
}

/// All of them, by the names that they are asked for with.
pub const MUTANTS: [(&str, Mutant); 9] = [
    ("answer-before-commit", Mutant::AnswerBeforeCommit),
    ("current-heads", Mutant::CurrentHeads),
    ("vector-before-entries", Mutant::VectorBeforeEntries),
    ("fork-dropped", Mutant::ForkDropped),
    ("held-dropped", Mutant::HeldDropped),
    ("movement-twice", Mutant::MovementTwice),
    ("last-writer-wins", Mutant::LastWriterWins),
    ("deletes", Mutant::Deletes),
    ("genesis-with-deps", Mutant::GenesisWithDeps),
];

static ACTIVE: AtomicU8 = AtomicU8::new(0);

/// Puts a defect in, for this whole process.
pub fn put_in(mutant: Mutant) {
    ACTIVE.store(mutant as u8, Ordering::Relaxed);
}

/// True where this defect is in.
pub fn is(mutant: Mutant) -> bool {
    ACTIVE.load(Ordering::Relaxed) == mutant as u8
}
