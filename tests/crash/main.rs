//! The whole under faults: real files, real sockets, processes that are killed.

mod acknowledged;
mod backlog;
mod cancels;
mod chaos;
mod child;
mod clocks;
mod configurations;
mod damaged;
mod endpoints;
mod exits;
mod families;
mod full_disk;
mod kills;
mod lab;
mod late_cancels;
mod locked;
mod moment;
mod poison;
mod process;
mod quick;
mod restarts;
mod runtimes;
mod sleepers;
mod small_disk;
mod standby;
mod strangers;
mod succession;
mod tampering;
mod travel;
mod twice;
mod world;

/// The number in an environment variable, if it is set.
fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    let number = text.parse();
    Some(number.unwrap_or_else(|_| panic!("{name} is `{text}` and should be a number")))
}
