//! Runs cargo and counts the CPU time of all that it starts.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use super::project::{self, Variant};

/// What is measured, in order.
pub(crate) const PHASES: [&str; 4] = [
    "check",
    "build",
    "check after an edit",
    "build after an edit",
];

/// CPU seconds of each phase.
pub(crate) struct Cost {
    pub(crate) seconds: [f64; PHASES.len()],
}

impl Cost {
    /// How many times the other's.
    pub(crate) fn over(&self, other: &Self) -> [f64; PHASES.len()] {
        let mut ratios = self.seconds;
        for (ratio, other) in ratios.iter_mut().zip(other.seconds) {
            *ratio /= other;
        }
        ratios
    }
}

/// Generates a crate and compiles it; what it depends on is compiled before.
pub(crate) fn measure(
    root: &Path,
    folder: &Path,
    variant: Variant,
    count: usize,
) -> io::Result<Cost> {
    let crate_folder = folder.join(format!("{}-{count}", variant.name()));
    if crate_folder.exists() {
        fs::remove_dir_all(&crate_folder)?;
    }
    let target = folder.join("target");
    let cargo = |command: &str| cpu_seconds(&crate_folder, &target, command);
    project::write(root, &crate_folder, variant, 0)?;
    cargo("check")?;
    cargo("build")?;
    // What an earlier run has left would make this one cheaper.
    let incremental = target.join("debug/incremental");
    if incremental.exists() {
        fs::remove_dir_all(incremental)?;
    }
    project::write(root, &crate_folder, variant, count)?;
    let (check, build) = (cargo("check")?, cargo("build")?);
    project::edit(&crate_folder)?;
    Ok(Cost {
        seconds: [check, build, cargo("check")?, cargo("build")?],
    })
}

/// The user and system time of a cargo command and of all its children. The shell counts them: its
/// `times` prints its own on one line and those of its children on the next.
fn cpu_seconds(folder: &Path, target: &Path, command: &str) -> io::Result<f64> {
    let output = Command::new("sh")
        .args(["-c", &format!("cargo {command} --quiet --offline && times")])
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", target)
        .env_remove("RUSTFLAGS")
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        let what = format!("cargo {command} fails in {}", folder.display());
        return Err(io::Error::other(what));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().last().unwrap_or_default();
    let seconds: Option<Vec<f64>> = line.split_whitespace().map(seconds).collect();
    match seconds.as_deref() {
        Some([user, system]) => Ok(user + system),
        _ => Err(io::Error::other(format!(
            "`times` of the shell says {line:?}"
        ))),
    }
}

/// `1m2.345s`
fn seconds(text: &str) -> Option<f64> {
    let (minutes, seconds) = text.strip_suffix('s')?.split_once('m')?;
    let minutes: f64 = minutes.parse().ok()?;
    let seconds: f64 = seconds.replace(',', ".").parse().ok()?;
    Some(60.0 * minutes + seconds)
}
