//! Functions that workflows might call between their operations. Each line that is marked must be found by clippy, and no
//! other.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::AtomicU64; //~ AtomicU64
use std::time::{Duration, SystemTime as Clock};

pub fn is_late(due: Clock) -> bool {
    Clock::now() > due //~ SystemTime::now
}

pub fn is_late_at(now: Clock, due: Clock) -> bool {
    now > due
}

pub fn region() -> String {
    use std::env::var as setting;
    setting("REGION").unwrap_or_default() //~ std::env::var
}

pub fn first(amounts: &HashMap<String, u64>) -> Option<u64> {
    amounts.values().next().copied() //~ HashMap::values
}

pub fn first_of_sorted(amounts: &BTreeMap<String, u64>) -> Option<u64> {
    amounts.values().next().copied()
}

pub fn wait(length: Duration) {
    std::thread::sleep(length); //~ std::thread::sleep
}

pub fn prices(path: &str) -> String {
    std::fs::read_to_string(path).unwrap_or_default() //~ std::fs::read_to_string
}

pub fn next(counter: &AtomicU64) -> u64 { //~ AtomicU64
    counter.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
}
