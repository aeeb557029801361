//! A mesh whose CA keys are encrypted, and identities that open them.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::durability::strace::wrapped;
use crate::support::{Ran, Sandbox, tool};

/// What opens a scene's keys.
pub(crate) const PASSPHRASE: &str = "correct horse battery staple";

/// Makes an age identity in `name` with age's own program; returns its recipient.
pub(crate) fn identity(sandbox: &Sandbox, name: &str) -> String {
    let path = sandbox.path(name);
    tool("age-keygen", "age", [OsStr::new("-o"), path.as_os_str()]);
    tool("age-keygen", "age", [OsStr::new("-y"), path.as_os_str()]).trim().to_owned()
}

/// Makes an SSH key of `kind` in `name`, behind `passphrase`.
pub(crate) fn ssh_key(sandbox: &Sandbox, name: &str, kind: &[&str], passphrase: &str) {
    let path = sandbox.path(name);
    let words = [&["-q"], kind, &["-C", "alice@example", "-N", passphrase, "-f"]].concat();
    tool("ssh-keygen", "openssh-client", words.into_iter().map(OsStr::new).chain([path.as_os_str()]));
}

/// The content of the age file `path`, as age opens it.
pub(crate) fn opened(identity: &Path, path: &Path) -> String {
    tool("age", "age", [OsStr::new("-d"), OsStr::new("-i"), identity.as_os_str(), path.as_os_str()])
}

/// The keys of CAs in the state, by file.
pub(crate) fn keys(sandbox: &Sandbox) -> BTreeMap<String, Vec<u8>> {
    let files = sandbox.tree("state/authorities").into_iter().filter(|(path, _)| path.ends_with(".key"));
    files.map(|(path, (_, bytes))| (path, bytes)).collect()
}

/// `command` without a terminal to ask on, and without input.
pub(crate) fn without_terminal(command: &Command) -> Command {
    let mut alone = wrapped(["setsid", "--wait"], command);
    alone.stdin(Stdio::null());
    alone
}

/// Runs where nobody can be asked.
pub(crate) fn unattended(sandbox: &Sandbox, words: &[&str]) -> Ran {
    Ran::of(&mut without_terminal(&sandbox.command(words)))
}

/// The same, with a passphrase in the environment.
pub(crate) fn with_passphrase(sandbox: &Sandbox, passphrase: &str, words: &[&str]) -> Ran {
    Ran::of(without_terminal(&sandbox.command(words)).env("MESHBUNDLE_PASSPHRASE", passphrase))
}

/// Demands that no key of a CA is in clear in the state, that nothing but its own files is beside them, and that others read nothing.
pub(crate) fn is_encrypted(sandbox: &Sandbox) {
    for (path, (mode, bytes)) in sandbox.tree("state") {
        let text = String::from_utf8_lossy(&bytes);
        assert!(path.starts_with("issued/") || !text.contains("PRIVATE KEY"), "{path} has a key in clear");
        assert!(path.starts_with("issued/") || !text.contains("AGE-SECRET-KEY"), "{path} has an identity in clear");
        assert_eq!(mode & 0o077, 0, "{path}");
        let name = path.rsplit('/').next().expect("a name");
        let is_ours = name.ends_with(".crt") || name.ends_with(".key") || name.ends_with(".age") || name == "recipients";
        assert!(!path.starts_with("authorities/") || is_ours && path.matches('/').count() == 1, "{path} is left");
    }
}
