//! The whole under faults: real files, real sockets, processes that are killed.

mod acknowledged;
mod cancels;
mod child;
mod endpoints;
mod exits;
mod kills;
mod lab;
mod late_cancels;
mod moment;
mod poison;
mod process;
mod quick;
mod runtimes;
mod standby;
mod succession;
mod tampering;
mod travel;
mod twice;
mod world;
