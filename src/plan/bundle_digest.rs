//! What decides the content of a bundle, as a digest: if it is the same, so are the bytes, and the generation stays.
//!
//! It is taken over names, numbers and fingerprints, not over the bytes of files, so that a plan can tell what will change
//! before anything is issued. Golden outputs in the tests fail when the files change and [`LAYOUT`] does not.
//!
//! Every part of a plan is taken apart here field by field, those that decide nothing as `_`: a new field does not compile until
//! it is counted in one digest or left out in each.

use crate::lint::CheckedMesh;
use crate::mesh::{CertificateMethod, Credential, Flavour, HelmRelease, HelmService, Label, Runtime, SecretStore, SecretsForm};
use crate::values::ValuesForm;

use super::agents::{ClientPlan, LinkPlan, NodePlan};
use super::authorisation::{Authorisation, Grant, RolePlan};
use super::cluster::{ClusterPlan, MemberPlan};
use super::credential::CredentialKey;
use super::digest_fields::Fields;
use super::helm_server::HelmServerPlan;
use super::kvstoremesh_record::KvstoremeshPhase;
use super::local_etcd::{ChartClients, LocalEtcdPlan};
use super::sans::HostCertificate;
use super::trust::TrustPlan;

/// Raised whenever the files of a bundle are written differently for the same plan.
const LAYOUT: &str = "6";
/// Raised whenever only `etcd-auth.sh` is written differently: nothing else has to be shipped for that.
const SCRIPT: &str = "4";

/// What names in the plan refer to. A name that refers to nothing yet makes a digest impossible, and the bundle new.
pub(super) trait Resolve {
    /// Serial number of a leaf, and the chain that is presented with it, if it counts.
    fn leaf(&self, key: &CredentialKey) -> Option<(&str, Option<&[String]>)>;
    /// Fingerprint of an authority.
    fn fingerprint(&self, authority: &Label) -> Option<&str>;
    /// Fingerprint of an existing client certificate, by its file.
    fn given(&self, certificate: &str) -> Option<String>;
}

/// Fields of a bundle of this `kind`.
fn fields_of(kind: &str) -> Fields {
    let mut fields = Fields::default();
    fields.add(LAYOUT);
    fields.add(kind);
    fields
}

/// Adds what decides the files of a leaf.
fn add_leaf(fields: &mut Fields, key: &CredentialKey, resolve: &dyn Resolve) -> Option<()> {
    add_issued(fields, resolve.leaf(key)?);
    Some(())
}

fn add_issued(fields: &mut Fields, (serial, chain): (&str, Option<&[String]>)) {
    fields.add(serial);
    if let Some(chain) = chain {
        fields.add("chain");
        chain.iter().for_each(|fingerprint| fields.add(fingerprint));
    }
}

/// Digest of what the nodes of a cluster share.
pub(super) fn shared(mesh: &Label, cluster: &ClusterPlan, resolve: &dyn Resolve) -> Option<String> {
    let ClusterPlan {
        name,
        id,
        version,
        max_connected_clusters,
        runtime,
        config_dir,
        agent_options,
        operator_options: _,
        links,
        own,
        removed,
        hosts,
        nodes: _,
        members,
        trust,
        owner: _,
        authorisation: _,
        helm,
        kvstoremesh,
        release_values,
        dialled: _,
        kept_hosts: _,
        kept_users: _,
    } = cluster;
    let mut fields = fields_of("shared");
    fields.add(mesh.as_str());
    fields.add(name.as_str());
    fields.add(&id.to_string());
    fields.add(&version.to_string());
    match runtime {
        Runtime::Compose { service, host_root, image, announcer_image } => {
            ["compose", service, host_root].into_iter().for_each(|word| fields.add(word));
            for (of, image) in [("image", image), ("announcer-image", announcer_image)] {
                if let Some(image) = image {
                    fields.add(of);
                    fields.add(image.as_str());
                }
            }
        }
        Runtime::Systemd { unit } => ["systemd", unit].into_iter().for_each(|word| fields.add(word)),
        Runtime::Helm(release) => {
            add_release(&mut fields, release);
            if let Some(HelmServerPlan { users, dns_names, ip_addresses }) = helm {
                fields.add_sorted("users", users.iter().cloned().collect());
                fields.add_sorted("names", dns_names.iter().cloned().collect());
                fields.add_sorted("addresses", ip_addresses.iter().map(ToString::to_string).collect());
            }
            if kvstoremesh.is_some_and(|now| now.phase == KvstoremeshPhase::Beside) {
                fields.add("beside");
            }
            // What the release says of itself counts, and not the rest of its text: Secrets are not sealed anew for a comment.
            if let Some(values) = release_values {
                fields.add(match values.form() {
                    ValuesForm::Values => "values",
                    ValuesForm::HelmChartConfig => "config",
                });
            }
            for anchor in trust.server_trust.iter().chain(&trust.client_trust) {
                fields.add(resolve.fingerprint(anchor)?);
            }
            for member in members {
                add_leaf(&mut fields, &member.server.credential, resolve)?;
            }
            // Of no other runtime it is in a file of nodes that have no options.
            fields.add(&format!("{max_connected_clusters:?}"));
        }
        Runtime::External => fields.add("external"),
    }
    fields.add(config_dir);
    for (name, value) in agent_options {
        fields.add(name);
        fields.add(value);
    }
    fields.add("hosts");
    for (name, addresses) in hosts {
        fields.add(&format!("{name} {addresses:?}"));
    }
    if let Some(own) = own {
        local_clients(&mut fields, own, resolve)?;
        // The announcer gets it, even where the agents have it from elsewhere.
        fields.add(&format!("{max_connected_clusters:?}"));
    }
    fields.add("removed");
    removed.iter().for_each(|name| fields.add(name));
    for link in links {
        add_link(&mut fields, link, resolve)?;
    }
    Some(fields.finish())
}

/// Digest of the values of a Helm cluster; nothing for another one, or where they depend on something that is yet to be made.
pub(super) fn values(cluster: &ClusterPlan, resolve: &dyn Resolve) -> Option<String> {
    let release = cluster.runtime.helm()?;
    let mut fields = fields_of("values");
    fields.add(&format!("{} {} {} {:?}", cluster.name, cluster.id, cluster.version, cluster.max_connected_clusters));
    add_release(&mut fields, release);
    if let Some(HelmServerPlan { users, dns_names, ip_addresses }) = &cluster.helm {
        // Where there is a list of users, they are in no values.
        let users = users.iter().filter(|_| !release.lists_users(cluster.version));
        fields.add_sorted("users", users.cloned().collect());
        fields.add_sorted("names", dns_names.iter().cloned().collect());
        fields.add_sorted("addresses", ip_addresses.iter().map(ToString::to_string).collect());
    }
    for anchor in cluster.trust.server_trust.iter().chain(&cluster.trust.client_trust) {
        fields.add(resolve.fingerprint(anchor)?);
    }
    Some(fields.finish())
}

fn add_release(fields: &mut Fields, release: &HelmRelease) {
    // The values that are there count by what they say, and not by their file.
    let HelmRelease {
        chart,
        flavour,
        namespace,
        auth_mode,
        kvstoremesh,
        method,
        service,
        known_service: _,
        values: _,
        gitops,
        secrets,
    } = release;
    let flavour = match flavour {
        Flavour::Upstream => "upstream",
        Flavour::Rke2 => "rke2",
    };
    // Its objects say in which namespace they belong, and to which id.
    let words = ["helm, with id", chart, flavour, namespace, auth_mode.value().word()];
    words.into_iter().for_each(|word| fields.add(word));
    let flags = [kvstoremesh.value(), *gitops, auth_mode.given().is_some(), kvstoremesh.given().is_some()];
    fields.add(&format!("{flags:?} {:?}", method.given().map(CertificateMethod::word)));
    match secrets {
        // What a program makes of a Secret is the same Secret in the cluster.
        SecretsForm::Plain | SecretsForm::Filtered(_) => {}
        SecretsForm::External(SecretStore { name, kind, path }) => {
            ["external", name, kind, path].into_iter().for_each(|word| fields.add(word));
        }
    }
    let HelmService { kind, node_port } = service;
    if kind.is_some() || node_port.is_some() {
        fields.add(&format!("{kind:?} {node_port:?}"));
    }
}

fn add_link(fields: &mut Fields, link: &LinkPlan, resolve: &dyn Resolve) -> Option<()> {
    let LinkPlan { remote, remote_id, endpoints, aliases, anchors, client, user } = link;
    fields.add("link");
    fields.add(remote.as_str());
    fields.add(&remote_id.to_string());
    endpoints.iter().for_each(|endpoint| fields.add(&endpoint.to_string()));
    fields.add("aliases");
    for (name, addresses) in aliases {
        fields.add(&format!("{name} {addresses:?}"));
    }
    fields.add("anchors");
    for anchor in anchors {
        fields.add(resolve.fingerprint(anchor)?);
    }
    match client {
        ClientPlan::Shared(key) => add_leaf(fields, key, resolve)?,
        // The leaves are in the digests of the nodes.
        ClientPlan::PerNode { leaf: _ } => fields.add("per-node"),
        ClientPlan::Given(Credential { certificate, key: _ }) => fields.add(&resolve.given(certificate)?),
    }
    if let Some(user) = user {
        fields.add("user");
        fields.add(user);
    }
    Some(())
}

/// The clients of the local etcd that are on nodes or beside the operator.
fn local_clients(fields: &mut Fields, own: &LocalEtcdPlan, resolve: &dyn Resolve) -> Option<()> {
    let LocalEtcdPlan { endpoints, anchors, signer: _, agent, administrator: _, announcer, chart } = own;
    fields.add("own");
    endpoints.iter().for_each(|endpoint| fields.add(&endpoint.to_string()));
    for anchor in anchors {
        fields.add(resolve.fingerprint(anchor)?);
    }
    let of_chart = chart.iter().flat_map(|ChartClients { admin, local, remote }| [admin, local, remote]);
    for key in agent.iter().chain(announcer).chain(of_chart) {
        fields.add(&key.to_string());
        add_leaf(fields, key, resolve)?;
    }
    Some(())
}

/// Digest of the bundle of a node that has these links, given that of what it shares.
pub(super) fn node(shared: &str, links: &[LinkPlan], node: &NodePlan, resolve: &dyn Resolve) -> Option<String> {
    let NodePlan { name, hostname, leaves } = node;
    let issued: Vec<_> = leaves.iter().map(|key| resolve.leaf(key)).collect::<Option<_>>()?;
    let mut fields = fields_of("node");
    fields.add(shared);
    fields.add(name);
    fields.add(hostname.as_deref().unwrap_or_default());
    for link in links {
        if let ClientPlan::PerNode { leaf } = link.client {
            fields.add(link.remote.as_str());
            add_issued(&mut fields, *issued.get(leaf)?);
        }
    }
    Some(fields.finish())
}

/// Digest of a member's bundle.
pub(super) fn member(mesh: &Label, cluster: &ClusterPlan, member: &MemberPlan, resolve: &dyn Resolve) -> Option<String> {
    let ClusterPlan {
        name,
        id,
        version: _,
        max_connected_clusters: _,
        runtime: _,
        config_dir: _,
        agent_options: _,
        operator_options: _,
        links: _,
        own: _,
        removed: _,
        hosts: _,
        nodes: _,
        members: _,
        trust,
        owner,
        authorisation: _,
        helm: _,
        kvstoremesh: _,
        release_values: _,
        dialled: _,
        kept_hosts: _,
        kept_users: _,
    } = cluster;
    let MemberPlan { name: member_name, server, peer } = member;
    // Who signs is in the leaves, and what readers trust in their own bundles.
    let TrustPlan {
        server_signer: _,
        server_trust: _,
        client_signer: _,
        client_trust,
        peer_trust,
        next_server_signer: _,
        next_client_signer: _,
        introduced_client_signer: _,
        kept_server_authorities: _,
        kept_client_authorities: _,
    } = trust;
    let mut fields = fields_of("member");
    fields.add(mesh.as_str());
    fields.add(name.as_str());
    fields.add(&id.to_string());
    fields.add(member_name.as_str());
    fields.add(owner.as_deref().unwrap_or_default());
    for anchor in client_trust {
        fields.add(resolve.fingerprint(anchor)?);
    }
    add_host_certificate(&mut fields, server, resolve)?;
    if let Some(peer) = peer {
        fields.add("peer");
        add_host_certificate(&mut fields, peer, resolve)?;
        for anchor in peer_trust {
            fields.add(resolve.fingerprint(anchor)?);
        }
    }
    Some(fields.finish())
}

/// A leaf, which is issued again for other hosts.
fn add_host_certificate(fields: &mut Fields, certificate: &HostCertificate, resolve: &dyn Resolve) -> Option<()> {
    let HostCertificate { credential, dns_names: _, ip_addresses: _ } = certificate;
    add_leaf(fields, credential, resolve)
}

/// Digest of the loose files of an etcd's folder.
pub(super) fn authorisation(cluster: &ClusterPlan, plan: &Authorisation, resolve: &dyn Resolve) -> Option<String> {
    let Authorisation { endpoints, roles, retired, revoked, has_list: _, administrator } = plan;
    // Before tens of thousands of users are counted for nothing.
    let issued = match administrator {
        Some(key) => Some(resolve.leaf(key)?),
        None => None,
    };
    let mut fields = fields_of("authorisation");
    fields.add(SCRIPT);
    fields.add(cluster.name.as_str());
    endpoints.iter().for_each(|endpoint| fields.add(&endpoint.to_string()));
    for (role, RolePlan { grants, users }) in roles {
        fields.add("role");
        fields.add(role.name());
        grants.iter().for_each(|Grant { access, range }| fields.add(&format!("{} {}", access.name(), range.words())));
        fields.add("users");
        users.iter().for_each(|user| fields.add(user));
    }
    fields.add_sorted("retired", retired.iter().cloned().collect());
    fields.add_sorted("revoked", revoked.iter().cloned().collect());
    fields.add("administrator");
    if let Some(issued) = issued {
        add_issued(&mut fields, issued);
        for anchor in cluster.own.iter().flat_map(|own| &own.anchors) {
            fields.add(resolve.fingerprint(anchor)?);
        }
    }
    Some(fields.finish())
}

/// Digest of an operator's folder.
pub(super) fn operator(cluster: &ClusterPlan, resolve: &dyn Resolve) -> Option<String> {
    let mut fields = fields_of("operator");
    for (name, value) in &cluster.operator_options {
        fields.add(name);
        fields.add(value);
    }
    if let Some(own) = cluster.own.as_ref().filter(|own| own.agent.is_some()) {
        local_clients(&mut fields, own, resolve)?;
    }
    Some(fields.finish())
}

/// What is presented. Since it is written anew, and not copied, it is called `pem`: its bytes are others than before.
pub(super) fn given(mesh: &CheckedMesh, certificate: &str) -> Option<String> {
    let chain = mesh.client(certificate);
    let presented = chain.iter().map(|certificate| hex::encode(certificate.fingerprint()));
    (!chain.is_empty()).then(|| ["pem".to_owned()].into_iter().chain(presented).collect::<Vec<_>>().join(" "))
}
