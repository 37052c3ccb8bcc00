//! A whole site of real programs: the center's server on a port of its own, and devices that are
//! worked by `xunyi-cli` or by a window.
//!
//! Everything lies below one folder and ends with its owner.

use crate::Outcome;
use crate::center::Center;
use crate::process::Process;
use crate::small_disk::SmallDisk;
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;

/// Which made-up township the center is filled with.
#[derive(Debug, Clone, Copy)]
pub struct Filled {
    /// Seed of the generator.
    pub seed: u64,
    /// A hamlet of 90 people.
    pub small: bool,
    /// Passwords that cost nothing to try: tests sign in by the hundred.
    pub cheap_keys: bool,
}

impl Filled {
    /// The hamlet as a release makes it.
    pub fn real() -> Self {
        Filled {
            cheap_keys: false,
            ..Filled::hamlet()
        }
    }

    /// What most tests want.
    pub fn hamlet() -> Self {
        Filled {
            seed: 1,
            small: true,
            cheap_keys: true,
        }
    }
}

/// A member of the demo staff, whose secrets are public.
#[derive(Debug, Clone)]
pub struct Member {
    /// Staff id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Password for the first sign-in.
    pub password: String,
    /// PIN that is chosen then.
    pub pin: String,
    /// Role code.
    pub role: String,
}

/// A site: its center filled with a made-up township, and who works there.
#[derive(Debug)]
pub struct Site {
    /// The center's program.
    pub center: Center,
    /// The demo's staff.
    pub staff: Vec<Member>,
    vehicle: String,
}

impl Site {
    /// Makes the center below `folder`, on the port that devices will remember. What is there already
    /// stays as it is. It does not serve yet.
    ///
    /// # Errors
    /// If the program is not built or refuses.
    pub fn filled(folder: &Path, filled: Filled, port: u16) -> Outcome<Self> {
        let seed = filled.seed.to_string();
        let mut arguments = vec!["demo", "--seed", &seed];
        arguments.extend(filled.small.then_some("--small"));
        arguments.extend(filled.cheap_keys.then_some("--cheap-keys"));
        Self::made(folder, &arguments, port)
    }

    /// As [`Site::filled`], with what a benchmark's files need in place of a township.
    ///
    /// # Errors
    /// As [`Site::filled`].
    pub fn for_workload(folder: &Path, files: &[&Path], port: u16) -> Outcome<Self> {
        let mut arguments = vec!["demo", "--workload"];
        for file in files {
            arguments.push(file.to_str().ok_or("a path that is no text")?);
        }
        Self::made(folder, &arguments, port)
    }

    /// As [`Site::filled`] with [`Filled::hamlet`], its center's data on a disk of so many megabytes.
    ///
    /// # Errors
    /// As [`Site::filled`].
    pub fn on_small_disk(folder: &Path, port: u16, megabytes: u32) -> Outcome<Self> {
        let center = Center::on_small_disk(folder, port, megabytes)?;
        Self::around(center, &["demo", "--seed", "1", "--small", "--cheap-keys"])
    }

    fn made(folder: &Path, demo: &[&str], port: u16) -> Outcome<Self> {
        fs::create_dir_all(folder)?;
        Self::around(Center::on_port(folder, None, port), demo)
    }

    fn around(center: Center, demo: &[&str]) -> Outcome<Self> {
        let told = center.ask(demo)?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
        let members = told["staff"].as_array().ok_or("demo tells its staff")?;
        let staff = members.iter().map(|member| Member {
            id: text(&member["id"]),
            name: text(&member["name"]),
            password: text(&member["password"]),
            pin: text(&member["pin"]),
            role: text(&member["roles"][0]),
        });
        Ok(Site {
            staff: staff.collect(),
            vehicle: text(&told["vehicles"][0]["plate"]),
            center,
        })
    }

    /// The member of staff with this role.
    ///
    /// # Errors
    /// If the demo has none.
    pub fn member(&self, role: &str) -> Outcome<Member> {
        let found = self.staff.iter().find(|member| member.role == role);
        found
            .cloned()
            .ok_or_else(|| format!("nobody is {role}").into())
    }

    /// A one-time code for a device; on the vehicle where `rides` says so.
    ///
    /// # Errors
    /// If the center refuses.
    pub fn code(&self, name: &str, rides: bool) -> Outcome<String> {
        self.code_for(name, rides, &self.center.address().to_string())
    }

    /// As [`Site::code`], for a device that reaches the center by another address.
    ///
    /// # Errors
    /// As [`Site::code`].
    pub fn code_for(&self, name: &str, rides: bool, address: &str) -> Outcome<String> {
        let mut arguments = vec!["enrol-code", "--name", name, "--address", address];
        if rides {
            arguments.extend(["--vehicle", &self.vehicle]);
        }
        let told = self.center.ask(&arguments)?;
        let code = told["code"].as_str().ok_or("enrol-code tells a code")?;
        Ok(code.to_string())
    }

    /// A new device worked without a window; on the vehicle where `rides` says so.
    ///
    /// # Errors
    /// If the center or the device refuses.
    pub fn device(&self, data: &Path, name: &str, rides: bool) -> Outcome<Device> {
        let device = Device::at(data);
        device.enrol(&self.code(name, rides)?)?;
        Ok(device)
    }
}

/// Why `xunyi-cli` did not do what was asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Refused {
    /// The stable code.
    pub code: String,
    /// Exit status of the program.
    pub status: i32,
    /// What it wrote to standard error.
    pub words: String,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} (status {}): {}", self.code, self.status, self.words)
    }
}

impl std::error::Error for Refused {}

/// A device worked by `xunyi-cli`.
#[derive(Debug, Clone)]
pub struct Device {
    /// Its data folder.
    pub data: PathBuf,
    disk: Option<Arc<SmallDisk>>,
}

impl Device {
    /// The device of a folder, enrolled or not.
    pub fn at(data: &Path) -> Self {
        Device {
            data: data.to_path_buf(),
            disk: None,
        }
    }

    /// As [`Device::at`], with its folder on a disk of so many megabytes.
    ///
    /// # Errors
    /// If there can be no such disk.
    pub fn on_small_disk(data: &Path, megabytes: u32) -> Outcome<Self> {
        fs::create_dir_all(data)?;
        let disk = SmallDisk::at(data, megabytes)?;
        Ok(Device {
            data: data.to_path_buf(),
            disk: Some(Arc::new(disk)),
        })
    }

    /// Its small disk.
    ///
    /// # Errors
    /// If it has none.
    pub fn disk(&self) -> Outcome<&SmallDisk> {
        Ok(self.disk.as_deref().ok_or("its disk is the machine's")?)
    }

    /// Becomes a device of the site.
    ///
    /// # Errors
    /// As the program says.
    pub fn enrol(&self, code: &str) -> Result<Value, Refused> {
        self.run(None, &["enrol", code])
    }

    /// Somebody's first sign-in here.
    ///
    /// # Errors
    /// As the program says.
    pub fn first_sign_in(&self, member: &Member) -> Result<Value, Refused> {
        self.run(Some(member), &["first-sign-in"])
    }

    /// One command.
    ///
    /// # Errors
    /// As the program says.
    pub fn invoke(&self, member: &Member, command: &str, input: &Value) -> Result<Value, Refused> {
        self.run(Some(member), &["invoke", command, &input.to_string()])
    }

    /// An exchange with the center.
    ///
    /// # Errors
    /// As the program says.
    pub fn sync(&self, member: &Member) -> Result<Value, Refused> {
        self.run(Some(member), &["sync"])
    }

    /// Every check of `verify`: the lines, and whether all are clean.
    ///
    /// # Errors
    /// If something could not even be read.
    pub fn verify(&self, member: &Member) -> Outcome<(String, bool)> {
        let output = self.command(Some(member), &["verify"])?.output()?;
        let lines = String::from_utf8_lossy(&output.stdout).into_owned();
        match output.status.code() {
            Some(0) => Ok((lines, true)),
            Some(7) => Ok((lines, false)),
            _ => Err(String::from_utf8_lossy(&output.stderr).into_owned().into()),
        }
    }

    /// Runs the program with these arguments and returns its one line of answer.
    ///
    /// # Errors
    /// As the program says.
    pub fn run(&self, member: Option<&Member>, arguments: &[&str]) -> Result<Value, Refused> {
        let broken = |words: String| Refused {
            code: String::new(),
            status: -1,
            words,
        };
        let output = self
            .command(member, arguments)
            .and_then(|mut command| Ok(command.output()?))
            .map_err(|error| broken(error.to_string()))?;
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
        if output.status.success() {
            return Ok(answer);
        }
        Err(Refused {
            code: answer["error"]["code"]
                .as_str()
                .unwrap_or_default()
                .to_string(),
            status: output.status.code().unwrap_or(-1),
            words: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    /// A program that takes commands line by line, until it is dropped or killed.
    ///
    /// # Errors
    /// If it can't be started.
    pub fn lines(&self, member: &Member) -> Outcome<Lines> {
        let mut child = self
            .command(Some(member), &["lines"])?
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()?;
        let input = child.stdin.take().ok_or("no standard input")?;
        let output = child.stdout.take().ok_or("no standard output")?;
        Ok(Lines {
            child,
            input,
            output: BufReader::new(output),
        })
    }

    /// The program on this folder, as this person, not started yet.
    ///
    /// # Errors
    /// If it is not built.
    pub fn command(&self, member: Option<&Member>, arguments: &[&str]) -> Outcome<Command> {
        let mut command = Process::own::<&str>("xunyi-cli", &[])?;
        command.arg("--data").arg(&self.data);
        if let Some(member) = member {
            command.arg("--user").arg(&member.id);
            command.env("XUNYI_PASSWORD", &member.password);
            command.env("XUNYI_NEW_PIN", &member.pin);
        }
        command.args(arguments);
        if let Some(disk) = &self.disk {
            command = disk.inside(&command);
        }
        command.stdin(Stdio::null());
        Ok(command)
    }
}

/// A running `xunyi-cli lines`.
#[derive(Debug)]
pub struct Lines {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Lines {
    /// Gives a command and waits for its answer; `Err` holds the code of a refusal.
    ///
    /// # Errors
    /// If the program is gone.
    pub fn ask(&mut self, command: &str, input: &Value) -> Outcome<Result<Value, String>> {
        self.give(command, input)?;
        self.answer()
    }

    /// Gives a command without waiting.
    ///
    /// # Errors
    /// If the program is gone.
    pub fn give(&mut self, command: &str, input: &Value) -> Outcome {
        let line = json!({ "command": command, "input": input });
        writeln!(self.input, "{line}")?;
        Ok(self.input.flush()?)
    }

    /// The next answer.
    ///
    /// # Errors
    /// If the program is gone.
    pub fn answer(&mut self) -> Outcome<Result<Value, String>> {
        let mut line = String::new();
        if self.output.read_line(&mut line)? == 0 || !line.ends_with('\n') {
            return Err("the program ended".into());
        }
        let answer: Value = serde_json::from_str(&line)?;
        Ok(match answer.get("ok") {
            Some(output) => Ok(output.clone()),
            None => Err(answer["error"]["code"]
                .as_str()
                .unwrap_or_default()
                .to_string()),
        })
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Kills it as a flat battery would.
    ///
    /// # Errors
    /// If it can't be ended.
    pub fn kill(&mut self) -> Outcome {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to end.
        if self.child.kill().is_ok()
            && let Err(error) = self.child.wait()
        {
            eprintln!("xunyi-cli could not be waited for: {error}");
        }
    }
}
