//! What happens on a simulated day, step by step, from a seed. A step stands for itself: what it picks it picks by a
//! number of its own from what is there, so that a plan with steps left out plays on.

use crate::rng::Rng;

/// Tablets of the vehicle, then the PC at base.
pub const DEVICES: usize = 4;
/// Steps of a day.
const STEPS: usize = 190;

/// What one step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Somebody gives a command.
    Act(Act),
    /// A device and the center exchange.
    Exchange(Link),
    /// An old request comes a second time.
    Replayed,
    /// The center's worker takes a round.
    Worker,
    /// The center's process starts anew: it forgets what it told.
    CenterRestarts,
    /// The device's process is killed and started again.
    Killed,
    /// The next command meets a full disk.
    DiskFull,
    /// The device's clock goes wrong, or right again.
    Clock,
    /// The center revokes the device.
    Revoked,
    /// An image of the device's disk is put away.
    Image,
    /// The image is put back.
    Restored,
    /// Another tablet gets a copy of the device's disk.
    Cloned,
}

impl Kind {
    /// True for what goes wrong.
    pub const fn is_fault(self) -> bool {
        match self {
            Self::Act(_) | Self::Worker => false,
            Self::Exchange(link) => !matches!(link, Link::Good | Link::Busy),
            _ => true,
        }
    }
}

/// What somebody does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    Register,
    OpenForm,
    SaveForm,
    Edit,
    Allergy,
    Retract,
    BloodGroup,
    Visit,
    Addendum,
    Prescribe,
    Stop,
    Dispense,
    Receive,
    Load,
    OpenDay,
    Arrive,
    CheckIn,
    CallNext,
    Finish,
    CloseDay,
    Resolve,
    Draft,
    Look,
}

/// What the link does to an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// Nothing.
    Good,
    /// Comes in pieces of a few bytes.
    Dribble,
    /// The request is cut at any byte.
    CutUp,
    /// The answer is cut at any byte.
    CutDown,
    /// The request arrives whole, and no answer comes back.
    ReplyLost,
    /// A login page answers.
    Portal,
    /// A bit of the request is flipped.
    FlipUp,
    /// A bit of the answer is flipped.
    FlipDown,
    /// The request comes twice.
    Twice,
    /// Somebody saves on the device while frames move.
    Busy,
}

/// A step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// On which device, where it is one's.
    pub device: usize,
    /// What.
    pub kind: Kind,
    /// Chooses everything else.
    pub pick: u64,
}

/// The day of a seed. One in eight has no faults at all.
pub fn plan(seed: u64) -> Vec<Step> {
    let mut rng = Rng::new(seed ^ 0x5EED);
    let quiet = rng.percent(12);
    // Days differ in what goes wrong: all of it a little hides what little of it shows.
    let faults = if quiet { 0 } else { 4 + rng.below(30) };
    let exchanges = 8 + rng.below(22);
    let mut steps = Vec::with_capacity(STEPS);
    for device in 0..DEVICES {
        steps.push(step(device, Kind::Act(Act::OpenDay), &mut rng));
    }
    while steps.len() < STEPS {
        let device = rng.index(DEVICES);
        let dice = rng.below(100);
        let kind = if dice < exchanges {
            Kind::Exchange(link(&mut rng, faults))
        } else if dice < exchanges + 6 {
            Kind::Worker
        } else if rng.percent(faults / 3) {
            fault(&mut rng)
        } else {
            Kind::Act(act(&mut rng))
        };
        steps.push(step(device, kind, &mut rng));
    }
    steps
}

fn step(device: usize, kind: Kind, rng: &mut Rng) -> Step {
    Step {
        device,
        kind,
        pick: rng.next(),
    }
}

fn link(rng: &mut Rng, faults: u64) -> Link {
    if !rng.percent(faults * 2) {
        return if rng.percent(20) {
            Link::Busy
        } else {
            Link::Good
        };
    }
    const FAULTS: [Link; 9] = [
        Link::Dribble,
        Link::CutUp,
        Link::CutUp,
        Link::CutDown,
        Link::ReplyLost,
        Link::Portal,
        Link::FlipUp,
        Link::FlipDown,
        Link::Twice,
    ];
    rng.pick(&FAULTS).copied().unwrap_or(Link::Good)
}

fn fault(rng: &mut Rng) -> Kind {
    const FAULTS: [Kind; 18] = [
        Kind::Replayed,
        Kind::Replayed,
        Kind::CenterRestarts,
        Kind::CenterRestarts,
        Kind::Killed,
        Kind::Killed,
        Kind::Killed,
        Kind::DiskFull,
        Kind::DiskFull,
        Kind::Clock,
        Kind::Clock,
        Kind::Revoked,
        Kind::Image,
        Kind::Image,
        Kind::Image,
        Kind::Restored,
        Kind::Restored,
        Kind::Cloned,
    ];
    rng.pick(&FAULTS).copied().unwrap_or(Kind::Worker)
}

fn act(rng: &mut Rng) -> Act {
    const ACTS: [(Act, u64); 23] = [
        (Act::Register, 10),
        (Act::OpenForm, 6),
        (Act::SaveForm, 8),
        (Act::Edit, 12),
        (Act::Allergy, 6),
        (Act::Retract, 3),
        (Act::BloodGroup, 6),
        (Act::Visit, 14),
        (Act::Addendum, 4),
        (Act::Prescribe, 8),
        (Act::Stop, 3),
        (Act::Dispense, 8),
        (Act::Receive, 3),
        (Act::Load, 2),
        (Act::OpenDay, 1),
        (Act::Arrive, 2),
        (Act::CheckIn, 8),
        (Act::CallNext, 6),
        (Act::Finish, 4),
        (Act::CloseDay, 1),
        (Act::Resolve, 6),
        (Act::Draft, 3),
        (Act::Look, 6),
    ];
    let all = ACTS.iter().map(|(_, weight)| weight).sum();
    let mut dice = rng.below(all);
    for (act, weight) in ACTS {
        if dice < weight {
            return act;
        }
        dice -= weight;
    }
    Act::Look
}
