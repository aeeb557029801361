//! Reads a mesh and every file it names, and runs the rules over them.
//!
//! Of a key, only the public half and the file's mode leave this file; the key itself is wiped before the rules run.

use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::diag::{Code, Diagnostic, FieldPath, Report, Unchecked, arrange, print, print_open, shell_word};
use crate::input;
use crate::lint::{CheckedMesh, KeyFact, Linted, ProvidedFiles, lint};
use crate::mesh::{FileKind, SourceMap, parse};
use crate::pem::{mask, private_keys};
use crate::pki::{KeyError, PrivateKey};
use crate::report::{FindingsReport, print_json};
use time::OffsetDateTime;

use super::reporting::{Format, Reporting};
use super::terminal::colour_on;
use super::{Exit, Failure, out};

/// The mesh of commands that name none.
pub(super) const DEFAULT: &str = "mesh.yaml";

/// Larger than any spec that people or programs write; a wrong path must not fill the memory.
const MAX_SPEC: u64 = 16 * 1024 * 1024;
/// One with 700 nodes in each of 511 clusters has 400,000 lines; an index of them costs memory.
const MAX_LINES: usize = 1_000_000;
/// The same of keys: an RSA key of 16384 bits has 13 KiB.
const MAX_KEY: u64 = 1024 * 1024;

/// The same of values: an object of Kubernetes has at most 1.5 MiB (`DefaultMaxRequestBytes` of etcd).
const MAX_VALUES: u64 = 2 * 1024 * 1024;

/// The same of certificates: those of all public CAs have 300 KiB.
pub(super) const MAX_CERTIFICATES: u64 = 4 * 1024 * 1024;

/// A mesh that was read, and what is to be said of it.
pub(super) struct Loaded {
    file: String,
    source: String,
    places: SourceMap,
    pub(super) findings: Vec<Diagnostic>,
    unchecked: Vec<Unchecked>,
    pub(super) checked: Option<CheckedMesh>,
    /// Folder of the file: what it names is relative to it.
    pub(super) base: PathBuf,
}

/// The mesh in the file `path`; what it names is relative to the file's folder.
pub(super) fn load(path: &Path, now: OffsetDateTime) -> Result<Loaded, Failure> {
    if path.as_os_str() == "-" {
        let help = "write it to a file, and name that; a file that is called `-` is `./-`";
        return Err(Failure::Usage(format!(
            "only `lint` reads a mesh from standard input: `state/` is beside its file\nhelp: {help}"
        )));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let init = folder.map_or_else(
        || "meshbundle init".to_owned(),
        |folder| format!("meshbundle init {}", shell_word(&folder.display().to_string())),
    );
    let help = if path.ends_with(DEFAULT) {
        format!("`{init}` writes one to start from")
    } else {
        format!("name a mesh that is there, or write one to start from: `{init}`")
    };
    let file = input::open(path).map_err(|error| Failure::unread(path, &error, &help))?;
    let mode = file.metadata().map_err(Failure::File)?.permissions().mode();
    read(file, path.display().to_string(), mode, folder.unwrap_or(Path::new(".")), now)
}

/// The mesh on standard input; what it names is relative to the working directory.
pub(super) fn load_stdin(now: OffsetDateTime) -> Result<Loaded, Failure> {
    read(io::stdin().lock(), "<stdin>".to_owned(), 0, Path::new("."), now)
}

fn read(mesh: impl Read, file: String, mode: u32, base: &Path, now: OffsetDateTime) -> Result<Loaded, Failure> {
    let mut bytes = Vec::new();
    mesh.take(MAX_SPEC + 1).read_to_end(&mut bytes).map_err(Failure::File)?;
    if bytes.len() as u64 > MAX_SPEC {
        return Err(Failure::Input(format!("`{file}` has more than {} MiB, which no mesh has", MAX_SPEC >> 20)));
    }
    let Ok(source) = String::from_utf8(bytes) else {
        return Err(Failure::Input(format!("`{file}` is not text in UTF-8")));
    };
    if source.bytes().filter(|byte| *byte == b'\n').count() > MAX_LINES {
        return Err(Failure::Input(format!("`{file}` has more than {MAX_LINES} lines, which no mesh has")));
    }
    let base = base.to_owned();
    let keys = keys_in_mesh(&source, mode);
    let mut parsed = parse(&source);
    parsed.findings.extend(keys);
    let Linted { findings, checked, unchecked } = match parsed.mesh {
        Some(mesh) => {
            let mut facts = ProvidedFiles::new(now);
            for (kind, file) in mesh.files() {
                add_fact(&mut facts, &base, file, kind);
            }
            lint(mesh, &facts, parsed.findings)
        }
        None => Linted { findings: parsed.findings, checked: None, unchecked: Vec::new() },
    };
    let findings = arrange(findings, &parsed.places);
    let source = mask(&source).into_owned();
    Ok(Loaded { file, source, places: parsed.places, findings, checked, unchecked, base })
}

fn add_fact(facts: &mut ProvidedFiles, base: &Path, file: &str, kind: FileKind) {
    let path = base.join(file);
    match kind {
        FileKind::Certificate => match input::read_with_mode(&path, MAX_CERTIFICATES) {
            Ok((mode, bytes)) => facts.certificates(file, mode, &bytes),
            Err(error) => facts.unreadable(file, &error.to_string()),
        },
        FileKind::Values => match input::read(&path, MAX_VALUES) {
            Ok(bytes) => facts.values(file, &bytes),
            Err(error) => facts.unreadable(file, &error.to_string()),
        },
        FileKind::Key => match input::read_with_mode(&path, MAX_KEY) {
            Ok((mode, secret)) => {
                let fact = key_fact(file, &secret, facts);
                facts.key(file, mode, fact);
            }
            Err(error) if error.kind() == ErrorKind::FileTooLarge => {
                let fact = KeyFact::NotAKey { reason: error.to_string(), help: None, holds_key: false };
                facts.key(file, 0o600, fact);
            }
            Err(error) => facts.unreadable(file, &error.to_string()),
        },
    }
}

/// What `lint` may know of a key: all but the key.
fn key_fact(file: &str, secret: &[u8], facts: &ProvidedFiles) -> KeyFact {
    match PrivateKey::from_pem(secret) {
        Ok(key) => {
            // SEC 1 lets an EC key come without its point: then its public half is that of the certificate that it fits, if any.
            let fits = || facts.public_keys().find(|public| key.matches(public)).map(<[u8]>::to_vec);
            KeyFact::Signs { public: key.public().or_else(fits).unwrap_or_default() }
        }
        Err(error @ KeyError::Unsupported(_)) => KeyFact::ShowsOnly(error.to_string()),
        Err(error) => KeyFact::not_a_key(file, secret, (error != KeyError::Missing).then(|| error.to_string())),
    }
}

/// Private keys in the text of a mesh.
fn keys_in_mesh(source: &str, mode: u32) -> Vec<Diagnostic> {
    let finding = |place| {
        let message = match mode & 0o7777 {
            mode if mode & 0o077 != 0 => {
                format!("a private key is in the mesh, which others than its owner can read: its mode is {mode:04o}")
            }
            _ => "a private key is in the mesh".to_owned(),
        };
        let finding = Diagnostic::new(Code::KeyInMesh, FieldPath::root(), message).at(place);
        finding.help(
            "move it to a file of its own with mode 0600, and name that file; replace the key if the mesh was shared, as in git",
        )
    };
    private_keys(source).into_iter().map(finding).collect()
}

impl Loaded {
    /// Adds findings that were made later.
    pub(super) fn add(&mut self, findings: Vec<Diagnostic>) {
        self.findings.extend(findings);
        self.findings = arrange(std::mem::take(&mut self.findings), &self.places);
    }

    /// The mesh without errors, or a failure after its findings are printed.
    pub(super) fn sound(&self) -> Result<&CheckedMesh, Failure> {
        self.checked.as_ref().ok_or_else(|| {
            let _ = print(&mut out::stderr(), &self.all(&[]), colour_on(&io::stderr()));
            Failure::Input(format!("`{}` has errors, so nothing can be made of it or compared with it", self.file))
        })
    }

    /// Prints the findings as the whole result.
    pub(super) fn report(&self, reporting: &Reporting) -> Result<(), Failure> {
        self.print_all(reporting, &self.unchecked)
    }

    /// Prints the findings that keep the work from being done, as the whole result.
    pub(super) fn refuse(&self, reporting: &Reporting) -> Result<Exit, Failure> {
        self.print_all(reporting, &[]).map(|()| Exit::Findings)
    }

    /// Prints the findings before the rest of a result in text; nothing where there are none. JSON has them in its document.
    pub(super) fn print_before(&self, reporting: &Reporting) -> Result<(), Failure> {
        if reporting.format == Format::Json || self.findings.is_empty() { Ok(()) } else { self.print_all(reporting, &[]) }
    }

    /// The findings for programs.
    pub(super) fn json(&self) -> FindingsReport<'_> {
        FindingsReport::of(&self.all(&self.unchecked))
    }

    fn print_all(&self, reporting: &Reporting, unchecked: &[Unchecked]) -> Result<(), Failure> {
        let mut out = out::stdout();
        let (report, colour) = (self.all(unchecked), colour_on(&io::stdout()));
        match reporting.format {
            Format::Text if reporting.quiet => print_open(&mut out, &report, colour),
            Format::Text => print(&mut out, &report, colour),
            Format::Json => print_json(&mut out, &self.json()),
        }
        .map_err(Failure::Stdout)
    }

    fn all<'a>(&'a self, unchecked: &'a [Unchecked]) -> Report<'a> {
        Report { file: &self.file, source: &self.source, places: &self.places, findings: &self.findings, unchecked }
    }
}
