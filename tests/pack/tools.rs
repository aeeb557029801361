//! The archive as unpacked and listed by other programs, which must have nothing to complain about.

use std::fs;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{Command, Stdio};

use meshbundle::pack::{Compressor, MTIME};
use tempfile::TempDir;

use crate::pack::tree::{Entry, pack, sample};

/// What a program says on stdout when fed with `input`; it must succeed and keep stderr empty.
pub(crate) fn run(program: &str, package: &str, args: &[&str], input: &[u8]) -> Vec<u8> {
    let mut command = Command::new(program);
    command.args(args).env("LC_ALL", "C.UTF-8").env("TZ", "UTC");
    let spawned = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = match spawned {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            panic!("this test needs `{program}`: apt-get install {package}")
        }
        spawned => spawned.expect("the program starts"),
    };
    let mut stdin = child.stdin.take().expect("a pipe");
    let output = std::thread::scope(|scope| {
        // Not every program reads its input; whether it should have shows in its output.
        scope.spawn(move || stdin.write_all(input));
        child.wait_with_output().expect("the program ends")
    });
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{program} {args:?}: {}: {said}", output.status);
    output.stdout
}

fn packed() -> (Vec<Entry>, Vec<u8>) {
    let tree = sample();
    let bytes = pack(&tree, &mut Compressor::new());
    (tree, bytes)
}

/// A folder with the archive in `a.tar.gz` and an empty folder `out`, and the paths of both.
fn folder(bytes: &[u8]) -> (TempDir, String, String) {
    let folder = TempDir::new().expect("a folder");
    let [archive, out] = ["a.tar.gz", "out"].map(|name| folder.path().join(name));
    fs::write(&archive, bytes).expect("a file");
    fs::create_dir(&out).expect("a folder");
    let [archive, out] = [archive, out].map(|path| path.to_str().expect("a plain path").to_owned());
    (folder, archive, out)
}

/// `times`: of which entries the program restores the time.
fn assert_unpacked(tree: &[Entry], out: &str, times: impl Fn(&Entry) -> bool) {
    let owner = fs::metadata(out).expect("a folder");
    for entry in tree {
        let path = Path::new(out).join(&entry.path);
        let found = fs::symlink_metadata(&path).expect("unpacked");
        assert_eq!(found.mode() & 0o7777, entry.mode, "{}", entry.path);
        if times(entry) {
            assert_eq!(u64::try_from(found.mtime()), Ok(MTIME), "{}", entry.path);
        }
        // Root gets what is in the archive, which is root's; others cannot give files away.
        assert_eq!((found.uid(), found.gid()), (owner.uid(), owner.gid()), "{}", entry.path);
        match &entry.content {
            None => assert!(found.is_dir(), "{}", entry.path),
            Some(content) => assert!(fs::read(&path).expect("a file") == *content, "{}", entry.path),
        }
    }
    assert_eq!(count(Path::new(out)), tree.len());
}

fn count(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.map(|path| 1 + if path.is_dir() { count(&path) } else { 0 }).sum()
}

#[test]
fn gnu_tar_unpacks_it() {
    let (tree, bytes) = packed();
    let (_folder, archive, out) = folder(&bytes);
    run("tar", "tar", &["-xpzf", &archive, "-C", &out], &[]);
    assert_unpacked(&tree, &out, |_| true);
}

#[test]
fn gnu_tar_unpacks_it_from_a_pipe() {
    let (tree, bytes) = packed();
    let (_folder, _, out) = folder(&bytes);
    run("tar", "tar", &["-xpzf", "-", "-C", &out], &bytes);
    assert_unpacked(&tree, &out, |_| true);
}

#[test]
fn gnu_tar_lists_it() {
    let (tree, bytes) = packed();
    let listed = run("tar", "tar", &["-tvzf", "-", "--quoting-style=literal", "--full-time"], &bytes);
    let listed = String::from_utf8(listed).expect("UTF-8");
    assert_eq!(listed.lines().count(), tree.len());
    for (line, entry) in listed.lines().zip(&tree) {
        let slash = if entry.content.is_none() { "/" } else { "" };
        assert!(line.ends_with(&format!(" 2000-01-01 00:00:00 {}{slash}", entry.path)), "{line}");
        assert_eq!(line.split_whitespace().nth(1), Some("0/0"), "{line}");
    }
}

#[test]
fn gnu_gzip_accepts_it() {
    let (_, bytes) = packed();
    run("gzip", "gzip", &["-t"], &bytes);
    let (_folder, archive, _) = folder(&bytes);
    let plain = run("gzip", "gzip", &["-dc"], &bytes);
    let listed = String::from_utf8(run("gzip", "gzip", &["-l", &archive], &[])).expect("UTF-8");
    let sizes = listed.lines().nth(1).map(|line| line.split_whitespace().take(2).collect::<Vec<_>>());
    assert_eq!(sizes, Some(vec![&*bytes.len().to_string(), &*plain.len().to_string()]));
}

/// Busybox sets a directory's time before it fills the directory, whoever made the archive.
fn is_file(entry: &Entry) -> bool {
    entry.content.is_some()
}

#[test]
fn busybox_unpacks_it() {
    let (tree, bytes) = packed();
    let (_folder, archive, out) = folder(&bytes);
    run("busybox", "busybox", &["tar", "-xpzf", &archive, "-C", &out], &[]);
    assert_unpacked(&tree, &out, is_file);
}

#[test]
fn busybox_unpacks_it_from_a_pipe() {
    let (tree, bytes) = packed();
    let (_folder, _, out) = folder(&bytes);
    run("busybox", "busybox", &["tar", "-xpzf", "-", "-C", &out], &bytes);
    assert_unpacked(&tree, &out, is_file);
}

#[test]
fn python_reads_it() {
    const DUMP: &str = "
import sys, tarfile
archive = tarfile.open(fileobj=sys.stdin.buffer, mode='r|gz', errorlevel=2)
for m in archive:
    content = archive.extractfile(m).read().hex() if m.isreg() else '-'
    print(m.name, m.type.decode(), f'{m.mode:o}', m.uid, m.gid, repr(m.uname + m.gname), m.mtime, content)
assert sys.stdin.buffer.read() == b''
";
    let (tree, bytes) = packed();
    let dumped = run("python3", "python3", &["-W", "error", "-X", "utf8", "-c", DUMP], &bytes);
    let dumped = String::from_utf8(dumped).expect("UTF-8");
    let expected = tree.iter().map(|entry| {
        let (kind, content) = match &entry.content {
            None => ("5", "-".to_owned()),
            Some(content) => ("0", hex::encode(content)),
        };
        format!("{} {kind} {:o} 0 0 '' {MTIME} {content}", entry.path, entry.mode)
    });
    for (found, expected) in dumped.lines().zip(expected) {
        assert!(found == expected, "{found:.300}\n{expected:.300}");
    }
    assert_eq!(dumped.lines().count(), tree.len());
}
