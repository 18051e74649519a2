//! The functions that answer differently on a replay, as far as their paths tell.

use syn::{Path, PathSegment};

/// Where a difference comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The time of day.
    Clock,
    /// A clock whose instants mean nothing to another process.
    Stopwatch,
    /// A random number.
    Random,
    /// What random numbers are drawn from.
    Generator,
    /// A new id.
    Id,
    /// Work that goes on beside the workflow.
    Task,
    /// The thread that the workflow happens to be on.
    Thread,
    /// A wait that a restart forgets.
    Sleep,
    /// A limit that a restart forgets.
    Timeout,
    /// A beat that a restart forgets.
    Interval,
    /// The process's environment.
    Environment,
    /// Another machine.
    Network,
    /// What a file holds.
    File,
    /// A change to files.
    Write,
    /// What runs when a scope ends.
    Deferred,
}

/// A function of the list.
struct Entry {
    /// What the full path has before the pattern.
    prefix: &'static str,
    /// The last segments of the path. The last one is a list of names with `|` between them; one
    /// that ends in `*` stands for all functions that begin so.
    pattern: &'static str,
    source: Source,
    /// Whether the last segment alone, which was imported, means nothing else.
    alone: bool,
}

const fn entry(prefix: &'static str, pattern: &'static str, source: Source) -> Entry {
    Entry {
        prefix,
        pattern,
        source,
        alone: false,
    }
}

const fn alone(prefix: &'static str, pattern: &'static str, source: Source) -> Entry {
    Entry {
        alone: true,
        ..entry(prefix, pattern, source)
    }
}

/// The first that fits is meant.
const ENTRIES: &[Entry] = &[
    entry("std::time::", "SystemTime::now", Source::Clock),
    entry("std::time::", "Instant::now", Source::Stopwatch),
    entry("chrono::", "Utc::now", Source::Clock),
    entry("chrono::", "Local::now", Source::Clock),
    entry("time::", "OffsetDateTime::now_utc", Source::Clock),
    entry("time::", "OffsetDateTime::now_local", Source::Clock),
    entry("jiff::", "Zoned::now", Source::Clock),
    entry("jiff::", "Timestamp::now", Source::Clock),
    entry("", "rand::rng", Source::Generator),
    alone("", "rand::thread_rng", Source::Generator),
    entry("", "rand::random*", Source::Random),
    entry("rand::rngs::", "StdRng::from_os_rng", Source::Generator),
    entry("rand::rngs::", "StdRng::from_entropy", Source::Generator),
    entry("rand::rngs::", "SmallRng::from_os_rng", Source::Generator),
    entry("rand::rngs::", "SmallRng::from_entropy", Source::Generator),
    entry("", "fastrand::Rng::new", Source::Generator),
    entry("", "fastrand::*", Source::Random),
    entry("", "getrandom::*", Source::Random),
    entry("uuid::", "Uuid::new_v4", Source::Id),
    entry("uuid::", "Uuid::new_v7", Source::Id),
    entry("uuid::", "Uuid::now_v1|now_v6|now_v7", Source::Id),
    entry("ulid::", "Ulid::new", Source::Id),
    entry("", "tokio::spawn", Source::Task),
    alone("tokio::", "task::spawn_blocking", Source::Task),
    alone("tokio::", "task::spawn_local", Source::Task),
    entry("tokio::", "task::spawn", Source::Task),
    entry("tokio::task::", "JoinSet::new", Source::Task),
    entry("std::", "thread::spawn", Source::Task),
    entry("std::", "thread::scope", Source::Task),
    entry("std::", "thread::sleep|sleep_ms|sleep_until", Source::Sleep),
    entry("std::", "thread::Builder::new", Source::Task),
    entry("std::", "thread::current|park|park_timeout", Source::Thread),
    entry("", "std::thread::*", Source::Thread),
    entry("tokio::", "time::sleep|sleep_until", Source::Sleep),
    entry("tokio::", "time::timeout|timeout_at", Source::Timeout),
    entry("tokio::", "time::interval|interval_at", Source::Interval),
    entry("std::", "env::var|var_os|vars|vars_os", Source::Environment),
    entry("std::", "env::args|args_os", Source::Environment),
    entry("", "reqwest::get", Source::Network),
    entry("reqwest::", "blocking::get", Source::Network),
    entry(
        "std::",
        "fs::read|read_dir|read_link|read_to_string",
        Source::File,
    ),
    entry("std::", "fs::metadata", Source::File),
    entry("std::", "fs::exists", Source::File),
    entry("std::", "fs::try_exists", Source::File),
    entry("std::fs::", "File::open", Source::File),
    entry("std::", "fs::write", Source::Write),
    entry(
        "std::",
        "fs::remove_dir|remove_dir_all|remove_file",
        Source::Write,
    ),
    entry("std::", "fs::create_dir|create_dir_all", Source::Write),
    entry("std::fs::", "File::create", Source::Write),
    entry("", "tokio::fs::*", Source::Write),
    entry("", "scopeguard::guard*", Source::Deferred),
];

/// The macros that defer what they contain.
const DEFERRING: [&str; 3] = ["defer", "defer_on_success", "defer_on_unwind"];

/// What a path means, and its name in full.
pub(super) fn of(path: &Path) -> Option<(Source, String)> {
    let words: Vec<String> = path.segments.iter().map(name).collect();
    let entry = ENTRIES.iter().find(|entry| entry.fits(&words))?;
    Some((entry.source, entry.full(&words)))
}

/// The module that a path begins with, where it was imported: it may be one of the user's own.
pub(super) fn imported_module(path: &Path, full: &str) -> Option<String> {
    let mut words = path.segments.iter().map(name);
    let first = words.next()?;
    let is_module = words.next().is_some() && first.starts_with(char::is_lowercase);
    let from_crate = full.starts_with(&format!("{first}::"));
    (is_module && !from_crate).then_some(first)
}

/// Whether a macro defers what it contains.
pub(super) fn is_deferring(path: &Path) -> bool {
    let last = path.segments.last();
    last.is_some_and(|last| DEFERRING.iter().any(|name| last.ident == name))
}

fn name(segment: &PathSegment) -> String {
    segment.ident.to_string()
}

impl Entry {
    fn fits(&self, words: &[String]) -> bool {
        let pattern: Vec<&str> = self.pattern.split("::").collect();
        match words {
            [only] => self.alone && pattern.last() == Some(&only.as_str()),
            words => {
                let (mut words, mut pattern) = (words.iter().rev(), pattern.iter().rev());
                pattern.all(|pattern| words.next().is_some_and(|word| is_like(word, pattern)))
            }
        }
    }

    /// The path from its crate on; as it is written, where that is longer than the pattern.
    fn full(&self, words: &[String]) -> String {
        let written = words.join("::");
        match words.len() {
            1 => format!("{}{}", self.prefix, self.pattern),
            n if n > self.pattern.split("::").count() => written,
            _ => format!("{}{written}", self.prefix),
        }
    }
}

/// Whether a word is one of those of a pattern.
fn is_like(word: &str, pattern: &str) -> bool {
    pattern.split('|').any(|name| match name.strip_suffix('*') {
        Some(start) => word.starts_with(start) && word.starts_with(|c: char| c.is_lowercase()),
        None => word == name,
    })
}
