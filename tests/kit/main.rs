//! The test kit that users get: what it shows, and what it does not miss.
#![expect(
    clippy::unused_async,
    reason = "the bodies of these steps have nothing to wait for, as real ones would"
)]

mod crashes;
mod promises;
mod replays;
mod signals;
mod time;
