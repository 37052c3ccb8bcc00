//! What any text of the tree must be: not too long, nothing left undone, no trace of one machine,
//! and each module headed by what it is for.

use super::Source;

/// The longest file that may be.
const LIMIT: usize = 600;

const CODE: &[&str] = &[
    "rs", "ts", "svelte", "js", "css", "html", "sql", "toml", "py", "sh",
];

/// Written in two pieces, so that this file is not its own first finding.
const UNDONE: &[&str] = &[
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("todo", "!("),
    concat!("unimple", "mented!("),
];

const FOLDERS: &[&str] = &[
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("/tm", "p/"),
];

const HOSTS: &[&str] = &[
    concat!("registry.npm", "js.org"),
    concat!("registry.yarn", "pkg.com"),
    concat!("index.crates", ".io"),
    concat!("static.crates", ".io"),
    concat!("pypi", ".org"),
    concat!("deb.debian", ".org"),
    concat!("arti", "factory"),
];

/// Code files over 600 lines; what a program writes (types, lock files) may be longer.
pub fn no_file_is_too_long(tree: &[Source]) -> Vec<String> {
    tree.iter()
        .filter(|source| source.has_extension(CODE) && !is_generated(source))
        .filter_map(|source| {
            let lines = source.text.lines().count();
            (lines > LIMIT).then(|| format!("{}: {lines} lines, more than {LIMIT}", source.path))
        })
        .collect()
}

/// Marks that say that something is still to be made.
pub fn nothing_is_left_undone(tree: &[Source]) -> Vec<String> {
    find(
        tree,
        |source| source.has_extension(CODE),
        |line| UNDONE.iter().find(|word| line.contains(**word)).copied(),
    )
}

/// Absolute paths of somebody's machine, and hosts that packages come from.
pub fn nothing_names_one_machine(tree: &[Source]) -> Vec<String> {
    find(
        tree,
        |source| source.path != "Cargo.lock",
        |line| {
            let folder = FOLDERS.iter().find(|folder| names_folder(line, folder));
            folder
                .or_else(|| HOSTS.iter().find(|host| line.contains(**host)))
                .copied()
        },
    )
}

/// Rust files that don't begin with a doc comment worth the name; a module's own tests need none.
pub fn each_module_says_what_it_is_for(tree: &[Source]) -> Vec<String> {
    tree.iter()
        .filter(|source| source.has_extension(&["rs"]) && !source.path.ends_with("/tests.rs"))
        .filter(|source| {
            let header: usize = source
                .text
                .lines()
                .take_while(|line| line.starts_with("//!"))
                .map(|line| line.trim_start_matches("//!").trim().len())
                .sum();
            header < 20
        })
        .map(|source| format!("{}: does not begin with what it is for", source.path))
        .collect()
}

fn find(
    tree: &[Source],
    applies: impl Fn(&Source) -> bool,
    bad: impl Fn(&str) -> Option<&'static str>,
) -> Vec<String> {
    let mut found = Vec::new();
    for source in tree.iter().filter(|source| applies(source)) {
        for (index, line) in source.text.lines().enumerate() {
            if let Some(what) = bad(line) {
                found.push(source.at(index, what));
            }
        }
    }
    found
}

/// The folder at the start of a path, not in the middle of a relative one.
fn names_folder(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(start, _)| {
        let before = line.get(..start).and_then(|text| text.chars().next_back());
        let after = line
            .get(start + folder.len()..)
            .and_then(|text| text.chars().next());
        !before.is_some_and(|c| c.is_alphanumeric() || "._-)}*".contains(c))
            && after.is_some_and(char::is_alphanumeric)
    })
}

fn is_generated(source: &Source) -> bool {
    source.path.contains("generated") || source.path.starts_with("ui/src/types/")
}
