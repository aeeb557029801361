//! Proves the links that this run changes, by Go's rules, with the issued certificates and by code that did not make them: each
//! client against the CAs that the remote etcd will trust, each member's server certificate and every dialled host against those
//! that agents will trust. Nothing has been written when it fails.
//!
//! `lint` proves links to etcds with servers of others, as far as their certificates are known.

use std::collections::{BTreeMap, HashSet};

use rayon::prelude::*;

use crate::diag::{Code, Diagnostic, FieldPath};
use crate::lint::MeshAuthority;
use crate::mesh::{CiliumVersion, ClusterName, Label};
use crate::plan::{ClusterPlan, CredentialKey, LinkPlan, LocalEtcdPlan, MemberPlan};
use crate::store::{ClusterLeaves, StoreError};
use crate::verify::{View, prove_chain};
use crate::x509::{Certificate, ChainError, Usage, host_matches};

use super::authorities::Ready;
use super::issue::Leaves;
use super::{GenerateError, Job};

struct Prover<'a> {
    job: &'a Job<'a>,
    authorities: &'a BTreeMap<Label, Ready>,
    leaves: &'a Leaves,
    clusters: BTreeMap<&'a ClusterName, &'a ClusterPlan>,
    /// Every link, by the cluster that is read.
    links: BTreeMap<&'a ClusterName, Vec<&'a LinkPlan>>,
}

/// Proves every client whose link is new, or whose credential or trust is, and the servers of every member.
pub(super) fn prove_links(job: &Job<'_>, authorities: &BTreeMap<Label, Ready>, leaves: &Leaves) -> Result<(), GenerateError> {
    let mut links: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for link in job.plan.clusters.iter().flat_map(|cluster| &cluster.links) {
        links.entry(&link.remote).or_default().push(link);
    }
    let prover = Prover {
        job,
        links,
        authorities,
        leaves,
        clusters: job.plan.clusters.iter().map(|cluster| (&cluster.name, cluster)).collect(),
    };
    job.progress.begin("proving links", job.plan.clusters.len());
    let findings: Vec<Diagnostic> = job
        .plan
        .clusters
        .par_iter()
        .map(|cluster| {
            let stored = job.state.files().leaves(job.inventory, cluster.name.as_str());
            let mut findings = prover.prove_servers(cluster, &stored)?;
            findings.extend(prover.prove_clients(cluster, &stored)?);
            findings.extend(prover.prove_per_node_credentials(cluster, &stored)?);
            job.progress.advance();
            Ok(findings)
        })
        .collect::<Result<Vec<_>, GenerateError>>()?
        .into_iter()
        .flatten()
        .collect();
    if findings.is_empty() { Ok(()) } else { Err(GenerateError::Unproven(findings)) }
}

impl Prover<'_> {
    /// The clients of all links of `cluster`. Links whose etcds trust the same CAs need one proof for each leaf.
    fn prove_clients(&self, cluster: &ClusterPlan, stored: &ClusterLeaves<'_>) -> Result<Vec<Diagnostic>, GenerateError> {
        let mut findings = Vec::new();
        let mut proven: HashSet<(&CredentialKey, &[Label])> = HashSet::new();
        for link in &cluster.links {
            let Some(remote) = self.clusters.get(&link.remote) else { continue };
            let has_changed = self.has_changed(cluster, link);
            for key in cluster.clients(link) {
                let is_new = has_changed || self.leaves.contains_key(key);
                if !is_new || !proven.insert((key, &remote.trust.client_trust)) {
                    continue;
                }
                let chain = self.chain(stored, key)?;
                let anchors = self.anchors(&remote.trust.client_trust);
                if let Some(reason) = self.find_refusal(&chain, &anchors, Usage::ClientAuth) {
                    let message =
                        format!("the etcd of `{}` would reject the agents of `{}`: {reason}", link.remote, cluster.name);
                    findings.push(report(&link.remote, "clientSigner", message));
                }
            }
        }
        Ok(findings)
    }

    /// Agents, announcer and administrator of `cluster` against its local etcd.
    fn prove_per_node_credentials(
        &self,
        cluster: &ClusterPlan,
        stored: &ClusterLeaves<'_>,
    ) -> Result<Vec<Diagnostic>, GenerateError> {
        let mut findings = Vec::new();
        let anchors = self.anchors(&cluster.trust.client_trust);
        for key in cluster.own.iter().flat_map(LocalEtcdPlan::credentials) {
            if let Some(reason) = self.find_refusal(&self.chain(stored, key)?, &anchors, Usage::ClientAuth) {
                let message = format!("the etcd of `{}` would reject `{key}`: {reason}", cluster.name);
                findings.push(report(&cluster.name, "clientSigner", message));
            }
        }
        Ok(findings)
    }

    /// The members of `cluster` against all clients.
    fn prove_servers(&self, cluster: &ClusterPlan, stored: &ClusterLeaves<'_>) -> Result<Vec<Diagnostic>, GenerateError> {
        let links = self.links.get(&cluster.name).map_or(&[][..], Vec::as_slice);
        let own = cluster.own.iter().map(|own| (&own.endpoints, &own.anchors));
        let ways: Vec<_> = links.iter().map(|link| (&link.endpoints, &link.anchors)).chain(own).collect();
        let Some((_, anchors)) = ways.first() else { return Ok(Vec::new()) };
        let hosts: HashSet<String> =
            ways.iter().flat_map(|(endpoints, _)| *endpoints).map(|endpoint| endpoint.host.to_string()).collect();
        let anchors = self.anchors(anchors);
        let mut findings = Vec::new();
        for member in &cluster.members {
            findings.extend(self.prove_peer(cluster, member, stored)?);
            let chain = self.chain(stored, &member.server.credential)?;
            if let Some(reason) = self.find_refusal(&chain, &anchors, Usage::ServerAuth) {
                let message = format!("agents would reject member `{}` of `{}`: {reason}", member.name, cluster.name);
                findings.push(report(&cluster.name, "serverTrust", message));
            }
            let leaf = chain.first();
            for host in hosts.iter().filter(|host| !leaf.is_some_and(|leaf| host_matches(leaf, host))) {
                let message =
                    format!("the certificate of member `{}` of `{}` is not valid for `{host}`", member.name, cluster.name);
                findings.push(report(&cluster.name, "endpoints", message));
            }
        }
        Ok(findings)
    }

    /// The certificate that a member presents to the others, as server and as client, against the CAs that they trust.
    fn prove_peer(
        &self,
        cluster: &ClusterPlan,
        member: &MemberPlan,
        stored: &ClusterLeaves<'_>,
    ) -> Result<Option<Diagnostic>, GenerateError> {
        let Some(peer) = &member.peer else { return Ok(None) };
        let (chain, anchors) = (self.chain(stored, &peer.credential)?, self.anchors(&cluster.trust.peer_trust));
        let usages = [Usage::ServerAuth, Usage::ClientAuth];
        let refused = usages.into_iter().find_map(|usage| self.find_refusal(&chain, &anchors, usage));
        Ok(refused.map(|reason| {
            let message = format!("members of `{}` would reject `{}`: {reason}", cluster.name, member.name);
            report(&cluster.name, "authority", message)
        }))
    }

    /// Why the other end would reject a chain, by today's rules. What meshbundle cannot judge is not rejected.
    fn find_refusal(&self, chain: &[Certificate], anchors: &[Certificate], usage: Usage) -> Option<ChainError> {
        let view = View::new(CiliumVersion::NEWEST, self.job.now);
        prove_chain(chain, anchors, usage, &view).err().filter(|reason| !reason.is_doubt())
    }

    /// Whether the link or the trust in its clients has changed since the run before, which has proven it.
    fn has_changed(&self, cluster: &ClusterPlan, link: &LinkPlan) -> bool {
        let before = &self.job.inventory.clusters;
        let known = before.get(cluster.name.as_str()).is_some_and(|record| record.links.contains(link.remote.as_str()));
        let trusted = before.get(link.remote.as_str()).is_some_and(|record| {
            let now = self.clusters.get(&link.remote).map(|remote| &remote.trust.client_trust);
            now.is_some_and(|now| {
                now.len() == record.trust.client_trust.len()
                    && now
                        .iter()
                        .filter_map(|name| self.authorities.get(name))
                        .all(|ready| record.trust.client_trust.contains(&ready.record.fingerprint))
            })
        });
        !known || !trusted
    }

    /// The leaf that was issued now, or is stored with those of its cluster, and the certificates sent with it.
    fn chain(&self, stored: &ClusterLeaves<'_>, key: &CredentialKey) -> Result<Vec<Certificate>, GenerateError> {
        let unreadable = |reason: String| GenerateError::Given { file: key.to_string(), reason };
        let plan = self.job.plan.credentials.get(key);
        let certificate = if let Some(leaf) = self.leaves.get(key) {
            Certificate::from_der(&leaf.certificate).map_err(|error| unreadable(error.to_string()))?
        } else {
            let serial = plan.and_then(|plan| plan.serial()).unwrap_or_default();
            let pem = stored.chain(serial).map_err(StoreError::from)?;
            let stored = Certificate::chain_from_pem(pem.as_bytes()).map_err(|error| unreadable(error.to_string()))?;
            stored.into_iter().next().ok_or_else(|| unreadable("no certificate".to_owned()))?
        };
        let signer = plan.and_then(|plan| self.job.mesh.authorities().get(&plan.signer));
        let intermediates = signer.map(MeshAuthority::travelling).unwrap_or_default();
        Ok(std::iter::once(certificate).chain(intermediates.iter().cloned()).collect())
    }

    fn anchors(&self, names: &[Label]) -> Vec<Certificate> {
        names.iter().filter_map(|name| self.authorities.get(name)).map(|ready| ready.anchor.clone()).collect()
    }
}

fn report(cluster: &ClusterName, field: &str, message: String) -> Diagnostic {
    let path = FieldPath::root().field("clusters").item(cluster).field("etcd").field(field);
    Diagnostic::new(Code::LinkUnproven, path, message)
}
