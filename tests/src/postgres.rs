//! A PostgreSQL of a test's own: made, started, stopped and thrown away with the test.
//!
//! A machine without one fails the test that asks; nothing is skipped.

use crate::process::{Process, is_root, run};
use crate::{Outcome, place};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// PostgreSQL refuses to run as root; this account comes with its package.
const ACCOUNT: &str = "postgres";

/// A cluster on a port of the loopback. Dropping it ends the server and removes its files.
#[derive(Debug)]
pub struct Postgres {
    server: Option<Process>,
    programs: PathBuf,
    port: u16,
    folder: TempDir,
}

impl Postgres {
    /// Makes a new cluster and starts its server.
    ///
    /// # Errors
    /// If PostgreSQL is not installed or does not start.
    pub fn start() -> Outcome<Self> {
        let programs = programs()?;
        let folder = tempfile::Builder::new().prefix("xunyi-pg-").tempdir()?;
        if is_root() {
            let mut chown = Command::new("chown");
            chown.arg(ACCOUNT).arg(folder.path());
            run(chown)?;
        }
        let mut initdb = as_account(&programs.join("initdb"));
        initdb.arg("--pgdata").arg(folder.path().join("data"));
        initdb.args(["--username=xunyi", "--auth=trust", "--encoding=UTF8"]);
        initdb.args(["--locale=C.UTF-8", "--no-sync", "--no-instructions"]);
        run(initdb)?;
        let mut cluster = Postgres {
            server: None,
            programs,
            port: place::free_port()?,
            folder,
        };
        cluster.serve()?;
        Ok(cluster)
    }

    /// The address of a database of that name, made empty.
    ///
    /// # Errors
    /// If the server is down or the name is taken.
    pub fn database(&self, name: &str) -> Outcome<String> {
        let mut createdb = Command::new(self.programs.join("createdb"));
        createdb.args(["--host=127.0.0.1", "--username=xunyi"]);
        createdb.arg(format!("--port={}", self.port)).arg(name);
        run(createdb)?;
        Ok(format!("postgres://xunyi@127.0.0.1:{}/{name}", self.port))
    }

    /// Runs a statement in one of its databases, as the administrator of the database would.
    ///
    /// # Errors
    /// With the database's words, if it fails.
    pub fn execute(&self, address: &str, statement: &str) -> Outcome<String> {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"]);
        psql.args(["--set=ON_ERROR_STOP=1", "--command", statement])
            .arg(address);
        run(psql)
    }

    /// Starts the server on the same data and port; does nothing when it runs.
    ///
    /// # Errors
    /// With the server's words, if it does not come up.
    pub fn serve(&mut self) -> Outcome {
        if self.server.is_some() {
            return Ok(());
        }
        let mut command = as_account(&self.programs.join("postgres"));
        command.arg("-D").arg(self.folder.path().join("data"));
        command.arg("-k").arg(self.folder.path());
        command.args(["-h", "127.0.0.1", "-p", &self.port.to_string()]);
        let mut server = Process::start(command, &self.folder.path().join("server.log"))?;
        server.until("PostgreSQL's readiness", |output| {
            output
                .contains("database system is ready to accept connections")
                .then_some(())
        })?;
        self.server = Some(server);
        Ok(())
    }

    /// Stops the server in the middle of whatever it does, as a power cut would.
    ///
    /// # Errors
    /// If it can't be ended.
    pub fn crash(&mut self) -> Outcome {
        match self.server.take() {
            Some(mut server) => server.kill(),
            None => Ok(()),
        }
    }
}

fn as_account(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command
        .arg(format!("--reuid={ACCOUNT}"))
        .arg(format!("--regid={ACCOUNT}"))
        .args(["--clear-groups", "--"])
        .arg(program)
        // The caller's own folder may be closed to the account.
        .current_dir("/");
    command
}

/// The folder of the newest installed PostgreSQL's programs.
fn programs() -> Outcome<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|item| {
            let version = item.file_name().to_str()?.parse().ok()?;
            Some((version, item.path().join("bin")))
        })
        .filter(|(_, folder)| folder.join("initdb").is_file())
        .collect();
    versions.sort();
    if let Some((_, folder)) = versions.pop() {
        return Ok(folder);
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .find(|folder| folder.join("initdb").is_file())
        .ok_or_else(|| "PostgreSQL is not installed (no initdb)".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_survives_its_crash() {
        let mut cluster = Postgres::start().unwrap();
        let first = cluster.database("first").unwrap();
        cluster.crash().unwrap();
        assert!(cluster.database("second").is_err());
        cluster.serve().unwrap();
        assert_ne!(cluster.database("second").unwrap(), first);
    }
}
