//! A real center: the built `xunyi-center` on a folder of the test's own, on SQLite or on a database of a throwaway
//! PostgreSQL, with the made-up hamlet's site data.

use crate::process::{Process, run_to_end};
use crate::small_disk::SmallDisk;
use crate::{Outcome, place};
use rusqlite::Connection;
use serde_json::Value;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use xunyi_journal::EntryHash;

const PROGRAM: &str = "xunyi-center";

/// A center. Dropping it kills its server.
#[derive(Debug)]
pub struct Center {
    folder: PathBuf,
    database: Option<String>,
    port: u16,
    server: Option<Process>,
    started: u32,
    behind: Option<SocketAddr>,
    disk: Option<SmallDisk>,
}

impl Center {
    /// A center that is not made yet, in `folder/center`; on SQLite unless an address of PostgreSQL is given.
    ///
    /// # Errors
    /// If no port can be had.
    pub fn new(folder: &Path, database: Option<String>) -> Outcome<Self> {
        Ok(Self::on_port(folder, database, place::free_port()?))
    }

    /// As [`Center::new`], on a port that devices remember.
    pub fn on_port(folder: &Path, database: Option<String>, port: u16) -> Self {
        Center {
            folder: folder.to_path_buf(),
            database,
            port,
            server: None,
            started: 0,
            behind: None,
            disk: None,
        }
    }

    /// As [`Center::on_port`], with its data folder on a disk of so many megabytes.
    ///
    /// # Errors
    /// If there can be no such disk.
    pub fn on_small_disk(folder: &Path, port: u16, megabytes: u32) -> Outcome<Self> {
        let mut center = Self::on_port(folder, None, port);
        std::fs::create_dir_all(center.data())?;
        center.disk = Some(SmallDisk::at(&center.data(), megabytes)?);
        Ok(center)
    }

    /// Its small disk.
    ///
    /// # Errors
    /// If it has none.
    pub fn disk(&self) -> Outcome<&SmallDisk> {
        Ok(self.disk.as_ref().ok_or("its disk is the machine's")?)
    }

    /// Makes it with the demo hamlet and starts serving.
    ///
    /// # Errors
    /// With the program's words.
    pub fn demo(folder: &Path, database: Option<String>) -> Outcome<Self> {
        let mut center = Center::new(folder, database)?;
        center.ask(&["demo", "--seed", "1", "--small", "--cheap-keys"])?;
        center.serve()?;
        Ok(center)
    }

    /// Its data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.join("center")
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    /// Runs a command and answers its JSON.
    ///
    /// # Errors
    /// With the program's words, unless it succeeds.
    pub fn ask(&self, arguments: &[&str]) -> Outcome<Value> {
        let command = self.command(arguments)?;
        let ended = run_to_end(command)?;
        if ended.status.success() {
            Ok(serde_json::from_str(&ended.out)?)
        } else {
            Err(format!("{arguments:?} ended with {}: {}", ended.status, ended.err).into())
        }
    }

    /// Runs a command that must fail; answers its exit status and the code that it gives.
    ///
    /// # Errors
    /// If it succeeds, or gives no code.
    pub fn refused(&self, arguments: &[&str]) -> Outcome<(i32, String)> {
        let ended = run_to_end(self.command(arguments)?)?;
        if ended.status.success() {
            return Err(format!("{arguments:?} was not refused: {}", ended.out).into());
        }
        let last = ended.err.lines().last().unwrap_or_default();
        let said: Value = serde_json::from_str(last)
            .map_err(|e| format!("{arguments:?} gave no code ({e}): {}", ended.err))?;
        Ok((ended.status.code().unwrap_or(-1), code_in(&said)))
    }

    /// A command of the program on this center, with `--json`, not started yet.
    ///
    /// # Errors
    /// If it is not built.
    pub fn command(&self, arguments: &[&str]) -> Outcome<Command> {
        let mut command = Process::own(PROGRAM, arguments)?;
        command.arg("--json").arg("--data").arg(self.data());
        if let Some(database) = &self.database {
            command.args(["--database", database]);
        }
        command
            .env_remove("XUNYI_PASSWORD")
            .env_remove("XUNYI_DATABASE")
            .env_remove("RUST_LOG");
        Ok(match &self.disk {
            Some(disk) => disk.inside(&command),
            None => command,
        })
    }

    /// From its next start it tells devices that it is found at this address, where something stands before it.
    pub fn stands_behind(&mut self, address: SocketAddr) {
        self.behind = Some(address);
    }

    /// Starts serving; does nothing while it serves.
    ///
    /// # Errors
    /// With its words, if it does not come up.
    pub fn serve(&mut self) -> Outcome {
        self.serve_talking("info")
    }

    /// As [`Center::serve`], with another level of logging.
    ///
    /// # Errors
    /// As [`Center::serve`].
    pub fn serve_talking(&mut self, level: &str) -> Outcome {
        if self.server.is_some() {
            return Ok(());
        }
        self.started += 1;
        let log = self.folder.join(format!("center-{}.log", self.started));
        let listen = self.address().to_string();
        let mut command = self.command(&["serve", "--listen", &listen])?;
        if let Some(address) = self.behind {
            command.arg("--address").arg(format!("https://{address}"));
        }
        command.env("RUST_LOG", level);
        let mut server = Process::start(command, &log)?;
        server.line("listening on ")?;
        self.server = Some(server);
        Ok(())
    }

    /// Another server of the same center, on a port of its own.
    ///
    /// # Errors
    /// With its words, if it does not come up.
    pub fn second_server(&self) -> Outcome<(Process, SocketAddr)> {
        let listen: SocketAddr = (Ipv4Addr::LOCALHOST, place::free_port()?).into();
        let command = self.command(&["serve", "--listen", &listen.to_string()])?;
        let mut server = Process::start(command, &self.folder.join("center-second.log"))?;
        server.line("listening on ")?;
        Ok((server, listen))
    }

    /// Asks it to end and waits for that.
    ///
    /// # Errors
    /// If it does not serve.
    pub fn stop(&mut self) -> Outcome<ExitStatus> {
        let mut server = self.server.take().ok_or("it does not serve")?;
        server.signal("TERM")?;
        server.wait()
    }

    /// Kills it in the middle of whatever it does.
    ///
    /// # Errors
    /// If it can't be ended.
    pub fn kill(&mut self) -> Outcome {
        match self.server.take() {
            Some(mut server) => server.kill(),
            None => Ok(()),
        }
    }

    /// Changes its database behind its back; on SQLite only.
    ///
    /// # Errors
    /// If the database does not open or does not take the statement.
    pub fn execute(&self, statement: &str) -> Outcome {
        let key = std::fs::read_to_string(self.folder.join("center.key"))?;
        let key = EntryHash::from_hex(key.trim()).ok_or("the key file holds no key")?;
        // How the key is derived is part of what stays as it is from version to version.
        let key = blake3::derive_key("xunyi center v1 database key", &key.0);
        let connection = Connection::open(self.data().join("center.db"))?;
        let raw = EntryHash(key).to_hex();
        connection.execute_batch(&format!("PRAGMA key = \"x'{raw}'\"; {statement}"))?;
        Ok(())
    }

    /// A one-time code for a new device; `address` is where the device is to find the center.
    ///
    /// # Errors
    /// With the program's words.
    pub fn code(&self, name: &str, address: SocketAddr) -> Outcome<String> {
        let address = address.to_string();
        let answer = self.ask(&["enrol-code", "--name", name, "--address", &address])?;
        Ok(code_in(&answer))
    }
}

fn code_in(answer: &Value) -> String {
    let code = answer.get("code").and_then(Value::as_str);
    code.unwrap_or_default().to_string()
}
