//! What can be asked for on the command line.

use chrono::NaiveDate;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// The command table of one device, without a window.
#[derive(Debug, Parser)]
#[command(name = "xunyi-cli", version, after_help = SECRETS)]
pub(crate) struct Options {
    /// The device's data folder.
    #[arg(long)]
    pub(crate) data: PathBuf,
    /// Who acts: a name or an id of the staff list. Needed where more than one may sign in.
    #[arg(long)]
    pub(crate) user: Option<String>,
    /// What to do.
    #[command(subcommand)]
    pub(crate) act: Act,
}

const SECRETS: &str = "\
Secrets are read from the environment, else asked for: XUNYI_PIN or XUNYI_PASSWORD to sign in, \
XUNYI_PASSWORD and XUNYI_NEW_PIN for a first sign-in.

Exit status: 0 done; 2 unusable arguments; 3 the input was refused; 4 not signed in or not allowed; \
5 disk or database; 6 the center was not reached or refused; 7 verify found damage; 1 anything else.";

/// One act.
#[derive(Debug, Subcommand)]
pub(crate) enum Act {
    /// Becomes a device of the site whose center made this code (`-`: read from standard input).
    Enrol {
        /// The one-time code.
        code: String,
    },
    /// Says what this folder is and who may sign in.
    State,
    /// Takes the password once and sets a PIN for this device.
    FirstSignIn,
    /// Runs one command.
    Invoke {
        /// Its name, `area.verb`.
        command: String,
        /// Its input as JSON (`-`: read from standard input).
        #[arg(default_value = "{}")]
        input: String,
    },
    /// Runs commands from standard input, a line `{"command":…,"input":…}` each; answers a line each.
    Lines,
    /// Exchanges with the center until both hold the same.
    Sync,
    /// Builds documents and projections anew from the journal.
    Rebuild,
    /// Checks chains, signatures, documents, projections and stock sums; a line each.
    Verify,
    /// Counts what is held, with digests that are equal on devices that hold the same.
    Holdings,
    /// Replays a benchmark workload through the ordinary commands.
    ImportWorkload(ImportWorkload),
    /// Plays the clinical history of the demo township through the ordinary commands.
    Demo(Demo),
}

/// Which files, and how much of them.
#[derive(Debug, Args)]
pub struct ImportWorkload {
    /// Files of events in their order, the roster first. All of them name what the site needs.
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// The first files are already here; play the rest.
    #[arg(long, default_value_t = 0)]
    pub already: usize,
    /// Writes how long each act took, a JSON line each.
    #[arg(long)]
    pub times: Option<PathBuf>,
}

/// Which township, as of which day.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Seed of the generator.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// A hamlet of 90 people instead of the township of 6,000.
    #[arg(long)]
    pub(crate) small: bool,
    /// The day that the history ends before; the device's own when absent.
    #[arg(long)]
    pub(crate) today: Option<NaiveDate>,
    /// Plays this morning too: the day is open and people wait in the line.
    #[arg(long)]
    pub(crate) morning: bool,
}
