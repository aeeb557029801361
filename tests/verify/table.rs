//! The table of mutations: each is found by its own code and no other, the unmutated bundle is clean, and every code of this
//! family has its mutation.

use std::collections::{BTreeMap, BTreeSet};

use meshbundle::diag::CATALOGUE;
use meshbundle::mesh::CiliumVersion;

use crate::verify::bundle::Bundle;
use crate::verify::codes::told;
use crate::verify::{
    archives, mesh, mutations_bundle, mutations_config, mutations_credential, mutations_folder, mutations_own, projects,
    revocation_lists, secrets,
};

/// One mutation of a good bundle.
pub(crate) struct Row {
    /// What is done, in words.
    pub(crate) what: &'static str,
    /// Does it.
    pub(crate) spoil: fn(&Bundle),
    /// More words for `verify`.
    pub(crate) words: &'static [&'static str],
    /// The codes that are told, and no others.
    pub(crate) codes: &'static [&'static str],
    /// Whether the checksums are written anew after it.
    pub(crate) reseal: bool,
}

/// A mutation with the checksums written anew.
pub(crate) const fn row(what: &'static str, codes: &'static [&'static str], spoil: fn(&Bundle)) -> Row {
    Row { what, spoil, words: &[], codes, reseal: true }
}

impl Row {
    /// Looked at with more words.
    pub(crate) const fn with(self, words: &'static [&'static str]) -> Self {
        Self { words, ..self }
    }

    /// With the old checksums.
    pub(crate) const fn unsealed(self) -> Self {
        Self { reseal: false, ..self }
    }
}

fn rows() -> impl Iterator<Item = &'static Row> {
    let tables =
        [mutations_folder::ROWS, mutations_config::ROWS, mutations_credential::ROWS, mutations_bundle::ROWS, mutations_own::ROWS];
    tables.into_iter().flatten()
}

#[test]
fn the_unmutated_bundle_is_clean() {
    let bundle = Bundle::new();
    let root = bundle.root.to_str().expect("text");
    for version in ["1.14", "1.15", "1.16", "1.17", "1.18", "1.19", "1.20"] {
        let clean = told(&bundle.sandbox, &[root, "--cilium", version]);
        assert!(clean.codes.is_empty() && clean.status == 0, "{version}: {}", clean.report);
    }
}

#[test]
fn every_mutation_is_found_by_its_own_code() {
    assert!(rows().count() >= 40, "only {} mutations", rows().count());
    let base = Bundle::new();
    let newest = ["--cilium".to_owned(), CiliumVersion::NEWEST.to_string()];
    let newest = newest.each_ref().map(String::as_str);
    let mut misfits = Vec::new();
    for row in rows() {
        // The unpacked bundle anew; the mesh and its state are the same.
        std::fs::remove_dir_all(base.sandbox.path("unpacked-by-tar")).expect("removed");
        let root = base.sandbox.unpack("cluster1/nodes/node1");
        (row.spoil)(&base);
        if row.reseal {
            base.reseal();
        }
        // As the newest agents read it, and not as those of the bundle, unless the row says otherwise.
        let version: &[&str] = if row.words.contains(&"--cilium") { &[] } else { &newest };
        let told = told(&base.sandbox, &[&[root.to_str().expect("text")], row.words, version].concat());
        let expected: BTreeSet<String> = row.codes.iter().map(|code| (*code).to_owned()).collect();
        if told.codes != expected {
            misfits.push(format!("{}: {:?} instead of {expected:?}\n{}", row.what, told.codes, told.report));
        }
    }
    assert!(misfits.is_empty(), "{} misfits\n{}", misfits.len(), misfits.join("\n"));
}

/// A code that no mutation leads to could be one that nothing leads to.
#[test]
fn every_code_of_the_family_is_shown() {
    let mut shown: BTreeMap<&str, usize> = BTreeMap::new();
    let elsewhere =
        archives::CODES.iter().chain(mesh::CODES).chain(projects::CODES).chain(revocation_lists::CODES).chain(secrets::CODES);
    for code in rows().flat_map(|row| row.codes).chain(elsewhere) {
        *shown.entry(code).or_default() += 1;
    }
    let family = CATALOGUE.iter().map(|code| code.as_str()).filter(|code| code.starts_with("CM07"));
    let missing: Vec<_> = family.filter(|code| !shown.contains_key(code)).collect();
    assert!(missing.is_empty(), "no mutation leads to {missing:?}");
}
