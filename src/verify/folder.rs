//! The folder of peers: which files agents take for clusters, and under which names.
//!
//! An agent looks at every file right in the folder, follows links, and takes each that contains `endpoints:` for a remote
//! cluster with the file's name (pkg/clustermesh/common/config.go). What credentials hold is `credential`'s.

use std::collections::BTreeSet;

use crate::diag::{Code, Diagnostic, FilePlace, Severity, shell_word};
use crate::mesh::{ClusterName, Feature};

use super::config;
use super::files::Files;
use super::peer::Own;
use super::tree::{Entry, UNREADABLE};
use super::view::View;

/// What agents make of a file that they take for a config.
enum ConfigRole {
    /// The config of a remote cluster.
    Remote,
    /// The config of their own cluster, which they skip.
    Local,
    /// Its name is no cluster's in any mesh.
    Reserved,
    /// It is not meant for a config, and why that is known.
    Phantom(&'static str),
}

fn role(name: &str, bytes: &[u8], own: &Own) -> ConfigRole {
    if let Some(why) = left_over(name) {
        return ConfigRole::Phantom(why);
    }
    // Its bytes are read only where its name leaves a doubt.
    if ClusterName::new(name).is_err() && !config::is_meant(name, bytes) {
        return ConfigRole::Phantom("it only mentions `endpoints:`");
    }
    if own.name.as_deref() == Some(name) {
        return ConfigRole::Local;
    }
    if name == "default" { ConfigRole::Reserved } else { ConfigRole::Remote }
}

/// The remote clusters that agents of `own` take these files for, and that are meant to be some. It judges nothing.
pub fn remotes<'a>(files: &'a dyn Files, own: &Own) -> BTreeSet<&'a str> {
    let configs = files.entries().filter_map(|(name, entry)| {
        let bytes = entry.bytes().filter(|bytes| config::is_config(bytes))?;
        matches!(role(name, bytes, own), ConfigRole::Remote).then_some(name)
    });
    configs.collect()
}

/// Looks at every file of the folder; the names that come back are of those that agents take for a remote cluster, and that are
/// meant to be one. `named` are the names of files here that configs refer to.
pub(super) fn look<'a>(
    files: &'a dyn Files,
    own: &Own,
    named: &BTreeSet<String>,
    view: &View,
) -> (Vec<&'a str>, Vec<Diagnostic>) {
    let mut looked = DirectoryInspection { files, own, named, view, candidates: Vec::new(), findings: Vec::new() };
    if let Some(Entry::Folder(mode)) = files.directory() {
        looked.writable("", *mode);
    }
    for (name, entry) in files.entries() {
        looked.entry(name, entry);
    }
    // If it is unknown what configs name, it is unknown which files do not belong here.
    let unread = files.entries().any(|(_, entry)| matches!(entry, Entry::Unreadable(_)));
    if unread || looked.candidates.is_empty() {
        looked.findings.retain(|finding| finding.code != Code::Stranger);
    }
    (looked.candidates, looked.findings)
}

struct DirectoryInspection<'a, 'b> {
    files: &'a dyn Files,
    own: &'b Own,
    named: &'b BTreeSet<String>,
    view: &'b View,
    candidates: Vec<&'a str>,
    findings: Vec<Diagnostic>,
}

impl<'a> DirectoryInspection<'a, '_> {
    fn entry(&mut self, name: &'a str, entry: &'a Entry) {
        match entry {
            Entry::File { mode, bytes } => {
                self.writable(name, *mode);
                if bytes.is_config() {
                    self.config(name, bytes);
                } else if !self.named.contains(name) {
                    self.other(name, bytes);
                }
            }
            // A config names it: `credential` says that it cannot be read.
            Entry::Unreadable(_) if self.named.contains(name) => {}
            Entry::Unreadable(reason) => {
                let message = format!("`{}` cannot be read: {reason}", name.escape_debug());
                self.report(Code::FileUnreadable, name, message, UNREADABLE);
                if let Some(finding) = self.findings.last_mut() {
                    finding.cause = Some("agents treat a cluster as removed when its config cannot be read any more".into());
                }
            }
            // A mounted Secret keeps its files in `..2026_11_21…`, and `..data` leads there.
            Entry::Folder(_) if name.starts_with("..") => {}
            // A config names it: `credential` says that it is no file.
            Entry::Folder(_) | Entry::Special if self.named.contains(name) => {}
            Entry::Folder(_) => self.stranger(name, "agents do not look into folders"),
            Entry::Special => self.stranger(name, "it is neither file nor folder"),
            Entry::Dangling(to) if !self.named.contains(name) => {
                let message = format!("`{}` leads to `{}`, which is not there", name.escape_debug(), to.escape_debug());
                self.report(Code::UnseenPeer, name, message, "put the file where the link leads, or remove the link");
            }
            // A config names it: `credential` says that it is missing.
            Entry::Dangling(_) => {}
        }
    }

    /// A file that counts as a cluster.
    fn config(&mut self, name: &'a str, bytes: &'a [u8]) {
        match role(name, bytes, self.own) {
            ConfigRole::Phantom(why) => self.phantom(name, why),
            ConfigRole::Local => {
                let message = format!("`{name}` is the agents' own cluster, so they skip this config");
                self.report(Code::OwnPeer, name, message, "remove it, or leave it where one folder goes to all clusters");
            }
            ConfigRole::Reserved => {
                let message = "`default` is no name for a cluster of a mesh".to_owned();
                self.report(Code::ReservedName, name, message, "name the file as that cluster's `cluster-name` has it");
            }
            ConfigRole::Remote => {
                if let Err(bad) = ClusterName::new(name) {
                    self.refused(name, &bad.reason);
                }
                self.candidates.push(name);
            }
        }
    }

    fn phantom(&mut self, name: &str, why: &str) {
        let name_shown = name.escape_debug();
        let then = match (ClusterName::new(name).is_ok(), self.view.version.has(Feature::StrictPeerNames)) {
            (false, true) => "they reject the name, with an error at each start",
            _ => "they connect to it",
        };
        let message = format!("agents take `{name_shown}` for a cluster ({why}): {then}");
        self.report(Code::PhantomPeer, name, message, "remove it; keep copies and notes outside of this folder");
    }

    fn refused(&mut self, name: &str, reason: &str) {
        let version = self.view.version;
        let since = Feature::StrictPeerNames.since();
        let strict = version.has(Feature::StrictPeerNames);
        let then = if strict {
            format!("agents of Cilium {version} do not connect to it")
        } else {
            format!("agents from Cilium {since} on do not connect to it, and older ones look for a cluster with that name")
        };
        let message = format!("the cluster is called `{}`, as its file: {then}", name.escape_debug());
        let path = |name: &str| shell_word(&self.files.shown(name));
        let help = match likely_name(name) {
            Some(likely) => {
                let rename = format!("`mv {} {}`, if the cluster's own `cluster-name` is `{likely}`", path(name), path(&likely));
                self.files.help(rename)
            }
            None => format!("name the file exactly as the cluster's own `cluster-name`; {reason}"),
        };
        self.report(Code::RefusedPeer, name, message, &help);
        // A cluster that is really called so can be connected to by those that have no rule for names.
        if let Some(finding) = self.findings.last_mut().filter(|_| !strict) {
            finding.severity = Severity::Warning;
        }
    }

    /// A file that does not count, and that no config names.
    fn other(&mut self, name: &str, bytes: &[u8]) {
        if left_over(name).is_none() && !is_credential(name) && config::is_meant(name, bytes) {
            let message = format!("agents do not see the config `{}`: its bytes nowhere say `endpoints:`", name.escape_debug());
            let help = "write the key without quotes, in lower case, directly followed by the colon, and the list below it";
            return self.report(Code::UnseenPeer, name, message, help);
        }
        let why = left_over(name).unwrap_or("no config names it");
        self.stranger(name, why);
    }

    fn stranger(&mut self, name: &str, why: &str) {
        let message = format!("`{}` does not belong here: {why}", name.escape_debug());
        self.report(Code::Stranger, name, message, "remove it, or keep it elsewhere");
    }

    fn writable(&mut self, name: &str, mode: Option<u32>) {
        let Some(mode) = mode.filter(|mode| mode & 0o022 != 0 && mode & 0o1000 == 0) else { return };
        let shown = if name.is_empty() { "the folder".to_owned() } else { format!("`{}`", name.escape_debug()) };
        let message = format!("{shown} can be written by others than its owner: its mode is {:04o}", mode & 0o7777);
        let path = self.files.shown(name);
        let help = self.files.help(format!("`chmod go-w {}`", shell_word(path.trim_end_matches('/'))));
        self.report(Code::OthersWrite, name, message, &help);
    }

    fn report(&mut self, code: Code, name: &str, message: String, help: &str) {
        let file = self.files.shown(name);
        let finding = Diagnostic::of_file(code, FilePlace::whole(file.trim_end_matches('/')), message);
        self.findings.push(finding.help(help));
    }
}

/// What programs leave behind, by its name: editors, rsync (`.name.Xy12Zw`), Ansible (`.ansible_tmp…`), package managers.
fn left_over(name: &str) -> Option<&'static str> {
    const ENDINGS: [&str; 11] =
        [".bak", ".tmp", ".swp", ".swo", ".orig", ".old", ".rej", ".new", ".save", ".rpmsave", ".dpkg-old"];
    let backup = name.ends_with('~') || (name.starts_with('#') && name.ends_with('#'));
    if backup || ENDINGS.iter().any(|ending| name.ends_with(ending)) {
        return Some("it is called like a backup or a temporary file");
    }
    name.starts_with('.').then_some("it is called like a hidden or temporary file")
}

fn is_credential(name: &str) -> bool {
    [".crt", ".key", ".pem", ".cer", ".csr"].iter().any(|ending| name.ends_with(ending))
}

/// The cluster that a file of the first guides was for: `cluster2-cilium-etcd.config`, `cluster2.yaml`.
fn likely_name(name: &str) -> Option<String> {
    const TAILS: [&str; 8] = ["-cilium-etcd.config", "-etcd.config", ".etcd.config", ".config", ".yaml", ".yml", ".conf", ".cfg"];
    let stem = TAILS.iter().find_map(|tail| name.strip_suffix(tail))?;
    ClusterName::new(stem).is_ok().then(|| stem.to_owned())
}
