//! Manifest, checksums and options, each compared with the others and with the files.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Code, Collector, Diagnostic, FilePlace};

use super::super::manifest::{Manifest, ManifestCluster};
use super::super::peer::Own;
use super::super::subject::Subject;
use super::super::tree::Entry;
use super::super::view::View;
use super::{member, options, own as announcer, sums};

/// Judges the bundle. `folder` is where its peers are, `configs` the names of those that agents would see.
pub(in crate::verify) fn look(
    subject: &Subject,
    folder: &str,
    configs: &BTreeSet<&str>,
    own: &Own,
    view: &View,
) -> Vec<Diagnostic> {
    let mut findings = sums::look(subject);
    match subject.manifest() {
        None => {
            let message = "there is no manifest.json: installers cannot tell which machine this bundle is for";
            findings.push(manifest_finding(subject, message, "generate the bundle again"));
        }
        Some(Err(error)) => {
            let message = format!("manifest.json cannot be read: {error}");
            findings.push(manifest_finding(subject, message, "generate the bundle again, or use a newer meshbundle"));
        }
        Some(Ok(manifest)) => {
            findings.extend(fits(subject, &manifest, folder, configs));
            if manifest.is_node() {
                findings.extend(options::look(subject, &manifest, own, view));
                findings.extend(announcer::look(subject, &manifest, folder));
            } else {
                findings.extend(member::look(subject, &manifest));
            }
        }
    }
    findings
}

fn manifest_finding(subject: &Subject, message: impl Into<String>, help: &str) -> Diagnostic {
    let place = FilePlace::whole(subject.name_of("manifest.json"));
    Diagnostic::of_file(Code::ManifestWrong, place, message).help(help)
}

/// The manifest against the files that it is about.
fn fits(subject: &Subject, manifest: &Manifest, folder: &str, configs: &BTreeSet<&str>) -> Vec<Diagnostic> {
    let mut findings = Collector::of_file();
    let mut wrong = |message: String| findings.push(manifest_finding(subject, message, "generate the bundle again"));
    match manifest.top() {
        None => wrong(format!("it is of kind `{}`, and names no matching node or member", manifest.kind.escape_debug())),
        Some(top) if subject.top.as_ref().is_some_and(|is| *is != top) => {
            let is = subject.top.as_deref().unwrap_or_default().escape_debug();
            wrong(format!("it says that this is `{}`, and the top folder is `{is}`", top.escape_debug()));
        }
        Some(_) => {}
    }
    if manifest.generation == 0 {
        wrong("its generation is 0: generations count from 1".to_owned());
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
    if !matches!(subject.tree.get(folder), Some(Entry::Folder(_))) {
        let message = format!("the clustermesh directory, `{}`, is not in the bundle", folder.escape_debug());
        let finding = Diagnostic::of_file(Code::FolderMissing, FilePlace::whole(&subject.file), message);
        findings.push(finding.help("generate the bundle again"));
    }
    findings.extend(ids(subject, &manifest.cluster, links));
    findings.finish()
}

/// Two clusters with one id.
fn ids(subject: &Subject, own: &ManifestCluster, links: &[ManifestCluster]) -> Vec<Diagnostic> {
    let mut of: BTreeMap<i64, &str> = BTreeMap::new();
    let mut findings = Collector::of_file();
    for cluster in std::iter::once(own).chain(links) {
        if let Some(other) = of.insert(cluster.id, &cluster.name)
            && other != cluster.name
        {
            let message =
                format!("`{}` and `{}` both have the id {}", other.escape_debug(), cluster.name.escape_debug(), cluster.id);
            let place = FilePlace::whole(subject.name_of("manifest.json"));
            let finding = Diagnostic::of_file(Code::DuplicateId, place, message);
            findings.push(finding.help("give each cluster an id of its own in the mesh, and generate again"));
        }
    }
    findings.finish()
}
