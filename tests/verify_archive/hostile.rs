//! Entries that have no place in a bundle.

use std::collections::BTreeSet;
use std::fs;

use meshbundle::diag::Code;
use tempfile::TempDir;

use crate::support::tool;
use crate::verify_archive::forge::{Header, Tar};
use crate::verify_archive::{codes, is_told, read, said};

/// Demands that the tar is told to be hostile, and that nothing of it but the file before is in the tree.
fn hostile(what: &str, words: &str, change: impl FnOnce(Tar) -> Tar) {
    let tar = change(Tar::new().file("t/manifest.json", b"{}\n"));
    let archive = is_told(what, &tar.end(), Code::HostileEntry, words);
    let paths: Vec<_> = archive.tree.iter().map(|(path, _)| path.to_owned()).collect();
    assert_eq!(paths, ["manifest.json"], "{what}");
}

#[test]
fn names() {
    for (name, words) in [
        (&b"/etc/passwd"[..], "absolute path"),
        (b"//etc/passwd", "absolute path"),
        (b"../x", "upwards by `..`"),
        (b"t/../../x", "upwards by `..`"),
        (b"t/..", "upwards by `..`"),
        (b"./t/x", "empty or `.`"),
        (b"t/./x", "empty or `.`"),
        (b"t//x", "empty or `.`"),
        (b"", "has no name"),
        (b"t/a\nb", "control characters"),
        (b"t/\x1b[2J", "control characters"),
        (b"t/\x7f", "control characters"),
        (b"t/\xc2\x85", "control characters"),
        (b"t/\xff\xfe", "not UTF-8"),
        (b"u/x", "outside of the first entry's top folder"),
        (b"x", "outside of the first entry's top folder"),
        (b"t/x/", "type of a file and the name of a folder"),
    ] {
        hostile(&String::from_utf8_lossy(name), words, |tar| tar.entry(b'0', name, b"x"));
    }
    hostile("a prefix", "upwards by `..`", |tar| {
        tar.header(&Header::new(b'0', b"x", 0o644, 0).put(345, b"t/../..").sealed(), b"")
    });
    hostile("a folder of slashes", "empty or `.`", |tar| tar.entry(b'5', b"t/a//", b""));
    hostile("a second top folder", "outside of the first entry's", |tar| tar.folder("u").file("u/x", b"x"));
    let tricks = Tar::new().file("t/a\\..\\b", b"").file("t/c:d", b"").file("t/...", b"").end();
    assert!(read(&tricks).findings.is_empty(), "fine names, though not on Windows");
}

#[test]
fn types() {
    for (kind, words) in [
        (b'1', "hard link"),
        (b'2', "symbolic link"),
        (b'3', "device"),
        (b'4', "device"),
        (b'6', "pipe"),
        (b'7', "contiguous"),
        (b'S', "sparse"),
        (b'x', "pax header"),
        (b'g', "pax header"),
        (b'D', "unknown type"),
        (b'V', "unknown type"),
        (b'\xff', "unknown type"),
    ] {
        let header = Header::new(kind, b"t/x", 0o644, 0).put(157, b"/etc/passwd").sealed();
        hostile(words, words, |tar| tar.header(&header, b""));
    }
    hostile("a folder with a content", "and a content", |tar| tar.entry(b'5', b"t/x/", b"hello"));
    hostile("GNU's long link", "long link", |tar| tar.long(b'K', &[&[b'x'; 200][..], b"\0"].concat()));
    let long = format!("t/{}", "n".repeat(120));
    hostile("pax before a long name", "may rename it", |tar| {
        tar.entry(b'x', b"t/p", b"19 path=/etc/passwd\n").long(b'L', format!("{long}\0").as_bytes()).file(&long, b"x")
    });
    // A reader that knows pax writes to /etc.
    hostile("a name by pax", "may rename it", |tar| {
        tar.entry(b'x', b"t/PaxHeaders/x", b"19 path=/etc/passwd\n").file("t/x", b"x")
    });
}

#[test]
fn the_same_path_again() {
    for (what, words, name) in
        [("a file", "stands twice", "t/manifest.json"), ("below a file", "below a file", "t/manifest.json/x")]
    {
        hostile(what, words, |tar| tar.file(name, b"other"));
    }
    hostile("deep below a file", "below a file", |tar| tar.file("t/manifest.json/x/y/z", b"other"));
    hostile("a folder for a file", "stands twice", |tar| tar.folder("t/manifest.json"));
    hostile("the top folder", "stands twice", |tar| tar.folder("t"));
    // Two of a kind are one finding.
    let twice = Tar::new().file("t/a", b"1").file("t/a", b"2").file("t/a", b"3").file("t/a", b"4").end();
    let archive = is_told("four times", &twice, Code::HostileEntry, "`t/a` stands twice in the archive, and so do 2 others");
    assert_eq!((archive.findings.len(), archive.tree.bytes("a")), (1, Some(&b"1"[..])));
}

#[test]
fn long_names() {
    let long = format!("t/{}", "n".repeat(120));
    let content = format!("{long}\0");
    let fine = Tar::new().long(b'L', content.as_bytes()).file(&long, b"x").end();
    let archive = read(&fine);
    assert!(archive.findings.is_empty(), "{}", said(&archive.findings));
    assert_eq!(archive.tree.bytes(&"n".repeat(120)), Some(&b"x"[..]));
    hostile("a long name for a short one", "does not need", |tar| tar.long(b'L', b"t/evil\0").file("t/evil", b"x"));
    hostile("two names", "or not that of its header", |tar| tar.long(b'L', content.as_bytes()).file("t/harmless", b"x"));
    hostile("no NUL", "is no name", |tar| tar.long(b'L', long.as_bytes()).file(&long, b"x"));
    hostile("a NUL within", "is no name", |tar| tar.long(b'L', format!("{long}\0x\0").as_bytes()).file(&long, b"x"));
    hostile("no name at all", "is no name", |tar| tar.long(b'L', b"\0").file("t/x", b"x"));
    hostile("upwards", "upwards", |tar| {
        tar.long(b'L', format!("t/../../{long}\0").as_bytes()).file(&format!("t/../../{long}"), b"x")
    });
    hostile("two in a row", "is no name, or not", |tar| tar.long(b'L', content.as_bytes()).long(b'L', content.as_bytes()));
    hostile("for nothing", "is no name, or not", |tar| tar.long(b'L', content.as_bytes()));
    // It fits a prefix and a name: meshbundle needs no entry of its own for it, GNU tar makes one.
    let split = format!("t/{}/x", "n".repeat(110));
    let needless =
        Tar::new().folder(&format!("t/{}", "n".repeat(50))).long(b'L', format!("{split}\0").as_bytes()).file(&split, b"x");
    assert_eq!(codes(&read(&needless.end()).findings), BTreeSet::from([Code::NotCanonical]));
}

#[test]
fn the_order_of_a_bundle() {
    for (what, words, tar) in [
        ("no top folder", "has no folder before it", Tar::default().file("t/a", b"")),
        ("no folder", "has no folder before it", Tar::new().file("t/a/b", b"")),
        ("a folder after a file", "out of order", Tar::new().file("t/a", b"").folder("t/b")),
        ("folders not by name", "out of order", Tar::new().folder("t/b").folder("t/a")),
        ("the manifest last", "manifest is the first", Tar::new().file("t/a", b"").file("t/manifest.json", b"")),
        ("a config first", "names it", Tar::new().file("t/tokyo", b"").file("t/tokyo.etcd-client.key", b"")),
        (
            "a config between",
            "other configs",
            Tar::new().file("t/a.etcd-client.crt", b"").file("t/a", b"").file("t/b.etcd-client.crt", b""),
        ),
    ] {
        is_told(what, &tar.end(), Code::NotCanonical, words);
    }
}

/// Packs what GNU tar does not.
const PYTHON: &str = "
import io, sys, tarfile
out = tarfile.open(sys.argv[1], 'w:gz', format=tarfile.PAX_FORMAT)
for name, kind in [('t', tarfile.DIRTYPE), ('t/\\u00fc', tarfile.REGTYPE), ('t/dev', tarfile.CHRTYPE), ('t/odd', b'Z')]:
    info = tarfile.TarInfo(name)
    info.type = kind
    out.addfile(info, io.BytesIO())
out.close()
";

/// As others make them.
#[test]
fn archives_of_gnu_tar_and_python() {
    let folder = TempDir::new().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("text").to_owned();
    fs::create_dir(path("t")).expect("a folder");
    fs::write(path("t/a"), b"x").expect("a file");
    fs::File::create(path("t/sparse")).and_then(|file| file.set_len(1 << 20)).expect("a sparse file");
    std::os::unix::fs::symlink("/etc/passwd", path("t/link")).expect("a link");
    fs::hard_link(path("t/a"), path("t/hard")).expect("a link");
    tool("mkfifo", "coreutils", [path("t/pipe")]);
    let pack = |options: &[&str]| {
        let (archive, from) = (path("a.tar.gz"), folder.path().to_str().expect("text").to_owned());
        tool("tar", "tar", [&["-czf", &archive, "-C", &from][..], options].concat());
        read(&fs::read(&archive).expect("an archive"))
    };
    for (what, options, words) in [
        ("links and pipes", &["t"][..], "symbolic link"),
        ("links and pipes", &["t"], "hard link"),
        ("links and pipes", &["t"], "pipe"),
        ("sparse", &["--sparse", "t"], "sparse"),
        ("pax", &["--format=pax", "t"], "pax header"),
        ("a label", &["--label=x", "t/a"], "unknown type"),
        ("from within", &["-C", "t", "."], "empty or `.`"),
        ("absolute", &["-P", &path("t/a")], "absolute path"),
        ("upwards", &["-P", "t/../t/a"], "upwards"),
    ] {
        let told = said(&pack(options).findings);
        assert!(told.contains("CM0744") && told.contains(words), "{what}: {told}");
    }
    tool("python3", "python3", ["-c", PYTHON, &path("p.tar.gz")]);
    let told = said(&read(&fs::read(path("p.tar.gz")).expect("an archive")).findings);
    for words in ["pax header", "may rename it", "device", "unknown type"] {
        assert!(told.contains(words), "{words}: {told}");
    }
}
