//! The `openssl` command line in a directory of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// A scratch directory in which `openssl` runs.
pub(crate) struct Bench {
    directory: TempDir,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self { directory: tempfile::tempdir().expect("a scratch directory") }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).expect(name)
    }

    pub(crate) fn text(&self, name: &str) -> String {
        String::from_utf8(self.read(name)).expect("UTF-8")
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), content).expect(name);
    }

    /// Runs `openssl` with the words of `line`; it has to succeed.
    pub(crate) fn run(&self, line: &str) -> String {
        let output = start(self.directory.path(), line);
        assert!(
            output.status.success(),
            "openssl {line}\n{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    /// Runs `openssl` with the words of `line`; it has to fail, and to say why.
    pub(crate) fn fail(&self, line: &str) -> String {
        let output = start(self.directory.path(), line);
        assert!(!output.status.success(), "openssl {line} should have failed");
        String::from_utf8_lossy(&output.stderr).into_owned()
    }
}

fn start(directory: &Path, line: &str) -> Output {
    Command::new("openssl")
        .args(line.split_whitespace())
        .current_dir(directory)
        .output()
        .unwrap_or_else(|error| panic!("cannot run `openssl` ({error}); install it: `apt-get install openssl`"))
}

/// The DER of the `Name` at the given place among the sequences of a certificate's
/// `TBSCertificate`, cut out by `openssl asn1parse`: 1 is the issuer, 3 the subject.
fn name_at(bench: &Bench, certificate: &str, place: usize) -> Vec<u8> {
    let der = format!("{certificate}.der");
    bench.run(&format!("x509 -in {certificate} -outform DER -out {der}"));
    let listing = bench.run(&format!("asn1parse -inform DER -in {der}"));
    // `    4:d=2  hl=2 l=  10 cons: SEQUENCE`
    let line = listing
        .lines()
        .filter(|line| line.contains(":d=2 ") && line.contains("cons: SEQUENCE"))
        .nth(place)
        .expect("a TBSCertificate has that many sequences");
    let number = |after: &str| -> usize {
        let (_, rest) = line.split_once(after).expect("asn1parse's layout");
        let digits = rest.trim_start();
        let end = digits.find(|character: char| !character.is_ascii_digit()).unwrap_or(digits.len());
        digits[..end].parse().expect("a number")
    };
    let offset: usize = line.split(':').next().expect("an offset").trim().parse().expect("a number");
    let length = number("hl=") + number(" l=");
    bench.read(&der)[offset..offset + length].to_vec()
}

/// The issuer in `certificate`, as its bytes stand.
pub(crate) fn issuer(bench: &Bench, certificate: &str) -> Vec<u8> {
    name_at(bench, certificate, 1)
}

/// The subject in `certificate`, as its bytes stand.
pub(crate) fn subject(bench: &Bench, certificate: &str) -> Vec<u8> {
    name_at(bench, certificate, 3)
}
