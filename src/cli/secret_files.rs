//! Files with Secrets of a Kubernetes cluster: which ones there are in a folder, and what is read of them.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::diag::{Code, Diagnostic, FilePlace, shell_word};
use crate::input::{self, too_large};
use crate::verify::{EncryptedSecret, Entry, SecretsReading, Tree, holds_secrets, read_secrets};
use crate::wiped::Wiped;

use super::Failure;
use super::entry::entry;

/// The PATH that is standard input, and how messages name it.
const STDIN: &str = "-";
const STDIN_SHOWN: &str = "stdin";

/// What people may do about a PATH without such Secrets.
const HELP: &str = "write all of them: `kubectl get secret,configmap -n kube-system -o yaml`";

/// Whether `path` is standard input.
pub(super) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == STDIN
}

/// How messages name `path`.
pub(super) fn shown(path: &Path) -> String {
    if is_stdin(path) { STDIN_SHOWN.to_owned() } else { path.display().to_string() }
}

/// Whether a file is called like one with Kubernetes objects.
pub(super) fn is_named_so(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ["yaml", "yml", "json"].iter().any(|known| ending == *known))
}

/// Whether a file holds objects of Kubernetes, of whatever kind.
pub(super) fn is_of_kubernetes(path: &Path) -> Result<bool, Failure> {
    match input::read(path, Tree::MAX_BYTES) {
        Ok(bytes) => Ok(bytes.windows(10).any(|window| window == b"apiVersion")),
        // Its reader says what is wrong.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Failure::file(path, &error)),
    }
}

/// Whether one of `paths` holds Secrets.
pub(super) fn are_among(paths: &[PathBuf]) -> bool {
    let mut left = Tree::MAX_BYTES;
    let mut files = paths.iter().filter(|path| is_named_so(path));
    files.any(|path| entry(path, None, &mut left).bytes().is_some_and(holds_secrets))
}

/// The Secrets in the files of a folder, as `kubectl apply -f` reads them: by name, and not below.
pub(super) fn of_folder(paths: &[PathBuf]) -> Result<SecretsReading, Failure> {
    let mut left = Tree::MAX_BYTES;
    let files = paths.iter().filter(|path| is_named_so(path));
    let files: Vec<(String, Entry)> = files.map(|path| (path.display().to_string(), entry(path, None, &mut left))).collect();
    if let Some((file, Entry::Unreadable(reason))) = files.iter().find(|(_, entry)| matches!(entry, Entry::Unreadable(_))) {
        return Err(Failure::Input(format!("`{file}` cannot be read: {reason}")));
    }
    let texts: Vec<(&str, &[u8])> = files.iter().filter_map(|(file, entry)| Some((file.as_str(), entry.bytes()?))).collect();
    let mut read = read_secrets(&texts);
    // A folder has other things to look at.
    let unjudged = |secret: &EncryptedSecret| {
        let message = "the Secret is sealed or encrypted, so its links cannot be judged";
        let finding = Diagnostic::of_file(Code::LinkUnjudged, FilePlace::whole(&secret.file), message);
        finding.cause("only those who have its key can read it").help(opened(secret))
    };
    read.findings.extend(read.encrypted.iter().map(unjudged));
    Ok(read)
}

/// The text of the files of a folder that are called like objects, as one stream.
pub(super) fn text_of_folder(paths: &[PathBuf]) -> Result<Wiped, Failure> {
    let mut left = Tree::MAX_BYTES;
    let mut text = Wiped::from(Vec::new());
    for path in paths.iter().filter(|path| is_named_so(path)) {
        let file = input::read(path, left).map_err(|error| Failure::file(path, &error))?;
        left = left.saturating_sub(file.len() as u64);
        text.extend_from_slice(&file);
        text.extend_from_slice(b"\n---\n");
    }
    Ok(text)
}

/// How to look at it all the same.
fn opened(secret: &EncryptedSecret) -> String {
    let EncryptedSecret { file, by_sops } = secret;
    let word = if file == STDIN_SHOWN { "FILE".to_owned() } else { shell_word(file) };
    if *by_sops {
        format!("`sops -d {word} | meshbundle verify -`")
    } else {
        "`kubectl get secret -n kube-system -o yaml | meshbundle verify -`, in the cluster that opens it".to_owned()
    }
}

/// The Secrets in a file.
pub(super) fn of_file(shown: &str, bytes: &[u8]) -> Result<SecretsReading, Failure> {
    decrypted(read_secrets(&[(shown, bytes)]))
}

/// The Secrets on standard input.
pub(super) fn of_stdin() -> Result<SecretsReading, Failure> {
    // All at once: a vector that grows leaves copies of keys behind.
    let mut bytes = Wiped::from(Vec::with_capacity(usize::try_from(Tree::MAX_BYTES).unwrap_or_default().saturating_add(1)));
    let failed = |error: io::Error| Failure::file(Path::new(STDIN_SHOWN), &error);
    io::stdin().lock().take(Tree::MAX_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > Tree::MAX_BYTES {
        return Err(failed(too_large(Tree::MAX_BYTES)));
    }
    let read = of_file(STDIN_SHOWN, &bytes)?;
    if read.is_empty() { Err(nothing(STDIN_SHOWN)) } else { Ok(read) }
}

/// That no Secret is there that containers mount.
pub(super) fn nothing(shown: &str) -> Failure {
    Failure::Input(format!("`{shown}` holds no Secret that Cilium mounts for a mesh\nhelp: {HELP}"))
}

fn decrypted(read: SecretsReading) -> Result<SecretsReading, Failure> {
    let Some(secret) = read.encrypted.first() else { return Ok(read) };
    let by = if secret.by_sops { "encrypted by sops" } else { "a SealedSecret" };
    Err(Failure::Input(format!("`{}` is {by}\nhelp: {}", secret.file, opened(secret))))
}
