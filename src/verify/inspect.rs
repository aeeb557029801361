//! One subject: from its bytes to the peers that its agents would connect to, or the member that its etcd would be.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use crate::diag::{Code, Diagnostic, FilePlace, Severity};
use crate::pem::Text;

use super::config::{self, ConfigReading};
use super::content::Content;
use super::credential::{File, Judge};
use super::files::{BundleTree, Files, Found, OWN_CONFIGS};
use super::identify::Owner;
use super::inspection::{Inspection, MemberFiles};
use super::link::prove_chain;
use super::manifest::Manifest;
use super::peer::{Credential, Own, Peer};
use super::peer_config::{ConfigText, PeerConfig};
use super::sound_peers::SoundPeers;
use super::tree::Entry;
use super::view::View;
use super::{against_mesh, anchors_line, bundle, common_name, compose_project, folder};
use crate::x509::{Certificate, Usage};

/// Folder of a member's files, below the bundle's top.
const MEMBER: &str = "payload/etc/etcd/clustermesh";

/// Reads files as the agents of their owner with the view's version would.
pub fn inspect(files: &dyn Files, owner: Owner, view: &View) -> Inspection {
    inspect_beside(&mut SoundPeers::default(), files, owner, view)
}

/// The same, where some of it is known from a neighbour.
pub(super) fn inspect_beside(sound: &mut SoundPeers, files: &dyn Files, owner: Owner, view: &View) -> Inspection {
    let Owner { own, expected } = owner;
    let mut seen = contents(sound, files, own, view);
    if let Some(expected) = &expected {
        seen.unexpected = against_mesh::compare(&seen, expected);
        for peer in &mut seen.peers {
            peer.id = expected.id_of(&peer.name).or(peer.id);
        }
    }
    Inspection { expected, ..seen }
}

/// What is in them, whatever a mesh says.
fn contents(sound: &mut SoundPeers, files: &dyn Files, own: Own, view: &View) -> Inspection {
    let (bundle, file) = (files.bundle(), files.file().to_owned());
    let manifest = bundle.and_then(BundleTree::good_manifest);
    let mut judge = Judge::new(view, files);
    if let Some((bundle, manifest)) = bundle.zip(manifest).filter(|(_, manifest)| !manifest.is_node()) {
        let member = member(bundle, manifest, view, &mut judge);
        let mut findings = bundle::look(bundle, &BTreeSet::new(), view);
        findings.append(&mut judge.findings);
        return Inspection { file, version: view.version, own, member: Some(member), findings, ..Inspection::default() };
    }
    if bundle.is_some_and(BundleTree::is_empty) {
        // What is wrong with it, its reader has said.
        return Inspection { file, version: view.version, ..Inspection::default() };
    }
    let mut reading = DirectoryReading { files, view, judge, shared: BTreeMap::new(), sound };
    let (mut peers, mut findings) = reading.peers(&own);
    let ways = if bundle.is_some() { reading.ways(&own) } else { Vec::new() };
    findings.extend(ways.iter().flat_map(|way| way.local.iter().cloned()));
    if let Some(links) = manifest.and_then(|manifest| manifest.links.as_ref()) {
        // Of two with one name the first counts.
        let ids: BTreeMap<&str, i64> = links.iter().rev().map(|link| (link.name.as_str(), link.id)).collect();
        for peer in &mut peers {
            peer.id = ids.get(peer.name.as_str()).copied();
        }
    }
    if let Some(bundle) = bundle {
        let names: BTreeSet<&str> = peers.iter().map(|peer| peer.name.as_str()).collect();
        findings.extend(bundle::look(bundle, &names, view));
    } else if peers.is_empty() && !files.entries().any(|(_, entry)| matches!(entry, Entry::Unreadable(_))) {
        let message = "no file here is a peer's config: agents are connected to no cluster";
        let finding = Diagnostic::of_file(Code::NoPeers, FilePlace::whole(&file), message);
        findings.push(finding.help(files.no_peers_help()));
    }
    findings.extend(files.project().into_iter().flat_map(compose_project::look));
    Inspection { file, version: view.version, own, peers, ways, findings, ..Inspection::default() }
}

/// A config in no clustermesh directory: that of the local etcd of the cluster `name`. `files` has what it names.
pub fn inspect_alone(name: &str, config: &[u8], files: &dyn Files, view: &View) -> Peer {
    let read = config::read(files.file(), config, view.version);
    let (judge, sound) = (Judge::new(view, files), &mut SoundPeers::default());
    let mut reading = DirectoryReading { files, view, judge, shared: BTreeMap::new(), sound };
    let said = read.findings.clone();
    reading.peer(name, files.file().to_owned(), (name, &config.to_vec().into()), &read, said)
}

struct DirectoryReading<'a> {
    files: &'a dyn Files,
    view: &'a View,
    judge: Judge<'a>,
    /// By their file.
    shared: BTreeMap<String, (Arc<[Certificate]>, Vec<Diagnostic>)>,
    sound: &'a mut SoundPeers,
}

impl<'a> DirectoryReading<'a> {
    /// What a config says, which is at `path` of the bundle.
    fn config(&self, path: &str, file: &str, config: &Content) -> ConfigReading {
        match self.sound.config(path, config) {
            Some(config) => ConfigReading { config, refused: false, findings: Vec::new() },
            None => config::read(file, config, self.view.version),
        }
    }

    /// The files of the clustermesh directory that a config names, which is at `path` of the bundle.
    fn named(&self, path: &str, content: &Content, config: &PeerConfig) -> Vec<String> {
        if let Some(known) = self.sound.inside(path, content) {
            return known.map(str::to_owned).collect();
        }
        config.paths().filter_map(|path| self.files.at(path.as_str()).inside().map(str::to_owned)).collect()
    }

    fn peers(&mut self, own: &Own) -> (Vec<Peer>, Vec<Diagnostic>) {
        let mut findings = Vec::new();
        // What strangers are depends on what configs name, so these are read first.
        let read: BTreeMap<&str, (&Content, ConfigReading)> = self
            .files
            .entries()
            .filter_map(|(name, entry)| Some((name, entry.content().filter(|content| content.is_config())?)))
            .map(|(name, bytes)| (name, (bytes, self.config(name, &self.files.shown(name), bytes))))
            .collect();
        let named = read.iter().flat_map(|(path, (bytes, reading))| self.named(path, bytes, &reading.config)).collect();
        let (candidates, mut looked) = folder::look(self.files, own, &named, self.view);
        // A config that cannot be read may name any file.
        if read.values().any(|(_, reading)| reading.refused && reading.config.paths().next().is_none()) {
            looked.retain(|finding| finding.code != Code::Stranger);
        }
        // Agents that read no aliases may know the names all the same.
        let hosts = self.files.bundle().map(bundle::hosts::known).unwrap_or_default();
        let known = |reading: &ConfigReading| reading.config.aliases.keys().all(|name| hosts.contains(&name.to_lowercase()));
        // What the folder's rules have found, by file.
        let mut of_file: BTreeMap<&str, Vec<&Diagnostic>> = BTreeMap::new();
        for finding in &looked {
            of_file.entry(finding.place.as_ref().map_or("", |place| &place.file)).or_default().push(finding);
        }
        let mut peers = Vec::new();
        for candidate in candidates {
            let Some((bytes, reading)) = read.get(candidate) else { continue };
            let file = self.files.shown(candidate);
            let said = reading.findings.iter().filter(|finding| finding.code != Code::AliasHidesHosts || !known(reading));
            let said = of_file.get(file.as_str()).into_iter().flatten().copied().chain(said).cloned().collect();
            let peer = self.peer(candidate, file, (candidate, bytes), reading, said);
            findings.extend(peer.local.iter().cloned());
            peers.push(peer);
        }
        // Peers may share files, and what was reported of them.
        findings.extend(looked);
        let mut seen = HashSet::new();
        findings.retain(|finding| seen.insert((finding.place.clone(), finding.code, finding.message.clone())));
        (peers, findings)
    }

    /// The ways to the own etcd that a bundle brings.
    fn ways(&mut self, own: &Own) -> Vec<Peer> {
        let mut ways = Vec::new();
        for (config, reader) in OWN_CONFIGS.into_iter().zip(common_name::READERS) {
            let Found { shown: file, entry, .. } = self.files.at(config);
            let Some(bytes) = entry.and_then(Entry::content) else { continue };
            let reading = self.config(config, &file, bytes);
            let said = reading.findings.clone();
            let mut way = self.peer(own.name.as_deref().unwrap_or_default(), file, (config, bytes), &reading, said);
            // Who owns an etcd may well do everything in it, if it is who it should be.
            way.local.retain(|finding| finding.code != Code::PrivilegedClient);
            let certificate = way.config.cert_file.as_ref().map(|path| self.files.at(path.as_str()).shown);
            let unlike = certificate.and_then(|file| common_name::of_reader(file, &way.chain, reader, &way.name));
            way.local.extend(unlike);
            ways.push(way);
        }
        ways
    }

    /// What a config leads to, which is at a path of the bundle; `said` is what was found of it so far.
    fn peer(
        &mut self,
        name: &str,
        file: String,
        (path, content): (&str, &Content),
        reading: &ConfigReading,
        said: Vec<Diagnostic>,
    ) -> Peer {
        let config = if reading.refused { Arc::default() } else { Arc::clone(&reading.config) };
        let mut local = said;
        let known = self.sound.credential(path, content, self.files.bundle());
        let Credential { anchors, chain, key } = known.unwrap_or_else(|| {
            let credential = if reading.refused { Credential::default() } else { self.credential(&config, &file, content) };
            let changed = anchors_line::changed(content, &credential.anchors, &file, self.files);
            if reading.findings.is_empty() && changed.is_none() && self.judge.findings.is_empty() {
                self.sound.keep(path, content, &config, &credential, self.files.bundle());
            }
            local.extend(changed);
            local.append(&mut self.judge.findings);
            credential
        });
        let blocked = blocking(&local).map(Box::new);
        let found = config.trusted_ca_file.as_ref().map(|path| self.files.at(path.as_str()));
        let doubt = found.and_then(|found| self.files.doubt(&found)).map(Box::new);
        let etcd = self.files.etcd_of(name, &config);
        Peer { name: name.to_owned(), file, id: None, etcd, config, anchors, doubt, chain, key, blocked, local }
    }

    fn credential(&mut self, config: &PeerConfig, file: &str, bytes: &[u8]) -> Credential {
        // Without TLS no agent opens these files (`NewConfig` in client/v3/yaml of etcd).
        if config.insecure_transport {
            return Credential::default();
        }
        let place = |path: &ConfigText| config::place_of_line(file, bytes, path.line);
        let anchors = config.trusted_ca_file.as_ref().and_then(|path| self.open(path, place));
        let anchors = anchors.map(|file| self.anchors(&file)).unwrap_or_default();
        // The client counts with both halves only.
        let (Some(certificate), Some(key)) = (&config.cert_file, &config.key_file) else {
            return Credential { anchors, ..Credential::default() };
        };
        let certificate = self.open(certificate, place);
        let chain = certificate.as_ref().map(|file| self.judge.chain(file, Usage::ClientAuth)).unwrap_or_default();
        // A password names another user.
        if let (Some(file), Some(leaf), None) = (&certificate, chain.first(), &config.username) {
            self.judge.user(file, leaf);
        }
        let key = self.open(key, place).and_then(|file| {
            let good = self.judge.key(&file, &chain);
            let bytes = file.entry.bytes().filter(|_| good)?;
            Text::read(bytes).key().map(|block| block.der.clone().into())
        });
        Credential { anchors, chain: chain.into(), key }
    }

    /// Anchors that many peers share are read and judged once.
    fn anchors(&mut self, file: &File<'_>) -> Arc<[Certificate]> {
        if let Some((anchors, said)) = self.shared.get(&file.shown) {
            self.judge.findings.extend(said.iter().cloned());
            return Arc::clone(anchors);
        }
        let before = self.judge.findings.len();
        let anchors: Arc<[Certificate]> = self.judge.anchors(file, Usage::ServerAuth).into();
        let said = self.judge.findings.get(before..).unwrap_or_default().to_vec();
        self.shared.insert(file.shown.clone(), (Arc::clone(&anchors), said));
        anchors
    }

    /// The file that a config calls `path`.
    fn open(&mut self, path: &ConfigText, place: impl Fn(&ConfigText) -> FilePlace) -> Option<File<'a>> {
        if path.is_relative() {
            // `config` has reported it: it may be anywhere.
            return None;
        }
        let found = self.files.at(path.as_str());
        if let Some(entry) = found.entry {
            return Some(File { shown: found.shown, entry });
        }
        if self.files.is_from_elsewhere(&found) {
            return None;
        }
        let (message, severity) = if self.files.is_all_known(&found) {
            (format!("`{path}` is named here, and it is not there"), Severity::Error)
        } else {
            (format!("`{path}` is named here, and it is not known whether it is there"), Severity::Warning)
        };
        let finding = Diagnostic::of_file(Code::FileMissing, place(path), message).severity(severity);
        self.judge.findings.push(finding.help(self.files.missing_help(&found)));
        None
    }
}

/// What keeps agents from dialling, if anything does.
fn blocking(local: &[Diagnostic]) -> Option<Diagnostic> {
    local.iter().find(|finding| finding.is_error() && finding.code.entry().blocks_reading).cloned()
}

fn member<'a>(bundle: &'a BundleTree, manifest: &Manifest, view: &View, judge: &mut Judge<'a>) -> MemberFiles {
    let open = |file: &str, judge: &mut Judge<'_>| {
        let path = format!("{MEMBER}/{file}");
        let shown = bundle.shown(&path);
        let entry = bundle.tree.get(&path);
        if entry.is_none() {
            let finding =
                Diagnostic::of_file(Code::FileMissing, FilePlace::whole(&shown), format!("`{file}` is not in the bundle"));
            let cause = "the member's etcd.env names it, and etcd does not start without it";
            judge.findings.push(finding.cause(cause).help("generate the bundle again"));
        }
        entry.map(|entry| File { shown, entry })
    };
    let read = |anchors: &str, stem: &str, judge: &mut Judge<'_>| {
        let anchors = open(anchors, judge).map(|file| judge.anchors(&file, Usage::ClientAuth)).unwrap_or_default();
        let certificate = open(&format!("{stem}.crt"), judge);
        let chain = certificate.map(|file| judge.chain(&file, Usage::ServerAuth)).unwrap_or_default();
        if let Some(key) = open(&format!("{stem}.key"), judge) {
            judge.key(&key, &chain);
        }
        (anchors, chain)
    };
    let (anchors, chain) = read("client-ca.crt", "server", judge);
    let (mut peer_chain, mut peer_anchors) = (Vec::new(), Vec::new());
    // Certificates for other members are there only where the mesh asks for them.
    if bundle.tree.get(&format!("{MEMBER}/peer.crt")).is_some() {
        let (anchors, chain) = read("peer-ca.crt", "peer", judge);
        let file = bundle.shown(&format!("{MEMBER}/peer.crt"));
        judge.findings.extend(common_name::of_peer(file.clone(), &chain, &manifest.cluster.name));
        // Members show it when they are dialled, and when they dial.
        let mut usages = [Usage::ServerAuth, Usage::ClientAuth].into_iter().filter(|_| !chain.is_empty() && !anchors.is_empty());
        let refused = |usage| prove_chain(&chain, &anchors, usage, view).err().filter(|reason| !reason.is_doubt());
        let reason = usages.find_map(refused);
        (peer_chain, peer_anchors) = (chain, anchors);
        if let Some(reason) = reason {
            let finding = Diagnostic::of_file(
                Code::LinkUnproven,
                FilePlace::whole(file),
                format!("other members would refuse it: {reason}"),
            );
            judge.findings.push(finding.cause("a member without peers has no quorum").help("generate the bundle again"));
        }
    }
    let name = manifest.member.clone().unwrap_or_default();
    let file = bundle.shown(&format!("{MEMBER}/server.crt"));
    MemberFiles { name, file, chain, anchors, doubt: None, peer_chain, peer_anchors }
}
