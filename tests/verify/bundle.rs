//! A good bundle of the guide's mesh, unpacked by GNU tar, that a mutation may spoil.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use crate::support::{Sandbox, tool};

/// Below a node's bundle: where its peers are.
pub(crate) const FOLDER: &str = "payload/mount/var/lib/clustermesh";

/// The mesh, generated once, and the unpacked bundle of `cluster1/node1`, whose one peer is `cluster2`.
pub(crate) struct Bundle {
    pub(crate) sandbox: Sandbox,
    pub(crate) root: PathBuf,
}

impl Bundle {
    pub(crate) fn new() -> Self {
        let sandbox = Sandbox::with_sample("guide-two-clusters.yaml");
        sandbox.generate(&[]);
        let root = sandbox.unpack("cluster1/nodes/node1");
        Self { sandbox, root }
    }

    pub(crate) fn at(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// A file of the folder of peers.
    pub(crate) fn peer(&self, name: &str) -> PathBuf {
        self.at(FOLDER).join(name)
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.peer("cluster2")
    }

    pub(crate) fn read(path: &Path) -> String {
        fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    pub(crate) fn write(path: &Path, text: impl AsRef<[u8]>) {
        fs::write(path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }

    /// Changes a text; that it changes at all is demanded.
    pub(crate) fn edit(path: &Path, from: &str, to: &str) {
        let text = Self::read(path);
        assert!(text.contains(from), "{} has no {from:?}:\n{text}", path.display());
        Self::write(path, text.replacen(from, to, 1));
    }

    pub(crate) fn append(path: &Path, text: &str) {
        Self::write(path, Self::read(path) + text);
    }

    pub(crate) fn chmod(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
    }

    pub(crate) fn link(to: &str, path: &Path) {
        symlink(to, path).expect("a link");
    }

    /// Writes SHA256SUMS anew with sha256sum, so that what is found is the mutation and not its trace.
    pub(crate) fn reseal(&self) {
        let script =
            "cd \"$1\" && find . -type f ! -name SHA256SUMS -printf '%P\\n' | LC_ALL=C sort | xargs -r sha256sum > SHA256SUMS";
        tool("sh", "dash", ["-c".as_ref(), script.as_ref(), "sh".as_ref(), self.root.as_os_str()]);
    }

    /// The private key and the certificate of the mesh's authority.
    pub(crate) fn authority(&self) -> (String, String) {
        let folder = self.sandbox.path("state/authorities");
        let files = fs::read_dir(folder).expect("authorities").map(|entry| entry.expect("an entry").path());
        let (mut key, mut certificate) = (String::new(), String::new());
        for file in files {
            match file.extension().and_then(|ending| ending.to_str()) {
                Some("key") => key = Self::read(&file),
                Some("crt") => certificate = Self::read(&file),
                _ => {}
            }
        }
        assert!(!key.is_empty() && !certificate.is_empty(), "the authority was not found");
        (key, certificate)
    }
}
