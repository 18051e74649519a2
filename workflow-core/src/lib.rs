//! Durable workflows as a library.
