//! Whether a folder lies on a network file system, whose locks cannot be relied on.

use std::path::Path;

/// File systems whose files lie on another machine.
const NETWORK: &[&str] = &[
    "9p",
    "afs",
    "beegfs",
    "ceph",
    "cifs",
    "coda",
    "davfs",
    "fuse.glusterfs",
    "fuse.s3fs",
    "fuse.sshfs",
    "glusterfs",
    "gpfs",
    "lustre",
    "ncpfs",
    "nfs",
    "nfs4",
    "smb3",
    "smbfs",
];

/// The kind of network file system on which the folder lies, where that can be told.
pub(super) fn network_file_system(folder: &Path) -> Option<String> {
    let folder = std::fs::canonicalize(folder).ok()?;
    // Only Linux has this file; elsewhere nothing is known.
    let mounts = std::fs::read_to_string("/proc/self/mounts").ok()?;
    let kind = file_system(&folder, &mounts)?;
    NETWORK.contains(&kind).then(|| kind.to_owned())
}

/// The kind of the file system that is mounted nearest above the folder; of two at one place, the
/// later.
fn file_system<'m>(folder: &Path, mounts: &'m str) -> Option<&'m str> {
    let entries = mounts.lines().filter_map(|line| {
        let mut words = line.split(' ').skip(1);
        Some((unescaped(words.next()?), words.next()?))
    });
    let above = entries.filter(|(place, _)| folder.starts_with(place));
    above
        .max_by_key(|(place, _)| place.len())
        .map(|(_, kind)| kind)
}

/// The kernel writes a space in a path as `\040`.
fn unescaped(place: &str) -> String {
    place.replace("\\040", " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_mount_counts() {
        let mounts = "/dev/vda / ext4 rw 0 0\n\
                      server:/home /home nfs4 rw 0 0\n\
                      /dev/vdb /home/my\\040disk xfs rw 0 0\n";
        let kind = |folder: &str| file_system(Path::new(folder), mounts);
        assert_eq!(kind("/var/lib"), Some("ext4"));
        assert_eq!(kind("/home/ada"), Some("nfs4"));
        assert_eq!(kind("/homes"), Some("ext4"));
        assert_eq!(kind("/home/my disk/db"), Some("xfs"));
    }

    #[test]
    fn a_temporary_folder_is_on_no_network() {
        assert_eq!(network_file_system(&std::env::temp_dir()), None);
    }
}
