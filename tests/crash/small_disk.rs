//! A disk that is really full: a file system of a few megabytes, where this process may mount one.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use workflow_tests::endpoint::Endpoint;

use crate::full_disk::Scene;
use crate::lab::Lab;
use crate::locked::cannot_record;

/// A file system in memory, mounted while this lives.
struct Disk(PathBuf);

impl Disk {
    /// Under an experiment's database, and under nothing else of it; `None` where this process may
    /// not mount.
    fn under(lab: &Lab) -> Option<Self> {
        let folder = lab.site.folder.join("disk");
        fs::create_dir(&folder).expect("a folder can be made");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=4m", "none"]);
        let mounted = mount.arg(&folder).status().ok()?;
        if !mounted.success() {
            println!("not checked: this process may not mount");
            return None;
        }
        let link = std::os::unix::fs::symlink(folder.join("runs.db"), &lab.traces.database);
        link.expect("a link can be made");
        Some(Self(folder))
    }

    fn filler(&self) -> PathBuf {
        self.0.join("filler")
    }

    /// Fills it to the last byte.
    fn fill(&self) {
        let mut filler = File::create(self.filler()).expect("there is space");
        loop {
            match filler.write_all(&[0; 4096]) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::StorageFull => return,
                Err(error) => panic!("filling {}: {error}", self.filler().display()),
            }
        }
    }

    fn empty(&self) {
        fs::remove_file(self.filler()).expect("it is there");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        unmount(&self.0);
    }
}

fn unmount(folder: &Path) {
    // Lazily: what is still open goes with whoever has it open.
    let _ = Command::new("umount").arg("-l").arg(folder).status();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "long: mounts a file system of 4 MB, where it may"]
async fn a_disk_that_is_really_full_is_waited_out() {
    let lab = Lab::new();
    let Some(disk) = Disk::under(&lab) else {
        return;
    };
    let scene = Scene::set(&lab).await;
    disk.fill();
    scene.run_out_of_space(&lab).await;
    scene.is_refused(&lab).await;
    scene.is_no_busy_loop().await;
    disk.empty();
    scene.goes_on(&lab).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "long: mounts a file system of 4 MB, where it may"]
async fn what_was_delivered_is_recorded_when_there_is_space_again() {
    let lab = Lab::with(Endpoint::closed());
    let Some(disk) = Disk::under(&lab) else {
        return;
    };
    cannot_record(&lab, || disk.fill(), |()| disk.empty()).await;
}
