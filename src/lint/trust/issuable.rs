//! Whether the planned leaves will be valid by Go's rules, before anything is signed. `generate` proves the same with the real
//! ones; here the finding is at the line of its cause.

use std::collections::{BTreeMap, BTreeSet};

use time::OffsetDateTime;

use crate::diag::{Code, Diagnostic, FieldPath};
use crate::mesh::{Cluster, ClusterName, Host, Label, Mesh, OwnUser};
use crate::x509::{Certificate, ChainError, PlannedLeaf, Usage, verify_chain};

use super::super::checked::MeshAuthority;
use super::super::hosts::{dialled_hosts, on_the_machine};
use super::super::links::Readers;
use super::super::outliers::list_clusters;
use super::{ResolvedTrust, place_of};

/// Hosts that certificates cannot have, by cluster.
type LeftOut = BTreeMap<ClusterName, BTreeSet<Host>>;

pub(super) fn check(
    mesh: &Mesh,
    readers: &Readers<'_>,
    resolved: &ResolvedTrust,
    now: OffsetDateTime,
) -> (LeftOut, Vec<Diagnostic>) {
    let mut rules = IssuableRules { resolved, now, left_out: LeftOut::new(), refused: BTreeMap::new() };
    for cluster in &mesh.clusters {
        let read_by = readers.get(&cluster.name).map_or(&[][..], Vec::as_slice);
        rules.check_servers(cluster, read_by);
        rules.check_clients(cluster, !read_by.is_empty());
    }
    let findings = rules.findings(mesh);
    (rules.left_out, findings)
}

struct IssuableRules<'a> {
    resolved: &'a ResolvedTrust,
    now: OffsetDateTime,
    left_out: LeftOut,
    /// What CAs cannot sign: by CA and reason, for which etcds.
    refused: BTreeMap<(&'a Label, &'static str, String), Vec<&'a Cluster>>,
}

impl<'a> IssuableRules<'a> {
    /// The chain of a provided CA that signs and has no finding.
    fn signer(&self, name: &Label) -> Option<&'a [Certificate]> {
        match self.resolved.authorities.get(name)? {
            MeshAuthority::Provided { chain, .. } if !self.resolved.unfit.contains(name) => Some(chain),
            _ => None,
        }
    }

    /// The certificates of the trusted CAs `names`. CAs that are still to be made have signed nothing.
    fn anchors(&self, names: &[Label]) -> Vec<Certificate> {
        names.iter().filter_map(|name| self.resolved.authorities.get(name)?.anchor().cloned()).collect()
    }

    fn check_servers(&mut self, cluster: &'a Cluster, readers: &[&Cluster]) {
        let Some(trust) = self.resolved.trust.get(&cluster.name).filter(|_| !cluster.etcd.members.is_empty()) else { return };
        let Some(chain) = self.signer(&trust.server_signer) else { return };
        let etcd = &cluster.etcd;
        let own = etcd.has_own_clients();
        let reads =
            |reader: &str| own && reader == cluster.name.as_str() || readers.iter().any(|known| known.name.as_str() == reader);
        let members = etcd.members.iter().flat_map(|member| &member.addresses);
        let mut asked: BTreeSet<Host> = dialled_hosts(etcd, reads).into_iter().chain(members).cloned().collect();
        asked.extend(etcd.extra_dns_names.iter().cloned().map(Host::Name));
        asked.extend(etcd.extra_ip_addresses.iter().copied().map(Host::Ip));
        let mut added: BTreeSet<Host> = on_the_machine().into_iter().filter(|host| !asked.contains(host)).collect();
        let mut left_out = BTreeSet::new();
        let common_name = OwnUser::of_server(&cluster.name);
        let dialled = (!readers.is_empty() || own).then_some((trust.server_trust.as_slice(), Usage::ServerAuth));
        // Members present theirs to each other, as servers and as clients.
        let signer = std::slice::from_ref(&trust.server_signer);
        let peers = [(signer, Usage::ServerAuth), (signer, Usage::ClientAuth)].into_iter().filter(|_| etcd.peers);
        for (names, usage) in dialled.into_iter().chain(peers) {
            let anchors = self.anchors(names);
            loop {
                let leaf = plan_leaf(&common_name, asked.iter().chain(&added), &[Usage::ServerAuth, Usage::ClientAuth]);
                match self.refusal(&leaf, chain, &anchors, usage) {
                    Some(ChainError::NameConstraints { name, .. }) if added.iter().any(|host| host.to_string() == name) => {
                        let (forbidden, rest) = added.into_iter().partition(|host| host.to_string() == name);
                        left_out.extend::<BTreeSet<Host>>(forbidden);
                        added = rest;
                    }
                    Some(reason) => {
                        let what = if names == signer && etcd.peers { "members" } else { "servers" };
                        self.refused.entry((&trust.server_signer, what, reason.to_string())).or_default().push(cluster);
                        break;
                    }
                    None => break,
                }
            }
        }
        if !left_out.is_empty() {
            self.left_out.insert(cluster.name.clone(), left_out);
        }
    }

    fn check_clients(&mut self, cluster: &'a Cluster, is_read: bool) {
        let etcd = &cluster.etcd;
        if !(is_read && etcd.client.is_none() || etcd.has_own_clients()) {
            return;
        }
        let Some(trust) = self.resolved.trust.get(&cluster.name) else { return };
        let Some(chain) = self.signer(&trust.client_signer) else { return };
        let leaf = plan_leaf("clients", std::iter::empty(), &[Usage::ClientAuth]);
        if let Some(reason) = self.refusal(&leaf, chain, &self.anchors(&trust.client_trust), Usage::ClientAuth) {
            self.refused.entry((&trust.client_signer, "clients", reason.to_string())).or_default().push(cluster);
        }
    }

    /// Why the other end would reject what `signer` signs.
    fn refusal(&self, leaf: &PlannedLeaf, signer: &[Certificate], anchors: &[Certificate], usage: Usage) -> Option<ChainError> {
        let leaf = leaf.below(signer.first()?, self.now);
        verify_chain(&leaf, signer, anchors, usage, None, self.now).err().filter(|reason| !reason.is_doubt())
    }

    fn findings(&self, mesh: &Mesh) -> Vec<Diagnostic> {
        let refused = self.refused.iter().filter_map(|((name, what, reason), clusters)| {
            let at = clusters.first()?.path.field("etcd");
            let shown = list_clusters(clusters, |cluster| format!("`{}`", cluster.name));
            let message = format!("certificates that CA `{name}` signs for the {what} of {shown} would be rejected: {reason}");
            let finding = Diagnostic::new(Code::AuthorityUnfit, certificate(name), message).also(at, "used here");
            Some(finding.help(match *what {
                "clients" => "sign the clients with another CA: `clientSigner`; or issue this CA again without the limit",
                _ => "sign the servers with another CA: `authority`; or issue this CA again without the limit",
            }))
        });
        let left_out = mesh.clusters.iter().filter_map(|cluster| {
            let hosts = self.left_out.get(&cluster.name)?;
            let signer = &self.resolved.trust.get(&cluster.name)?.server_signer;
            let shown = hosts.iter().map(|host| format!("`{host}`")).collect::<Vec<_>>().join(", ");
            let message = format!(
                "the certificates of the members of `{}` omit {shown}: the name constraints of CA `{signer}` exclude them",
                cluster.name
            );
            let at = cluster.path.field("etcd").field(if cluster.etcd.authority.is_some() { "authority" } else { "members" });
            let finding = Diagnostic::new(Code::HostLeftOut, at, message).also(certificate(signer), "its name constraints");
            Some(
                finding
                    .cause("links do not need them, but etcdctl on a member's machine cannot connect to them")
                    .help("connect to the member's address there: `etcdctl --endpoints=https://ADDRESS:2379 endpoint health`"),
            )
        });
        refused.chain(left_out).collect()
    }
}

fn plan_leaf<'h>(common_name: &str, hosts: impl Iterator<Item = &'h Host>, usages: &[Usage]) -> PlannedLeaf {
    let (mut dns_names, mut ip_addresses) = (Vec::new(), Vec::new());
    for host in hosts {
        match host {
            Host::Name(name) => dns_names.push(name.clone()),
            Host::Ip(address) => ip_addresses.push(*address),
        }
    }
    PlannedLeaf { common_name: common_name.to_owned(), dns_names, ip_addresses, usages: usages.to_vec() }
}

fn certificate(name: &Label) -> FieldPath {
    place_of(name).field("certificate")
}
