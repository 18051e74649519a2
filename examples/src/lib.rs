//! Examples of durable workflows; see `README.md` beside the manifest.
