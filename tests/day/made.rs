//! The demo site on disk: made once, step by step with its progress told, and found again later.

use serde_json::{Value, json};
use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use xunyi_tests::process::run_visibly;
use xunyi_tests::site::{Filled, Site};
use xunyi_tests::{Outcome, place};

/// The port that the demo's devices remember, where it is free.
const PORT: u16 = 7443;
const READY: &str = "ready.json";

/// The tablets of the demo's vehicle: folder, name.
pub const TABLETS: [(&str, &str); 2] = [("gp", "3 号车全科"), ("pharmacy", "3 号车药房")];

/// A demo site below one folder.
#[derive(Debug)]
pub struct Demo {
    /// Its center and its people.
    pub site: Site,
    folder: PathBuf,
}

impl Demo {
    /// Finds the site of this folder, or makes it; `fresh` starts over, `small` makes a hamlet of a township.
    ///
    /// # Errors
    /// If a program refuses, or the folder holds something else.
    pub fn at(folder: &Path, fresh: bool, small: bool) -> Outcome<Self> {
        let ready = folder.join(READY);
        let known = fs::read_to_string(&ready)
            .ok()
            .and_then(|text| serde_json::from_str::<Value>(&text).ok());
        let known = known.filter(|_| !fresh);
        println!("The demo's data: {}", folder.display());
        let filled = Filled {
            seed: 1,
            small,
            cheap_keys: small,
        };
        if let Some(port) = known.and_then(|known| known["port"].as_u64()) {
            return Ok(Demo {
                site: Site::filled(folder, filled, u16::try_from(port)?)?,
                folder: folder.to_path_buf(),
            });
        }
        clear(folder)?;
        let port = match TcpListener::bind((Ipv4Addr::LOCALHOST, PORT)) {
            Ok(_) => PORT,
            Err(_) => place::free_port()?,
        };
        println!("1/4 a center with the demo township's villages, staff and formulary");
        let mut demo = Demo {
            site: Site::filled(folder, filled, port)?,
            folder: folder.to_path_buf(),
        };
        demo.make(small)?;
        fs::write(&ready, json!({ "port": port }).to_string())?;
        Ok(demo)
    }

    fn make(&mut self, small: bool) -> Outcome {
        let site = &mut self.site;
        site.center.serve()?;
        let pharmacist = site.member("pharmacist")?;
        let people = if small { "90" } else { "6,000" };
        println!("2/4 {people} people with their histories, entered on a PC at base");
        let base = self.site.device(&self.base(), "基地电脑", false)?;
        base.first_sign_in(&pharmacist)?;
        base.sync(&pharmacist)?;
        let mut history = base.command(None, &["demo", "--seed", "1"])?;
        history.args(small.then_some("--small"));
        run_visibly(history)?;
        println!("3/4 from the PC to the center");
        told(&base.sync(&pharmacist)?);
        println!("4/4 from the center to the vehicle's tablets");
        for (folder, name) in TABLETS {
            let tablet = self.site.device(&self.tablet(folder), name, true)?;
            for member in &self.site.staff {
                tablet.first_sign_in(member)?;
            }
            told(&tablet.sync(&pharmacist)?);
        }
        self.site.center.stop().map(drop)
    }

    /// The folder of the whole demo.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Data of the PC at base.
    pub fn base(&self) -> PathBuf {
        self.folder.join("base/data")
    }

    /// Data of a tablet.
    pub fn tablet(&self, name: &str) -> PathBuf {
        self.folder.join(name).join("data")
    }

    /// Who may sign in, and how.
    pub fn introduce(&self) {
        println!("\nSign in as (made-up people; their PINs are public):");
        for member in &self.site.staff {
            println!("  {}  {}  {}", member.pin, member.role, member.name);
        }
        println!();
    }
}

fn told(report: &Value) {
    println!(
        "    sent {}, received {}",
        report["sent"], report["received"]
    );
}

/// Empties the folder, unless it is something else's.
fn clear(folder: &Path) -> Outcome {
    if !folder.exists() {
        return Ok(());
    }
    let ours = ["center", "base", READY];
    let empty = fs::read_dir(folder)?.next().is_none();
    if !empty && !ours.iter().any(|name| folder.join(name).exists()) {
        return Err(format!("{} holds something else than a demo", folder.display()).into());
    }
    Ok(fs::remove_dir_all(folder)?)
}
