//! Manifest, checksums and options, each compared with the others and with the files.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Code, Collector, Diagnostic, FilePlace};

use super::super::files::BundleTree;
use super::super::manifest::{Manifest, ManifestCluster};
use super::super::tree::Entry;
use super::super::view::View;
use super::{member, options, own as announcer, sums};

/// Judges the bundle. `configs` are the names of those that agents would see.
pub(in crate::verify) fn look(bundle: &BundleTree, configs: &BTreeSet<&str>, view: &View) -> Vec<Diagnostic> {
    let mut findings = sums::look(bundle);
    match bundle.manifest() {
        None => {
            let message = "there is no manifest.json: installers cannot tell which machine this bundle is for";
            findings.push(manifest_finding(bundle, message, "generate the bundle again"));
        }
        Some(Err(error)) => {
            let message = format!("manifest.json cannot be read: {error}");
            findings.push(manifest_finding(bundle, message, "generate the bundle again, or use a newer meshbundle"));
        }
        Some(Ok(manifest)) => {
            findings.extend(fits(bundle, manifest, configs));
            if manifest.is_node() {
                findings.extend(options::look(bundle, manifest, view));
                findings.extend(announcer::look(bundle, manifest));
            } else {
                findings.extend(member::look(bundle, manifest));
            }
        }
    }
    findings
}

fn manifest_finding(bundle: &BundleTree, message: impl Into<String>, help: &str) -> Diagnostic {
    let place = FilePlace::whole(bundle.shown("manifest.json"));
    Diagnostic::of_file(Code::ManifestWrong, place, message).help(help)
}

/// The manifest against the files that it is about.
fn fits(bundle: &BundleTree, manifest: &Manifest, configs: &BTreeSet<&str>) -> Vec<Diagnostic> {
    let mut findings = Collector::of_file();
    let mut wrong = |message: String| findings.push(manifest_finding(bundle, message, "generate the bundle again"));
    match manifest.top() {
        None => wrong(format!("it is of kind `{}`, and names no matching node or member", manifest.kind.escape_debug())),
        Some(top) if bundle.top.as_ref().is_some_and(|is| *is != top) => {
            let is = bundle.top.as_deref().unwrap_or_default().escape_debug();
            wrong(format!("it says that this is `{}`, and the top folder is `{is}`", top.escape_debug()));
        }
        Some(_) => {}
    }
    if manifest.generation == 0 {
        wrong("its generation is 0: generations count from 1".to_owned());
    }
    if let Some(floor) = manifest.floor.filter(|floor| *floor == 0 || *floor > manifest.generation) {
        wrong(format!(
            "its floor is {floor}, and its generation {}: a floor is this generation or an earlier one",
            manifest.generation
        ));
    }
    if !manifest.is_node() {
        return findings.finish();
    }
    let links = manifest.links.as_deref().unwrap_or_default();
    let listed: BTreeSet<&str> = links.iter().map(|link| link.name.as_str()).collect();
    for name in listed.difference(configs) {
        wrong(format!("it lists a link to `{}`, and there is no config for it", name.escape_debug()));
    }
    for name in configs.difference(&listed) {
        wrong(format!("there is a config for `{}`, and it lists no such link", name.escape_debug()));
    }
    for removed in manifest.removed_links.iter().flatten().filter(|name| configs.contains(name.as_str())) {
        wrong(format!("it says that the link to `{}` is removed, and there is a config for it", removed.escape_debug()));
    }
    if !matches!(bundle.tree.get(bundle.folder()), Some(Entry::Folder(_))) {
        let message = format!("the clustermesh directory, `{}`, is not in the bundle", bundle.folder().escape_debug());
        let finding = Diagnostic::of_file(Code::FolderMissing, FilePlace::whole(&bundle.file), message);
        findings.push(finding.help("generate the bundle again"));
    }
    findings.extend(ids(bundle, &manifest.cluster, links));
    findings.finish()
}

/// Two clusters with one id.
fn ids(bundle: &BundleTree, own: &ManifestCluster, links: &[ManifestCluster]) -> Vec<Diagnostic> {
    let mut of: BTreeMap<i64, &str> = BTreeMap::new();
    let mut findings = Collector::of_file();
    for cluster in std::iter::once(own).chain(links) {
        if let Some(other) = of.insert(cluster.id, &cluster.name)
            && other != cluster.name
        {
            let message =
                format!("`{}` and `{}` both have the id {}", other.escape_debug(), cluster.name.escape_debug(), cluster.id);
            let place = FilePlace::whole(bundle.shown("manifest.json"));
            let finding = Diagnostic::of_file(Code::DuplicateId, place, message);
            findings.push(finding.help("give each cluster an id of its own in the mesh, and generate again"));
        }
    }
    findings.finish()
}
