//! The keys of Cilium in an etcd: which of them agents read of a remote cluster, exactly as they ask for them, and who writes
//! what. Facts, for whoever grants rights, tries them or writes there; it knows no etcd.
//!
//! etcd grants by range: a request is permitted only if one grant covers all of it, so a slash at the end decides
//! (`pkg/clustermesh/remote_cluster.go`, `pkg/kvstore/etcd.go`, `pkg/ipcache/kvstore.go` and
//! `pkg/kvstore/allocator/allocator.go` in cilium/cilium).

use super::version::CiliumVersion;

/// Everything that Cilium keeps (`BaseKeyPrefix` in pkg/kvstore/kvstore.go).
pub const BASE: &str = "cilium/";
/// RFC 3339 time, written each minute by whoever announces the cluster. Agents list it as a prefix, though it is one key.
pub const HEARTBEAT: &str = "cilium/.heartbeat";
/// Agents wait so long for a heartbeat before they give the link up (statusChecker in pkg/kvstore/etcd.go).
pub const HEARTBEAT_PATIENCE: time::Duration = time::Duration::minutes(2);
/// All announcements; agents read the one of their peer only.
pub const CLUSTER_CONFIGS: &str = "cilium/cluster-config/";

/// Something that is read or written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Range {
    /// The key, or how all of them begin.
    pub key: String,
    /// Whether all keys that begin with it are meant.
    pub prefix: bool,
}

impl Range {
    /// All keys that begin with `key`.
    pub fn prefix(key: impl Into<String>) -> Self {
        Self { key: key.into(), prefix: true }
    }

    /// This key alone.
    pub fn key(key: impl Into<String>) -> Self {
        Self { key: key.into(), prefix: false }
    }

    /// As `etcdctl role grant-permission ROLE read` wants it.
    pub fn words(&self) -> String {
        if self.prefix { format!("--prefix=true {}", self.key) } else { self.key.clone() }
    }

    /// As a message names it.
    pub fn shown(&self) -> String {
        if self.prefix { format!("the prefix `{}`", self.key) } else { format!("the key `{}`", self.key) }
    }
}

/// The heartbeat as agents list it.
pub fn heartbeat() -> Range {
    Range::prefix(HEARTBEAT)
}

/// Id and capabilities of `cluster`, as JSON (`CiliumClusterConfig` in pkg/clustermesh/types/types.go). Agents get this one key;
/// from 1.21 on, which is not released, they watch it, too (cilium/cilium#47747): the same grant covers both.
pub fn cluster_config(cluster: &str) -> Range {
    Range::key(format!("{CLUSTER_CONFIGS}{cluster}"))
}

/// Read only where the cluster announces canaries.
pub fn canaries(cluster: &str) -> Range {
    Range::prefix(format!("cilium/synced/{cluster}/"))
}

/// Nodes, services, addresses and identities: what a link has to have listed before it is ready.
///
/// `cached` is how kvstoremesh announces copies; `services` is whether the cluster exports services as such.
pub fn state(cluster: &str, cached: bool, services: bool) -> Vec<Range> {
    let mut ranges = Vec::new();
    if cached {
        ranges.push(format!("cilium/cache/nodes/v1/{cluster}/"));
        if services {
            ranges.push(format!("cilium/cache/services/v1/{cluster}/"));
        }
        ranges.push(format!("cilium/cache/ip/v1/{cluster}/"));
        ranges.push(format!("cilium/cache/identities/v1/{cluster}/id"));
    } else {
        ranges.push(format!("cilium/state/nodes/v1/{cluster}/"));
        if services {
            ranges.push(format!("cilium/state/services/v1/{cluster}/"));
        }
        ranges.push("cilium/state/ip/v1/default/".to_owned());
        // Without a slash: the allocator lists `idPrefix` as it is. A grant of `…/id/` does not cover that.
        ranges.push("cilium/state/identities/v1/id".to_owned());
    }
    ranges.into_iter().map(Range::prefix).collect()
}

/// The keys below [`canaries`] without which an agent does not begin to read. Agents from 1.20 on that are started with the
/// hidden option `clustermesh-service-v2` wait for `endpointslices` as well, and not for `services`: from outside nothing shows it.
pub fn awaited_canaries(cluster: &str, cached: bool, services: bool) -> Vec<String> {
    let top = if cached { "cilium/cache" } else { "cilium/state" };
    let kinds = ["nodes", "services", "ip", "identities"].into_iter().filter(|kind| services || *kind != "services");
    kinds.map(|kind| format!("cilium/synced/{cluster}/{top}/{kind}/v1")).collect()
}

/// Everything that agents and operators of `versions` read of `cluster`, whatever it announces, in order.
pub fn read_from(cluster: &str, versions: &[CiliumVersion]) -> Vec<Range> {
    let read = |since: Option<CiliumVersion>, until: Option<CiliumVersion>| {
        versions.iter().any(|version| since.is_none_or(|since| *version >= since) && until.is_none_or(|until| *version < until))
    };
    let mut ranges = vec![heartbeat(), cluster_config(cluster), canaries(cluster)];
    ranges.extend(state(cluster, false, true));
    // Read before the cluster's config, whose absence it forbids; gone with commit 0d896f82999.
    if read(None, Some(CiliumVersion::new(1, 17))) {
        ranges.push(Range::key("cilium/.has-cluster-config"));
    }
    // Operators with the MCS API: pkg/clustermesh/operator/remote_cluster.go.
    if read(Some(CiliumVersion::new(1, 17)), None) {
        ranges.push(Range::prefix(format!("cilium/state/serviceexports/v1/{cluster}/")));
    }
    // Agents that are told to prefer endpoint slices: pkg/clustermesh/endpointslice/observer.go.
    if read(Some(CiliumVersion::new(1, 20)), None) {
        ranges.push(Range::prefix(format!("cilium/state/endpointslices/v1/{cluster}/")));
    }
    ranges.sort();
    ranges
}
