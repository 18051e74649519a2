//! The page of promises names tests that exist.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// How many promises the page holds.
const PROMISES: usize = 46;
const FOLDERS: [&str; 5] = [
    "examples",
    "tests",
    "workflow-core",
    "workflow-macros",
    "workflow-tracker",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every Rust file below a folder, but for what builds leave there.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("it can be read").path();
        if path.is_dir() && !path.ends_with("target") {
            sources(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}

/// The names of all tests: functions below an attribute that makes them one, the promises of the
/// stores' conformance suite, and the bodies that the simulation survives.
fn tests() -> BTreeSet<String> {
    let mut files = Vec::new();
    for folder in FOLDERS {
        sources(&root().join(folder), &mut files);
    }
    let mut tests = BTreeSet::new();
    for file in files {
        let text = fs::read_to_string(&file).expect("it is text");
        let is_suite = file.iter().any(|part| part == "conformance");
        tests.extend(functions(&text, is_suite));
        if let Some((_, rest)) = text.split_once("survive! {")
            && let Some((bodies, _)) = rest.split_once('}')
        {
            tests.extend(bodies.split(',').map(|body| body.trim().to_owned()));
        }
    }
    tests
}

/// The functions of a file that are tests.
fn functions(text: &str, all: bool) -> impl Iterator<Item = String> {
    let mut is_test = false;
    text.lines().filter_map(move |line| {
        let line = line.trim();
        if line.starts_with("#[") {
            is_test |= line == "#[test]" || line.starts_with("#[tokio::test");
            return None;
        }
        let (_, rest) = line.split_once("fn ")?;
        let name = rest.split(['(', '<']).next()?;
        let found = std::mem::take(&mut is_test) || all;
        found.then(|| name.to_owned())
    })
}

#[test]
fn every_promise_has_its_tests() {
    let page = fs::read_to_string(root().join("docs/scenarios.md")).expect("there is the page");
    let tests = tests();
    let mut promises = 0;
    let mut unknown = Vec::new();
    for line in page.lines() {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        let ["", number, _, last, ""] = cells[..] else {
            continue;
        };
        let Ok(number) = number.parse::<usize>() else {
            continue;
        };
        promises += 1;
        assert_eq!(number, promises, "the promises are numbered in order");
        let names: Vec<_> = last.split('`').skip(1).step_by(2).collect();
        assert!(!names.is_empty(), "promise {number} names no test");
        let missing = names.into_iter().filter(|name| !tests.contains(*name));
        unknown.extend(missing.map(|name| format!("{number}: {name}")));
    }
    assert_eq!(promises, PROMISES);
    assert!(
        unknown.is_empty(),
        "docs/scenarios.md names tests that are not there: {unknown:#?}"
    );
}
