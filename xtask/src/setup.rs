//! What the two commands need on a machine, and how each missing thing is had.
//!
//! System packages come by apt where this process may install them; elsewhere the one line to type
//! is printed. Nothing here changes a machine that already has everything.

use crate::Outcome;
use crate::process::{cargo, find, is_root, program, read, root, run, tools};
use std::fs;
use std::path::Path;

/// Debian packages: to build (the web view's headers, C tools for SQLCipher), to run the window
/// without a display and drive it, to draw Chinese, and to start a throwaway PostgreSQL.
const PACKAGES: &[&str] = &[
    "build-essential",
    "perl",
    "pkg-config",
    "libwebkit2gtk-4.1-dev",
    "webkit2gtk-driver",
    "xvfb",
    "dbus",
    "dbus-x11",
    "fonts-noto-cjk",
    "imagemagick",
    "zstd",
];

/// The tools that cargo installs, each at the version the checks were written for.
const NEXTEST: (&str, &str) = ("cargo-nextest", "0.9.143");
const DENY: (&str, &str) = ("cargo-deny", "0.20.2");

/// Installs everything that is missing.
pub fn everything() -> Outcome {
    system_packages()?;
    npm_packages()?;
    cargo_tool(NEXTEST, &[])?;
    // A debug build of it takes a third of the time and checks this tree in a second.
    cargo_tool(DENY, &["--debug", "--no-default-features"])
}

/// Installs missing Debian packages as root, or names the line that does.
pub fn system_packages() -> Outcome {
    if find("dpkg-query").is_none() {
        println!("setup: not a Debian system; needed are the likes of {PACKAGES:?}");
        return Ok(());
    }
    let mut wanted = PACKAGES.to_vec();
    if !has_postgres(Path::new("/usr/lib/postgresql")) && find("initdb").is_none() {
        wanted.push("postgresql");
    }
    let mut query = vec!["-W", "-f", "${Package} ${db:Status-Status}\n"];
    query.extend(&wanted);
    let known = read(program("dpkg-query", &query))?;
    wanted.retain(|name| {
        !known
            .lines()
            .any(|line| line == format!("{name} installed"))
    });
    if wanted.is_empty() {
        return Ok(());
    }
    let names = wanted.join(" ");
    if !is_root() {
        return Err(format!(
            "some system packages are missing; type this once, then try again:\n\n  \
             sudo apt-get update && sudo apt-get install --no-install-recommends {names}\n"
        ));
    }
    println!("setup: installing {names}");
    run(apt(&["update", "-q"]))?;
    let mut install = vec!["install", "-q", "-y", "--no-install-recommends"];
    install.extend(&wanted);
    run(apt(&install))
}

/// Installs the page's packages.
pub fn npm_packages() -> Outcome {
    npm_packages_of("ui")
}

/// Installs a folder's npm packages from its lock file, unless they are as new as that file.
pub fn npm_packages_of(folder: &str) -> Outcome {
    let lock = root().join(folder).join("package-lock.json");
    let installed = root().join(folder).join("node_modules/.package-lock.json");
    if !lock.is_file() {
        return Err(format!(
            "{folder}/package-lock.json is missing from this checkout"
        ));
    }
    if newer(&installed, &lock) {
        return Ok(());
    }
    if find("npm").is_none() {
        return Err("Node.js 20.19 or newer with npm is needed".into());
    }
    println!("setup: npm packages from {folder}/package-lock.json");
    let mut install = program(
        "npm",
        &["ci", "--no-audit", "--no-fund", "--loglevel=error"],
    );
    install.current_dir(root().join(folder));
    run(install)
}

/// True if `file` exists and was written no earlier than `other`.
pub fn newer(file: &Path, other: &Path) -> bool {
    let time = |path: &Path| fs::metadata(path).and_then(|data| data.modified()).ok();
    match (time(file), time(other)) {
        (Some(file), Some(other)) => file >= other,
        _ => false,
    }
}

fn cargo_tool((name, version): (&str, &str), options: &[&str]) -> Outcome {
    if find(name).is_some() {
        return Ok(());
    }
    println!("setup: building {name} {version} (some minutes, once)");
    let folder = tools();
    let target = folder.join("build");
    let wanted = format!("{name}@{version}");
    let mut arguments = vec!["install", "--locked", "--quiet", &wanted];
    arguments.extend(options);
    let mut install = cargo(&arguments);
    install
        .arg("--root")
        .arg(&folder)
        .arg("--target-dir")
        .arg(&target);
    run(install)?;
    // The objects are of no use once the program stands.
    fs::remove_dir_all(&target).map_err(|error| format!("{}: {error}", target.display()))
}

fn apt(arguments: &[&str]) -> std::process::Command {
    let mut command = program("apt-get", arguments);
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command
}

fn has_postgres(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|versions| {
        versions
            .flatten()
            .any(|version| version.path().join("bin/initdb").is_file())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_file_is_never_newer() {
        let here = root().join("Cargo.toml");
        assert!(newer(&here, &here));
        assert!(!newer(&root().join("no such file"), &here));
        assert!(!newer(&here, &root().join("no such file")));
    }
}
