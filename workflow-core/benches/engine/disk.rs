//! The limit of the disk: how long a synced write takes.

use std::fs::File;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::latency::Latencies;

const BLOCK: [u8; 4096] = [7; 4096];
/// About the size at which `SQLite` begins to write its log from the start again.
const BLOCKS: u64 = 1_000;

/// A file that is overwritten 4 KiB after 4 KiB, each synced, as commits write a log that has its
/// size already: a file that grows would also have its new size synced, which takes longer.
pub(crate) struct Disk {
    file: File,
    at: u64,
    pub(crate) syncs: Latencies,
}

impl Disk {
    pub(crate) fn new(folder: &Path) -> Outcome<Self> {
        let mut file = tempfile::tempfile_in(folder)?;
        for _ in 0..BLOCKS {
            file.write_all(&BLOCK)?;
        }
        file.sync_all()?;
        Ok(Self {
            file,
            at: 0,
            syncs: Latencies::default(),
        })
    }

    /// Writes and syncs for a while.
    pub(crate) fn measure(&mut self, during: Duration) -> Outcome<()> {
        let end = Instant::now() + during;
        while Instant::now() < end {
            let before = Instant::now();
            self.file
                .seek(SeekFrom::Start(self.at * BLOCK.len() as u64))?;
            self.file.write_all(&BLOCK)?;
            // What the bundled SQLite calls, unless it was built to call `fdatasync`.
            self.file.sync_all()?;
            self.syncs.add(before.elapsed());
            self.at = (self.at + 1) % BLOCKS;
        }
        Ok(())
    }
}
