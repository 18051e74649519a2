//! The relay and the HTTP tracker against a real socket: nothing is lost, whatever the endpoint does.

mod answers;
mod encoders;
mod faults;
mod flushing;
mod isolation;
mod kit;
mod lines;
mod panics;
mod refusals;
mod several;
mod shelf;
mod steady;
mod tls;
mod transport;
