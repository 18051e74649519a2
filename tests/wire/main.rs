//! What goes over the wire: golden files, the original format, a foreign schema, the page of events.
//!
//! `WIRE=write cargo test -p workflow-tests --test wire` writes the files anew.

mod delivery;
mod fields;
mod golden;
mod original;
mod page;
mod samples;
mod schema;

use std::path::{Path, PathBuf};

/// Compares a file with what it should hold, or writes it where the environment says so.
fn keep(path: &str, expected: &str) {
    let path = root().join(path);
    if std::env::var_os("WIRE").is_some_and(|mode| mode == "write") {
        std::fs::write(&path, expected).expect("the file can be written");
        return;
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = found
        .lines()
        .zip(expected.lines())
        .position(|(a, b)| a != b);
    assert!(
        found == expected,
        "{} does not hold what the code gives, from line {} on; if that is meant, write it with \
         `WIRE=write cargo test -p workflow-tests --test wire`, and look at the difference: \
         receivers depend on it",
        path.display(),
        differs.map_or(found.lines().count(), |line| line) + 1,
    );
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
