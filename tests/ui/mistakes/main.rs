//! Every mistake in `fail/` is refused by the compiler, in the words that stand beside it.
//!
//! The words belong to one version of the compiler. With another the mistakes must still not
//! compile, but what is said about them is not compared. To accept new words, and to write them
//! into `docs/messages.md`: `TRYBUILD=overwrite cargo test -p workflow-ui-tests --test mistakes`.

mod lists;
mod page;
mod proof;

use std::env;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use trybuild::TestCases;

/// The compiler that the `.stderr` files were written with.
const WORDS_OF: &str = "rustc 1.95.0";

/// Where the mistakes are, in the process that only looks whether they compile.
const CASES: &str = "WORKFLOW_UI_CASES";

#[test]
fn mistakes_do_not_compile() {
    if let Some(copies) = env::var_os(CASES) {
        TestCases::new().compile_fail(Path::new(&copies).join("*.rs"));
    } else if rustc_version().starts_with(WORDS_OF) {
        TestCases::new().compile_fail("fail/*.rs");
        if is_accepting() {
            page::write();
        }
    } else {
        compile_without_comparing();
    }
}

/// Whether new words are accepted, and not compared.
fn is_accepting() -> bool {
    env::var_os("TRYBUILD").is_some_and(|mode| mode == "overwrite")
}

/// Lets trybuild write what this compiler says beside copies of the mistakes: it refuses only
/// those that compile.
fn compile_without_comparing() {
    let note = format!(
        "note: the messages in tests/ui/fail are those of {WORDS_OF}, and this is {}: mistakes \
         must not compile, their messages are not compared\n",
        rustc_version()
    );
    // Not `eprintln!`, which the test harness hides.
    io::stderr().write_all(note.as_bytes()).expect("stderr");
    let test = env::current_exe().expect("the test has a path");
    let status = Command::new(test)
        .args(["--exact", "mistakes_do_not_compile"])
        .env(CASES, copies())
        .env("TRYBUILD", "overwrite")
        .status()
        .expect("the test runs once more");
    assert!(status.success(), "a mistake compiles");
}

/// The mistakes without the words about them.
fn copies() -> PathBuf {
    let copies = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("mistakes");
    if copies.exists() {
        fs::remove_dir_all(&copies).expect("the last copies can be removed");
    }
    fs::create_dir_all(&copies).expect("copies can be made");
    for entry in fs::read_dir("fail").expect("there are mistakes") {
        let path = entry.expect("a mistake").path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.file_name().expect("a file has a name");
            fs::copy(&path, copies.join(name)).expect("a mistake can be copied");
        }
    }
    copies
}

fn rustc_version() -> String {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("--version").output();
    let output = output.expect("the compiler tells its version");
    String::from_utf8_lossy(&output.stdout).into_owned()
}
