//! Archives that would fill memory or disk: given up early, within a bound on memory that the kernel keeps.
//!
//! The bound is on a process, so each bomb is read by this very program, started again for the one test that `BOMB` names.

use std::io::{self, Read};
use std::process::Command;

use flate2::Compression;
use flate2::read::GzEncoder;
use meshbundle::diag::Code;
use meshbundle::verify::read_archive;

use crate::verify_archive::forge::{Header, Tar, gzip};
use crate::verify_archive::{is_told, said};

/// Address space that a process with a bomb may have, in KiB: the limits allow 64 MiB of contents, and as much for names.
const MEMORY: u64 = 512 * 1024;

/// Plain bytes as endless as `repeat` makes them, in gzip.
fn endless(start: Vec<u8>, repeat: Vec<u8>) -> impl Read {
    GzEncoder::new(io::Cursor::new(start).chain(Cycle { bytes: repeat, at: 0 }), Compression::fast())
}

struct Cycle {
    bytes: Vec<u8>,
    at: usize,
}

impl Read for Cycle {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        for byte in &mut *out {
            *byte = self.bytes[self.at];
            self.at = (self.at + 1) % self.bytes.len();
        }
        Ok(out.len())
    }
}

/// Many entries, each with a name of its own.
struct Entries {
    number: u64,
    each: fn(u64) -> Vec<u8>,
    left: io::Cursor<Vec<u8>>,
}

impl Read for Entries {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.left.position() == self.left.get_ref().len() as u64 {
            self.number += 1;
            self.left = io::Cursor::new((self.each)(self.number));
        }
        self.left.read(out)
    }
}

fn entries(each: fn(u64) -> Vec<u8>) -> impl Read {
    let entries = Entries { number: 0, each, left: io::Cursor::default() };
    GzEncoder::new(io::Cursor::new(Tar::new().0).chain(entries), Compression::fast())
}

fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_be_bytes()[0]
    };
    std::iter::repeat_with(next).take(len).collect()
}

fn deep(number: u64) -> Vec<u8> {
    let name = format!("t/{}{number:09}/x", format!("{number:09}/").repeat(55));
    Tar::default().long(b'L', format!("{name}\0").as_bytes()).file(&name, b"").0
}

type Bomb = (&'static str, fn() -> Box<dyn Read>, &'static str);

const BOMBS: [Bomb; 9] = [
    ("zeros behind the end", || Box::new(endless(Tar::new().0, vec![0])), "more than 100 times its size"),
    (
        "zeros of ten GB in a file",
        || Box::new(endless(Tar::new().header(&huge(10 << 30), b"").0, vec![0])),
        "`t/x` has more than 16 MiB",
    ),
    (
        "zeros in a hostile file",
        || Box::new(endless(Tar::new().header(&hostile(15 << 20), b"").0, vec![0])),
        "100 times its size",
    ),
    ("noise behind the end", || Box::new(endless([Tar::new().0, vec![0; 1024]].concat(), noise(1, 1 << 20))), "more than 64 MiB"),
    ("a million entries", || Box::new(entries(|n| Tar::default().file(&format!("t/{n}"), b"").0)), "more than"),
    ("large files", || Box::new(entries(|n| Tar::default().file(&format!("t/{n}"), &noise(n, 12 << 20)).0)), "more than 64 MiB"),
    (
        "long names",
        || {
            Box::new(entries(|n| {
                let name = format!("t/{n:09}{}", "n".repeat(4000));
                Tar::default().long(b'L', format!("{name}\0").as_bytes()).file(&name, &noise(n, 2000)).0
            }))
        },
        "the names have more than 4 MiB",
    ),
    ("deep folders", || Box::new(entries(deep)), "more than"),
    ("no compression at all", || Box::new(Cycle { bytes: noise(7, 1 << 20), at: 0 }), "no gzip file"),
];

fn huge(size: u64) -> Header {
    Header::new(b'0', b"t/x", 0o644, size)
}

fn hostile(size: u64) -> Header {
    Header::new(b'6', b"t/x", 0o644, size)
}

#[test]
fn bombs_are_given_up() {
    let program = std::env::current_exe().expect("this program");
    for (name, _, _) in BOMBS {
        let script = format!(
            "ulimit -v {MEMORY}; exec \"$0\" --exact verify_archive::bombs::one_bomb --ignored --nocapture --test-threads=1"
        );
        let output = Command::new("sh").args(["-c", &script]).arg(&program).env("BOMB", name).output().expect("it starts");
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && text.contains("1 passed"), "{name}: {text}");
    }
}

/// Plays the bomb that `BOMB` names; only under a bound on memory.
#[test]
#[ignore = "started by bombs_are_given_up"]
fn one_bomb() {
    let wanted = std::env::var("BOMB").expect("a bomb");
    let (_, bomb, words) = BOMBS.into_iter().find(|(name, _, _)| *name == wanted).expect("one of them");
    let archive = read_archive(bomb(), "a.tar.gz");
    let told = said(&archive.findings);
    assert!(told.contains(words), "{told}");
    assert!(words.starts_with("no gzip") || archive.findings.iter().any(|finding| finding.code == Code::TooMuch), "{told}");
}

#[test]
fn sizes_that_lie() {
    for size in [
        &b"77777777777\0"[..],
        b"\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff",
        b"\x80\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\xbf\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
    ] {
        let header = huge(0).put(124, size).sealed();
        is_told("a size", &Tar::new().header(&header, b"x").end(), Code::TooMuch, "`t/x` has more than 16 MiB");
    }
    is_told(
        "a file that is not there",
        &gzip(&Tar::new().header(&huge(16 << 20), b"x").0),
        Code::ArchiveDamaged,
        "cut off within `t/x`",
    );
    let deep = "d/".repeat(100);
    is_told("deep", &Tar::new().file(&format!("t/{}x", &deep[..90]), b"").end(), Code::NotCanonical, "no folder");
    is_told(
        "deeper",
        &Tar::new().long(b'L', format!("t/{deep}x\0").as_bytes()).file(&format!("t/{deep}x"), b"").end(),
        Code::TooMuch,
        "64 folders deep",
    );
    is_told(
        "a long name's size",
        &Tar::new()
            .header(&Header::new(b'L', b"././@LongLink", 0o644, 5000).put(257, b"ustar  \0").sealed(), &[b'x'; 5000])
            .end(),
        Code::TooMuch,
        "a name of more than 4096 bytes",
    );
}
