//! What decides the content of a bundle, as a digest: if it is the same, so are the bytes, and the generation stays.
//!
//! It is taken over names, numbers and fingerprints, not over the bytes of files, so that a plan can tell what will change
//! before anything is issued. Golden outputs in the tests fail when the files change and [`LAYOUT`] does not.

use aws_lc_rs::digest::{Context, SHA256};

use crate::hex::hex;
use crate::mesh::{Label, Runtime};

use super::authorisation::{Authorisation, RolePlan};
use super::cluster::{ClientPlan, ClusterPlan, MemberPlan, NodePlan};
use super::credential::CredentialKey;
use super::local_etcd::LocalEtcdPlan;

/// Raised whenever the files of a bundle are written differently for the same plan.
const LAYOUT: &str = "5";
/// Raised whenever only `etcd-auth.sh` is written differently: nothing else has to be shipped for that.
const SCRIPT: &str = "2";

/// What names in the plan stand for. A name that stands for nothing yet makes a digest impossible, and the bundle new.
pub(super) trait Resolve {
    /// Serial number of a leaf.
    fn serial(&self, key: &CredentialKey) -> Option<&str>;
    /// Fingerprint of an authority.
    fn fingerprint(&self, authority: &Label) -> Option<&str>;
    /// Fingerprint of an existing client certificate, by its file.
    fn given(&self, certificate: &str) -> Option<String>;
}

/// A hash over fields: each is closed, so that no two lists of fields look alike.
struct Fields(Context);

impl Fields {
    fn new(kind: &str) -> Self {
        let mut fields = Self(Context::new(&SHA256));
        fields.add(LAYOUT);
        fields.add(kind);
        fields
    }

    fn add(&mut self, field: &str) {
        self.0.update(&(field.len() as u64).to_be_bytes());
        self.0.update(field.as_bytes());
    }

    fn finish(self) -> String {
        hex(self.0.finish().as_ref())
    }
}

/// Digest of what the nodes of a cluster share.
pub(super) fn shared(mesh: &Label, cluster: &ClusterPlan, resolve: &dyn Resolve) -> Option<String> {
    let mut fields = Fields::new("shared");
    fields.add(mesh.as_str());
    fields.add(cluster.name.as_str());
    fields.add(&cluster.id.to_string());
    fields.add(&cluster.version.to_string());
    match &cluster.runtime {
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
        Runtime::External => fields.add("external"),
    }
    fields.add(&cluster.config_dir);
    for (name, value) in &cluster.agent_options {
        fields.add(name);
        fields.add(value);
    }
    fields.add("hosts");
    for (name, addresses) in &cluster.hosts {
        fields.add(&format!("{name} {addresses:?}"));
    }
    if let Some(own) = &cluster.own {
        per_node_credentials(&mut fields, own, resolve)?;
        // The announcer is told, even where the agents have it from elsewhere.
        fields.add(&format!("{:?}", cluster.max_connected_clusters));
    }
    fields.add("removed");
    cluster.removed.iter().for_each(|name| fields.add(name));
    for link in &cluster.links {
        fields.add("link");
        fields.add(link.remote.as_str());
        fields.add(&link.remote_id.to_string());
        link.endpoints.iter().for_each(|endpoint| fields.add(&endpoint.to_string()));
        fields.add("aliases");
        for (name, addresses) in &link.aliases {
            fields.add(&format!("{name} {addresses:?}"));
        }
        fields.add("anchors");
        for anchor in &link.anchors {
            fields.add(resolve.fingerprint(anchor)?);
        }
        match &link.client {
            ClientPlan::Shared(key) => fields.add(resolve.serial(key)?),
            ClientPlan::PerNode { .. } => fields.add("per-node"),
            ClientPlan::Given(given) => fields.add(&resolve.given(&given.certificate)?),
        }
    }
    Some(fields.finish())
}

/// The way to the own etcd, and who takes it.
fn per_node_credentials(fields: &mut Fields, own: &LocalEtcdPlan, resolve: &dyn Resolve) -> Option<()> {
    fields.add("own");
    own.endpoints.iter().for_each(|endpoint| fields.add(&endpoint.to_string()));
    for anchor in &own.anchors {
        fields.add(resolve.fingerprint(anchor)?);
    }
    for key in own.agent.iter().chain(&own.announcer) {
        fields.add(&key.to_string());
        fields.add(resolve.serial(key)?);
    }
    Some(())
}

/// Digest of a node's bundle, given that of what it shares.
pub(super) fn node(shared: &str, node: &NodePlan, resolve: &dyn Resolve) -> Option<String> {
    let mut fields = Fields::new("node");
    fields.add(shared);
    fields.add(&node.name);
    fields.add(node.hostname.as_deref().unwrap_or_default());
    for (remote, key) in &node.per_node_credentials {
        fields.add(remote.as_str());
        fields.add(resolve.serial(key)?);
    }
    Some(fields.finish())
}

/// Digest of a member's bundle.
pub(super) fn member(mesh: &Label, cluster: &ClusterPlan, member: &MemberPlan, resolve: &dyn Resolve) -> Option<String> {
    let mut fields = Fields::new("member");
    fields.add(mesh.as_str());
    fields.add(cluster.name.as_str());
    fields.add(&cluster.id.to_string());
    fields.add(member.name.as_str());
    fields.add(cluster.owner.as_deref().unwrap_or_default());
    for anchor in &cluster.client_trust {
        fields.add(resolve.fingerprint(anchor)?);
    }
    fields.add(resolve.serial(&member.server.credential)?);
    if let Some(peer) = &member.peer {
        fields.add("peer");
        fields.add(resolve.serial(&peer.credential)?);
        fields.add(resolve.fingerprint(&cluster.server_signer)?);
    }
    Some(fields.finish())
}

/// Digest of the loose files of an etcd's folder.
pub(super) fn authorisation(cluster: &ClusterPlan, plan: &Authorisation, resolve: &dyn Resolve) -> Option<String> {
    let mut fields = Fields::new("authorisation");
    fields.add(SCRIPT);
    fields.add(cluster.name.as_str());
    plan.endpoints.iter().for_each(|endpoint| fields.add(&endpoint.to_string()));
    for (role, RolePlan { grants, users }) in &plan.roles {
        fields.add("role");
        fields.add(role.name());
        grants.iter().for_each(|grant| fields.add(&format!("{} {}", grant.access.name(), grant.range.words())));
        fields.add("users");
        users.iter().for_each(|user| fields.add(user));
    }
    fields.add("retired");
    plan.retired.iter().for_each(|user| fields.add(user));
    fields.add("administrator");
    if let Some(administrator) = &plan.administrator {
        fields.add(resolve.serial(administrator)?);
        for anchor in cluster.own.iter().flat_map(|own| &own.anchors) {
            fields.add(resolve.fingerprint(anchor)?);
        }
    }
    Some(fields.finish())
}

/// Digest of an operator's folder.
pub(super) fn operator(cluster: &ClusterPlan, resolve: &dyn Resolve) -> Option<String> {
    let mut fields = Fields::new("operator");
    for (name, value) in &cluster.operator_options {
        fields.add(name);
        fields.add(value);
    }
    if let Some(own) = cluster.own.as_ref().filter(|own| own.agent.is_some()) {
        per_node_credentials(&mut fields, own, resolve)?;
    }
    Some(fields.finish())
}
