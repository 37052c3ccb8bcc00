//! Reads the results that nextest and vitest leave: which test ran, and how it ended.
//!
//! Only as much of XML as those two write. A name is `SUITE TEST`, as docs/verification.md has it:
//! `xunyi-app visit::tests::signs`.

use crate::Outcome;
use std::collections::BTreeMap;
use std::path::Path;

/// How a test that was run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It passed.
    Passed,
    /// It failed, or could not be run.
    Failed,
    /// It was left out.
    Skipped,
}

/// Every test of a results file by its name.
pub type Results = BTreeMap<String, End>;

/// Reads a results file. `suite` replaces the suite's own name where it is given.
pub fn read(file: &Path, suite: Option<&str>) -> Outcome<Results> {
    let text =
        std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(parse(&text, suite))
}

/// How many passed, failed and were skipped.
pub fn count(results: &Results) -> (usize, usize, usize) {
    let of = |end: End| results.values().filter(|other| **other == end).count();
    (of(End::Passed), of(End::Failed), of(End::Skipped))
}

fn parse(text: &str, suite: Option<&str>) -> Results {
    let mut results = Results::new();
    let mut current = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("<test") {
        rest = rest.get(start..).unwrap_or_default();
        let Some(close) = rest.find('>') else { break };
        let tag = rest.get(..close).unwrap_or_default();
        let after = rest.get(close..).unwrap_or_default();
        if tag.starts_with("<testsuite ") {
            current = attribute(tag, "name").unwrap_or_default();
        } else if tag.starts_with("<testcase ") {
            let body = if tag.ends_with('/') {
                ""
            } else {
                after.split("</testcase>").next().unwrap_or_default()
            };
            let name = attribute(tag, "name").unwrap_or_default();
            let full = format!("{} {name}", suite.unwrap_or(&current));
            results.insert(full, end(body));
        }
        rest = after;
    }
    results
}

fn end(body: &str) -> End {
    if body.contains("<failure") || body.contains("<error") {
        End::Failed
    } else if body.contains("<skipped") {
        End::Skipped
    } else {
        End::Passed
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, after) = tag.split_once(&format!(" {name}=\""))?;
    let (value, _) = after.split_once('"')?;
    Some(
        value
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"")
            .replace("&apos;", "'")
            .replace("&#39;", "'")
            .replace("&amp;", "&"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="nextest-run" tests="3" failures="1" errors="0">
    <testsuite name="xunyi-app" tests="2" disabled="0" errors="0" failures="1">
        <testcase name="visit::tests::signs" classname="xunyi-app" timestamp="x" time="0.0">
        </testcase>
        <testcase name="visit::tests::breaks" classname="xunyi-app" time="0.0">
            <failure message="m" type="test failure">a &lt;testcase name=&quot;no&quot;&gt;</failure>
        </testcase>
    </testsuite>
    <testsuite name="xunyi-tests::e2e" tests="1">
        <testcase name="pad &gt; asks &amp; tells" classname="c"/>
        <testcase name="left out" classname="c"><skipped/></testcase>
    </testsuite>
</testsuites>"#;

    #[test]
    fn names_and_ends_are_read() {
        let results = parse(SAMPLE, None);
        assert_eq!(results["xunyi-app visit::tests::signs"], End::Passed);
        assert_eq!(results["xunyi-app visit::tests::breaks"], End::Failed);
        assert_eq!(results["xunyi-tests::e2e pad > asks & tells"], End::Passed);
        assert_eq!(results["xunyi-tests::e2e left out"], End::Skipped);
        assert_eq!(count(&results), (2, 1, 1));
    }

    #[test]
    fn a_suite_may_be_given_another_name() {
        let results = parse(SAMPLE, Some("ui"));
        assert_eq!(results["ui visit::tests::signs"], End::Passed);
    }
}
