//! The papers that go with the code: a reason for each dependency, a number for each decision.

use super::Source;
use std::collections::BTreeMap;

/// Dependencies of the workspace, the page and the benchmarks' peers without a line in docs/dependencies.md.
pub fn each_dependency_has_its_reason(tree: &[Source]) -> Vec<String> {
    let text = |path: &str| {
        tree.iter()
            .find(|source| source.path == path)
            .map(|source| source.text.as_str())
            .unwrap_or_default()
    };
    let reasons = text("docs/dependencies.md");
    let mut names = from_cargo(text("Cargo.toml"));
    for packages in ["ui/package.json", "tests/bench/peers/package.json"] {
        names.extend(from_npm(text(packages)));
    }
    names
        .into_iter()
        .filter(|name| !reasons.contains(&format!("`{name}`")))
        .map(|name| format!("docs/dependencies.md says no word on `{name}`"))
        .collect()
}

/// Decision records without a number of four digits, or with one that another has too.
pub fn decisions_are_numbered_once(tree: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    for source in tree {
        let Some(name) = source.path.strip_prefix("docs/adr/") else {
            continue;
        };
        let (number, rest) = name.split_once('-').unwrap_or((name, ""));
        let is_number = number.len() == 4 && number.chars().all(|c| c.is_ascii_digit());
        if !is_number || !rest.ends_with(".md") {
            found.push(format!("{}: not named NNNN-title.md", source.path));
        } else if let Some(other) = seen.insert(number, &source.path) {
            found.push(format!("{}: has the number of {other}", source.path));
        }
    }
    found
}

/// Names under `[workspace.dependencies]`, our own crates left out.
fn from_cargo(manifest: &str) -> Vec<String> {
    manifest
        .lines()
        .skip_while(|line| *line != "[workspace.dependencies]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split_once('='))
        .map(|(name, _)| name.trim().to_string())
        .filter(|name| !name.is_empty() && !name.starts_with('#') && !name.starts_with("xunyi-"))
        .collect()
}

/// Names under `dependencies` and `devDependencies`, as npm lays that file out.
fn from_npm(manifest: &str) -> Vec<String> {
    let mut inside = false;
    let mut names = Vec::new();
    for line in manifest.lines().map(str::trim) {
        if line.to_lowercase().contains("dependencies\": {") {
            inside = !line.ends_with("},") && !line.ends_with('}');
        } else if line.starts_with('}') {
            inside = false;
        } else if let (true, Some((name, _))) = (inside, line.split_once("\":")) {
            names.push(name.trim_start_matches('"').to_string());
        }
    }
    names
}
