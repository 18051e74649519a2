//! The page of guarantees names tests: each of them is there.

use std::fs;
use std::path::Path;

use crate::root;

/// All source text under a folder.
fn sources(folder: &Path, text: &mut String) {
    let entries = fs::read_dir(folder).expect("a folder");
    for entry in entries {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, text);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            *text += &fs::read_to_string(&path).expect("a source file");
        }
    }
}

#[test]
fn every_test_that_the_page_names_is_there() {
    let page = fs::read_to_string(root().join("docs/delivery.md")).expect("the page is there");
    let (_, table) = page
        .split_once("| fault | what is seen | test |\n")
        .expect("the table");
    let mut text = String::new();
    for folder in ["tests", "workflow-core/src", "workflow-tracker/src"] {
        sources(&root().join(folder), &mut text);
    }
    let rows: Vec<_> = table
        .lines()
        .filter(|line| line.starts_with("| "))
        .skip(1)
        .collect();
    assert!(rows.len() > 30, "{rows:?}");
    for row in rows {
        let last = row
            .trim_end_matches(" |")
            .rsplit(" | ")
            .next()
            .unwrap_or_default();
        let name = last.trim_matches('`');
        let is_there = text.contains(&format!("fn {name}("));
        assert!(is_there, "no test is named `{name}`: {row}");
    }
}
