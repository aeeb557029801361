//! Which keys agents read of a remote cluster's etcd, exactly as they ask for them.
//!
//! etcd grants by range: a request is permitted only if one grant covers all of it, so a slash at the end decides
//! (`pkg/clustermesh/remote_cluster.go`, `pkg/kvstore/etcd.go`, `pkg/ipcache/kvstore.go` and
//! `pkg/kvstore/allocator/allocator.go` in cilium/cilium).

/// Listed as a prefix, though it is one key.
pub(super) const HEARTBEAT: &str = "cilium/.heartbeat";
/// All announcements; agents read the one of their peer only.
pub(super) const CLUSTER_CONFIGS: &str = "cilium/cluster-config/";

/// Something that is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) key: String,
    /// Whether all keys that begin with it are meant.
    pub(super) prefix: bool,
}

impl Range {
    fn prefix(key: String) -> Self {
        Self { key, prefix: true }
    }

    /// As `etcdctl role grant-permission ROLE read` wants it.
    pub(super) fn words(&self) -> String {
        if self.prefix { format!("--prefix=true {}", self.key) } else { self.key.clone() }
    }

    /// As a message names it.
    pub(super) fn shown(&self) -> String {
        if self.prefix { format!("the prefix `{}`", self.key) } else { format!("the key `{}`", self.key) }
    }
}

pub(super) fn heartbeat() -> Range {
    Range::prefix(HEARTBEAT.to_owned())
}

pub(super) fn cluster_config(cluster: &str) -> Range {
    Range { key: format!("{CLUSTER_CONFIGS}{cluster}"), prefix: false }
}

/// Read only where the cluster announces canaries.
pub(super) fn canaries(cluster: &str) -> Range {
    Range::prefix(format!("cilium/synced/{cluster}/"))
}

/// Nodes, services, addresses and identities: what a link has to have listed before it is ready.
///
/// `cached` is how kvstoremesh announces copies; `services` is whether the cluster exports services as such.
pub(super) fn state(cluster: &str, cached: bool, services: bool) -> Vec<Range> {
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

/// The keys below [`canaries`] without which an agent does not begin to read.
pub(super) fn awaited_canaries(cluster: &str, cached: bool, services: bool) -> Vec<String> {
    let top = if cached { "cilium/cache" } else { "cilium/state" };
    let kinds = ["nodes", "services", "ip", "identities"].into_iter().filter(|kind| services || *kind != "services");
    kinds.map(|kind| format!("cilium/synced/{cluster}/{top}/{kind}/v1")).collect()
}
