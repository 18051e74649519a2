//! What the operating system counts for this process.

use std::fs;

use crate::Outcome;

/// Memory that is resident, in bytes.
pub(crate) fn resident() -> Outcome<u64> {
    status("VmRSS:")
}

/// The most that was resident since [`reset_peak`], in bytes.
pub(crate) fn peak() -> Outcome<u64> {
    status("VmHWM:")
}

/// Lets [`peak`] begin anew.
pub(crate) fn reset_peak() -> Outcome<()> {
    Ok(fs::write("/proc/self/clear_refs", "5")?)
}

/// Bytes that this process has given to the operating system to write.
pub(crate) fn written() -> Outcome<u64> {
    field("/proc/self/io", "wchar:")
}

fn status(name: &str) -> Outcome<u64> {
    Ok(field("/proc/self/status", name)? * 1024)
}

fn field(path: &str, name: &str) -> Outcome<u64> {
    let text = fs::read_to_string(path)?;
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.split_whitespace().next());
    let number = number.ok_or_else(|| format!("{path} has no `{name}`"))?;
    Ok(number.parse()?)
}
