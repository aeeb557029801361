//! Reads a mesh and every file it names, and runs the rules over them.
//!
//! Of a key, only the public half and the file's mode leave this file; the key itself is wiped before the rules run.

use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use time::OffsetDateTime;
use zeroize::Zeroizing;

use crate::diag::{Code, Diagnostic, FieldPath, JsonReport, Report, Unchecked, arrange, print};
use crate::lint::{CheckedMesh, Facts, KeyFact, Linted, lint};
use crate::pem::redact_keys;
use crate::pki::{KeyError, PrivateKey};
use crate::spec::{FileKind, Places, parse};

use super::terminal::colour_on;
use super::{Failure, Format};

/// Larger than any spec that people or programs write; a wrong path must not fill the memory.
const MAX_SPEC: u64 = 64 * 1024 * 1024;
/// The same of keys: an RSA key of 16384 bits has 13 KiB.
const MAX_KEY: u64 = 1024 * 1024;

/// The same of certificates: those of all public CAs have 300 KiB.
const MAX_CERTIFICATES: u64 = 4 * 1024 * 1024;

/// A mesh that was read, and what is to be said of it.
pub(super) struct Loaded {
    file: String,
    source: String,
    places: Places,
    pub(super) findings: Vec<Diagnostic>,
    unchecked: Vec<Unchecked>,
    pub(super) checked: Option<CheckedMesh>,
    /// Folder of the file: what it names is relative to it.
    pub(super) base: PathBuf,
}

pub(super) fn load(path: &Path, now: OffsetDateTime) -> Result<Loaded, Failure> {
    let metadata = fs_err::metadata(path).map_err(Failure::File)?;
    let (size, mode) = (metadata.len(), metadata.permissions().mode());
    if size > MAX_SPEC {
        return Err(Failure::Usage(format!("`{}` has {size} bytes; a mesh has at most {MAX_SPEC}", path.display())));
    }
    let bytes = fs_err::read(path).map_err(Failure::File)?;
    let Ok(mut source) = String::from_utf8(bytes) else {
        return Err(Failure::Usage(format!("`{}` is not text in UTF-8", path.display())));
    };
    let keys = keys_in_mesh(&mut source, mode);
    let base = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned();
    let mut parsed = parse(&source);
    parsed.findings.extend(keys);
    let Linted { findings, checked, unchecked } = match parsed.mesh {
        Some(mesh) => {
            let mut facts = Facts::new(now);
            for (kind, file) in mesh.files() {
                add_fact(&mut facts, &base, file, kind);
            }
            lint(mesh, &facts, parsed.findings)
        }
        None => Linted { findings: parsed.findings, checked: None, unchecked: Vec::new() },
    };
    let file = path.display().to_string();
    let findings = arrange(findings, &parsed.places);
    Ok(Loaded { file, source, places: parsed.places, findings, checked, unchecked, base })
}

fn add_fact(facts: &mut Facts, base: &Path, file: &str, kind: FileKind) {
    let path = base.join(file);
    match kind {
        FileKind::Certificate => match certificate_file(&path) {
            Ok((mode, bytes)) => facts.certificates(file, mode, &bytes),
            Err(error) => facts.unreadable(file, &error.to_string()),
        },
        FileKind::Key => match std::fs::metadata(&path) {
            Ok(metadata) if !metadata.is_file() => facts.unreadable(file, "not a file"),
            Ok(metadata) if metadata.len() > MAX_KEY => {
                let reason = format!("{} bytes are more than any key has", metadata.len());
                let fact = KeyFact::NotAKey { reason, help: None, holds_key: false };
                facts.key(file, metadata.permissions().mode(), fact);
            }
            Ok(metadata) => match std::fs::read(&path).map(Zeroizing::new) {
                Ok(secret) => {
                    let fact = key_fact(file, &secret, facts);
                    facts.key(file, metadata.permissions().mode(), fact);
                }
                Err(error) => facts.unreadable(file, &error.to_string()),
            },
            Err(error) => facts.unreadable(file, &error.to_string()),
        },
    }
}

/// What `lint` may know of a key: all but the key.
fn key_fact(file: &str, secret: &[u8], facts: &Facts) -> KeyFact {
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

/// Mode and content of a file that should hold certificates, and may hold a key, too.
fn certificate_file(path: &Path) -> io::Result<(u32, Zeroizing<Vec<u8>>)> {
    let metadata = std::fs::metadata(path)?;
    if metadata.is_file() && metadata.len() > MAX_CERTIFICATES {
        return Err(io::Error::other(format!("{} bytes are more than any certificates have", metadata.len())));
    }
    std::fs::read(path).map(|bytes| (metadata.permissions().mode(), Zeroizing::new(bytes)))
}

/// Private keys in the text of a mesh, which are blotted out before anything of it is shown.
fn keys_in_mesh(source: &mut String, mode: u32) -> Vec<Diagnostic> {
    let finding = |place| {
        let message = match mode & 0o7777 {
            mode if mode & 0o077 != 0 => {
                format!("a private key is in the mesh, which others than its owner can read: its mode is {mode:04o}")
            }
            _ => "a private key is in the mesh".to_owned(),
        };
        let finding = Diagnostic::new(Code::KeyInMesh, FieldPath::root(), message).at(place).cause(Code::KeyInMesh.entry().why);
        finding.help(
            "move it to a file of its own with mode 0600, and name that file; replace the key if the mesh was shared, as in git",
        )
    };
    redact_keys(source).into_iter().map(finding).collect()
}

impl Loaded {
    /// Adds findings that were made later.
    pub(super) fn add(&mut self, findings: Vec<Diagnostic>) {
        self.findings.extend(findings);
        self.findings = arrange(std::mem::take(&mut self.findings), &self.places);
    }

    /// The mesh without errors, or a failure with its findings told.
    pub(super) fn sound(&self) -> Result<&CheckedMesh, Failure> {
        self.checked.as_ref().ok_or_else(|| {
            self.tell();
            Failure::Usage("the mesh has errors, so nothing can be held against it".to_owned())
        })
    }

    /// Whether anything keeps files from being written.
    pub(super) fn has_errors(&self) -> bool {
        self.findings.iter().any(Diagnostic::is_error)
    }

    /// Prints the findings as the data of a report.
    pub(super) fn report(&self, format: Format) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        match format {
            Format::Text => print(&mut out, &self.all(&self.unchecked), colour_on(&io::stdout())),
            Format::Json => {
                let report = self.all(&self.unchecked);
                serde_json::to_writer_pretty(&mut out, &JsonReport::new(&report))
                    .map_err(io::Error::from)
                    .and_then(|()| writeln!(out))
            }
        }
        .map_err(Failure::Stdout)
    }

    /// Tells the findings beside the data of another report; nothing where there are none.
    pub(super) fn tell(&self) {
        if !self.findings.is_empty() {
            let _ = print(&mut io::stderr().lock(), &self.all(&[]), colour_on(&io::stderr()));
        }
    }

    fn all<'a>(&'a self, unchecked: &'a [Unchecked]) -> Report<'a> {
        Report { file: &self.file, source: &self.source, places: &self.places, findings: &self.findings, unchecked }
    }
}
