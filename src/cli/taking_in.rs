//! `rollout record` of archives, folders and objects of Helm clusters: a state that was restored from a backup takes in what they say.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;
use time::OffsetDateTime;

use crate::diag::{Diagnostic, FilePlace};
use crate::input;
use crate::ledger::{KnownCas, trusted};
use crate::lint::{CheckedMesh, MeshAuthority};
use crate::mesh::{CiliumVersion, Label};
use crate::pem;
use crate::plan::{AuthorityRecord, BundleKind, Inventory, RECORD, TakingIn};
use crate::store::{Output, State, StateFiles};
use crate::verify::View;
use crate::wiped::Wiped;
use crate::x509::Certificate;

use super::found_bundle::{FoundBundle, UnknownBundle};
use super::targets::{children, targets};
use super::{Failure, load, secret_files};

/// How much of a fingerprint names a CA without a name, in hex digits.
const SHORT: usize = 16;
/// Bundles that are in memory at a time: a node has files for hundreds of links.
const AT_ONCE: usize = 64;

/// Bundles that were named, and what output folders say of all of theirs.
#[derive(Default)]
pub(super) struct Bundles {
    found: Vec<FoundBundle>,
    /// Names of CAs by fingerprint.
    names: BTreeMap<String, String>,
    /// The latest change that an output folder was made after.
    last: u64,
}

/// What becomes of the state.
pub(super) struct TakenIn {
    pub(super) inventory: Inventory,
    pub(super) findings: Vec<Diagnostic>,
    /// Bundles that said something new.
    pub(super) new: usize,
    /// Bundles that the state had written.
    pub(super) known: usize,
    /// CAs that it has not, by the names of their files.
    certificates: BTreeMap<String, Certificate>,
}

/// Whether `path` is a bundle, or a folder of them, and not a text.
pub(super) fn is_bundle(path: &Path) -> bool {
    if path.is_dir() {
        return true;
    }
    let mut start = [0; 2];
    input::open(path).is_ok_and(|mut file| file.read_exact(&mut start).is_ok()) && start == [0x1f, 0x8b]
}

impl Bundles {
    /// Finds the archives, the unpacked bundles and those of output folders at `paths`, and reads their manifests.
    pub(super) fn find(paths: &[&PathBuf]) -> Result<Self, Failure> {
        let mut all = Self::default();
        for path in paths {
            if path.is_dir()
                && let Some(index) = Output::at(path).index()?
            {
                let names = index.authorities.into_iter().filter(|(name, _)| Label::new(name).is_ok());
                all.names.extend(names.map(|(name, fingerprint)| (fingerprint, name)));
                all.last = all.last.max(index.revision);
            }
            let (objects, files): (Vec<_>, Vec<_>) = targets(path, None)?.into_iter().partition(|target| target.holds_secrets);
            all.found.par_extend(files.into_par_iter().map(|target| FoundBundle::at(target.path)));
            for target in objects {
                let text = secret_files::text_of_folder(&children(&target.path)?)?;
                all.found.extend(FoundBundle::all_in(&target.path, &Arc::new(text)).into_iter().flatten());
            }
        }
        Ok(all)
    }

    /// Adds those of a text with objects of Kubernetes that the state of `inventory` has not written. What is wrong with the others is
    /// found where the text is taken as evidence.
    pub(super) fn add_objects(&mut self, name: &str, text: &str, inventory: &Inventory) {
        // No other state takes in anything.
        if !inventory.branch.is_some_and(|branch| branch.is_new) {
            return;
        }
        let text = Arc::new(Wiped::from(text.as_bytes().to_vec()));
        let found = FoundBundle::all_in(Path::new(name), &text).into_iter().flatten();
        let is_unknown = |one: &FoundBundle| one.head.as_ref().is_ok_and(|head| head.is_unknown_to(inventory).is_ok_and(|is| is));
        self.found.extend(found.filter(is_unknown));
    }

    /// Whether none was named.
    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Takes them into `inventory`. Certificates of CAs are looked for in `files`, in the mesh, and in the bundles.
    pub(super) fn take_in(
        mut self,
        mesh: &Path,
        files: &StateFiles,
        inventory: Inventory,
        now: OffsetDateTime,
    ) -> Result<TakenIn, Failure> {
        let mut taken = TakenIn { inventory, findings: Vec::new(), new: 0, known: 0, certificates: BTreeMap::new() };
        let unknown = taken.sort(std::mem::take(&mut self.found));
        if unknown.is_empty() {
            return Ok(taken);
        }
        let (mut cas, names) = self.known(mesh, files, now)?;
        let view = View::new(CiliumVersion::NEWEST, now);
        let mut taking = TakingIn::begin(taken.inventory, self.last);
        for chunk in unknown.chunks(AT_ONCE) {
            let read: Vec<_> = chunk.par_iter().map(|one| one.contents(&view)).collect::<Result<_, Failure>>()?;
            for (one, contents) in chunk.iter().zip(read) {
                match contents {
                    Ok(seen) => {
                        let trusted = || seen.iter().flat_map(trusted);
                        cas.extend(trusted().map(|ca| (fingerprint(ca), ca.clone())));
                        add_authorities(trusted(), &names, taking.authorities(), &mut taken.certificates);
                        one.written(&seen, &cas).into_iter().for_each(|written| taking.take_in(written));
                        taken.new += 1;
                    }
                    Err(faults) => taken.findings.extend(faults),
                }
            }
        }
        taken.inventory = taking.finish();
        Ok(taken)
    }

    /// All CAs whose certificate is at hand, and the names that are known of them, by fingerprint.
    fn known(
        &self,
        mesh: &Path,
        files: &StateFiles,
        now: OffsetDateTime,
    ) -> Result<(KnownCas, BTreeMap<String, String>), Failure> {
        let (mut cas, mut names) = (KnownCas::new(), self.names.clone());
        for file in files.authority_files() {
            let pem = files.authority_certificate(&file).map_err(Failure::File)?;
            cas.extend(Certificate::chain_from_pem(pem.as_bytes()).into_iter().flatten().map(|ca| (fingerprint(&ca), ca)));
        }
        let loaded = load::load(mesh, now)?;
        for (name, authority) in loaded.checked.iter().flat_map(CheckedMesh::authorities) {
            if let Some(ca) = MeshAuthority::anchor(authority) {
                names.insert(fingerprint(ca), name.to_string());
                cas.insert(fingerprint(ca), ca.clone());
            }
        }
        Ok((cas, names))
    }
}

impl TakenIn {
    /// Those of `found` that the state has not written, each once: first members, which have the CAs that sign clients, and of each bundle
    /// the newest first. The others are counted, or refused.
    fn sort(&mut self, found: Vec<FoundBundle>) -> Vec<UnknownBundle> {
        let mut unknown = Vec::new();
        for FoundBundle { path, head, content } in found {
            let head = head.and_then(|head| Ok((head.is_unknown_to(&self.inventory)?, head)));
            match head {
                Ok((true, head)) => unknown.push(UnknownBundle { path, head, content }),
                Ok((false, _)) => self.known += 1,
                Err(refusal) => self.findings.push(refusal.diagnostic(FilePlace::whole(path.display().to_string()), RECORD)),
            }
        }
        let order = |one: &UnknownBundle| {
            let is_member = matches!(one.head.bundle.kind(), BundleKind::Member(_));
            (!is_member, one.head.bundle.clone(), Reverse((one.head.branch, one.head.generation)))
        };
        unknown.sort_by_key(order);
        let all = unknown.len();
        unknown.dedup_by_key(|one| order(one));
        self.known += all - unknown.len();
        unknown
    }

    /// Writes it into `state`, whose inventory was `before`.
    pub(super) fn store(&self, state: &State, before: &Inventory) -> Result<(), Failure> {
        for (file, certificate) in &self.certificates {
            state.add_authority_certificate(file, &pem::certificate(certificate.der()))?;
        }
        Ok(state.commit(before, &self.inventory)?)
    }
}

/// Adds those of `cas` to the `known` ones that are not among them, and to `certificates` by the names of their files.
fn add_authorities<'a>(
    cas: impl Iterator<Item = &'a Certificate>,
    names: &BTreeMap<String, String>,
    known: &mut BTreeMap<String, AuthorityRecord>,
    certificates: &mut BTreeMap<String, Certificate>,
) {
    let mut fingerprints: BTreeSet<String> = known.values().map(|record| record.fingerprint.clone()).collect();
    for ca in cas {
        let fingerprint = fingerprint(ca);
        if !fingerprints.insert(fingerprint.clone()) {
            continue;
        }
        let name = names.get(&fingerprint).filter(|name| !known.contains_key(*name));
        let unnamed = || format!("taken-{}", fingerprint.get(..SHORT).unwrap_or(&fingerprint));
        let name = name.map_or_else(unnamed, Clone::clone);
        let record = AuthorityRecord::in_file(&name, fingerprint, ca.not_before(), ca.not_after());
        certificates.extend(record.file.clone().map(|file| (file, ca.clone())));
        known.insert(name, record);
    }
}

fn fingerprint(certificate: &Certificate) -> String {
    hex::encode(certificate.fingerprint())
}
