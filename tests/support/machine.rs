//! A machine as one process sees it: folders of a bundle in the places that the bundle's files name, a hosts file, and an
//! otherwise empty `/etc` and `/var/lib`: no system roots, no resolver, no other credentials.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Mounts HOSTS, then each pair FOLDER PLACE up to `--`, then becomes the rest. Ends with the namespace.
const BOOT: &str = r#"
mount -t tmpfs none /etc
mount -t tmpfs none /var/lib
printf %s "$1" >/etc/hosts
shift
while [ "$1" != -- ]; do
    mkdir -p "$2"
    mount --bind -o ro "$1" "$2"
    shift 2
done
shift
exec "$@"
"#;

/// The machine; nothing is in it until it is told so.
#[derive(Clone, Default)]
pub(crate) struct Machine {
    hosts: String,
    mounts: Vec<(PathBuf, PathBuf)>,
}

impl Machine {
    /// Shows `folder` at `place`.
    pub(crate) fn mount(&mut self, folder: &Path, place: &Path) {
        // Anywhere else the folder that it is mounted on would stay behind.
        assert!(place.starts_with("/etc") || place.starts_with("/var/lib"), "{}", place.display());
        assert!(folder.is_dir(), "{}", folder.display());
        self.mounts.push((folder.to_owned(), place.to_owned()));
    }

    /// Appends to the hosts file.
    pub(crate) fn host(&mut self, address: &str, name: &str) {
        self.hosts += &format!("{address} {name}\n");
    }

    /// `program` on this machine, with no environment but a path.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-ec", BOOT, "sh", &self.hosts]);
        for (folder, place) in &self.mounts {
            command.arg(folder).arg(place);
        }
        command.args(["--", program]).env_clear().env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        command.current_dir("/");
        command
    }
}
