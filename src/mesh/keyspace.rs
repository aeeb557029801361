//! The keys of Cilium in an etcd: which of them agents read of a remote cluster, exactly as they request them, and who writes
//! what. Code that grants rights, tries them or writes keys uses these facts.
//!
//! etcd grants by range: a request is permitted only if one grant covers all of it, so a slash at the end decides
//! (`pkg/clustermesh/remote_cluster.go`, `pkg/kvstore/etcd.go`, `pkg/ipcache/kvstore.go` and
//! `pkg/kvstore/allocator/allocator.go` in cilium/cilium).

use super::version::CiliumVersion;

/// Everything that Cilium keeps (`BaseKeyPrefix` in pkg/kvstore/kvstore.go).
pub const BASE: &str = "cilium/";
/// RFC 3339 time, written each minute by the announcer of the cluster. Agents list it as a prefix, although it is one key.
pub const HEARTBEAT: &str = "cilium/.heartbeat";
/// How long agents wait for a heartbeat before they close the connection (statusChecker in pkg/kvstore/etcd.go).
pub const HEARTBEAT_PATIENCE: time::Duration = time::Duration::minutes(2);
/// The cluster-configs of all clusters; agents read only that of the remote cluster.
pub const CLUSTER_CONFIGS: &str = "cilium/cluster-config/";

/// A key or a prefix that is read or written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Range {
    /// The key, or the prefix of all keys.
    pub key: String,
    /// Whether it is a prefix.
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

    /// The arguments for `etcdctl role grant-permission ROLE read`.
    pub fn words(&self) -> String {
        if self.prefix { format!("--prefix=true {}", self.key) } else { self.key.clone() }
    }

    /// Its name in messages.
    pub fn shown(&self) -> String {
        if self.prefix { format!("the prefix `{}`", self.key) } else { format!("the key `{}`", self.key) }
    }
}

/// The heartbeat as agents list it.
pub fn heartbeat() -> Range {
    Range::prefix(HEARTBEAT)
}

/// Id and capabilities of `cluster`, as JSON (`CiliumClusterConfig` in pkg/clustermesh/types/types.go). Agents get this one key;
/// from 1.21 on, which is not released, they also watch it (cilium/cilium#47747): the same grant covers both.
pub fn cluster_config(cluster: &str) -> Range {
    Range::key(format!("{CLUSTER_CONFIGS}{cluster}"))
}

/// The canaries, which agents read only if the cluster announces them.
pub fn canaries(cluster: &str) -> Range {
    Range::prefix(format!("cilium/synced/{cluster}/"))
}

/// Nodes, services, addresses and identities: what an agent must have listed before a link is ready.
///
/// `cached` is how kvstoremesh announces copies; `services` is whether the cluster exports services.
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
/// hidden option `clustermesh-service-v2` wait for `endpointslices` as well, and not for `services`: this cannot be seen from
/// outside.
pub fn awaited_canaries(cluster: &str, cached: bool, services: bool) -> Vec<String> {
    let top = if cached { "cilium/cache" } else { "cilium/state" };
    let kinds = ["nodes", "services", "ip", "identities"].into_iter().filter(|kind| services || *kind != "services");
    kinds.map(|kind| format!("cilium/synced/{cluster}/{top}/{kind}/v1")).collect()
}

/// Everything that agents and operators of `versions` read of `cluster`, for every cluster-config, in order.
pub fn read_from(cluster: &str, versions: &[CiliumVersion]) -> Vec<Range> {
    let read = |since: Option<CiliumVersion>, until: Option<CiliumVersion>| {
        versions.iter().any(|version| since.is_none_or(|since| *version >= since) && until.is_none_or(|until| *version < until))
    };
    let mut ranges = vec![heartbeat(), cluster_config(cluster), canaries(cluster)];
    ranges.extend(state(cluster, false, true));
    // Read before the cluster-config, which must exist if this key does; removed by commit 0d896f82999.
    if read(None, Some(CiliumVersion::new(1, 17))) {
        ranges.push(Range::key("cilium/.has-cluster-config"));
    }
    // Operators with the MCS API: pkg/clustermesh/operator/remote_cluster.go.
    if read(Some(CiliumVersion::new(1, 17)), None) {
        ranges.push(Range::prefix(format!("cilium/state/serviceexports/v1/{cluster}/")));
    }
    // Agents with the option to prefer endpoint slices: pkg/clustermesh/endpointslice/observer.go.
    if read(Some(CiliumVersion::new(1, 20)), None) {
        ranges.push(Range::prefix(format!("cilium/state/endpointslices/v1/{cluster}/")));
    }
    ranges.sort();
    ranges
}
