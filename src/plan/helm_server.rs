//! What the etcd of a Helm cluster needs for its readers: users, and hosts in the certificate that the chart makes for it.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::diag::shell_word;
use crate::mesh::{Cluster, Host};

use super::inventory::KeptRecord;
use super::keep::as_hosts;

/// Every server certificate that the chart makes has `*.mesh.cilium.io` (`clustermesh-apiserver-generate-certs` and its kin in
/// templates/clustermesh-apiserver of the chart, each minor from 1.14 on).
const CHARTS_DOMAIN: &str = ".mesh.cilium.io";

/// The command that has the etcd of a release in `namespace` read its CAs, and end its connections.
pub fn restart_apiserver(namespace: &str) -> String {
    format!("kubectl rollout restart deployment/clustermesh-apiserver --namespace {}", shell_word(namespace))
}

/// What its etcd needs for its readers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HelmServerPlan {
    /// The readers' users, `remote` among them if one is called that.
    pub users: BTreeSet<String>,
    /// Names that readers dial, or dialled before, and that the chart does not add by itself.
    pub dns_names: BTreeSet<String>,
    /// Addresses of that kind.
    pub ip_addresses: BTreeSet<IpAddr>,
}

impl HelmServerPlan {
    pub(super) fn new<'a>(
        cluster: &Cluster,
        users: BTreeSet<String>,
        dialled: impl Iterator<Item = &'a String>,
        kept: &[KeptRecord],
    ) -> Self {
        let mut plan = Self {
            users,
            dns_names: cluster.etcd.extra_dns_names.iter().cloned().collect(),
            ip_addresses: cluster.etcd.extra_ip_addresses.iter().copied().collect(),
        };
        for host in dialled.filter_map(|host| Host::new(host).ok()).chain(as_hosts(kept)) {
            match host {
                Host::Ip(address) => drop(plan.ip_addresses.insert(address)),
                // A wildcard matches one label (`matchHostnames` in Go's crypto/x509/verify.go).
                Host::Name(name) if name.strip_suffix(CHARTS_DOMAIN).is_some_and(|label| !label.contains('.')) => {}
                Host::Name(name) => drop(plan.dns_names.insert(name)),
            }
        }
        plan
    }
}
