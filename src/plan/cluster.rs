//! One cluster in the plan. What its nodes share is in it once.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use crate::lint::CheckedMesh;
use crate::mesh::{CiliumVersion, Cluster, ClusterName, Feature, Host, Label, Member, Runtime};
use crate::values::ReleaseValues;

use super::agents::{self, AgentsPlan, LinkPlan, NodePlan};
use super::authorisation::{self, Authorisation, EtcdReaders};
use super::bundle_id::{BundleId, BundleKind};
use super::credential::CredentialKey;
use super::helm_server::HelmServerPlan;
use super::inventory::KeptRecord;
use super::keep::{Keeping, as_hosts};
use super::kept::KeptKind;
use super::kvstoremesh;
use super::kvstoremesh_record::KvstoremeshRecord;
use super::local_etcd::{self, LocalEtcdPlan};
use super::options;
use super::sans::{HostCertificate, MemberHosts};
use super::trust::TrustPlan;

/// A cluster, and everything that is written for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterPlan {
    /// Its cluster-name.
    pub name: ClusterName,
    /// Its cluster-id.
    pub id: i64,
    /// The version of its agents.
    pub version: CiliumVersion,
    /// How many clusters it counts with, if the mesh says so.
    pub max_connected_clusters: Option<i64>,
    /// What starts its agents.
    pub runtime: Runtime,
    /// Where its agents look for peers, as they see it.
    pub config_dir: String,
    /// Options of its agents, by name; empty if they are set elsewhere.
    pub agent_options: Vec<(&'static str, String)>,
    /// Options of its operator; empty if they are set elsewhere.
    pub operator_options: Vec<(&'static str, String)>,
    /// Whose etcds its agents read, in order of name.
    pub links: Vec<LinkPlan>,
    /// The clients of its own etcd, as far as they get their credentials from here.
    pub own: Option<LocalEtcdPlan>,
    /// Whose etcds they once read and no longer do.
    pub removed: BTreeSet<String>,
    /// Host names that its agents cannot find by themselves, for a hosts file: they are too old to read them from the config.
    pub hosts: BTreeMap<Host, Vec<IpAddr>>,
    /// Its nodes, in order of name; one called `any` for all if it lists none; nothing if it is external.
    pub nodes: Vec<NodePlan>,
    /// Members of its etcd that get their certificates from here.
    pub members: Vec<MemberPlan>,
    /// Who signs and trusts at its etcd.
    pub trust: TrustPlan,
    /// user:group of the members' files.
    pub owner: Option<String>,
    /// Users and roles of its etcd; none if meshbundle grants no rights there.
    pub authorisation: Option<Authorisation>,
    /// What its etcd needs for its readers, if Helm runs it.
    pub helm: Option<HelmServerPlan>,
    /// What its KVStoreMesh does, if Helm runs it.
    pub kvstoremesh: Option<KvstoremeshRecord>,
    /// The values that its release has, if Helm runs it and the mesh names them.
    pub release_values: Option<ReleaseValues>,
    /// Hosts of its etcd, with the clusters whose bundles dial them.
    pub dialled: BTreeMap<String, BTreeSet<String>>,
    /// Hosts that its members' certificates keep.
    pub kept_hosts: Vec<KeptRecord>,
    /// Users that its etcd keeps.
    pub kept_users: Vec<KeptRecord>,
}

/// A member of a cluster's etcd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberPlan {
    /// Its name.
    pub name: Label,
    /// Its certificate towards clients.
    pub server: HostCertificate,
    /// Its certificate towards other members, if they get theirs from here.
    pub peer: Option<HostCertificate>,
}

pub(super) fn plan(
    mesh: &CheckedMesh,
    cluster: &Cluster,
    trust: TrustPlan,
    AgentsPlan { links, nodes }: AgentsPlan,
    mut readers: EtcdReaders,
    keeping: &Keeping<'_>,
) -> ClusterPlan {
    let before = keeping.inventory.cluster(cluster.name.as_str());
    let linked = mesh.links(&cluster.name);
    let mut hosts: BTreeMap<Host, BTreeSet<IpAddr>> = BTreeMap::new();
    if !cluster.cilium.version.has(Feature::HostAliases) {
        for (name, addresses) in links.iter().flat_map(|link| &link.aliases) {
            hosts.entry(name.clone()).or_default().extend(addresses);
        }
    }
    let own = local_etcd::plan(cluster, &trust);
    // Aliases are for the files of peers only: the config of the own etcd knows none (newConfig in pkg/kvstore/etcd.go).
    for endpoint in own.iter().flat_map(|own| &own.endpoints) {
        if let Some((name, addresses)) = cluster.etcd.host_aliases.get_key_value(&endpoint.host) {
            hosts.entry(name.clone()).or_default().extend(addresses);
        }
    }
    let removed = before.map(|record| {
        record
            .removed
            .iter()
            .chain(&record.links)
            .filter(|name| !linked.iter().any(|now| now.as_str() == *name))
            .cloned()
            .collect()
    });
    let emit = cluster.emit_options && !cluster.runtime.has_foreign_etcd();
    let issued = trust.next_server_signer.is_some().then(|| keeping.issued_hosts(cluster));
    let mut members = members(mesh, cluster, issued.as_ref());
    let dialled = keeping.dialled(cluster);
    let kept_hosts = keeping.hosts(cluster, &dialled, members.iter().map(|member| &member.server));
    members.iter_mut().for_each(|member| member.server.add(as_hosts(&kept_hosts)));
    let kept_users = keeping.users(cluster, &readers);
    readers.keep(&kept_users);
    let release_values = mesh.release_values(&cluster.name);
    let kvstoremesh = cluster.runtime.helm().map(|release| {
        let Keeping { inventory, floors, .. } = keeping;
        kvstoremesh::plan(cluster.name.as_str(), release, release_values, inventory, floors)
    });
    let runtime = match cluster.runtime.clone() {
        Runtime::Helm(release) => {
            let release = release.keeping(kept_users.iter().map(|kept| kept.name.as_str()));
            Runtime::Helm(if kvstoremesh.is_some_and(|now| now.runs()) { release.keeping_kvstoremesh() } else { release })
        }
        runtime => runtime,
    };
    let helm = cluster
        .runtime
        .helm()
        .map(|_| HelmServerPlan::new(cluster, readers.named().map(str::to_owned).collect(), dialled.keys(), &kept_hosts));
    let administrator = own.as_ref().and_then(|own| own.administrator.clone());
    ClusterPlan {
        name: cluster.name.clone(),
        id: cluster.id,
        version: cluster.cilium.version,
        max_connected_clusters: cluster.cilium.max_connected_clusters,
        runtime,
        config_dir: cluster.config_dir.clone(),
        agent_options: if emit { options::agent(cluster) } else { Vec::new() },
        operator_options: if emit { options::operator(cluster) } else { Vec::new() },
        nodes,
        members,
        links,
        own,
        removed: removed.unwrap_or_default(),
        hosts: hosts.into_iter().map(|(name, addresses)| (name, addresses.into_iter().collect())).collect(),
        trust,
        owner: cluster.etcd.owner.clone(),
        authorisation: authorisation::plan(cluster, readers, administrator, keeping.inventory),
        helm,
        kvstoremesh,
        release_values: release_values.cloned(),
        dialled,
        kept_hosts,
        kept_users,
    }
}

/// The members, in order of name.
fn members(mesh: &CheckedMesh, cluster: &Cluster, issued: Option<&BTreeSet<String>>) -> Vec<MemberPlan> {
    let hosts = MemberHosts::new(mesh, cluster, issued);
    let member = |member: &Member| MemberPlan {
        name: member.name.clone(),
        server: hosts.server(member),
        peer: cluster.etcd.peers.then(|| hosts.peer(member)),
    };
    let mut members: Vec<_> = cluster.etcd.members.iter().map(member).collect();
    members.sort_by(|a, b| a.name.cmp(&b.name));
    members
}

impl ClusterPlan {
    /// The archive of a node; that of all its pods is the folder of a Helm cluster.
    pub fn node_bundle(&self, node: &NodePlan) -> BundleId {
        if self.runtime.helm().is_some() { self.helm_bundle() } else { self.bundle(BundleKind::Node(node.name.clone())) }
    }

    /// Whether its nodes get archives: the pods of a Helm cluster get Secrets.
    pub fn has_node_archives(&self) -> bool {
        !self.nodes.is_empty() && self.runtime.helm().is_none()
    }

    /// The archive of a member; that of clustermesh-apiserver is the folder of a Helm cluster.
    pub fn member_bundle(&self, member: &MemberPlan) -> BundleId {
        if self.runtime.helm().is_some() { self.helm_bundle() } else { self.bundle(BundleKind::Member(member.name.to_string())) }
    }

    /// The members that get an archive: clustermesh-apiserver gets Secrets.
    pub fn archived_members(&self) -> &[MemberPlan] {
        if self.runtime.helm().is_some() { &[] } else { &self.members }
    }

    /// The folder of what its pods read, if Helm runs it.
    pub fn helm_bundle(&self) -> BundleId {
        self.bundle(BundleKind::Helm)
    }

    /// The folder of its operator.
    pub fn operator_bundle(&self) -> BundleId {
        self.bundle(BundleKind::Operator)
    }

    /// The folder of its etcd's loose files.
    pub fn etcd_bundle(&self) -> BundleId {
        self.bundle(BundleKind::Etcd)
    }

    /// Everything that its etcd keeps, by kind.
    pub(super) fn keeps(&self) -> [(KeptKind, &[KeptRecord]); 4] {
        let TrustPlan { kept_server_authorities, kept_client_authorities, .. } = &self.trust;
        KeptKind::each(&self.kept_hosts, &self.kept_users, kept_server_authorities, kept_client_authorities)
    }

    /// The readers that its etcd gets users for from here.
    pub(super) fn named_users(&self) -> BTreeSet<&str> {
        let named = authorisation::named(self.authorisation.as_ref());
        named.chain(self.helm.iter().flat_map(|helm| helm.users.iter().map(String::as_str))).collect()
    }

    fn bundle(&self, kind: BundleKind) -> BundleId {
        BundleId::new(self.name.as_str(), kind)
    }

    /// The leaves that its nodes present on `link`, each once; none where it is an existing one.
    pub fn clients<'a>(&'a self, link: &'a LinkPlan) -> Vec<&'a CredentialKey> {
        agents::clients(link, &self.nodes)
    }
}
