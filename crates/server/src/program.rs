//! The program: reads its arguments, runs one command, prints its answer, and says in two languages and with a
//! stable code and exit status what went wrong.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use clap::Parser;
use serde_json::json;
use tokio::runtime::{Handle, Runtime};
use tracing_subscriber::EnvFilter;

use crate::args::{
    Arguments, Command, DeviceCommand, Place, StaffCommand, TableCommand, VehicleCommand,
    VillageCommand,
};
use crate::center::Center;
use crate::command::{
    Answer, backup, demo, device, enrol_code, init, places, serve, staff, verify,
};
use crate::error::CenterError;
use crate::folder::Folder;
use crate::password;
use crate::words::words;

/// Exit status of `verify` when something is wrong.
const NOT_CLEAN: u8 = 1;

/// Runs `xunyi-center`. 0: done. 1: `verify` found something. 2: wrong usage. 3: refused. 4: not set up so.
/// 5: disk or database. 6: network.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    tracing_subscriber::fmt()
        .with_env_filter(
            EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info")),
        )
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    let json = arguments.command.place().json;
    let ended = Runtime::new()
        .map_err(CenterError::from)
        .and_then(|runtime| run(arguments.command, &runtime));
    match ended {
        Ok(Ended { answer, status }) => match print(answer, json) {
            Ok(()) => ExitCode::from(status),
            Err(error) => fail(&error.into(), json),
        },
        Err(error) => fail(&error, json),
    }
}

struct Ended {
    answer: Option<Answer>,
    status: u8,
}

impl From<Answer> for Ended {
    fn from(answer: Answer) -> Self {
        Self {
            answer: Some(answer),
            status: 0,
        }
    }
}

fn run(command: Command, runtime: &Runtime) -> Result<Ended, CenterError> {
    let folder = folder(command.place(), runtime.handle())?;
    let open = || folder.open();
    let answer = match command {
        Command::Init { name, site, .. } => init::run(&folder, site, &name)?,
        Command::Demo {
            seed,
            small,
            workload,
            keys,
            site,
            ..
        } => {
            let data = if workload.is_empty() {
                demo::township(seed, small)
            } else {
                demo::workload(&workload)?
            };
            demo::run(&folder, site, &data, keys.cost())?
        }
        Command::Serve {
            listen, address, ..
        } => {
            serve::run(&folder, runtime, listen, &address)?;
            return Ok(Ended {
                answer: None,
                status: 0,
            });
        }
        Command::EnrolCode {
            name,
            letter,
            vehicle,
            valid_minutes,
            address,
            ..
        } => {
            let wanted = enrol_code::Wanted {
                name,
                letter,
                vehicle,
                valid_minutes,
                address,
            };
            enrol_code::run(&open()?, &wanted)?
        }
        Command::Staff { what } => staff_command(&open()?, what)?,
        Command::Village { what } => match what {
            VillageCommand::Add {
                name,
                township,
                groups,
                ..
            } => places::add_village(&open()?, &name, &township, groups)?,
            VillageCommand::List { .. } => places::villages(&open()?)?,
        },
        Command::Vehicle { what } => match what {
            VehicleCommand::Add { plate, name, .. } => {
                places::add_vehicle(&open()?, &plate, &name)?
            }
            VehicleCommand::List { .. } => places::vehicles(&open()?)?,
        },
        Command::Table { what } => match what {
            TableCommand::Publish { file, .. } => places::publish(&open()?, &file)?,
            TableCommand::List { .. } => places::tables(&open()?)?,
        },
        Command::Device { what } => match what {
            DeviceCommand::List { .. } => device::list(&open()?)?,
        },
        Command::Revoke { device, .. } => device::revoke(&open()?, &device)?,
        Command::Backup { to, .. } => backup::make(&folder, &to)?,
        Command::Promise { files, .. } => backup::promise(&folder, &files)?,
        Command::Restore { file, replace, .. } => backup::put_back(&folder, &file, replace)?,
        Command::Refill { end, .. } => backup::refill(&open()?, end)?,
        Command::Verify { .. } => {
            let (answer, clean) = verify::run(&open()?)?;
            let status = if clean { 0 } else { NOT_CLEAN };
            return Ok(Ended {
                answer: Some(answer),
                status,
            });
        }
    };
    Ok(answer.into())
}

fn staff_command(center: &Center, command: StaffCommand) -> Result<Answer, CenterError> {
    match command {
        StaffCommand::Add {
            name,
            role,
            title,
            keys,
            ..
        } => {
            let new = staff::New {
                name,
                roles: role,
                title,
            };
            staff::add(center, &new, &password::new()?, keys.cost())
        }
        StaffCommand::List { .. } => staff::list(center),
        StaffCommand::Password {
            staff: who, keys, ..
        } => staff::password(center, &who, &password::new()?, keys.cost()),
        StaffCommand::Retire { staff: who, .. } => staff::retire(center, &who),
    }
}

fn folder(place: &Place, runtime: &Handle) -> Result<Folder, CenterError> {
    let database = place.database.clone();
    let database = database.or_else(|| std::env::var("XUNYI_DATABASE").ok());
    Folder::new(
        &place.data,
        place.key.clone(),
        database.filter(|address| !address.is_empty()),
        runtime.clone(),
    )
}

fn print(answer: Option<Answer>, json: bool) -> std::io::Result<()> {
    let Some(answer) = answer else { return Ok(()) };
    let mut out = std::io::stdout().lock();
    if json {
        writeln!(out, "{}", answer.json)?;
    } else if !answer.text.is_empty() {
        writeln!(out, "{}", answer.text)?;
    }
    out.flush()
}

/// One line: code, both sentences, and the values where there are any; or the same as JSON.
fn fail(error: &CenterError, as_json: bool) -> ExitCode {
    let (code, params) = (error.code(), error.params());
    let (zh, en) = words(code);
    if as_json {
        eprintln!(
            "{}",
            json!({ "code": code, "params": params, "zh": zh, "en": en })
        );
    } else if params.as_object().is_some_and(|p| !p.is_empty()) {
        eprintln!("{code}: {zh} / {en} {params}");
    } else {
        eprintln!("{code}: {zh} / {en}");
    }
    tracing::debug!(%error, "failed");
    ExitCode::from(error.class().exit_status())
}
