//! A copy of a live file.

use std::fs::File;
use std::path::Path;

use super::error::Origin;
use super::{SqliteOptions, connect};
use crate::store::{StoreError, StoreErrorKind};

const TRIED: &str = "copy the store";

/// Copies the store to a new file, in one read: whoever writes goes on.
pub(super) fn copy(from: &Path, to: &Path, origin: &Origin) -> Result<(), StoreError> {
    let failed = |found: String| {
        let advice = "give the path of a new file in a folder that can be written";
        origin.failed(StoreErrorKind::Io, TRIED, found, advice)
    };
    if to.exists() {
        return Err(failed(format!("{} exists already", to.display())));
    }
    let name = to.to_str();
    let name = name.ok_or_else(|| failed(format!("{} is no text", to.display())))?;
    let connection = connect::connect(from, &SqliteOptions::new(), origin)?;
    let copied = connection.execute("VACUUM INTO ?1", [name]);
    if let Err(error) = copied {
        // Half a copy is none.
        let _ = std::fs::remove_file(to);
        return Err(failed(format!("writing {} failed: {error}", to.display())));
    }
    let synced = File::open(to).and_then(|file| file.sync_all());
    synced.map_err(|error| origin.io(TRIED, &error))
}
