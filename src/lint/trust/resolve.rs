//! Resolves which CA does what at each etcd: looks up names of CAs, and reads the files of provided ones.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Code, Diagnostic, FieldPath, nearest};
use crate::mesh::{Cluster, DefaultAuthority, Label, Mesh};

use super::super::checked::{EtcdTrust, MeshAuthority};
use super::super::links::Readers;
use super::super::provided_files::ProvidedFiles;
use super::files::{read_certificates, report_foreign};
use super::keys;
use super::resolved::SHARED;
use super::undelivered_ca::{self, UndeliveredCa, Use};
use super::{ResolvedTrust, place_of};

pub(super) fn resolve(mesh: &Mesh, readers: &Readers<'_>, facts: &ProvidedFiles) -> (ResolvedTrust, Vec<Diagnostic>) {
    let mut rules = ResolveRules {
        mesh,
        facts,
        authorities: BTreeMap::new(),
        findings: Vec::new(),
        reported: BTreeSet::new(),
        undelivered: Vec::new(),
    };
    let mut trust = BTreeMap::new();
    for cluster in &mesh.clusters {
        trust.insert(cluster.name.clone(), rules.resolve_etcd(cluster, readers.contains_key(&cluster.name)));
    }
    // A provided CA that is used nowhere is still read: a typing error in its path should not wait for its first use.
    for name in mesh.trust.authorities.keys() {
        rules.resolve_authority(name, &place_of(name));
    }
    let undelivered = rules.undelivered.iter().map(|one| one.cluster.name.clone()).collect();
    rules.findings.extend(undelivered_ca::findings(&rules.undelivered));
    let resolved =
        ResolvedTrust { authorities: rules.authorities, trust, unfit: BTreeSet::new(), left_out: BTreeMap::new(), undelivered };
    (resolved, rules.findings)
}

struct ResolveRules<'a> {
    mesh: &'a Mesh,
    facts: &'a ProvidedFiles,
    authorities: BTreeMap<Label, MeshAuthority>,
    findings: Vec<Diagnostic>,
    /// CAs whose files already have a finding.
    reported: BTreeSet<Label>,
    undelivered: Vec<UndeliveredCa<'a>>,
}

impl<'a> ResolveRules<'a> {
    fn default_authority(&self, cluster: &Cluster) -> Label {
        match self.mesh.trust.authority {
            DefaultAuthority::Shared => Label::new(SHARED).unwrap_or_else(|_| Label::of_cluster(&cluster.name)),
            DefaultAuthority::PerCluster => Label::of_cluster(&cluster.name),
        }
    }

    /// Whether meshbundle makes a CA of this name if none is provided.
    fn is_default(&self, name: &Label) -> bool {
        match self.mesh.trust.authority {
            DefaultAuthority::Shared => name.as_str() == SHARED,
            DefaultAuthority::PerCluster => self.mesh.clusters.iter().any(|cluster| cluster.name.as_str() == name.as_str()),
        }
    }

    fn resolve_etcd(&mut self, cluster: &'a Cluster, is_read: bool) -> EtcdTrust {
        let (etcd, path) = (&cluster.etcd, cluster.path.field("etcd"));
        let authority = etcd.authority.clone().unwrap_or_else(|| self.default_authority(cluster));
        let server_trust = etcd.server_trust.clone().unwrap_or_else(|| vec![authority.clone()]);
        let client_signer = etcd.client_signer.clone().unwrap_or_else(|| authority.clone());
        let at = |given: bool, field: &str| if given { path.field(field) } else { path.field("authority") };
        let per_node_credentials = etcd.has_own_clients();
        if is_read || per_node_credentials {
            for (position, name) in server_trust.iter().enumerate() {
                let given = etcd.server_trust.is_some();
                let at = if given { path.field("serverTrust").item(position) } else { path.field("authority") };
                self.resolve_authority(name, &at);
                self.check_reach(cluster, name, &at, Use::Anchor);
            }
            if etcd.client.is_none() || per_node_credentials {
                let at = at(etcd.client_signer.is_some(), "clientSigner");
                self.resolve_authority(&client_signer, &at);
                // If one CA does both, it was reported above.
                if etcd.client_signer.is_some() || etcd.server_trust.is_some() {
                    self.check_reach(cluster, &client_signer, &at, Use::Clients);
                }
            }
        }
        if !etcd.members.is_empty() {
            self.resolve_authority(&authority, &path.field("authority"));
            self.resolve_authority(&client_signer, &at(etcd.client_signer.is_some(), "clientSigner"));
        }
        for (position, name) in etcd.client_trust.iter().enumerate() {
            self.resolve_authority(name, &path.field("clientTrust").item(position));
        }
        let mut client_trust = vec![client_signer.clone()];
        client_trust.extend(etcd.client_trust.iter().filter(|name| **name != client_signer).cloned());
        EtcdTrust { peer_trust: vec![authority.clone()], server_signer: authority, server_trust, client_signer, client_trust }
    }

    /// Looks a CA up, and reads it if it is provided.
    fn resolve_authority(&mut self, name: &Label, at: &FieldPath) -> Option<&MeshAuthority> {
        if self.authorities.contains_key(name) {
            return self.authorities.get(name);
        }
        if let Some(brought) = self.mesh.trust.authorities.get(name) {
            if !self.reported.insert(name.clone()) {
                return None;
            }
            let path = place_of(name).field("certificate");
            self.findings.extend(report_foreign(self.facts, &brought.certificate, &path));
            let chain = read_certificates(self.facts, &brought.certificate, &path, &mut self.findings)?;
            // Its key already has a finding. Until its file is fixed, it is not clear which CA is meant.
            if keys::fits_later(self.facts, brought) {
                return None;
            }
            let authority = MeshAuthority::Provided { chain, certificate: brought.certificate.clone(), key: brought.key.clone() };
            return Some(self.authorities.entry(name.clone()).or_insert(authority));
        }
        if self.is_default(name) {
            return Some(self.authorities.entry(name.clone()).or_insert(MeshAuthority::Made));
        }
        let finding = Diagnostic::new(Code::NoSuchAuthority, at.clone(), format!("there is no CA `{name}`"));
        let shared = self.mesh.trust.authority == DefaultAuthority::Shared;
        let brought = self.mesh.trust.authorities.keys().map(Label::as_str);
        let own = self.mesh.clusters.iter().map(|cluster| cluster.name.as_str()).filter(|_| !shared);
        let finding = finding.help(match nearest(name.as_str(), brought.chain(own).chain(shared.then_some(SHARED))) {
            _ if shared && *name == self.mesh.name => format!("the CA of the whole mesh is `{SHARED}`"),
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("provide it: `trust.authorities.{name}: {{ certificate: FILE, key: FILE }}`"),
        });
        self.findings.push(finding);
        None
    }

    /// A CA that meshbundle makes must reach the etcd in a member's bundle. Whom Helm's etcd accepts is in the chart's values.
    fn check_reach(&mut self, cluster: &'a Cluster, name: &Label, at: &FieldPath, use_of_it: Use) {
        let made = !self.mesh.trust.authorities.contains_key(name) && self.is_default(name);
        let is_in_values = cluster.runtime.helm().is_some() && use_of_it == Use::Clients;
        if made && cluster.etcd.members.is_empty() && !is_in_values {
            self.undelivered.push(UndeliveredCa { cluster, name: name.clone(), at: at.clone(), use_of_it });
        }
    }
}
