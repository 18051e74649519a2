//! The examples do what they say: the small ones print what their files end with, and `checkout`
//! loses nothing.

mod receiver;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Runs an example as a reader would, in the folder and the profile that this test was built in,
/// so that nothing is compiled that `cargo test` has compiled already.
fn run(example: &str, args: &[&str]) -> String {
    let (target, profile, _) = folder_of_builds();
    let output = cargo()
        .args([
            "run",
            "--quiet",
            "--profile",
            &profile,
            "--example",
            example,
            "--",
        ])
        .args(args)
        .env("CARGO_TARGET_DIR", target)
        .output()
        .expect("cargo can be started");
    printed(example, &output)
}

/// Where this test was built: the folder of all builds, the profile, and the folder of the profile.
fn folder_of_builds() -> (PathBuf, String, PathBuf) {
    let this = std::env::current_exe().expect("the test runs from a file");
    let folder = |level| this.ancestors().nth(level).map(Path::to_owned);
    let (folder, target) = folder(2)
        .zip(folder(3))
        .expect("it lies in target/<profile>/deps");
    let profile = match folder.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev",
        Some(profile) => profile,
    };
    let profile = profile.to_owned();
    (target, profile, folder)
}

/// Cargo at the root, without what it told this test about its own package: build scripts would
/// take that for a change, and run again.
fn cargo() -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(root());
    let own = [
        "CARGO_PKG_",
        "CARGO_MANIFEST_",
        "CARGO_CRATE_",
        "CARGO_BIN_",
    ];
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if own.iter().any(|prefix| text.starts_with(prefix)) {
            cargo.env_remove(&name);
        }
    }
    cargo
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn printed(example: &str, output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "`{example}` ended with {}:\n{text}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    text
}

/// The comment at the end of an example's file.
fn promised(example: &str) -> String {
    let path = root().join(format!("examples/{example}.rs"));
    let source = std::fs::read_to_string(&path).expect("the example has a file");
    let (_, block) = source
        .split_once("\n// Output:\n")
        .expect("the file ends with `// Output:` and what the example prints");
    let line = |line: &str| {
        let text = line.strip_prefix("//").expect("the output is a comment");
        format!("{}\n", text.strip_prefix(' ').unwrap_or(text))
    };
    block.lines().map(line).collect()
}

#[test]
fn hello_prints_what_it_says() {
    assert_eq!(run("hello", &[]), promised("hello"));
}

#[test]
fn retries_prints_what_it_says() {
    assert_eq!(run("retries", &[]), promised("retries"));
}

#[test]
fn expansions_print_what_the_functions_print() {
    assert_eq!(run("expanded", &[]), promised("expanded/main"));
}

#[test]
fn sleep_prints_what_it_says() {
    assert_eq!(run("sleep", &[]), promised("sleep"));
}

#[test]
fn approval_prints_what_it_says() {
    assert_eq!(run("approval", &[]), promised("approval"));
}

/// The number of a row of the table that `checkout` ends with.
fn number(table: &str, label: &str) -> u64 {
    let value = |line: &str| {
        line.strip_prefix(label)?
            .split_whitespace()
            .next()?
            .parse()
            .ok()
    };
    let found = table.lines().find_map(value);
    found.unwrap_or_else(|| panic!("no row `{label}` in:\n{table}"))
}

/// Every number of the table that a kill must not change.
fn assert_nothing_lost(table: &str, orders: u64) {
    let value = |label| number(table, label);
    for label in [
        "events pending",
        "events lost",
        "gaps in seq",
        "committed, executed again",
        "side effects done twice",
    ] {
        assert_eq!(value(label), 0, "{label} in:\n{table}");
    }
    let accepted = value("events accepted");
    assert!(accepted > 10 * orders, "{table}");
    assert_eq!(value("events delivered"), accepted, "{table}");
    assert_eq!(value("events received"), accepted, "{table}");
    let first = value("steps executed") - value("cut off by the kill, executed again");
    assert_eq!(first, value("steps committed"), "{table}");
    assert_eq!(value("runs completed"), orders, "{table}");
}

#[test]
fn checkout_loses_nothing_when_it_is_killed() {
    let text = run("checkout", &[]);
    assert!(text.contains("process 1 is killed with SIGKILL"), "{text}");
    assert!(text.contains("process 2 ends"), "{text}");
    assert_nothing_lost(&text, 40);
}

#[test]
fn checkout_loses_nothing_when_it_is_killed_three_times() {
    let text = run("checkout", &["--orders", "60", "--kills", "3"]);
    assert!(text.contains("process 3 is killed with SIGKILL"), "{text}");
    assert!(text.contains("process 4 ends"), "{text}");
    assert_nothing_lost(&text, 60);
}
