//! What holds for the HTTP tracker as a whole.

mod connections;
mod secrets;
mod tls;
