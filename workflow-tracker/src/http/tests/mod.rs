//! What holds for the HTTP tracker as a whole.

mod secrets;
mod tls;
