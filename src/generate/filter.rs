//! A program that seals or encrypts the Secrets of a Helm cluster: each is its input, and its output is the file.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use aws_lc_rs::digest::{Context, SHA256};
use zeroize::Zeroizing;

use crate::pem::{mask, private_keys};
use crate::plan::ClusterPlan;
use crate::wiped::Wiped;

use super::error::GenerateError;
use super::job::Job;

/// Larger than what any program makes of a Secret: it has at most 1 MiB, and RSA for each key in it.
const MOST: u64 = 16 * 1024 * 1024;

/// The variable with the passphrase of CA keys: no program that a mesh names has to know it.
pub const PASSPHRASE_VARIABLE: &str = "MESHBUNDLE_PASSPHRASE";

/// A program and its words.
pub(super) struct Filter<'a> {
    words: &'a [String],
    /// Where it runs, so that its files are relative to the mesh.
    base: &'a Path,
}

impl<'a> Filter<'a> {
    /// The filter of a cluster, if it has one.
    pub(super) fn of(cluster: &'a ClusterPlan, base: &'a Path) -> Option<Self> {
        Some(Self { words: cluster.runtime.helm()?.filter()?, base })
    }

    /// SHA-256 of what it is given, and of its words: while these are the same, so is what its output means.
    pub(super) fn digest(&self, plain: &[u8]) -> String {
        let mut digest = Context::new(&SHA256);
        for part in self.words.iter().map(String::as_bytes).chain([plain]) {
            digest.update(&(part.len() as u64).to_be_bytes());
            digest.update(part);
        }
        hex::encode(digest.finish())
    }

    /// What it makes of `plain`, the text of a Secret.
    pub(super) fn run(&self, plain: &[u8]) -> Result<Wiped, GenerateError> {
        let Some((program, words)) = self.words.split_first() else { return Ok(Wiped::from(plain.to_vec())) };
        let unstarted = |error: std::io::Error| self.fail(&format!("cannot be started: {error}"));
        let mut child = Command::new(program)
            .args(words)
            .current_dir(self.base)
            .env_remove(PASSPHRASE_VARIABLE)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(unstarted)?;
        let (input, output, errors) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (mut made, mut said) = (Wiped::from(Vec::new()), Vec::new());
        let read = std::thread::scope(|scope| {
            // A program that does not read its input ends the pipe, and says why elsewhere.
            scope.spawn(move || input.map(|mut input| input.write_all(plain)));
            let said = &mut said;
            scope.spawn(move || errors.map(|errors| errors.take(MOST).read_to_end(said)));
            output.map_or(Ok(0), |output| output.take(MOST + 1).read_to_end(&mut made))
        });
        let ended = child.wait().map_err(unstarted)?;
        read.map_err(unstarted)?;
        let said = String::from_utf8_lossy(&said);
        let first = said.lines().find(|line| !line.trim().is_empty()).unwrap_or("it says nothing");
        if !ended.success() {
            return Err(self.fail(&format!("failed ({ended}): {}", mask(first))));
        }
        if made.is_empty() {
            return Err(self.fail("printed nothing"));
        }
        if made.len() as u64 > MOST {
            return Err(self.fail(&format!("printed more than {} MiB", MOST >> 20)));
        }
        if leaves_key(plain, &made) {
            return Err(self.fail("printed a private key as it was given: it seals or encrypts nothing"));
        }
        Ok(made)
    }

    fn fail(&self, reason: &str) -> GenerateError {
        GenerateError::Filter { program: self.words.join(" "), reason: reason.to_owned() }
    }

    /// The program's file, if it is there.
    fn find(&self) -> Option<PathBuf> {
        let program = Path::new(self.words.first()?);
        if program.components().count() > 1 {
            return Some(self.base.join(program)).filter(|path| path.is_file());
        }
        let folders = std::env::var_os("PATH")?;
        std::env::split_paths(&folders).map(|folder| folder.join(program)).find(|path| path.is_file())
    }
}

/// Checks that every filter is there, before anything is issued.
pub(super) fn check(job: &Job<'_>) -> Result<(), GenerateError> {
    let mut filters = job.plan.clusters.iter().filter_map(|cluster| Filter::of(cluster, job.base));
    match filters.find(|filter| filter.find().is_none()) {
        Some(filter) => Err(filter.fail("is not in PATH")),
        None => Ok(()),
    }
}

/// Whether a key of `plain` is in `made` as it was: the values of Secrets are base64 in quotes, and keys the only ones that name them.
fn leaves_key(plain: &[u8], made: &[u8]) -> bool {
    let (plain, made) = (String::from_utf8_lossy(plain), String::from_utf8_lossy(made));
    let plain = Zeroizing::new(plain.into_owned());
    let values = plain.lines().filter_map(|line| line.trim().split_once("key\": \"")?.1.strip_suffix('"'));
    !private_keys(&made).is_empty() || values.filter(|value| value.len() > 40).any(|value| made.contains(value))
}
